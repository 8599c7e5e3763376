from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.calendars import Cycle, Stub, dates_of_cycle, dates_of_cycles
from creditloop.kernel.errors import InputError

MONTHLY = Cycle(months=1)
LONG = Cycle(months=1, stub=Stub.LONG)


def shown(dates: list[date]) -> list[str]:
    return [day.isoformat() for day in dates]


def test_a_31st_comes_back_after_february() -> None:
    dates = dates_of_cycle(anchor=date(2023, 1, 31), end=date(2023, 4, 30), cycle=MONTHLY)
    assert shown(dates) == ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"]


def test_end_of_month_holds_for_an_anchor_on_a_last_day_only() -> None:
    for anchor, second in ((date(2023, 4, 30), "2023-05-31"), (date(2023, 4, 29), "2023-05-29")):
        dates = dates_of_cycle(anchor=anchor, end=date(2023, 6, 30), cycle=MONTHLY, end_of_month=True)
        assert shown(dates)[1] == second
    assert Cycle(days=30).after(date(2023, 4, 30), end_of_month=True) == date(2023, 5, 30)


@pytest.mark.parametrize(
    ("end", "short", "long"),
    [
        (date(2023, 3, 1), ["2023-01-01", "2023-02-01", "2023-03-01"], None),
        (
            date(2023, 3, 15),
            ["2023-01-01", "2023-02-01", "2023-03-01", "2023-03-15"],
            ["2023-01-01", "2023-02-01", "2023-03-15"],
        ),
        (date(2023, 1, 15), ["2023-01-01", "2023-01-15"], None),
        (date(2023, 1, 1), ["2023-01-01"], None),
        (date(2022, 12, 1), ["2022-12-01"], None),
    ],
)
def test_stubs(end: date, short: list[str], long: list[str] | None) -> None:
    start = date(2023, 1, 1)
    assert shown(dates_of_cycle(anchor=start, end=end, cycle=MONTHLY)) == short
    assert shown(dates_of_cycle(anchor=start, end=end, cycle=LONG)) == (long or short)
    assert shown(dates_of_cycle(anchor=start, end=end, cycle=LONG, include_end=False)) == (long or short)[:-1]


def test_without_a_cycle_there_are_the_ends() -> None:
    dates = dates_of_cycle(anchor=date(2023, 1, 1), end=date(2023, 6, 1), cycle=None)
    assert shown(dates) == ["2023-01-01", "2023-06-01"]


def test_steps_follow_one_another() -> None:
    steps = dates_of_cycles(
        anchors=[date(2021, 1, 1), date(2022, 1, 1)],
        end=date(2022, 7, 1),
        cycles=[Cycle(months=6), Cycle(months=3)],
    )
    assert [shown(step) for step in steps] == [
        ["2021-01-01", "2021-07-01"],
        ["2022-01-01", "2022-04-01", "2022-07-01"],
    ]


@given(
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.integers(0, 4000),
    st.builds(Cycle, months=st.integers(1, 24)) | st.builds(Cycle, days=st.integers(1, 400)),
    st.booleans(),
)
def test_dates_rise_from_anchor_to_end(anchor: date, days: int, cycle: Cycle, end_of_month: bool) -> None:
    end = anchor + timedelta(days=days)
    dates = dates_of_cycle(anchor=anchor, end=end, cycle=cycle, end_of_month=end_of_month)
    assert dates[0] == anchor
    assert dates[-1] == end
    assert dates == sorted(set(dates))


@pytest.mark.parametrize("lengths", [{}, {"months": -1}, {"months": 1, "days": 1}, {"days": -3, "months": 2}])
def test_a_cycle_has_one_length(lengths: dict[str, int]) -> None:
    with pytest.raises(InputError, match="no such cycle"):
        Cycle(**lengths)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="do not fit"):
        dates_of_cycles(anchors=[date(2021, 1, 1)] * 3, end=date(2022, 1, 1), cycles=[MONTHLY, MONTHLY])
    with pytest.raises(InputError, match="calendar ends"):
        Cycle(days=400).after(date(9999, 1, 1))
