"""Days (日期) in a text: 2024年3月5日, 2024-03-05, 二〇二四年三月五日; a month alone is its first day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from creditloop.data.texts.amounts import number_from_characters

DIGITS, CHINESE, ISO, MONTH = "day.digits", "day.chinese", "day.iso", "day.month"
"""Ids of the forms, as events quote them."""
_YEAR, _NUMBER = "[〇零一二三四五六七八九]", "[一二三四五六七八九十]"
_EXPRESSIONS = (
    (DIGITS, re.compile(r"(?<![0-9])([12][0-9]{3})\s?年\s?([0-9]{1,2})\s?月\s?([0-9]{1,2})\s?日")),
    (CHINESE, re.compile(rf"([一二]{_YEAR}{{3}})年({_NUMBER}{{1,3}})月({_NUMBER}{{1,3}})日")),
    (ISO, re.compile(r"(?<![0-9])([12][0-9]{3})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])")),
    (MONTH, re.compile(r"(?<![0-9])([12][0-9]{3})\s?年\s?([0-9]{1,2})\s?月(?!\s?[0-9])")),
)
_YEAR_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDay:
    """A day as it stands: its date, the form's id and its place."""

    day: date
    pattern_id: str
    start: int
    end: int


def days(text: str, first: int = 0, after: int | None = None) -> list[WrittenDay]:
    """Return the days of a folded text in order; what no calendar has is none."""
    end = len(text) if after is None else after
    return sorted(_found(text, first, end), key=lambda one: one.start)


def _found(text: str, first: int, after: int) -> Iterator[WrittenDay]:
    for form, expression in _EXPRESSIONS:
        for match in expression.finditer(text, first, after):
            parts = [_number(part) for part in match.groups()]
            day = _day([*parts, 1][:3])
            if day is not None:
                yield WrittenDay(day=day, pattern_id=form, start=match.start(), end=match.end())


def _number(written: str) -> int | None:
    if written.isascii():
        return int(written)
    if len(written) == 4 and written[0] in "一二":
        return int(written.translate(_YEAR_DIGITS))
    return number_from_characters(written)


def _day(parts: list[int | None]) -> date | None:
    year, month, day = parts
    if year is None or month is None or day is None:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
