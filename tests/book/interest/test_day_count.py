from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.interest import DayCount, days_in_year, reduced, year_fraction
from creditloop.kernel.errors import InputError

DAYS = st.dates(date(1990, 1, 1), date(2070, 12, 31))


def fraction(start: date, end: date, day_count: DayCount, maturity: date | None = None) -> Fraction:
    return Fraction(*year_fraction(start=start, end=end, day_count=day_count, maturity=maturity))


@pytest.mark.parametrize(
    ("day_count", "start", "end", "days", "basis"),
    [
        # ISDA's own comparison of 1998: 1 November 2003 to 1 May 2004, and a short first period
        (DayCount.ACT_ACT, date(2003, 11, 1), date(2004, 5, 1), 61 * 366 + 121 * 365, 365 * 366),
        (DayCount.ACT_ACT, date(1999, 2, 1), date(1999, 7, 1), 150, 365),
        (DayCount.ACT_ACT, date(2002, 8, 15), date(2003, 7, 15), 334, 365),
        (DayCount.ACT_ACT, date(1999, 7, 30), date(2000, 1, 30), 155 * 366 + 29 * 365, 365 * 366),
        (DayCount.ACT_ACT, date(1999, 11, 30), date(2000, 4, 30), 32 * 366 + 120 * 365, 365 * 366),
        (DayCount.ACT_365, date(2024, 2, 28), date(2024, 3, 1), 2, 365),
        (DayCount.ACT_360, date(2024, 1, 1), date(2025, 1, 1), 366, 360),
        (DayCount.ACT_364, date(2024, 1, 1), date(2024, 12, 30), 364, 364),
        (DayCount.THIRTY_E_360, date(2007, 1, 31), date(2007, 3, 31), 60, 360),
        (DayCount.THIRTY_E_360, date(2007, 2, 28), date(2007, 3, 31), 32, 360),
        (DayCount.THIRTY_360, date(2007, 1, 15), date(2007, 1, 31), 16, 360),
        (DayCount.THIRTY_360, date(2007, 1, 30), date(2007, 1, 31), 0, 360),
        (DayCount.THIRTY_E_360_ISDA, date(2007, 2, 28), date(2007, 3, 31), 30, 360),
        (DayCount.THIRTY_E_360_ISDA, date(2007, 8, 31), date(2008, 2, 29), 180, 360),
        (DayCount.TWENTY_EIGHT_E_336, date(2007, 1, 31), date(2007, 2, 28), 28, 336),
    ],
)
def test_known_periods(day_count: DayCount, start: date, end: date, days: int, basis: int) -> None:
    assert fraction(start, end, day_count) == Fraction(days, basis)


def test_a_maturity_at_the_end_of_february_keeps_its_day() -> None:
    start, end = date(2007, 8, 31), date(2008, 2, 29)
    assert fraction(start, end, DayCount.THIRTY_E_360_ISDA, maturity=end) == Fraction(179, 360)
    assert fraction(start, end, DayCount.THIRTY_E_360_ISDA, maturity=date(2009, 2, 28)) == Fraction(180, 360)


@given(DAYS, DAYS, DAYS, st.sampled_from([DayCount.ACT_365, DayCount.ACT_360, DayCount.ACT_ACT]))
def test_actual_days_add_up_however_a_period_is_cut(
    one: date, two: date, three: date, day_count: DayCount
) -> None:
    first, middle, last = sorted((one, two, three))
    parts = fraction(first, middle, day_count) + fraction(middle, last, day_count)
    assert parts == fraction(first, last, day_count)


@given(DAYS, st.integers(1, 40), st.sampled_from(DayCount))
def test_a_year_is_about_one(start: date, years: int, day_count: DayCount) -> None:
    end = start.replace(year=start.year + years, day=min(start.day, 28))
    assert abs(fraction(start, end, day_count) / years - 1) < Fraction(1, 20)


def test_days_of_leap_years() -> None:
    assert [days_in_year(year) for year in (1900, 2000, 2023, 2024)] == [365, 366, 365, 366]


@pytest.mark.parametrize("day_count", DayCount)
def test_a_period_that_ends_before_it_starts_is_refused(day_count: DayCount) -> None:
    with pytest.raises(InputError, match="ends before it starts"):
        year_fraction(start=date(2024, 1, 2), end=date(2024, 1, 1), day_count=day_count)


def test_a_ratio_with_nothing_below_is_refused() -> None:
    with pytest.raises(InputError, match="nothing below"):
        reduced((1, 0))
