"""A feature's bins: by hand, cut where nobody stands, the missing and special codes apart, directions."""

import math
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import (
    BinLimits,
    BinnedFeature,
    CardFeature,
    Direction,
    bin_counts,
    bin_feature,
    count_values,
    direction_findings,
)

LIMITS = BinLimits(prebins_max=64, bins_max=6, rows_min=1)


def feature(
    kind: Kind = Kind.INTEGER, direction: Direction = Direction.NONE, special: tuple[int, ...] = ()
) -> CardFeature:
    return CardFeature(name="x", kind=kind, direction=direction, zh="特征", en="feature", special=special)


def binned(
    values: list[object], bad: list[int], one: CardFeature | None = None, limits: BinLimits = LIMITS
) -> BinnedFeature:
    outcomes = np.array(bad, dtype=np.bool_)
    return bin_feature(values=pl.Series("x", values), bad=outcomes, feature=one or feature(), limits=limits)


def test_a_number_by_hand() -> None:
    found = binned([1, 2, 3, 4, 10, 20, 30, 40], [1, 1, 1, 0, 0, 0, 0, 1], feature(direction=Direction.DOWN))
    assert [(one.low, one.high, one.rows, one.bad) for one in found.bins] == [
        (None, 4, 3, 3),
        (4, None, 5, 1),
    ]
    assert found.place.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    weight = math.log((0.5 / 3.5) / (4 / 4))
    assert found.bins[0].woe_nano == round(weight * 1e9)
    assert found.bins[1].woe_nano == round(math.log(4) * 1e9)
    assert found.iv_nano == pytest.approx(((0 - 3 / 4) * weight + (1 - 1 / 4) * math.log(4)) * 1e9, abs=2)


def test_the_missing_have_a_bin_of_their_own_and_few_of_them_say_nothing() -> None:
    values = [None, None, 1, 1, 2, 2, None, 1, 2]
    bad = [1, 1, 1, 0, 0, 0, 0, 1, 0]
    found = binned(values, bad)
    assert found.bins[-1].missing
    assert (found.bins[-1].rows, found.bins[-1].bad) == (3, 2)
    assert found.bins[-1].woe_nano == round(math.log((1 / 5) / (2 / 4)) * 1e9)
    few = binned(values, bad, limits=BinLimits(prebins_max=64, bins_max=6, rows_min=4))
    assert few.bins[-1].missing
    assert few.bins[-1].woe_nano == 0
    assert found.place.tolist() == [2, 2, 0, 0, 1, 1, 2, 0, 1]


def test_a_column_of_nulls_is_one_bin() -> None:
    found = binned([None, None, None], [0, 1, 0])
    assert [one.missing for one in found.bins] == [True]
    assert found.iv_nano == pytest.approx(0, abs=1)


def test_texts_are_merged_by_their_bad_rate_until_each_bin_has_the_rows() -> None:
    values = ["a"] * 10 + ["b"] * 10 + ["c"] * 2 + ["d"] * 10
    bad = [0] * 9 + [1] + [0] * 5 + [1] * 5 + [1, 1] + [1] * 9 + [0]
    found = binned(values, bad, feature(Kind.TEXT), BinLimits(prebins_max=64, bins_max=6, rows_min=5))
    assert [one.values for one in found.bins] == [("a",), ("b",), ("c", "d")]
    assert [one.rows for one in found.bins] == [10, 10, 12]


def test_more_texts_than_prebins_are_joined_first() -> None:
    values = [f"t{i % 90:02d}" for i in range(900)]
    bad = [int(i % 90 >= 60) for i in range(900)]
    found = binned(values, bad, feature(Kind.TEXT), BinLimits(prebins_max=8, bins_max=3, rows_min=1))
    assert sorted(word for one in found.bins for word in one.values) == sorted(set(values))
    assert len(found.bins) <= 3


def test_true_and_false_are_bins() -> None:
    found = binned([True, True, False, False], [1, 1, 0, 1], feature(Kind.BOOLEAN))
    assert [one.values for one in found.bins] == [(False,), (True,)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1.5, 2.0], Kind.INTEGER), (["a", "b"], Kind.NANO), ([1, 2], Kind.TEXT), ([1, 0], Kind.BOOLEAN),
     ([True, False], Kind.INTEGER), ([1, 2**64 - 1], Kind.INTEGER)],
)  # fmt: skip
def test_a_column_of_another_kind_is_refused(values: list[object], kind: Kind) -> None:
    with pytest.raises(InputError, match="the column x is not of its kind"):
        binned(values, [0, 1], feature(kind))


def test_a_value_that_many_have_is_a_prebin_by_itself() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([np.zeros(400, dtype=np.int64), rng.integers(-10_000, 10_000, 600)])
    bad = (values == 0) & (rng.random(1000) < 0.9) | (rng.random(1000) < 0.05)
    limits = BinLimits(prebins_max=16, bins_max=3, rows_min=10)
    found = bin_feature(values=pl.Series("x", values), bad=bad, feature=feature(), limits=limits)
    heap = int(found.place[0])
    beside = [int(values[values < 0].max()), int(values[values > 0].min())]
    assert any(int(found.place[list(values).index(value)]) != heap for value in beside)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.none() | st.integers(-50, 50) | st.integers(-(2**62), 2**62), min_size=2, max_size=80),
    seed=st.integers(0, 2**32),
    prebins_max=st.integers(2, 10),
)
def test_every_row_stands_in_its_bin(values: list[int | None], seed: int, prebins_max: int) -> None:
    bad = np.random.default_rng(seed).random(len(values)) < 0.4
    bad[0], bad[1] = True, False
    limits = BinLimits(prebins_max=prebins_max, bins_max=4, rows_min=1)
    series = pl.Series("x", values, dtype=pl.Int64)
    found = bin_feature(values=series, bad=bad, feature=feature(), limits=limits)
    for value, place in zip(values, found.place.tolist(), strict=True):
        one = found.bins[place]
        assert one.missing == (value is None)
        if value is not None:
            assert (one.low is None or one.low <= value) and (one.high is None or value < one.high)
    for number, one in enumerate(found.bins):
        assert one.rows == int((found.place == number).sum())
        assert one.bad == int(bad[found.place == number].sum())
    assert sum(one.rows for one in found.bins) == len(values)
    order = np.random.default_rng(seed).permutation(len(values))
    again = bin_feature(values=series[order.tolist()], bad=bad[order], feature=feature(), limits=limits)
    assert again.bins == found.bins, "the order of the rows does not matter"


# Special codes


def test_a_special_code_stands_in_no_interval() -> None:
    values = [1, 2, 3, 4, 96, 96, 98, None, 5, 6]
    bad = [0, 0, 0, 1, 1, 0, 1, 1, 1, 1]
    found = binned(
        values, bad, feature(special=(98, 96, 97)), BinLimits(prebins_max=64, bins_max=6, rows_min=2)
    )
    apart = [(one.special, one.rows, one.bad) for one in found.bins if one.special]
    assert apart == [((96,), 2, 1), ((97, 98), 1, 1)], "codes of too few rows share a bin"
    assert [one.woe_nano == 0 for one in found.bins if one.special] == [False, True]
    assert [found.bins[place].special for place in found.place.tolist()[4:7]] == [(96,), (96,), (97, 98)]
    assert found.bins[-1].missing
    limits = BinLimits(prebins_max=64, bins_max=6, rows_min=2)
    plain = binned(values[:4] + values[8:], bad[:4] + bad[8:], feature(), limits)
    ends = [(one.low, one.high) for one in plain.bins]
    assert [(one.low, one.high) for one in found.bins[: len(ends)]] == ends


# Directions


def hill(rates: list[int]) -> tuple[list[object], list[int]]:
    """Values 0, 1, … of a hundred rows each, so many of them bad."""
    values = [value for value in range(len(rates)) for _ in range(100)]
    return values, [int(row < rate) for rate in rates for row in range(100)]


@pytest.mark.parametrize(
    ("rates", "direction", "cuts"),
    [
        ([10, 40, 60, 40, 5], Direction.PEAK, 4),
        ([10, 40, 60, 40, 5], Direction.VALLEY, 1),
        ([60, 20, 5, 20, 60], Direction.VALLEY, 4),
        ([60, 20, 5, 20, 60], Direction.PEAK, 1),
        ([10, 60, 10, 60, 10], Direction.FREE, 4),
        ([10, 60, 10, 60, 10], Direction.PEAK, 3),
        ([10, 20, 30, 40, 50], Direction.PEAK, 4),
        ([10, 20, 30, 40, 50], Direction.VALLEY, 4),
    ],
)
def test_badness_moves_as_stated(rates: list[int], direction: Direction, cuts: int) -> None:
    found = binned(
        *hill(rates), feature(direction=direction), BinLimits(prebins_max=64, bins_max=9, rows_min=1)
    )
    assert len(found.bins) == cuts + 1
    assert found.finding is None
    moves = [np.sign(two.woe_nano - one.woe_nano) for one, two in pairwise(found.bins)]
    turns = sum(one != two for one, two in pairwise(moves))
    assert direction is Direction.FREE or turns <= 1
    if turns and direction is not Direction.FREE:
        assert moves[0] == (-1 if direction is Direction.PEAK else 1)


def test_a_direction_that_lets_no_cut_stand_is_told() -> None:
    found = binned(*hill([50, 30, 10]), feature(direction=Direction.UP))
    assert len(found.bins) == 1
    told = found.finding
    assert told is not None
    assert (told.feature, told.direction, told.follows) == ("x", Direction.UP, Direction.DOWN)
    assert told.iv_nano == 0
    assert told.iv_free_nano == binned(*hill([50, 30, 10]), feature(direction=Direction.DOWN)).iv_nano > 0


def test_nothing_is_told_where_no_direction_would_do() -> None:
    assert binned(*hill([30, 30, 30]), feature(direction=Direction.UP)).finding is None
    assert binned(*hill([50, 30, 10])).finding is None, "none was stated"


def test_those_that_cannot_comply_are_listed() -> None:
    falling, bad = hill([50, 30, 10])
    frame = pl.DataFrame(dict.fromkeys(("a", "b", "c", "d"), falling))
    ways = {"a": Direction.UP, "b": Direction.DOWN, "c": Direction.NONE, "d": Direction.UP}
    features = [
        CardFeature(name=name, kind=Kind.INTEGER, direction=way, zh="特征", en="feature")
        for name, way in ways.items()
    ]
    told = direction_findings(frame=frame, bad=bad, features=features, limits=LIMITS)
    assert [(one.feature, one.follows) for one in told] == [("a", Direction.DOWN), ("d", Direction.DOWN)]


@pytest.mark.parametrize("direction", [*Direction])
def test_moved_cuts_are_never_worth_less(direction: Direction) -> None:
    random = np.random.default_rng(5)
    values = np.rint(random.normal(size=6_000) * 10_000).astype(np.int64)
    bad = random.random(6_000) < np.where(np.abs(values - 3_000) < 2_000, 0.4, 0.1)
    counts = count_values(values=pl.Series("x", values), bad=bad, feature=feature(direction=direction))
    plain, moved = (
        bin_counts(counts=counts, limits=BinLimits(prebins_max=8, bins_max=5, rows_min=300, refined=refined))
        for refined in (False, True)
    )
    assert moved.iv_nano > plain.iv_nano or len(plain.bins) == 1
    assert all(one.rows >= 300 for one in moved.bins)
    assert len(moved.bins) <= 5


def test_one_outcome_is_refused() -> None:
    counts = count_values(values=pl.Series("x", [1, 2]), bad=np.array([True, True]), feature=feature())
    with pytest.raises(InputError, match="both outcomes must occur"):
        bin_counts(counts=counts, limits=LIMITS)
