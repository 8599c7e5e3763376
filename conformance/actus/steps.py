"""Reading of what comes due again and again: anchors and cycles, single or as arrays."""

from collections.abc import Sequence
from datetime import date

from conformance.actus.values import Case, RefusedError, cycle, day, many, number, units, word

from creditloop.book.calendars import Cycle
from creditloop.book.flows import PrincipalStep, RateStep, Step

_AT_MATURITY = frozenset({"PAM", "CLM", "UMP", "CSH"})
_DIRECTIONS = {"DEC": False, "INC": True}
_RATE_KINDS = {"FIX": True, "F": True, "VAR": False, "V": False}


def _anchors_and_cycles(case: Case, name: str) -> list[tuple[date | None, Cycle | None]]:
    """Return the steps of a term, single or as arrays; one cycle stands for all anchors."""
    single = [case.get(f"cycleAnchorDateOf{name}")], [case.get(f"cycleOf{name}")]
    anchors, cycles = (
        many(case.get(f"array{prefix}Of{name}")) if case.get(f"array{prefix}Of{name}") else only
        for prefix, only in zip(("CycleAnchorDate", "Cycle"), single, strict=True)
    )
    if len(cycles) != len(anchors):
        cycles = cycles[:1] * len(anchors)
    return [
        (day(anchor) if anchor else None, cycle(length) if length else None)
        for anchor, length in zip(anchors, cycles, strict=True)
    ]


def steps_of(case: Case, name: str) -> list[Step]:
    """Return the dates of a term: single, or as arrays."""
    return [
        Step(anchor=anchor, cycle=length)
        for anchor, length in _anchors_and_cycles(case, name)
        if anchor is not None or length is not None
    ]


def principal_steps_of(case: Case) -> Sequence[Step]:
    """Return when principal comes due, with the amounts of stepped repayment."""
    if case.get("contractType") in _AT_MATURITY:
        return []
    if case.get("contractType") != "LAX":
        return steps_of(case, "PrincipalRedemption")
    dated = _anchors_and_cycles(case, "PrincipalRedemption")
    amounts = _each(case, "arrayNextPrincipalRedemptionPayment", len(dated))
    directions = _each(case, "arrayIncreaseDecrease", len(dated))
    return [
        PrincipalStep(
            anchor=anchor,
            cycle=length,
            amount=units(amount),
            drawn=word(direction, _DIRECTIONS, term="increase or decrease"),
        )
        for (anchor, length), amount, direction in zip(dated, amounts, directions, strict=True)
    ]


def _each(case: Case, name: str, count: int) -> list[object]:
    """Return the values of an array term, one for each step."""
    values = many(case.get(name))
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise RefusedError(f"{len(values)} values of {name} for {count} steps")
    return values


def rate_steps_of(case: Case) -> list[RateStep]:
    """Return when the rate changes, with the rates or spreads that are stated."""
    dated = [pair for pair in _anchors_and_cycles(case, "RateReset") if pair != (None, None)]
    if "arrayRate" not in case:
        return [RateStep(anchor=anchor, cycle=length) for anchor, length in dated]
    fixed = [
        word(kind, _RATE_KINDS, term="fixed or variable")
        for kind in _each(case, "arrayFixedVariable", len(dated))
    ]
    rates = [number(rate) for rate in _each(case, "arrayRate", len(dated))]
    return [
        RateStep(
            anchor=anchor,
            cycle=length,
            rate=rate if is_fixed else None,
            spread=None if is_fixed else rate,
        )
        for (anchor, length), rate, is_fixed in zip(dated, rates, fixed, strict=True)
    ]
