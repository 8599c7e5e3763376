"""A small case in the outside format, made here: two months of interest and the principal."""

import copy
import json
from pathlib import Path

CASE = {
    "identifier": "made",
    "terms": {
        "contractType": "PAM",
        "contractID": "made",
        "contractRole": "RPA",
        "statusDate": "2023-12-31T00:00:00",
        "initialExchangeDate": "2024-01-01T00:00:00",
        "maturityDate": "2024-03-01T00:00",
        "notionalPrincipal": " 1000",
        "nominalInterestRate": 0.12,
        "dayCountConvention": "30E360",
        "cycleAnchorDateOfInterestPayment": "2024-02-01T00:00:00",
        "cycleOfInterestPayment": "P1ML0",
        "currency": "CNY",
    },
    "to": "",
    "dataObserved": {},
    "eventsObserved": [],
    "results": [
        {
            "eventDate": "2024-01-01T00:00",
            "eventType": "IED",
            "payoff": -1000,
            "notionalPrincipal": "1000.0",
            "nominalInterestRate": "0.12",
            "accruedInterest": 0,
        },
        {
            "eventDate": "2024-02-01T00:00",
            "eventType": "IP",
            "payoff": "10.0000000001",
            "notionalPrincipal": "1000.0",
            "nominalInterestRate": "0.12",
            "accruedInterest": 0,
        },
        {
            "eventDate": "2024-03-01T00:00",
            "eventType": "IP",
            "payoff": "10",
            "notionalPrincipal": "1000",
            "nominalInterestRate": "0.12",
            "accruedInterest": 0,
        },
        {
            "eventDate": "2024-03-01T00:00",
            "eventType": "MD",
            "payoff": "1000",
            "notionalPrincipal": "0",
            "nominalInterestRate": "0.12",
            "accruedInterest": 0,
        },
    ],
}


def case(**terms: object) -> dict[str, object]:
    """Return the case with some terms changed; None takes one away."""
    changed = copy.deepcopy(CASE)
    kept = {**changed["terms"], **terms}
    changed["terms"] = {name: value for name, value in kept.items() if value is not None}
    return changed


def written(folder: Path, **cases: object) -> Path:
    """Write cases as a file of the outside format; return its folder."""
    (folder / "actus-tests-made.json").write_text(json.dumps(cases))
    return folder
