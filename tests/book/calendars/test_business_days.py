from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.calendars import (
    EVERY_DAY,
    MONDAY_TO_FRIDAY,
    BusinessDayConvention,
    BusinessDays,
    shift,
)
from creditloop.kernel.errors import InputError

SATURDAY_31 = date(2024, 8, 31)
SUNDAY_1 = date(2024, 9, 1)


@pytest.mark.parametrize(
    ("convention", "day", "moved"),
    [
        (BusinessDayConvention.NONE, SATURDAY_31, SATURDAY_31),
        (BusinessDayConvention.FOLLOWING, SATURDAY_31, date(2024, 9, 2)),
        (BusinessDayConvention.MODIFIED_FOLLOWING, SATURDAY_31, date(2024, 8, 30)),
        (BusinessDayConvention.MODIFIED_FOLLOWING, SUNDAY_1, date(2024, 9, 2)),
        (BusinessDayConvention.PRECEDING, SUNDAY_1, date(2024, 8, 30)),
        (BusinessDayConvention.MODIFIED_PRECEDING, SUNDAY_1, date(2024, 9, 2)),
        (BusinessDayConvention.MODIFIED_PRECEDING, SATURDAY_31, date(2024, 8, 30)),
    ],
)
def test_where_a_date_goes(convention: BusinessDayConvention, day: date, moved: date) -> None:
    assert shift(day=day, convention=convention, business_days=MONDAY_TO_FRIDAY) == moved


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.sampled_from(BusinessDayConvention))
def test_a_business_day_stays_and_others_reach_one(day: date, convention: BusinessDayConvention) -> None:
    moved = shift(day=day, convention=convention, business_days=MONDAY_TO_FRIDAY)
    if MONDAY_TO_FRIDAY.is_business_day(day) or convention is BusinessDayConvention.NONE:
        assert moved == day
    else:
        assert MONDAY_TO_FRIDAY.is_business_day(moved)
    assert shift(day=day, convention=convention, business_days=EVERY_DAY) == day


def test_holidays_and_worked_weekends_count() -> None:
    days = BusinessDays(holidays=frozenset({date(2024, 9, 2)}), working_weekends=frozenset({SUNDAY_1}))
    assert days.is_business_day(SUNDAY_1)
    assert not days.is_business_day(date(2024, 9, 2))
    assert days.next_business_day(date(2024, 9, 2)) == date(2024, 9, 3)


def test_a_year_that_is_not_known_is_refused_unless_the_calendar_says_otherwise() -> None:
    known = (date(2024, 1, 1), date(2024, 12, 31))
    with pytest.raises(InputError, match="does not know this day's holidays"):
        BusinessDays(known=known).is_business_day(date(2025, 1, 2))
    assert BusinessDays(known=known, weekends_beyond=True).is_business_day(date(2025, 1, 2))


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekend": frozenset(range(7))},
        {"weekend": frozenset({7})},
        {"holidays": frozenset({SUNDAY_1}), "working_weekends": frozenset({SUNDAY_1})},
        {"working_weekends": frozenset({date(2024, 9, 3)})},
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(wrong: dict[str, frozenset[date]]) -> None:
    with pytest.raises(InputError):
        BusinessDays(**wrong)  # type: ignore[arg-type]


def test_a_calendar_without_business_days_is_not_searched_for_ever() -> None:
    holidays = frozenset(date.fromordinal(date(2024, 1, 1).toordinal() + n) for n in range(366))
    with pytest.raises(InputError, match="no business day near"):
        BusinessDays(holidays=holidays).next_business_day(date(2024, 3, 1))
