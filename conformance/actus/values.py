"""Reading of single values: moments, cycles, amounts, words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from creditloop.book.calendars import Cycle, Stub
from creditloop.book.flows import Notice
from creditloop.book.interest import Rounding, Scale

SCALE = Scale(decimals=20, rounding=Rounding.HALF_AWAY)
"""The cases round nothing: twenty decimals stand for that."""
Case = Mapping[str, object]
Word = TypeVar("Word")

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2})?)?")
_CYCLE = re.compile(r"P(\d+)([DWMQHY])(?:L([01]))?")
_MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
_DAYS = {"D": 1, "W": 7}
_DAY_ENDS = frozenset({"23:59", "24:00"})


class RefusedError(Exception):
    """A case asks for something that is not taken over; the text names it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and whether it is the day's last moment."""

    day: date
    closes_day: bool


def moment(value: object) -> Moment:
    """Read a date with a time of day: its beginning or its end."""
    match = _MOMENT.fullmatch(str(value).strip())
    if match is None:
        raise RefusedError(f"not a moment: {value}")
    closes = match[2] in _DAY_ENDS
    if match[2] not in {None, "00:00"} and not closes:
        raise RefusedError(f"a time within the day: {value}")
    return Moment(date.fromisoformat(match[1]), closes)


def day(value: object) -> date:
    """Read a date that is the beginning of its day."""
    read = moment(value)
    if read.closes_day:
        raise RefusedError(f"the end of a day: {value}")
    return read.day


def number(value: object) -> Decimal:
    """Read a number, as text or not."""
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise RefusedError(f"not a number: {value}") from error
    if not read.is_finite():
        raise RefusedError(f"not a number: {value}")
    return read


def units(value: object) -> int:
    """Read an amount as units of `SCALE`."""
    return SCALE.units(number(value))


def cycle(value: object) -> Cycle:
    """Read a cycle: P1ML0 is monthly with a long stub, P2WL1 every two weeks with a short one."""
    count, unit, stub = _cycle_parts(value)
    return Cycle(
        months=count * _MONTHS.get(unit, 0),
        days=count * _DAYS.get(unit, 0),
        stub=Stub.LONG if stub == "0" else Stub.SHORT,
    )


def notice(value: object) -> Notice:
    """Read a period, which may be none: P0D."""
    count, unit, _ = _cycle_parts(value)
    return Notice(months=count * _MONTHS.get(unit, 0), days=count * _DAYS.get(unit, 0))


def _cycle_parts(value: object) -> tuple[int, str, str | None]:
    match = _CYCLE.fullmatch(str(value).strip())
    if match is None:
        raise RefusedError(f"not a cycle: {value}")
    return int(match[1]), match[2], match[3]


def word(value: object, words: Mapping[str, Word], *, term: str) -> Word:
    """Translate a word, or refuse it with the name of its term."""
    try:
        return words[str(value).strip()]
    except KeyError:
        raise RefusedError(f"{term} {value}") from None


def many(value: object) -> list[object]:
    """Return a term that may be one value or several as several."""
    return list(value) if isinstance(value, list) else [value]
