"""Dates and instants: due dates are plain dates, instants are aware and kept in UTC.

Nothing here reads a clock; `business_date`, `rules_as_of` and `now` are arguments without default.
Periods are half-open: `[first, after)`.
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The two dates every judgement states: the day it is about, and the day whose rules it uses."""

    business_date: date
    rules_as_of: date

    def as_record(self) -> dict[str, str]:
        """Return both dates in ISO form, for outputs."""
        return {"business_date": self.business_date.isoformat(), "rules_as_of": self.rules_as_of.isoformat()}


def check_aware(moment: datetime, *, name: str) -> datetime:
    """Refuse a naive instant, and return an aware one in UTC."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise InputError(f"{name} has no time zone", got=moment.isoformat(), expected="an aware instant")
    return moment.astimezone(UTC)


def date_from_text(text: str) -> date:
    """Read an ISO date (2005-06-30).

    >>> date_from_text("2005-06-30")
    datetime.date(2005, 6, 30)
    """
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("not a date", got=repr(text), expected="YYYY-MM-DD") from error


def month_end(year: int, month: int) -> date:
    """Return the last day of a month.

    >>> month_end(2004, 2)
    datetime.date(2004, 2, 29)
    """
    return date(year, month, calendar.monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """Move a date by whole months; a day the target month lacks becomes its last.

    >>> add_months(date(2005, 1, 31), 1)
    datetime.date(2005, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of_day(day: date, *, utc_offset_hours: int) -> datetime:
    """Return the first instant after a business day, in UTC: what was known "by the end of the day"."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return midnight - timedelta(hours=utc_offset_hours)
