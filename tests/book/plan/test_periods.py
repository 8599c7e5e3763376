"""Due dates are the calendar's own, and factors are the day count's."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from plan_terms import ANY_TERMS

from creditloop.book.calendars import Cycle
from creditloop.book.interest import year_fraction
from creditloop.book.plan import InterestBy, PlanTerms
from creditloop.book.plan.periods import interest_factors, planned_due_dates, regular_start


@settings(deadline=None)
@given(
    first=st.dates(date(1999, 12, 1), date(2101, 1, 1)),
    period=st.sampled_from([Cycle(months=1), Cycle(months=3), Cycle(months=12), Cycle(days=7)]),
    count=st.integers(1, 60),
)
def test_due_dates_are_those_of_the_cycle(first: date, period: Cycle, count: int) -> None:
    found = planned_due_dates(first_due=first, period=period, count=count, due_day=None)
    assert found == [period.after(first, times=number) for number in range(count)]


def test_a_due_day_comes_back_after_short_months() -> None:
    found = planned_due_dates(first_due=date(2100, 2, 28), period=Cycle(months=1), count=14, due_day=31)
    ends = [28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]
    assert [day.day for day in found] == ends


@settings(max_examples=40, deadline=None)
@given(ANY_TERMS)
def test_factors_are_rate_times_part_of_a_year(of: PlanTerms) -> None:
    due = planned_due_dates(
        first_due=of.first_due, period=of.rules.period, count=of.count, due_day=of.due_day
    )
    starts = [of.start, *due[:-1]]
    days = [(end - start).days for start, end in zip(starts, due, strict=True)]
    factors, denominator = interest_factors(terms=of, starts=starts, ends=due, days=days)
    for number, (start, end, factor) in enumerate(zip(starts, due, factors, strict=True)):
        if number < of.rules.interest_free:
            expected = Fraction(0)
        elif of.rules.interest_by is InterestBy.DAYS:
            part = year_fraction(start=start, end=end, day_count=of.rules.day_count, maturity=due[-1])
            expected = Fraction(of.rate) * Fraction(*part)
        elif number or start == regular_start(of):
            expected = Fraction(of.rate) * Fraction(of.rules.period.months, 12)
        else:
            continue
        assert Fraction(factor, denominator) == expected
