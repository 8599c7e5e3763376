"""The search is exact: the very cuts of the best of all partitions in every direction; no greed is better."""

import math
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.risk import BinLimits, Direction
from creditloop.risk.binning.merging import iv_parts, merge_bins, woe

LIMITS = BinLimits(prebins_max=64, bins_max=6, rows_min=1)
WAYS = [way for way in Direction if way is not Direction.NONE]


def odds(goods: int, bads: int) -> Fraction:
    empty = goods == 0 or bads == 0
    return Fraction(2 * goods + empty, 2 * bads + empty)


def moves(line: list[Fraction], direction: Direction) -> bool:
    """Whether badness moves so along bins of these odds: goods a bad fall where badness rises."""
    falls = [line[: turn + 1] == sorted(line[: turn + 1], reverse=True) for turn in range(len(line))]
    rises = [line[: turn + 1] == sorted(line[: turn + 1]) for turn in range(len(line))]
    falls_then = [line[turn:] == sorted(line[turn:], reverse=True) for turn in range(len(line))]
    rises_then = [line[turn:] == sorted(line[turn:]) for turn in range(len(line))]
    return {
        Direction.UP: falls[-1],
        Direction.DOWN: rises[-1],
        Direction.PEAK: any(one and two for one, two in zip(falls, rises_then, strict=True)),
        Direction.VALLEY: any(one and two for one, two in zip(rises, falls_then, strict=True)),
        Direction.FREE: True,
    }[direction]


def best_by_trying_all(
    goods: list[int], bads: list[int], totals: tuple[int, int], limits: BinLimits, direction: Direction
) -> tuple[int, tuple[int, ...]] | None:
    """The greatest value of all partitions that keep the limits, of equals fewer bins, then earliest cuts."""
    found = list[tuple[int, int, tuple[int, ...], tuple[int, ...]]]()
    size = len(goods)
    for count in range(1, min(limits.bins_max, size) + 1):
        for cuts in combinations(range(1, size), count - 1):
            edges = (0, *cuts, size)
            parts = np.array([(sum(goods[a:b]), sum(bads[a:b])) for a, b in pairwise(edges)])
            if (parts.sum(axis=1) < limits.rows_min).any():
                continue
            if moves([odds(int(g), int(b)) for g, b in parts], direction):
                value = int(np.rint(iv_parts(parts[:, 0], parts[:, 1], totals) * 1e12).sum())
                found.append((-value, count, edges[::-1], edges))
    return (-min(found)[0], min(found)[3]) if found else None


counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(any), min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(
    parts=counts,
    missing=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    bins_max=st.integers(1, 6),
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
    ways = (Direction.UP, Direction.DOWN) if direction is Direction.NONE else (direction,)
    wanted = [best_by_trying_all(goods, bads, totals, limits, way) for way in ways]
    known = [one for one in wanted if one is not None]
    if not known:
        assert edges == (0, len(parts)), "not even all together have the rows"
        return
    assert edges == max(known, key=lambda one: one[0])[1]


def greedy(goods: list[int], bads: list[int], totals: tuple[int, int], limits: BinLimits) -> float | None:
    """Merge neighbours one by one, the pair that loses the least first, until all limits are kept."""
    bins = list(zip(goods, bads, strict=True))

    def value(parts: list[tuple[int, int]]) -> float:
        told = np.array(parts)
        return float(iv_parts(told[:, 0], told[:, 1], totals).sum())

    def stands() -> bool:
        line = [odds(g, b) for g, b in bins]
        few = any(g + b < limits.rows_min for g, b in bins)
        return len(bins) <= limits.bins_max and not few and moves(line, Direction.UP)

    while not stands():
        if len(bins) == 1:
            return None
        merges = [
            [*bins[:at], (bins[at][0] + bins[at + 1][0], bins[at][1] + bins[at + 1][1]), *bins[at + 2 :]]
            for at in range(len(bins) - 1)
        ]
        bins = max(merges, key=value)
    return value(bins)


@pytest.mark.parametrize("seed", range(6))
def test_greed_is_never_better(seed: int) -> None:
    random = np.random.default_rng(seed)
    goods, bads = random.integers(0, 60, 40), random.integers(0, 20, 40) + np.arange(40) // 3
    totals = (int(goods.sum()), int(bads.sum()))
    limits = BinLimits(prebins_max=64, bins_max=6, rows_min=80)
    edges = merge_bins(goods=goods, bads=bads, totals=totals, limits=limits, direction=Direction.UP)
    parts = np.array([(goods[a:b].sum(), bads[a:b].sum()) for a, b in pairwise(edges)])
    best = float(iv_parts(parts[:, 0], parts[:, 1], totals).sum())
    found = greedy(goods.tolist(), bads.tolist(), totals, limits)
    assert found is not None
    assert best >= found - 1e-11


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


@pytest.mark.parametrize("direction", WAYS)
def test_of_mirrored_cuts_the_earliest(direction: Direction) -> None:
    """Two cuts are worth the same here; which one stands must not hang on the last bits of a float."""
    edges = merge_bins(
        goods=np.array([7, 3, 7]) if direction is Direction.VALLEY else np.array([3, 7, 3]),
        bads=np.array([3, 7, 3]) if direction is Direction.VALLEY else np.array([7, 3, 7]),
        totals=(17, 17),
        limits=BinLimits(prebins_max=64, bins_max=2, rows_min=1),
        direction=direction,
    )
    assert edges == ((0, 2, 3) if direction in {Direction.UP} else (0, 1, 3))


def test_many_prebins_are_searched_too() -> None:
    goods, bads = np.arange(300, 0, -1), np.arange(1, 301)
    totals = (int(goods.sum()), int(bads.sum()))
    edges = merge_bins(goods=goods, bads=bads, totals=totals, limits=LIMITS, direction=Direction.PEAK)
    assert len(edges) == 7
