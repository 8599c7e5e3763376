"""Values are put into the bins that stand; what no bin holds goes with the missing, or nowhere."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import Bin, CardFeature, Direction, place_values


def feature(kind: Kind, special: tuple[int, ...] = ()) -> CardFeature:
    return CardFeature(
        name="x", kind=kind, direction=Direction.NONE, zh="特征", en="feature", special=special
    )


def one(**where: object) -> Bin:
    return Bin(rows=1, bad=0, woe_nano=0, **where)  # type: ignore[arg-type]


INTERVALS = [one(high=3), one(low=3, high=10), one(low=10)]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(0, 12), min_size=1))
def test_a_number_stands_where_its_interval_says(values: list[int | None]) -> None:
    bins = [*INTERVALS, one(special=(7, 9)), one(special=(-1,)), one(missing=True)]
    place = place_values(
        bins=bins, feature=feature(Kind.INTEGER, (7, 9, -1, 11)), values=pl.Series(values, dtype=pl.Int64)
    )
    for value, number in zip(values, place.tolist(), strict=True):
        if value is None or value == 11:
            assert number == 5, "a special code that was not seen stands with the missing"
        elif value in {7, 9}:
            assert number == 3
        elif value == -1:
            assert number == 4
        else:
            assert number == (value >= 3) + (value >= 10)


def test_without_a_bin_of_the_missing_there_is_no_place() -> None:
    number, word = feature(Kind.INTEGER, (7,)), feature(Kind.TEXT)
    assert place_values(bins=INTERVALS, feature=number, values=pl.Series([1, None, 7])).tolist() == [
        0,
        -1,
        -1,
    ]
    words = [one(values=("a", "b")), one(values=("c",))]
    assert place_values(bins=words, feature=word, values=pl.Series(["c", "d", None])).tolist() == [1, -1, -1]


def test_words_and_truths() -> None:
    words = [one(values=("a", "b")), one(values=("c",)), one(missing=True)]
    column = pl.Series(["b", "c", "new", None, "a"])
    assert place_values(bins=words, feature=feature(Kind.TEXT), values=column).tolist() == [0, 1, 2, 2, 0]
    as_category = column.cast(pl.Categorical)
    assert place_values(bins=words, feature=feature(Kind.TEXT), values=as_category).tolist() == [
        0,
        1,
        2,
        2,
        0,
    ]
    truths = [one(values=(True,)), one(values=(False,))]
    column = pl.Series([True, False, None])
    assert place_values(bins=truths, feature=feature(Kind.BOOLEAN), values=column).tolist() == [0, 1, -1]


@pytest.mark.parametrize("kind", [Kind.INTEGER, Kind.TEXT, Kind.BOOLEAN])
def test_a_column_of_nulls_is_of_any_kind(kind: Kind) -> None:
    listed = {
        Kind.INTEGER: [one()],
        Kind.TEXT: [one(values=("a",))],
        Kind.BOOLEAN: [one(values=(True, False))],
    }
    bins = [*listed[kind], one(missing=True)]
    assert place_values(bins=bins, feature=feature(kind), values=pl.Series([None, None])).tolist() == [1, 1]


def test_where_nothing_was_seen_all_is_missing() -> None:
    bins = [one(missing=True)]
    assert place_values(bins=bins, feature=feature(Kind.INTEGER), values=pl.Series([1, None])).tolist() == [
        0,
        0,
    ]
    assert place_values(bins=bins, feature=feature(Kind.TEXT), values=pl.Series(["a", None])).tolist() == [
        0,
        0,
    ]


@pytest.mark.parametrize("values", [[1.5, 2.0], [float("inf")], ["a"], [2**64 - 1]])
def test_a_column_of_another_kind_is_refused(values: list[object]) -> None:
    with pytest.raises(InputError, match="the column x is not of its kind"):
        place_values(bins=INTERVALS, feature=feature(Kind.INTEGER), values=pl.Series(values))
