"""Binning: exact against all partitions, one direction, cut where nobody stands, the missing apart."""

import math
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature, Direction
from creditloop.risk.binning.merging import BinLimits, BinnedFeature, bin_feature, merge_bins, roundest, woe

LIMITS = BinLimits(prebins_max=64, bins_max=6, rows_min=1)


def feature(kind: Kind = Kind.INTEGER, direction: Direction = Direction.NONE) -> CardFeature:
    return CardFeature(name="x", kind=kind, direction=direction, zh="特征", en="feature")


def binned(
    values: list[object], bad: list[int], one: CardFeature | None = None, limits: BinLimits = LIMITS
) -> BinnedFeature:
    outcomes = np.array(bad, dtype=np.bool_)
    return bin_feature(values=pl.Series("x", values), bad=outcomes, feature=one or feature(), limits=limits)


# The search is exact


def odds(goods: int, bads: int) -> Fraction:
    empty = goods == 0 or bads == 0
    return Fraction(2 * goods + empty, 2 * bads + empty)


def best_by_trying_all(
    goods: list[int], bads: list[int], totals: tuple[int, int], limits: BinLimits, direction: Direction
) -> float | None:
    """The greatest information value of all partitions that keep the limits; None if none does."""
    best = None
    size = len(goods)
    for count in range(1, min(limits.bins_max, size) + 1):
        for cuts in combinations(range(1, size), count - 1):
            edges = [0, *cuts, size]
            parts = [(sum(goods[a:b]), sum(bads[a:b])) for a, b in pairwise(edges)]
            if any(g + b < limits.rows_min for g, b in parts):
                continue
            line = [odds(g, b) for g, b in parts]
            falling, rising = line == sorted(line, reverse=True), line == sorted(line)
            if not {Direction.UP: falling, Direction.DOWN: rising, Direction.NONE: falling or rising}[
                direction
            ]:
                continue
            value = sum(
                (g / totals[0] - b / totals[1]) * math.log(odds(g, b) * Fraction(totals[1], totals[0]))
                for g, b in parts
            )
            best = value if best is None else max(best, value)
    return best


counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(any), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    parts=counts,
    missing=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    bins_max=st.integers(1, 5),
    rows_min=st.integers(1, 20),
    direction=st.sampled_from(Direction),
)
def test_no_partition_is_better(
    parts: list[tuple[int, int]],
    missing: tuple[int, int],
    bins_max: int,
    rows_min: int,
    direction: Direction,
) -> None:
    goods, bads = ([part[i] for part in parts] for i in (0, 1))
    totals = (sum(goods) + missing[0], sum(bads) + missing[1])
    limits = BinLimits(prebins_max=64, bins_max=bins_max, rows_min=rows_min)
    edges = merge_bins(
        goods=np.array(goods), bads=np.array(bads), totals=totals, limits=limits, direction=direction
    )
    assert edges[0] == 0
    assert edges[-1] == len(parts)
    merged = [(sum(goods[a:b]), sum(bads[a:b])) for a, b in pairwise(edges)]
    wanted = best_by_trying_all(goods, bads, totals, limits, direction)
    if wanted is None:
        assert len(merged) == 1, "not even all together have the rows"
        return
    value = sum(
        (g / totals[0] - b / totals[1]) * math.log(odds(g, b) * Fraction(totals[1], totals[0]))
        for g, b in merged
    )
    assert value == pytest.approx(wanted, abs=1e-11)
    assert len(merged) <= bins_max
    assert all(g + b >= rows_min for g, b in merged)
    line = [odds(g, b) for g, b in merged]
    assert direction is not Direction.UP or line == sorted(line, reverse=True)
    assert direction is not Direction.DOWN or line == sorted(line)


def test_of_equals_the_one_with_fewer_bins() -> None:
    edges = merge_bins(
        goods=np.array([5, 5, 1]),
        bads=np.array([1, 1, 5]),
        totals=(11, 7),
        limits=LIMITS,
        direction=Direction.UP,
    )
    assert edges == (0, 2, 3)


def test_sixty_four_prebins_are_searched() -> None:
    goods, bads = np.arange(100, 36, -1), np.arange(1, 65)
    totals = (int(goods.sum()), int(bads.sum()))
    up = merge_bins(goods=goods, bads=bads, totals=totals, limits=LIMITS, direction=Direction.UP)
    assert len(up) == 7
    assert merge_bins(goods=goods, bads=bads, totals=totals, limits=LIMITS, direction=Direction.NONE) == up
    down = merge_bins(goods=goods, bads=bads, totals=totals, limits=LIMITS, direction=Direction.DOWN)
    assert down == (0, 64), "no cut lets badness fall"


def test_the_weight_of_evidence_by_hand() -> None:
    assert woe(np.array([30]), np.array([10]), (60, 40)).tolist() == pytest.approx([math.log(2)])
    assert woe(np.array([0]), np.array([3]), (60, 40)).tolist() == pytest.approx([math.log(0.5 / 3.5 / 1.5)])
    assert woe(np.array([3]), np.array([0]), (60, 40)).tolist() == pytest.approx([math.log(3.5 / 0.5 / 1.5)])


# A feature's bins


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


@given(above=st.integers(-(10**12), 10**12), width=st.integers(1, 10**12))
def test_a_cut_is_the_roundest_there_is(above: int, width: int) -> None:
    most = above + width
    cut = roundest(above=above, most=most)
    assert above < cut <= most

    def zeros(number: int) -> float:
        return math.inf if number == 0 else len(str(number)) - len(str(number).rstrip("0"))

    step = 10 ** (int(zeros(cut)) + 1) if cut else 0
    assert cut == 0 or most - most % step <= above, "there is no rounder one"
