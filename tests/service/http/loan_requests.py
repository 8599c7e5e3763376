"""What callers ask about loans in tests."""

from typing import Any

FACTS: dict[str, Any] = {
    "customer": "person",
    "limit_fen": 5_000_000,
    "owed_fen": 0,
    "frozen": False,
    "dpd": 0,
    "loan_purpose": "consumption",
    "region": "r01",
    "consumer_unsecured_fen": 0,
    "lenders": {
        name: {
            "net_tier1_fen": 10**13,
            "loans_fen": 10**14,
            "colending_fen": 10**12,
            "with_partner_fen": {"own": 10**12, "partner_bank": 10**12},
        }
        for name in ("own", "partner_bank")
    },
}
"""Somebody who may draw; made up (simulated)."""
RETAIL: dict[str, Any] = {
    "product": "retail_line",
    "method": "equal_instalment",
    "amount_fen": 1_200_000,
    "rate_annual_nano": 108_000_000,
    "start": "2026-01-05",
    "term_months": 12,
}
"""Twelve thousand over a year, paid out on the day on which the bank's clock stands."""


def quote_body(**other: Any) -> dict[str, Any]:
    """Return a request for a quote."""
    body = {**RETAIL, "facts": FACTS, **other}
    return {name: value for name, value in body.items() if value is not None}


def agreement_body(loan_id: str = "JJ-0001", **other: Any) -> dict[str, Any]:
    """Return a request for an agreement."""
    return {"loan_id": loan_id, "party_id": "small_cards/1", **RETAIL, **other}
