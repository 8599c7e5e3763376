from datetime import date, timedelta
from pathlib import Path

import pytest

from creditloop.book.calendars import BusinessDayConvention, BusinessDays, read_business_days, shift
from creditloop.kernel.documents import parse_document, read_document
from creditloop.kernel.errors import PolicyError

REPOSITORY = Path(__file__).parents[3]
GOOD = """
calendar: here
title: {zh: 此地, en: Here}
weekend: [saturday, sunday]
beyond: refuse
years:
  - year: 2024
    source: {title: a notice}
    holidays:
      - {name: {zh: 元旦, en: New Year}, from: 2024-01-01, to: 2024-01-02}
    working_weekends: [2024-01-06]
"""


@pytest.fixture(scope="module")
def china() -> BusinessDays:
    return read_business_days(
        read_document(REPOSITORY / "policies" / "calendars" / "china.yaml", root=REPOSITORY)
    )


def test_the_chinese_calendar_has_as_many_working_days_as_the_notices_leave(china: BusinessDays) -> None:
    """249 to 251 days a year until 2024, 248 from 2025 on, when two holidays were added."""
    counts = {
        year: sum(
            china.is_business_day(date(year, 1, 1) + timedelta(days=n))
            for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
        )
        for year in range(2013, 2027)
    }
    assert counts[2025] == counts[2026] == 248
    assert set(counts.values()) <= {248, 249, 250, 251}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 1, 26), True),  # a Sunday worked before the Spring Festival
        (date(2025, 1, 28), False),
        (date(2025, 2, 4), False),
        (date(2025, 2, 5), True),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
        (date(2020, 2, 1), False),  # the festival of 2020 was made longer: no longer worked
        (date(2015, 9, 3), False),
        (date(2031, 1, 4), False),  # a Saturday of a year without a notice yet
        (date(2031, 1, 6), True),
    ],
)
def test_days_of_the_notices(china: BusinessDays, day: date, works: bool) -> None:
    assert china.is_business_day(day) is works


def test_a_due_date_on_national_day_goes_behind_the_holidays(china: BusinessDays) -> None:
    moved = shift(day=date(2025, 10, 1), convention=BusinessDayConvention.FOLLOWING, business_days=china)
    assert moved == date(2025, 10, 9)


def test_a_small_calendar_is_read() -> None:
    days = read_business_days(parse_document(GOOD, path="here.yaml"))
    assert days.holidays == {date(2024, 1, 1), date(2024, 1, 2)}
    assert days.working_weekends == {date(2024, 1, 6)}
    assert days.known == (date(2024, 1, 1), date(2024, 12, 31))
    assert not days.weekends_beyond


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("saturday", "weekday", "not one of the words"),
        ("refuse", "hope", "not one of the words"),
        ("to: 2024-01-02", "to: 2025-01-02", "within its year"),
        ("to: 2024-01-02", "to: 2023-12-31", "within its year"),
        ("[2024-01-06]", "[2024-01-08]", "must be a weekend"),
        ("[2024-01-06]", "[2025-01-04]", "must be a weekend"),
        ("to: 2024-01-02", "to: 2024-01-07", "a holiday and worked"),
        ("source: {title: a notice}", "colour: red", "missing"),
        ("year: 2024", "year: 24", "out of range"),
    ],
)
def test_a_calendar_that_is_not_well_formed_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_business_days(parse_document(GOOD.replace(old, new), path="here.yaml"))


def test_years_follow_one_another() -> None:
    second = GOOD[GOOD.index("  - year") :].replace("2024", "2026").replace("2026-01-06", "2026-01-10")
    with pytest.raises(PolicyError, match="must follow one another"):
        read_business_days(parse_document(GOOD + second.lstrip("\n"), path="here.yaml"))
