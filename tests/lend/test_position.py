"""Positions: known truths at the borders; available never below 0; the frame equals the single case."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.lend import LIMITS, limit_position, positions

TRUTHS = [
    # limit, frozen, owed → available, above the limit, utilisation
    (100, False, 0, 100, 0, 0),
    (100, False, 40, 60, 0, 400_000_000),
    (100, False, 100, 0, 0, 1_000_000_000),
    (100, False, 101, 0, 1, 1_010_000_000),
    (100, True, 40, 0, 0, 400_000_000),
    (100, True, 130, 0, 30, 1_300_000_000),
    (0, False, 0, 0, 0, None),
    (0, False, 5, 0, 5, None),
    (3, False, 1, 2, 0, 333_333_333),
]


@pytest.mark.parametrize("truth", TRUTHS)
def test_a_position(truth: tuple[int, bool, int, int, int, int | None]) -> None:
    limit, frozen, owed, available, above, utilisation = truth
    told = limit_position(party_id="p", limit_fen=limit, frozen=frozen, offered_fen=None, owed_fen=owed)
    assert (told.available_fen, told.above_limit_fen, told.utilisation_nano) == (
        available,
        above,
        utilisation,
    )
    assert told.consumed_fen == told.owed_fen == owed
    assert told.as_record()["available_fen"] == available


@pytest.mark.parametrize("bad", [{"limit_fen": -1}, {"owed_fen": -1}])
def test_amounts_below_0_are_refused(bad: dict[str, int]) -> None:
    given = {"limit_fen": 5, "owed_fen": 5} | bad
    with pytest.raises(InputError, match="below 0"):
        limit_position(party_id="p", frozen=False, offered_fen=None, **given)


def _frames(given: list[tuple[int, bool, int]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    limits = [(f"p{i}", limit, frozen, None, 1) for i, (limit, frozen, _) in enumerate(given)]
    owed = [(f"p{i}", amount) for i, (_, _, amount) in enumerate(given)]
    return (
        pl.DataFrame(limits, schema=LIMITS, orient="row"),
        pl.DataFrame(owed, schema={"party_id": pl.String, "owed_fen": pl.Int64}, orient="row"),
    )


AMOUNT = st.integers(0, 10**14) | st.sampled_from([0, 1])


@given(st.lists(st.tuples(AMOUNT, st.booleans(), AMOUNT), max_size=20))
def test_the_frame_equals_the_single_case_and_available_is_never_below_0(
    given: list[tuple[int, bool, int]],
) -> None:
    limits, owed = _frames(given)
    told = positions(limits=limits, owed=owed)
    assert told.height == len(given)
    for row in told.iter_rows(named=True):
        limit, frozen, amount = given[int(row["party_id"][1:])]
        one = limit_position(
            party_id=row["party_id"], limit_fen=limit, frozen=frozen, offered_fen=None, owed_fen=amount
        ).as_record()
        assert row == {name: value for name, value in one.items() if name != "utilisation_nano"}
        assert 0 <= row["available_fen"] <= limit
        assert row["available_fen"] == 0 or row["above_limit_fen"] == 0
        if not frozen:
            assert row["available_fen"] - row["above_limit_fen"] == limit - amount


def test_who_is_not_in_the_book_owes_nothing_and_who_owes_has_a_limit() -> None:
    limits, owed = _frames([(100, False, 30), (200, False, 0)])
    told = positions(limits=limits, owed=owed[:1])
    assert told["consumed_fen"].to_list() == [30, 0]
    with pytest.raises(InputError, match="owes and has no limit"):
        positions(limits=limits[1:], owed=owed)


BAD = {
    "another column": (lambda limits, owed: (limits.drop("frozen"), owed), "not a table of limits"),
    "a party twice": (lambda limits, owed: (pl.concat([limits, limits]), owed), "cannot be"),
    "a limit below 0": (
        lambda limits, owed: (limits.with_columns(limit_fen=pl.lit(-1, pl.Int64)), owed),
        "cannot be",
    ),
    "a debt below 0": (
        lambda limits, owed: (limits, owed.with_columns(owed_fen=pl.lit(-1, pl.Int64))),
        "cannot be",
    ),
    "no limit": (
        lambda limits, owed: (limits.with_columns(limit_fen=pl.lit(None, pl.Int64)), owed),
        "cannot be",
    ),
    "money as text": (
        lambda limits, owed: (limits, owed.cast({"owed_fen": pl.String})),
        "not a table of what is owed",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_frames_that_cannot_be_are_refused(name: str) -> None:
    spoil, message = BAD[name]
    limits, owed = spoil(*_frames([(100, False, 30)]))
    with pytest.raises(InputError, match=message):
        positions(limits=limits, owed=owed)
