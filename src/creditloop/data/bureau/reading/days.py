"""The days and months of a report that lie after it, found by what its classes declare."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, get_type_hints

from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.places import Place, Shape

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
    """What of a class can hold days: fields that are, and fields with parts or lists that may hold some."""

    dated: tuple[tuple[str, Place], ...]
    inner: "tuple[tuple[str, Place, _Plan], ...]"


def first_after(report: Any, made: date, *, but: frozenset[str]) -> Ahead | None:
    """Find the first day or month that lies after the day a report was made.

    Args:
        but: keys of days and months that may lie ahead of it.
    """
    of: type = type(report)
    return _first(report, _plan(of, but), made)


@cache
def _plan(of: type, but: frozenset[str]) -> _Plan:
    hints = get_type_hints(of, include_extras=True)
    placed: list[tuple[str, Place]] = [(name, hint.__metadata__[0]) for name, hint in hints.items()]
    dated = [
        (name, place)
        for name, place in placed
        if place.convert in {scalars.day, scalars.month} and place.keys[-1] not in but
    ]
    inner = [(name, place, _plan(place.of, but)) for name, place in placed if place.of is not None]
    holding = [one for one in inner if one[2].dated or one[2].inner]
    return _Plan(dated=tuple(dated), inner=tuple(holding))


def _first(value: Any, plan: _Plan, made: date) -> Ahead | None:
    for name, place in plan.dated:
        day = getattr(value, name)
        if day is not None and day > made:
            return Ahead(steps=place.keys, day=day, is_month=place.convert is scalars.month)
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
