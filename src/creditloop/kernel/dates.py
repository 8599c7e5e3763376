"""Dates and instants: due dates are plain dates, instants are aware and kept in UTC.

Nothing here reads a clock; `business_date`, `rules_as_of` and `now` are arguments without default.
Periods are half-open: `[first, after)`.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta

from creditloop.kernel.errors import InputError

BEIJING_UTC_OFFSET_HOURS = 8
"""Beijing's clock ahead of UTC, where business days and bureau days begin at midnight."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_YEARS = f"the years {MINYEAR} to {MAXYEAR}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The two dates every judgement states: the day it is about, and the day whose rules it uses."""

    business_date: date
    rules_as_of: date

    def as_record(self) -> dict[str, str]:
        """Return both dates in ISO form, for outputs."""
        return {"business_date": self.business_date.isoformat(), "rules_as_of": self.rules_as_of.isoformat()}


def check_aware(moment: datetime, *, name: str) -> datetime:
    """Refuse a naive instant, and return an aware one in UTC.

    Raises: InputError if it is naive, or its UTC form lies outside the years 1 to 9999.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError(f"{name} has no time zone", got=moment.isoformat(), expected="an aware instant")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise InputError(f"{name} is out of range", got=moment.isoformat(), expected=_YEARS) from error


def date_from_text(text: str) -> date:
    """Read an ISO calendar date (2005-06-30).

    Raises: InputError for any other form, or a day that no calendar has.

    >>> date_from_text("2005-06-30")
    datetime.date(2005, 6, 30)
    """
    try:
        if not _DATE.fullmatch(text):  # fromisoformat also reads weeks (2005-W26-4)
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("not a date", got=repr(text), expected="YYYY-MM-DD") from error


def month_end(year: int, month: int) -> date:
    """Return the last day of a month.

    Raises: InputError if there is no such month.

    >>> month_end(2004, 2)
    datetime.date(2004, 2, 29)
    """
    if not (MINYEAR <= year <= MAXYEAR and 1 <= month <= 12):
        raise InputError("no such month", got=f"{year}-{month}", expected="1 to 12 of " + _YEARS)
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """Move a date by whole months; a day the target month lacks becomes its last.

    Raises: InputError if the calendar ends before.

    >>> add_months(date(2005, 1, 31), 1)
    datetime.date(2005, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = month_end(year, month + 1)
    return last.replace(day=min(day.day, last.day))


def start_of_day(day: date, *, utc_offset_hours: int) -> datetime:
    """Return the first instant of a business day, in UTC.

    Args:
        utc_offset_hours: the bank's clock ahead of UTC, -12..14; Beijing and Taipei are 8.
    Raises: InputError if the offset is out of range, or the calendar begins on that day.

    >>> start_of_day(date(2005, 6, 30), utc_offset_hours=8)
    datetime.datetime(2005, 6, 29, 16, 0, tzinfo=datetime.timezone.utc)
    """
    if not -12 <= utc_offset_hours <= 14:
        raise InputError("no clock is so far from UTC", got=utc_offset_hours, expected="-12 to 14 hours")
    try:
        return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=utc_offset_hours)
    except OverflowError as error:
        raise InputError("the day is out of range", got=day, expected=_YEARS) from error


def end_of_day(day: date, *, utc_offset_hours: int) -> datetime:
    """Return the first instant after a business day, in UTC: what was known "by the end of the day".

    Args:
        utc_offset_hours: as for `start_of_day`.
    Raises: InputError if the offset is out of range, or the calendar ends on that day.

    >>> end_of_day(date(2005, 6, 30), utc_offset_hours=8)
    datetime.datetime(2005, 6, 30, 16, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        return start_of_day(day + timedelta(days=1), utc_offset_hours=utc_offset_hours)
    except OverflowError as error:
        raise InputError("the day is out of range", got=day, expected=_YEARS) from error


def beijing_date(instant: datetime) -> date:
    """Return the date in Beijing at an instant.

    >>> beijing_date(datetime(2026, 1, 4, 16, 30, tzinfo=UTC))
    datetime.date(2026, 1, 5)
    """
    return (instant + timedelta(hours=BEIJING_UTC_OFFSET_HOURS)).date()
