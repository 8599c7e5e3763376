"""Merge neighbouring pre-bins so that the information value is the greatest there is (最优分箱), exactly.

Dynamic programming over all ways to merge neighbours: among those with enough rows in every bin, not too
many bins, and badness moving in the direction asked for, the one of the greatest information value; of
equals the one with fewer bins, then the one whose last cut is the earliest, then the cut before, and so on.

    woe = ln((g / G) / (b / B)),   iv = sum of (g / G - b / B) · woe

over bins with g goods and b bads of G and B in all rows, the missing included. A bin without goods, or
without bads, counts half a good and half a bad more in its woe. A run's part of the information value is
rounded to a whole number of 10^-12, so that sums are exact and equals are equal. Reference: Siddiqi, Credit
Risk Scorecards (2006), chapter 6; the recurrence is ours and is proven against all partitions in the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from creditloop.risk.binning.bins import NANO, Direction
from creditloop.risk.measures.outcomes import Floats, Ints

_UNIT = 10**12
"""Parts of one in which information values are compared."""
_NEVER = -(2**47)
"""The value of what must not be: twice as far from nought as any sum, which stays below 44."""
_STARTS_MAX = 2**12
"""Pre-bins at most: the number of one is coded beside a value."""
PREBINS_MAX = 64
"""Pre-bins the exact search is meant for; its time grows with their cube."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinLimits:
    """What bins must keep.

    Attributes:
        prebins_max, bins_max: pre-bins and bins at most; special codes and the missing are not counted.
        rows_min: rows of a bin at least.
        refined: whether cuts are looked for between the pre-bins too, see `refining`.
    """

    prebins_max: int
    bins_max: int
    rows_min: int
    refined: bool = False

    @classmethod
    def of_share(
        cls, *, prebins_max: int, bins_max: int, share_min_nano: int, rows: int, refined: bool = False
    ) -> "BinLimits":
        """Return the limits whose bins each hold a share of so many rows, rounded up to whole ones."""
        rows_min = -(-rows * share_min_nano // NANO)
        return cls(prebins_max=prebins_max, bins_max=bins_max, rows_min=rows_min, refined=refined)


class _Step(Enum):
    """How badness may go from one bin to the next; equal badness is allowed everywhere."""

    RISES = "rises"
    FALLS = "falls"
    ANY = "any"


_PHASES: Mapping[Direction, tuple[_Step, ...]] = {
    Direction.UP: (_Step.RISES,),
    Direction.DOWN: (_Step.FALLS,),
    Direction.PEAK: (_Step.RISES, _Step.FALLS),
    Direction.VALLEY: (_Step.FALLS, _Step.RISES),
    Direction.FREE: (_Step.ANY,),
}
"""A direction is one kind of step, or one kind and, from some bin on, another."""


class _Found(NamedTuple):
    """The best there is: its information value in 10^-12, and its edges."""

    value: int
    edges: tuple[int, ...]


class _Runs(NamedTuple):
    """Runs of pre-bins from i to before j, as (k, k + 1) arrays [i, j].

    Attributes:
        value: part of the information value in 10^-12; `_NEVER` if the run must not be a bin.
        odds: of goods, each one division of whole numbers: up to 33 million rows no two odds look the same,
            and beyond they never change places.
    """

    value: Ints
    odds: Floats


def merge_bins(
    *, goods: Ints, bads: Ints, totals: tuple[int, int], limits: BinLimits, direction: Direction
) -> tuple[int, ...]:
    """Merge neighbouring pre-bins so that the information value is the greatest; exact.

    Args:
        goods, bads: (k,) counts of the pre-bins in order, k >= 1.
        totals: goods and bads of the whole sample, each > 0.
        direction: how badness moves along them; `none`: up or down, whichever is worth more, of equals up.
    Returns: the edges 0 = e0 < e1 < … = k; bin i holds the pre-bins from e(i) to before e(i+1). One bin if
        no other keeps `rows_min`.
    """
    runs = _runs(goods, bads, totals, limits.rows_min)
    ways = (Direction.UP, Direction.DOWN) if direction is Direction.NONE else (direction,)
    found = [_best(runs, limits.bins_max, _PHASES[way]) for way in ways]
    return max(found, key=lambda one: one.value).edges  # the first of equals


def woe(goods: Ints, bads: Ints, totals: tuple[int, int]) -> Floats:
    """Return the weight of evidence (证据权重) of bins, ln(share of goods / share of bads): higher is safer.

    A bin without goods, or without bads, counts half a good and half a bad more.
    """
    return np.log(odds(goods, bads)) - float(np.log(totals[0] / totals[1]))


def iv_parts(goods: Ints, bads: Ints, totals: tuple[int, int]) -> Floats:
    """Return each bin's part of the information value (信息值), (g / G - b / B) · woe."""
    return (goods / totals[0] - bads / totals[1]) * woe(goods, bads, totals)


def odds(goods: Ints, bads: Ints) -> Floats:
    """Return goods a bad; a bin without goods, or without bads, counts half a good and half a bad more."""
    empty = ((goods == 0) | (bads == 0)).astype(np.int64)
    ratio: Floats = (2 * goods + empty) / (2 * bads + empty)
    return ratio


def _runs(goods: Ints, bads: Ints, totals: tuple[int, int], rows_min: int) -> _Runs:
    goods_to, bads_to = (np.concatenate(([0], np.cumsum(part))) for part in (goods, bads))
    goods_of, bads_of = goods_to - goods_to[:-1, None], bads_to - bads_to[:-1, None]
    run = np.triu(np.ones(goods_of.shape, dtype=np.bool_), 1)
    goods_of, bads_of = np.where(run, goods_of, 0), np.where(run, bads_of, 0)
    value = np.rint(iv_parts(goods_of, bads_of, totals) * _UNIT).astype(np.int64)
    stands = run & (goods_of + bads_of >= rows_min)
    return _Runs(np.where(stands, value, _NEVER), odds(goods_of, bads_of))


def _best(runs: _Runs, bins_max: int, phases: tuple[_Step, ...]) -> _Found:
    """Return the greatest information value of bins that go through the phases, and the edges that give it.

    best[p, n, i, j] is the greatest value of merging the first j pre-bins into n + 1 bins, the last of which
    begins at i and was reached in phase p; it follows from best[p or p - 1, n - 1, h, i] for every bin h..i
    from which a step of phase p leads to i..j. before[p, n, i, j] is that h, the least of equals.
    """
    size = len(runs.value)
    best = np.full((len(phases), min(bins_max, size), size, size + 1), _NEVER)
    before = np.zeros(best.shape, dtype=np.int16)
    best[0, 0, 0] = runs.value[0]
    for i in range(1, size):
        last = best[:, :-1, :i, i]
        for phase, step in enumerate(phases):
            told = last[phase] if phase == 0 else np.maximum(last[phase], last[phase - 1])
            reached, start = _reached(told, runs.odds[:i, i], runs.odds[i, i + 1 :], step)
            before[phase, 1:, i, i + 1 :] = start
            best[phase, 1:, i, i + 1 :] = np.maximum(reached + runs.value[i, i + 1 :], _NEVER)
    best[best < _NEVER // 2] = _NEVER
    ends = best[:, :, :, size].max(axis=(0, 2))
    count = int(ends.argmax())  # the first of equals: fewer bins
    if ends[count] == _NEVER:  # not even all together have the rows
        return _Found(0, (0, size))
    return _Found(int(ends[count]), _edges(best, before, count))


def _reached(told: Ints, odds_before: Floats, odds_after: Floats, step: _Step) -> tuple[Ints, Ints]:
    """Return for every next bin the best value of the bins a step leads from, and the first such bin.

    With the bins before in the order of their odds, those a step leads from are the first so many: their
    best is a running maximum, and how many they are is found by bisection: a sort in place of a look at every
    pair of bins. A value and its bin travel in one whole number, so that the first of equals wins.
    """
    count = len(odds_before)
    coded = told * _STARTS_MAX + (_STARTS_MAX - 1 - np.arange(count))
    if step is _Step.ANY:
        found = np.repeat(coded.max(axis=1)[:, None], len(odds_after), axis=1)
    else:
        sign = -1 if step is _Step.RISES else 1
        order = np.argsort(sign * odds_before)
        running = np.maximum.accumulate(coded[:, order], axis=1)
        running = np.concatenate((np.full((len(told), 1), _NEVER * _STARTS_MAX), running), axis=1)
        found = running[:, np.searchsorted(sign * odds_before[order], sign * odds_after, side="right")]
    return found // _STARTS_MAX, _STARTS_MAX - 1 - found % _STARTS_MAX


def _edges(best: Ints, before: npt.NDArray[np.int16], count: int) -> tuple[int, ...]:
    """Go back from the end to the start, through all phases that are as good, by the earliest cuts."""
    size = best.shape[2]
    start = int(best[:, count, :, size].max(axis=0).argmax())
    edges = [size, start]
    phases = _greatest(best[:, count, start, size], range(len(best)))
    for n in range(count, 0, -1):
        end = edges[-2]
        earliest = min(int(before[phase, n, start, end]) for phase in phases)
        from_ = [phase for phase in phases if before[phase, n, start, end] == earliest]
        reached = best[:, n - 1, earliest, start]
        phases = sorted(
            {one for phase in from_ for one in _greatest(reached, range(max(phase - 1, 0), phase + 1))}
        )
        start = earliest
        edges.append(start)
    return tuple(reversed(edges))


def _greatest(values: Ints, among: range) -> list[int]:
    most = max(int(values[one]) for one in among)
    return [one for one in among if values[one] == most]
