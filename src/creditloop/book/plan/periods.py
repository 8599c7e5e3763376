"""The periods of a plan: due dates, days, and the interest of one fen over each as an exact ratio."""

from datetime import date, timedelta
from math import lcm

from creditloop.book.calendars import BusinessDayConvention, Cycle, shift
from creditloop.book.interest import DayCount, Ratio, ratio, year_fraction
from creditloop.book.plan.terms import InterestBy, PlanTerms
from creditloop.kernel.errors import InputError

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
ACTUAL_BASES = {DayCount.ACT_360: 360, DayCount.ACT_365: 365, DayCount.ACT_364: 364}
"""Day counts of actual days over a constant: the days of a period say all."""


def planned_due_dates(*, first_due: date, period: Cycle, count: int, due_day: int | None) -> list[date]:
    """Return due dates before any is moved to a business day.

    >>> [
    ...     str(day)
    ...     for day in planned_due_dates(
    ...         first_due=date(2024, 1, 31), period=Cycle(months=1), count=3, due_day=None
    ...     )
    ... ]
    ['2024-01-31', '2024-02-29', '2024-03-31']
    """
    if period.days:
        return [first_due + timedelta(days=period.days * number) for number in range(count)]
    day = due_day or first_due.day
    begin = first_due.year * 12 + first_due.month - 1
    months = range(begin, begin + count * period.months, period.months)
    if day <= 28:
        return [date(month // 12, month % 12 + 1, day) for month in months]
    return [_in_month(month // 12, month % 12, day) for month in months]


def _in_month(year: int, month: int, day: int) -> date:
    """Return a day of a month counted from 0, or the month's last."""
    length = _MONTH_DAYS[month]
    if month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        length = 29
    return date(year, month + 1, min(day, length))


def moved_due_dates(terms: PlanTerms, planned: list[date]) -> list[date]:
    """Return when instalments are due: the planned dates, moved to business days as the rules say."""
    convention = terms.rules.convention
    if convention is BusinessDayConvention.NONE:
        return planned
    moved = [shift(day=day, convention=convention, business_days=terms.business_days) for day in planned]
    if moved[0] <= terms.start:
        raise InputError(
            "the first due date moves to before the loan", got=moved[0], expected=f"> {terms.start}"
        )
    return moved


def regular_start(terms: PlanTerms) -> date:
    """Return the day before the first due date by one period: where a regular first period would begin."""
    period, first = terms.rules.period, terms.first_due
    if period.days:
        return first - timedelta(days=period.days)
    month = first.year * 12 + first.month - 1 - period.months
    return _in_month(month // 12, month % 12, terms.due_day or first.day)


def interest_factors(
    *, terms: PlanTerms, starts: list[date], ends: list[date], days: list[int]
) -> tuple[list[int], int]:
    """Return the interest of one fen over each interest period: numerators, and the denominator of all.

    Args:
        days: actual days of each period.
    """
    rules, rate = terms.rules, ratio(terms.rate)
    if rules.interest_by is InterestBy.MONTHS:
        top, below = first_part_by_months(terms, start=starts[0], end=ends[0])
        each = rate[0] * rules.period.months * (below // 12)
        numerators, denominator = [rate[0] * top, *[each] * (len(ends) - 1)], rate[1] * below
    elif (basis := ACTUAL_BASES.get(rules.day_count)) is not None:
        numerators, denominator = [rate[0] * number for number in days], rate[1] * basis
    else:
        numerators, denominator = _by_day_count(terms, rate, starts, ends)
    for number in range(min(rules.interest_free, len(numerators))):
        numerators[number] = 0
    return numerators, denominator


def _by_day_count(
    terms: PlanTerms, rate: Ratio, starts: list[date], ends: list[date]
) -> tuple[list[int], int]:
    """Return rate × part of a year of each period, over one denominator."""
    parts = [
        year_fraction(start=start, end=end, day_count=terms.rules.day_count, maturity=ends[-1])
        for start, end in zip(starts, ends, strict=True)
    ]
    below = lcm(*{bottom for _, bottom in parts})
    return [rate[0] * top * (below // bottom) for top, bottom in parts], rate[1] * below


def first_part_by_months(terms: PlanTerms, *, start: date, end: date) -> Ratio:
    """Return the part of a year of a first period: whole months as twelfths, odd days by the day count.

    One that begins where the due date before it would lie is whole. Otherwise months are counted from the
    start, and the days left after the last whole one are odd.

    Returns: a ratio whose denominator is a multiple of 12.
    """
    rules = terms.rules
    if start == regular_start(terms):
        return rules.period.months, 12
    begin = start.year * 12 + start.month - 1
    month = end.year * 12 + end.month - 1
    if (after := _in_month(month // 12, month % 12, start.day)) > end:
        month -= 1
        after = _in_month(month // 12, month % 12, start.day)
    top, bottom = year_fraction(start=after, end=end, day_count=rules.day_count, maturity=None)
    return (month - begin) * bottom + 12 * top, 12 * bottom


def regular_first_factor(terms: PlanTerms) -> Ratio:
    """Return the interest of one fen over a first period as long as the others are."""
    start, end = regular_start(terms), terms.first_due
    (numerator,), denominator = interest_factors(
        terms=terms, starts=[start], ends=[end], days=[(end - start).days]
    )
    return numerator, denominator
