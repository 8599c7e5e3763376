"""Day counts (计息基准): the part of a year between two dates, as an exact ratio.

The first day counts, the last does not. Every convention is a named value that the terms state; none is
inferred. Sources: ISDA 2006 definitions §4.16 (b) ACT/ACT, (d) ACT/365F, (e) ACT/360, (f) 30/360,
(g) 30E/360, (h) 30E/360 ISDA; ACTUS dictionary, dayCountConvention, for 28E/336.
"""

import calendar
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from math import gcd

from creditloop.kernel.errors import InputError

FEBRUARY = 2
Ratio = tuple[int, int]
"""An exact ratio: numerator and positive denominator."""


class DayCount(StrEnum):
    """A way of counting the days of a period and of a year."""

    ACT_365 = "ACT_365"
    """Actual days over 365, leap year or not."""
    ACT_360 = "ACT_360"
    """Actual days over 360: a daily rate that is the yearly one / 360 (人民币惯例)."""
    ACT_364 = "ACT_364"
    """Actual days over 364: 52 whole weeks."""
    ACT_ACT = "ACT_ACT"
    """Each day over the days of its own year, 365 or 366."""
    THIRTY_360 = "THIRTY_360"
    """Months of 30 days, bond basis: an end on the 31st is the 30th only if the start is the 30th or 31st."""
    THIRTY_E_360 = "THIRTY_E_360"
    """Months of 30 days: the 31st counts as the 30th at either end."""
    THIRTY_E_360_ISDA = "THIRTY_E_360_ISDA"
    """Months of 30 days: a month's last day counts as the 30th, but not a maturity at the end of February."""
    TWENTY_EIGHT_E_336 = "TWENTY_EIGHT_E_336"
    """Months of 28 days, years of 336: days after the 28th count as the 28th."""


def year_fraction(*, start: date, end: date, day_count: DayCount, maturity: date | None = None) -> Ratio:
    """Return the part of a year from `start` (counted) to `end` (not counted).

    Args:
        maturity: the loan's last day; only 30E/360 ISDA looks at it.
    Returns: numerator and denominator; not reduced, so that days stay readable: 31 days are (31, 365).
    Raises: InputError if the end lies before the start.

    >>> year_fraction(start=date(2024, 1, 31), end=date(2024, 3, 1), day_count=DayCount.ACT_365)
    (30, 365)
    >>> year_fraction(start=date(2023, 12, 31), end=date(2024, 1, 2), day_count=DayCount.ACT_ACT)
    (731, 133590)
    """
    if end < start:
        raise InputError("a period ends before it starts", got=f"{start} to {end}", expected="start <= end")
    if (basis := _ACTUAL_BASES.get(day_count)) is not None:
        return (end - start).days, basis
    if day_count is DayCount.ACT_ACT:
        return _actual_actual(start, end)
    days_in_month, first_day_of, last_day_of = _MONTHLY[day_count]
    first = first_day_of(start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * days_in_month + last_day_of(end, first, maturity) - first, days_in_month * 12


_ACTUAL_BASES = {DayCount.ACT_365: 365, DayCount.ACT_360: 360, DayCount.ACT_364: 364}


def days_in_year(year: int) -> int:
    """Return 366 for a leap year, otherwise 365."""
    return 366 if calendar.isleap(year) else 365


def _actual_actual(start: date, end: date) -> Ratio:
    first, last = days_in_year(start.year), days_in_year(end.year)
    if start.year == end.year:
        return (end - start).days, first
    head = (date(start.year, 12, 31) - start).days + 1
    tail = (end - date(end.year, 1, 1)).days
    whole = end.year - start.year - 1
    if first == last:
        return whole * first + head + tail, first
    numerator, denominator = whole * first * last + head * last + tail * first, first * last
    return numerator, denominator


def _is_month_end(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def _at_most_30(day: date) -> int:
    return min(day.day, 30)


def _at_most_28(day: date) -> int:
    return min(day.day, 28)


def _month_end_is_30(day: date) -> int:
    return 30 if _is_month_end(day) else day.day


def _end_of_isda(end: date, _first: int, maturity: date | None) -> int:
    """Return the day an end counts as: a maturity at the end of February stays what it is."""
    if end == maturity and end.month == FEBRUARY:
        return end.day
    return _month_end_is_30(end)


def _end_of_bond(end: date, first: int, _maturity: date | None) -> int:
    return 30 if end.day == 31 and first == 30 else end.day


_MONTHLY: dict[DayCount, tuple[int, Callable[[date], int], Callable[[date, int, date | None], int]]] = {
    DayCount.THIRTY_360: (30, _at_most_30, _end_of_bond),
    DayCount.THIRTY_E_360: (30, _at_most_30, lambda end, _first, _maturity: _at_most_30(end)),
    DayCount.THIRTY_E_360_ISDA: (30, _month_end_is_30, _end_of_isda),
    DayCount.TWENTY_EIGHT_E_336: (28, _at_most_28, lambda end, _first, _maturity: _at_most_28(end)),
}
"""Days in a month, the day a start counts as, the day an end counts as (given the start's)."""


def reduced(value: Ratio) -> Ratio:
    """Return a ratio in lowest terms with a positive denominator.

    Raises: InputError if the denominator is zero.

    >>> reduced((30, -360))
    (-1, 12)
    """
    numerator, denominator = value
    if denominator == 0:
        raise InputError("a ratio with nothing below", got=f"{numerator} / 0")
    common = gcd(numerator, denominator) * (1 if denominator > 0 else -1)
    return numerator // common, denominator // common
