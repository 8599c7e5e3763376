"""Moved cuts: exact where all values can be offered, never worth less, the limits and directions kept."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.risk.binning.test_merging import best_by_trying_all, moves, odds

from creditloop.formula import Kind
from creditloop.risk import BinLimits, CardFeature, CountedBins, Direction, bin_counts, count_values
from creditloop.risk.binning.merging import iv_parts

WAYS = [way for way in Direction if way is not Direction.NONE]


def found(values: np.ndarray, bad: np.ndarray, direction: Direction, limits: BinLimits) -> CountedBins:
    feature = CardFeature(name="x", kind=Kind.INTEGER, direction=direction, zh="特征", en="feature")
    return bin_counts(
        counts=count_values(values=pl.Series("x", values), bad=bad, feature=feature), limits=limits
    )


def worth(bins: CountedBins) -> float:
    """The information value by the counts alone."""
    goods, bads = (np.array(part) for part in zip(*[(b.rows - b.bad, b.bad) for b in bins.bins], strict=True))
    return float(iv_parts(goods, bads, (int(goods.sum()), int(bads.sum()))).sum())


@settings(max_examples=80, deadline=None)
@given(
    parts=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(any), min_size=3, max_size=7),
    direction=st.sampled_from(WAYS),
    rows_min=st.integers(1, 12),
)
def test_with_all_values_offered_no_partition_is_better(
    parts: list[tuple[int, int]], direction: Direction, rows_min: int
) -> None:
    values = np.repeat(np.arange(len(parts)), [g + b for g, b in parts])
    bad = np.concatenate([np.arange(g + b) >= g for g, b in parts])
    if bad.all() or not bad.any():
        return
    limits = BinLimits(prebins_max=2, bins_max=4, rows_min=rows_min, refined=True)
    goods, bads = ([part[i] for part in parts] for i in (0, 1))
    wanted = best_by_trying_all(goods, bads, (sum(goods), sum(bads)), limits, direction)
    bins = found(values, bad, direction, limits).bins
    edges = [0, *(int(np.searchsorted(np.arange(len(parts)), b.high)) for b in bins[:-1]), len(parts)]
    if wanted is None:
        assert len(bins) == 1
    else:
        assert tuple(edges) == wanted[1]


@pytest.mark.parametrize("direction", [*Direction])
@pytest.mark.parametrize("seed", range(3))
def test_of_many_values_never_worth_less(direction: Direction, seed: int) -> None:
    random = np.random.default_rng(seed)
    values = np.rint(random.normal(size=20_000) * 10**6).astype(np.int64)
    centre = np.abs(values - random.integers(-500_000, 500_000))
    bad = random.random(20_000) < np.where(centre < 300_000, 0.35, 0.1) + 0.05 * (values > 0)
    limits = {"prebins_max": 20, "bins_max": 6, "rows_min": 1_000}
    plain = found(values, bad, direction, BinLimits(**limits))
    moved = found(values, bad, direction, BinLimits(**limits, refined=True))
    assert worth(moved) >= worth(plain) - 1e-11
    assert len(moved.bins) <= 6
    assert all(part.rows >= 1_000 for part in moved.bins)
    assert all(one.high == two.low for one, two in pairwise(moved.bins))
    line = [odds(part.rows - part.bad, part.bad) for part in moved.bins]
    ways = (Direction.UP, Direction.DOWN) if direction is Direction.NONE else (direction,)
    assert any(moves(line, way) for way in ways)
    assert sum(part.rows for part in moved.bins) == 20_000
