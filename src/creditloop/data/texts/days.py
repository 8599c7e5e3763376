"""Days (日期) in a text: 2024年3月5日, 2024-03-05, 二〇二四年三月五日; a month alone is its first day.

Where the day the text was written on is given, 去年3月5日, 上月5号 and a bare 3月5日 are days too: of a day
without a year the latest that is not behind it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from creditloop.data.texts.amounts import number_from_characters

DIGITS, CHINESE, ISO, MONTH = "day.digits", "day.chinese", "day.iso", "day.month"
YEAR_TOLD, YEARLESS, MONTH_TOLD = "day.year_told", "day.yearless", "day.month_told"
"""Ids of the forms, as events quote them."""
_YEAR, _NUMBER = "[〇零一二三四五六七八九]", "[一二三四五六七八九十]"
_EXPRESSIONS = (
    (DIGITS, re.compile(r"(?<![0-9])([12][0-9]{3})\s?年\s?([0-9]{1,2})\s?月\s?([0-9]{1,2})\s?日")),
    (CHINESE, re.compile(rf"([一二]{_YEAR}{{3}})年({_NUMBER}{{1,3}})月({_NUMBER}{{1,3}})日")),
    (ISO, re.compile(r"(?<![0-9])([12][0-9]{3})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])")),
    (MONTH, re.compile(r"(?<![0-9])([12][0-9]{3})\s?年\s?([0-9]{1,2})\s?月(?!\s?[0-9])")),
)
_ANY = rf"[0-9]{{1,2}}|{_NUMBER}{{1,3}}"
_YEARS_BACK = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2}
_MONTHS_BACK = {"本月": 0, "这个月": 0, "上月": 1, "上个月": 1}
_TOLD = re.compile(rf"({'|'.join(_YEARS_BACK)})\s?({_ANY})\s?月(?:份)?(?:\s?({_ANY})\s?[日号])?")
_WITHOUT_YEAR = re.compile(rf"(?<![年0-9一二三四五六七八九十])({_ANY})\s?月\s?({_ANY})\s?[日号]")
_MONTH_TOLD = re.compile(rf"({'|'.join(_MONTHS_BACK)})\s?({_ANY})\s?[日号]")
_YEAR_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenDay:
    """A day as it stands: its date, the form's id and its place."""

    day: date
    pattern_id: str
    start: int
    end: int


def days(
    text: str, first: int = 0, after: int | None = None, *, written_on: date | None = None
) -> list[WrittenDay]:
    """Return the days of a folded text in order; what no calendar has is none.

    Args:
        written_on: the day days without a year are read from; without it they are none.
    """
    end = len(text) if after is None else after
    found = list(_found(text, first, end))
    if written_on is not None:
        found += _told(text, first, end, written_on)
    return sorted(found, key=lambda one: one.start)


def _found(text: str, first: int, after: int) -> Iterator[WrittenDay]:
    for form, expression in _EXPRESSIONS:
        for match in expression.finditer(text, first, after):
            parts = [_number(part) for part in match.groups()]
            yield from _written(match, form, _day([*parts, 1][:3]))


def _told(text: str, first: int, after: int, written_on: date) -> Iterator[WrittenDay]:
    """Give the days told by the day the text was written on."""
    for match in _TOLD.finditer(text, first, after):
        year = written_on.year - _YEARS_BACK[match[1]]
        yield from _written(match, YEAR_TOLD, _day([year, _number(match[2]), _number(match[3] or "1")]))
    for match in _WITHOUT_YEAR.finditer(text, first, after):
        parts = [_number(part) for part in match.groups()]
        tried = (_day([year, *parts]) for year in (written_on.year, written_on.year - 1))
        found = next((day for day in tried if day is not None and day <= written_on), None)
        yield from _written(match, YEARLESS, found)
    for match in _MONTH_TOLD.finditer(text, first, after):
        months = 12 * written_on.year + written_on.month - 1 - _MONTHS_BACK[match[1]]
        yield from _written(match, MONTH_TOLD, _day([months // 12, months % 12 + 1, _number(match[2])]))


def _written(match: re.Match[str], form: str, day: date | None) -> Iterator[WrittenDay]:
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
