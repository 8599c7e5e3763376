"""Dates and instants: aware or refused, months that end where the calendar says."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.dates import (
    Dates,
    add_months,
    check_aware,
    date_from_text,
    end_of_day,
    month_end,
    start_of_day,
)
from creditloop.kernel.errors import InputError

BEIJING = timezone(timedelta(hours=8))


class Nowhere(tzinfo):
    """A time zone that knows no offset: an instant in it is naive all the same."""

    def utcoffset(self, _moment: datetime | None) -> None:
        return None

    def dst(self, _moment: datetime | None) -> None:
        return None

    def tzname(self, _moment: datetime | None) -> None:
        return None


def test_an_aware_instant_comes_back_in_utc() -> None:
    moment = datetime(2005, 7, 1, 3, 30, tzinfo=BEIJING)
    seen = check_aware(moment, name="occurred_at")
    assert seen == moment
    assert seen.isoformat() == "2005-06-30T19:30:00+00:00"


@pytest.mark.parametrize("zone", [None, Nowhere()])
def test_a_naive_instant_is_refused_by_name(zone: tzinfo | None) -> None:
    with pytest.raises(InputError, match="known_at has no time zone"):
        check_aware(datetime(2005, 7, 1, tzinfo=zone), name="known_at")


def test_an_instant_that_utc_cannot_hold_is_refused() -> None:
    with pytest.raises(InputError, match="known_at is out of range"):
        check_aware(datetime(1, 1, 1, tzinfo=BEIJING), name="known_at")


@given(st.dates())
def test_a_date_is_read_as_it_is_written(day: date) -> None:
    assert date_from_text(day.isoformat()) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2005-6-30",
        "20050630",
        "2005-06-31",
        "2005-00-10",
        "0000-01-01",
        "2005-W26-4",
        "2005-06-30 ",
        "2005/06/30",
        "30-06-2005",
        "２００５-06-30",
        "٢٠٠٥-06-30",
        "2005-06-30T00:00:00",
    ],
)
def test_text_that_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^not a date$"):
        date_from_text(text)


@given(st.integers(1, 9998), st.integers(1, 12))
def test_the_day_after_a_months_end_is_a_first(year: int, month: int) -> None:
    end = month_end(year, month)
    assert (end.year, end.month) == (year, month)
    assert (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize(("year", "month"), [(2005, 0), (2005, 13), (0, 1), (10000, 1), (2005, -1)])
def test_a_month_that_is_none_is_refused(year: int, month: int) -> None:
    with pytest.raises(InputError, match="no such month"):
        month_end(year, month)


@given(st.dates(), st.integers(-5000, 5000))
def test_months_move_the_month_and_keep_the_day_if_they_can(day: date, months: int) -> None:
    index = day.year * 12 + day.month - 1 + months
    if not 12 <= index < 120_000:
        with pytest.raises(InputError, match="no such month"):
            add_months(day, months)
        return
    moved = add_months(day, months)
    assert moved.year * 12 + moved.month - 1 == index
    assert moved.day == day.day or (moved.day < day.day and moved == month_end(moved.year, moved.month))


@given(st.dates(date(1, 1, 2), date(9999, 12, 30)))
def test_a_days_end_is_its_local_midnight(day: date) -> None:
    local = end_of_day(day, utc_offset_hours=8).astimezone(BEIJING)
    assert (local.date(), local.hour, local.minute) == (day + timedelta(days=1), 0, 0)


@pytest.mark.parametrize("hours", [-13, 15, 800])
def test_no_clock_is_that_far_from_utc(hours: int) -> None:
    with pytest.raises(InputError, match="no clock is so far from UTC"):
        end_of_day(date(2005, 6, 30), utc_offset_hours=hours)


def test_the_calendars_last_day_has_no_end() -> None:
    with pytest.raises(InputError, match="the day is out of range"):
        end_of_day(date.max, utc_offset_hours=0)


def test_a_day_ends_earlier_where_the_sun_rises_earlier() -> None:
    assert start_of_day(date(2005, 6, 30), utc_offset_hours=8) == datetime(2005, 6, 29, 16, tzinfo=UTC)
    assert end_of_day(date(2005, 6, 30), utc_offset_hours=0) == datetime(2005, 7, 1, tzinfo=UTC)
    assert end_of_day(date(2005, 6, 30), utc_offset_hours=8) == datetime(2005, 6, 30, 16, tzinfo=UTC)
    assert end_of_day(date(2005, 6, 30), utc_offset_hours=-5) == datetime(2005, 7, 1, 5, tzinfo=UTC)


def test_both_dates_are_told_in_every_output() -> None:
    dates = Dates(business_date=date(2005, 6, 30), rules_as_of=date(2024, 6, 30))
    assert dates.as_record() == {"business_date": "2005-06-30", "rules_as_of": "2024-06-30"}
