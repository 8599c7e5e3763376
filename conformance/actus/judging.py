"""Running of a case and comparing of its rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path

from conformance.actus.covers import cover_of, defaults_of
from conformance.actus.reading import market_of, terms_of, unscheduled_of, until_of
from conformance.actus.values import SCALE, RefusedError, moment, number

from creditloop.book.flows import CoverFlow, Flow, FlowKind, cover_flows, flows
from creditloop.kernel.errors import CreditloopError

TOLERANCE = Decimal("0.000001")
_COVERS = frozenset({"CEG", "CEC"})
_NOT_CASES = ("README", "LICENSE", "NOTICE")
_CODES = {
    FlowKind.DISBURSED: "IED",
    FlowKind.FEE_DUE: "FP",
    FlowKind.PRINCIPAL_DUE: "PR",
    FlowKind.PRINCIPAL_DRAWN: "PI",
    FlowKind.PENALTY_DUE: "PY",
    FlowKind.PREPAID: "PP",
    FlowKind.CALLED: "XD",
    FlowKind.INTEREST_DUE: "IP",
    FlowKind.INTEREST_CAPITALISED: "IPCI",
    FlowKind.DEFAULTED: "CE",
    FlowKind.RATE_FIXED: "RRF",
    FlowKind.RATE_RESET: "RR",
    FlowKind.PAYMENT_FIXED: "PRF",
    FlowKind.PURCHASED: "PRD",
    FlowKind.TERMINATED: "TD",
    FlowKind.SCALED: "SC",
    FlowKind.BASE_FIXED: "IPCB",
    FlowKind.SETTLED: "STD",
    FlowKind.MATURED: "MD",
    FlowKind.OBSERVED: "AD",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one case, or of one file that holds none.

    Attributes:
        result: "passed", "failed" or "refused".
        name: file and case.
        kind: the contract type, where the file says one.
        rows: result rows compared.
        detail: why it failed or was refused.
    """

    result: str
    name: str
    kind: str = ""
    rows: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result row: a date, a code, numbers by the name the files give them, and an exercise's date."""

    day: str
    code: str
    numbers: Mapping[str, Decimal]
    called_on: str | None = None


def judge_folder(folder: Path) -> Iterator[Verdict]:
    """Judge every file under a folder, in order of path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_NOT_CASES):
            yield from judge_file(path, name=str(path.relative_to(folder)))


def judge_file(path: Path, *, name: str) -> Iterator[Verdict]:
    """Judge the cases of one file."""
    try:
        document = json.loads(path.read_bytes(), parse_float=str)
    except ValueError as error:
        yield Verdict(result="refused", name=name, detail=f"unknown kind of file: {error}")
        return
    if not isinstance(document, dict) or not all(_is_case(case) for case in document.values()):
        yield Verdict(result="refused", name=name, detail="unknown kind of file: not cases by id")
        return
    for key, case in document.items():
        yield judge_case(case, name=f"{name}:{key}")


def _is_case(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("terms"), dict) and "results" in value


def judge_case(case: Mapping[str, object], *, name: str) -> Verdict:
    """Run one case and compare its rows."""
    terms = case["terms"]
    assert isinstance(terms, dict)  # seen before
    kind = str(terms.get("contractType", ""))
    try:
        ours = computed_rows(case)
        expected = expected_rows(case["results"])
    except RefusedError as error:
        return Verdict(result="refused", name=name, kind=kind, detail=str(error))
    except CreditloopError as error:
        return Verdict(result="failed", name=name, kind=kind, detail=error.diagnostics())
    except KeyError as error:
        return Verdict(result="refused", name=name, kind=kind, detail=f"without the term {error}")
    difference = first_difference(expected, ours)
    result = "passed" if difference is None else "failed"
    return Verdict(result=result, name=name, kind=kind, rows=len(expected), detail=difference or "")


def computed_rows(case: Mapping[str, object]) -> list[Row]:
    """Run the book's engine on a case and write its flows as rows."""
    terms = case["terms"]
    assert isinstance(terms, dict)
    if terms.get("contractType") in _COVERS:
        return [_cover_row(flow) for flow in _cover_flows(case, terms)]
    result = flows(
        terms=terms_of(terms),
        market=market_of(case.get("dataObserved")),
        unscheduled=unscheduled_of(case.get("eventsObserved"), loan=str(terms.get("contractID"))),
        until=until_of(case.get("to")),
    )
    return [_row(flow) for flow in result]


def _cover_flows(case: Mapping[str, object], terms: Mapping[str, object]) -> list[CoverFlow]:
    return cover_flows(
        cover=cover_of(terms),
        defaults=defaults_of(case.get("eventsObserved")),
        market=market_of(case.get("dataObserved")),
        until=until_of(case.get("to")),
    )


def _cover_row(flow: CoverFlow) -> Row:
    return Row(
        day=flow.day.isoformat(),
        code=_CODES[flow.kind],
        called_on=flow.called_on.isoformat() if flow.called_on else None,
        numbers={
            "payoff": SCALE.amount(flow.amount),
            "notionalPrincipal": SCALE.amount(flow.principal),
            "exerciseAmount": SCALE.amount(flow.called),
        },
    )


def _row(flow: Flow) -> Row:
    with localcontext() as context:
        context.prec = 50
        rate = Decimal(flow.rate[0]) / Decimal(flow.rate[1])
    return Row(
        day=flow.day.isoformat(),
        code=_CODES[flow.kind],
        numbers={
            "payoff": SCALE.amount(flow.amount),
            "notionalPrincipal": SCALE.amount(flow.principal),
            "nominalInterestRate": rate,
            "accruedInterest": SCALE.amount(flow.accrued),
        },
    )


_NUMBERS = (
    "payoff",
    "notionalPrincipal",
    "nominalInterestRate",
    "accruedInterest",
    "exerciseAmount",
)


def expected_rows(results: object) -> list[Row]:
    """Read the rows a case expects."""
    if not isinstance(results, list):
        raise RefusedError(f"results of an unknown form: {results}")
    return [
        Row(
            day=moment(result["eventDate"]).day.isoformat(),
            code=str(result["eventType"]),
            numbers={name: number(result[name]) for name in _NUMBERS if name in result},
            called_on=moment(result["exerciseDate"]).day.isoformat() if result.get("exerciseDate") else None,
        )
        for result in results
    ]


def first_difference(expected: Sequence[Row], ours: Sequence[Row]) -> str | None:
    """Tell the first row that differs, or None if every row is there, in order, within the tolerance."""
    for place, (wanted, found) in enumerate(zip(expected, ours, strict=False), start=1):
        if (wanted.day, wanted.code) != (found.day, found.code):
            return f"row {place}: {found.day} {found.code}, must be {wanted.day} {wanted.code}"
        if wanted.called_on != found.called_on:
            return f"row {place}: exercised on {found.called_on}, must be {wanted.called_on}"
        for name, value in wanted.numbers.items():
            if name not in found.numbers:
                return f"row {place}, {wanted.day} {wanted.code}: no {name}, must be {value}"
            if abs(found.numbers[name] - value) > TOLERANCE:
                shown = f"{found.numbers[name]:.10f}"
                return f"row {place}, {wanted.day} {wanted.code}: {name} {shown}, must be {value}"
    if len(expected) != len(ours):
        return f"{len(ours)} rows, must be {len(expected)}"
    return None
