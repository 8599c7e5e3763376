"""Look for better cuts between the pre-bins (细化切点): the exact search again, about the cuts found.

A cut of a pre-bin may miss by half a pre-bin where badness turns. So the values are cut into up to 16,384
fine cells; each pass offers the exact search the cuts there are, their neighbours at so many fine cells, and
quantiles for the rest, and takes its best. What was found is always among what is offered, so no pass is
worth less than the one before. With few enough values the first pass is offered them all, and is exact.

Best over the cuts offered, not over all there could be. What it gains is measured by `python -m
bench.binning`, with and without --plain.
"""

import numpy as np

from creditloop.risk.binning.bins import Direction
from creditloop.risk.binning.counting import ValueCounts
from creditloop.risk.binning.cutting import changes, quantiles
from creditloop.risk.binning.merging import BinLimits, merge_bins, odds
from creditloop.risk.measures.outcomes import Ints

_FINE_MAX = 2**14
_PASSES = ((0, 256), (8, 128), (2, 128), (1, 128))
"""Fine cells between the neighbours offered (0: none are), and pre-bins offered, of each pass."""


def refined(counts: ValueCounts, number: Ints, *, limits: BinLimits, direction: Direction) -> Ints:
    """Return the number of each cell's bin after the cuts of a number's bins have been moved.

    Args:
        number: (m,) of each cell, the bin it was put into.
        direction: `none` moves cuts in the way that was found, and in both if there is no cut yet.
    """
    fine = _fine(counts, number)
    starts = np.concatenate(([0], fine))
    goods, bads = (np.add.reduceat(part, starts) for part in (counts.goods, counts.bads))
    cuts = np.searchsorted(fine, changes(number)) + 1
    way = _way(goods, bads, cuts) if direction is Direction.NONE else direction
    for step, size in _PASSES:
        offered = _offered(cuts, goods + bads, step=step, size=size)
        parts = np.concatenate(([0], offered))
        edges = merge_bins(
            goods=np.add.reduceat(goods, parts),
            bads=np.add.reduceat(bads, parts),
            totals=counts.totals,
            limits=limits,
            direction=way,
        )
        cuts = offered[np.array(edges[1:-1], dtype=np.int64) - 1]
        if len(goods) <= size:
            break
    return np.repeat(np.arange(len(cuts) + 1), np.diff([0, *starts[cuts], len(number)]))


def _fine(counts: ValueCounts, number: Ints) -> Ints:
    """Return the cells at which fine cells begin, but for the first; every cut there is is one of them."""
    quantile = changes(quantiles(counts.goods + counts.bads, _FINE_MAX))
    return np.union1d(quantile, changes(number)).astype(np.int64)


def _way(goods: Ints, bads: Ints, cuts: Ints) -> Direction:
    """Return the way in which badness moves over bins that were found up or down."""
    if not len(cuts):
        return Direction.NONE
    starts = np.concatenate(([0], cuts))
    line = odds(np.add.reduceat(goods, starts), np.add.reduceat(bads, starts))
    return Direction.UP if line[0] >= line[-1] else Direction.DOWN


def _offered(cuts: Ints, rows: Ints, *, step: int, size: int) -> Ints:
    """Return fine cells to cut at, `size` - 1 at most: the cuts, neighbours of each alike, quantiles."""
    reach = ((size - 1) // max(len(cuts), 1) - 1) // 2 if step else 0
    near = (cuts[:, None] + step * np.arange(-reach, reach + 1)).ravel()
    near = np.unique(near[(near > 0) & (near < len(rows))]).astype(np.int64)
    rest = np.setdiff1d(changes(quantiles(rows, size)), near)
    spare = min(size - 1 - len(near), len(rest))
    if spare <= 0:
        return near
    return np.union1d(near, rest[np.linspace(0, len(rest) - 1, spare).astype(np.int64)]).astype(np.int64)
