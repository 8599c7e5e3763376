"""A frame's columns: every type that holds the values, more rows than are done at a time, states told."""

import numpy as np
import polars as pl
import pytest
from tests.risk.card_texts import card
from tests.risk.pair_cards import drawn_card, drawn_rows

GOOD = {"late": 0, "use": 100_000_000, "work": "teacher"}


def states(**columns: pl.Series) -> list[int]:
    frame = pl.DataFrame({**{name: [value] * 3 for name, value in GOOD.items()}, **columns})
    return card().score_frame(frame)["score_state"].to_list()


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int32, pl.UInt64, pl.Int128])
def test_whole_numbers_of_any_width(dtype: pl.DataType) -> None:
    assert states(late=pl.Series([0, 3, None], dtype=dtype)) == [0, 0, 3]


@pytest.mark.parametrize("dtype", [pl.UInt64, pl.Int128])
def test_numbers_outside_int64_are_broken(dtype: pl.DataType) -> None:
    assert states(late=pl.Series([0, 2**63, None], dtype=dtype)) == [0, 6, 3]


@pytest.mark.parametrize("dtype", [pl.Categorical(), pl.Enum(["teacher", "clerk", "miner"]), pl.String()])
def test_texts_of_any_type(dtype: pl.DataType) -> None:
    assert states(work=pl.Series(["teacher", "miner", None], dtype=dtype)) == [0, 3, 3]


def test_columns_of_another_kind_are_broken_and_of_nulls_missing() -> None:
    assert states(late=pl.Series([0.0, 1.0, 2.0])) == [6, 6, 6]
    assert states(work=pl.Series([True, False, None])) == [6, 6, 6]
    assert states(late=pl.Series([True, False, None])) == [6, 6, 6]
    assert states(use=pl.Series([None, None, None])) == [0, 0, 0]
    assert states(work=pl.Series([None, None, None])) == [3, 3, 3]


def test_states_told_of_a_feature() -> None:
    assert states(use__state=pl.Series([0, 4, 9])) == [0, 4, 6]
    assert states(use__state=pl.Series([None, -1, 3])) == [6, 6, 0]
    assert states(use__state=pl.Series(["0", "0", "0"])) == [6, 6, 6]


def test_many_rows_are_scored_as_a_few() -> None:
    one = drawn_card(seed=2, features=6, pairs=5, decimals=2, bins=60)
    rows = drawn_rows(one, count=150_000, seed=9)
    whole = one.score_frame(rows, exact=True)
    for start in (0, 32_760, 98_300, 149_990):
        assert whole[start : start + 10].equals(one.score_frame(rows[start : start + 10], exact=True))


def test_the_working_has_a_column_a_table() -> None:
    one = drawn_card(seed=2, features=3, pairs=2, decimals=2)
    scored = one.score_frame(drawn_rows(one, count=50, seed=1), working=True, exact=True)
    pairs = [f"points_{'__'.join(pair.features)}" for pair in one.pairs]
    names = ["f0", "f1", "f2"]
    wanted = [
        *names,
        *(f"points_{name}" for name in names),
        *pairs,
        "score",
        "pd_nano",
        "score_nano",
        "score_state",
    ]
    assert scored.columns == wanted
    known = scored.filter(pl.col("score_state") == 0)
    total = known.select(pl.sum_horizontal(f"points_{name}" for name in names) + pl.sum_horizontal(pairs))
    assert np.array_equal((total.to_series().to_numpy() + one.base) * 10**7, known["score_nano"].to_numpy())
