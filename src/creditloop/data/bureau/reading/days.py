"""Days and months of a report that lie after it, and must not: found by what its classes declare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import Place, Shape, places_of
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.data.bureau.reading.rules import Rule, fault_of

Steps = tuple[str | int, ...]
"""Keys and indices that lead to a place, outermost first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A day, or the first day of a month, that lies after the report, and where it stands."""

    steps: Steps
    day: date
    is_month: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What of a class can hold days: fields that are, and fields with parts or lists that may hold some.

    Attributes:
        recorded: records of months; their last month is told by a key of its own.
    """

    dated: tuple[tuple[str, Place], ...]
    recorded: tuple[tuple[str, Steps], ...]
    inner: "tuple[tuple[str, Place, _Plan], ...]"


def refuse_after(report: Any, made: date, *, but: frozenset[str], rules: Mapping[str, Rule]) -> None:
    """Refuse a report that tells of a day or month after the day it was made.

    Args:
        but: keys of days and months that may lie ahead of it.
    Raises: Fault of the rule `day_not_after_report` or `month_not_after_report`, naming the place.
    """
    of: type = type(report)
    ahead = _first(report, _plan(of, "", but), made)
    if ahead is None:
        return
    if ahead.is_month:
        fault = fault_of(
            rules, "month_not_after_report", got=f"{ahead.day:%Y-%m}", expected=f"not after {made:%Y-%m}"
        )
    else:
        fault = fault_of(rules, "day_not_after_report", got=str(ahead.day), expected=f"not after {made}")
    raise fault.at(*ahead.steps)


@cache
def _plan(of: type, prefix: str, but: frozenset[str]) -> _Plan:
    placed = list(places_of(of, prefix=prefix).items())
    dated = [
        (name, place)
        for name, place in placed
        if place.convert in {scalars.day, scalars.month} and place.keys[-1] not in but
    ]
    inner = [
        (name, place, _plan(place.of, place.prefix, but)) for name, place in placed if place.of is not None
    ]
    recorded = [(name, (*place.keys, place.record.last)) for name, place in placed if place.record]
    holding = [one for one in inner if one[2].dated or one[2].recorded or one[2].inner]
    return _Plan(dated=tuple(dated), recorded=tuple(recorded), inner=tuple(holding))


def _first(value: Any, plan: _Plan, made: date) -> Ahead | None:
    for name, place in plan.dated:
        day = getattr(value, name)
        if day is not None and day > made:
            return Ahead(steps=place.keys, day=day, is_month=place.convert is scalars.month)
    for name, steps in plan.recorded:
        record: RepaymentRecord | None = getattr(value, name)
        if record is not None and record.last_month > made:
            return Ahead(steps=steps, day=record.last_month, is_month=True)
    for name, place, below in plan.inner:
        inside = getattr(value, name)
        if not inside:
            continue
        if place.shape is Shape.PART:
            if (found := _first(inside, below, made)) is not None:
                return _under(found, *place.keys)
            continue
        for index, item in enumerate(inside):
            if (found := _first(item, below, made)) is not None:
                listed = (f"{place.keys[-1]}H",) if place.shape is Shape.COUNTED else ()
                return _under(found, *place.keys, *listed, index)
    return None


def _under(found: Ahead, *steps: str | int) -> Ahead:
    return Ahead(steps=(*steps, *found.steps), day=found.day, is_month=found.is_month)
