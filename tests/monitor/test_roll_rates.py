"""Roll rates: counted by hand, shares that add up to 1 exactly, every cell opened to its customers."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import InputError
from creditloop.monitor import ROLL_STATES, RollCell, roll_rates, rolled_parties

Late = dict[str, int | None]


def month(late: Late) -> pl.DataFrame:
    rows = {"party_id": list(late), "months_late": list(late.values())}
    return pl.DataFrame(rows, schema={"party_id": pl.String, "months_late": pl.Int64})


JUNE: Late = {"a": 0, "b": -2, "c": -1, "d": 1, "e": 2, "f": 3, "g": None, "h": 0}
JULY: Late = {"a": 0, "b": 1, "c": -1, "d": 2, "e": 3, "f": 0, "g": 0, "new": 5}


def test_moves_counted_by_hand() -> None:
    found = roll_rates(from_rows=month(JUNE), to_rows=month(JULY))
    assert (found.customers, found.entered) == (8, 1)
    assert {(cell.from_state, cell.to_state): (cell.customers, cell.share_nano) for cell in found.cells} == {
        ("not_late", "not_late"): (2, 500_000_000),
        ("not_late", "late_1_2"): (1, 250_000_000),
        ("not_late", "late_3_up"): (0, 0),
        ("not_late", "left"): (1, 250_000_000),
        ("late_1_2", "not_late"): (0, 0),
        ("late_1_2", "late_1_2"): (1, 500_000_000),
        ("late_1_2", "late_3_up"): (1, 500_000_000),
        ("late_1_2", "left"): (0, 0),
        ("late_3_up", "not_late"): (1, 10**9),
        ("late_3_up", "late_1_2"): (0, 0),
        ("late_3_up", "late_3_up"): (0, 0),
        ("late_3_up", "left"): (0, 0),
        ("unknown", "not_late"): (1, 10**9),
        ("unknown", "late_1_2"): (0, 0),
        ("unknown", "late_3_up"): (0, 0),
        ("unknown", "left"): (0, 0),
    }


def test_thirds_still_add_up() -> None:
    found = roll_rates(from_rows=month({"a": 0, "b": 0, "c": 0}), to_rows=month({"a": 0, "b": 1, "c": 3}))
    assert [cell.share_nano for cell in found.cells[:3]] == [333_333_334, 333_333_333, 333_333_333]


def test_a_state_nobody_began_in_has_no_shares() -> None:
    found = roll_rates(from_rows=month({"a": 0}), to_rows=month({"a": 0}))
    assert found.cells[0] == RollCell(
        from_state="not_late", to_state="not_late", customers=1, share_nano=10**9
    )
    assert all(cell.share_nano == cell.customers == 0 for cell in found.cells[1:])
    assert len(found.cells) == len(ROLL_STATES) ** 2


months = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.none() | st.integers(-2, 12), max_size=16)


@settings(max_examples=60, deadline=None)
@given(months, months)
def test_nobody_is_lost_and_shares_add_up_to_one(before: Late, after: Late) -> None:
    begun, ended = month(before), month(after)
    found = roll_rates(from_rows=begun, to_rows=ended)
    assert sum(cell.customers for cell in found.cells) == found.customers == len(before)
    assert found.entered == len(set(after) - set(before))
    shares, customers = defaultdict[str, int](int), defaultdict[str, int](int)
    for cell in found.cells:
        shares[cell.from_state] += cell.share_nano
        customers[cell.from_state] += cell.customers
        parties = rolled_parties(
            from_rows=begun, to_rows=ended, from_state=cell.from_state, to_state=cell.to_state
        )
        assert len(parties) == cell.customers
        assert list(parties) == sorted(parties)
    assert all(shares[state] == (10**9 if count else 0) for state, count in customers.items())
    assert canonical_bytes(found.as_record())


def test_a_cell_is_opened_to_its_customers() -> None:
    begun, ended = month(JUNE), month(JULY)
    assert rolled_parties(from_rows=begun, to_rows=ended, from_state="not_late", to_state="late_1_2") == (
        "b",
    )
    assert rolled_parties(from_rows=begun, to_rows=ended, from_state="not_late", to_state="left") == ("h",)
    assert rolled_parties(from_rows=begun, to_rows=ended, from_state="unknown", to_state="not_late") == ("g",)


@pytest.mark.parametrize(("begun", "ended"), [("late", "not_late"), ("not_late", ""), ("left", "not_late")])
def test_a_state_there_is_not_is_refused(begun: str, ended: str) -> None:
    with pytest.raises(InputError, match="no such state of lateness"):
        rolled_parties(from_rows=month(JUNE), to_rows=month(JULY), from_state=begun, to_state=ended)


def test_rows_that_cannot_be_are_refused() -> None:
    twice = pl.concat([month({"a": 0}), month({"a": 1})])
    for spoilt, message in (
        (twice, "a party stands twice"),
        (month({"a": 0}).cast({"months_late": pl.Int32}), "not the rows a roll rate is made from"),
        (month({"a": 0}).drop("months_late"), "not the rows a roll rate is made from"),
    ):
        with pytest.raises(InputError, match=message):
            roll_rates(from_rows=spoilt, to_rows=month(JULY))
        with pytest.raises(InputError, match=message):
            roll_rates(from_rows=month(JUNE), to_rows=spoilt)
