"""Bin a feature so that its information value is the greatest there is (最优分箱).

First pre-bins: at most `prebins_max` runs of neighbouring values, cut at quantiles; a value that holds two
parts in `prebins_max` of the rows is a pre-bin by itself. Then exact dynamic programming over all ways to
merge neighbours: among those with enough rows in every bin, not too many bins, and badness moving one way,
the one of the greatest information value; of equals the one with fewer bins.

    woe = ln((g / G) / (b / B)),   iv = sum of (g / G - b / B) · woe

over bins with g goods and b bads of G and B in all rows, the missing included. A bin without goods, or
without bads, counts half a good and half a bad more in its woe. Reference: Siddiqi, Credit Risk Scorecards
(2006), chapter 6; the recurrence is ours and is proven against all partitions in the tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature, Direction, nano_from_float
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

_SAME = 1e-12
"""Information values closer than this are equal; more bins must be worth more."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinLimits:
    """What bins must keep: pre-bins and bins at most, rows of a bin at least."""

    prebins_max: int
    bins_max: int
    rows_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedFeature:
    """A feature's bins and where each row fell.

    Attributes:
        bins: in order of the value (text: safest first), that of the missing last.
        place: (n,) int64, the number of each row's bin.
        iv_nano: information value of all bins together, in nano.
    """

    feature: CardFeature
    bins: tuple[Bin, ...]
    place: Ints
    iv_nano: int


def bin_feature(*, values: pl.Series, bad: Bools, feature: CardFeature, limits: BinLimits) -> BinnedFeature:
    """Bin one feature.

    Nulls have a bin of their own; one of fewer than `rows_min` rows says nothing, its woe is 0.

    Args:
        values: (n,) of the feature's kind, null is missing.
        bad: (n,) outcomes, both occurring.
    Raises: InputError if the column is not of the feature's kind.
    """
    there = values.is_not_null().to_numpy()
    column = _typed(values, feature)
    distinct, inverse = np.unique(column.drop_nulls().to_numpy(), return_inverse=True)
    goods, bads = _counted(inverse, bad[there], len(distinct))
    order = np.arange(len(distinct))
    if feature.kind not in NUMBERS:
        order = np.lexsort((order, -_odds_log(goods, bads)))  # safest first, equals by their text
    totals = (int((~bad).sum()), int(bad.sum()))
    group = _prebins(goods[order] + bads[order], limits.prebins_max)
    merged = _merged(goods[order], bads[order], group, totals, feature, limits)
    number = np.empty(len(distinct), dtype=np.int64)
    number[order] = merged[group] if len(group) else group
    count = int(number.max()) + 1 if len(number) else 0
    place = np.full(len(bad), count, dtype=np.int64)
    place[there] = number[inverse]
    bins = _bins(distinct, number, count, place, bad, feature, limits)
    return BinnedFeature(feature=feature, bins=bins, place=place, iv_nano=_iv_nano(bins, totals))


def merge_bins(
    *, goods: Ints, bads: Ints, totals: tuple[int, int], limits: BinLimits, direction: Direction
) -> tuple[int, ...]:
    """Merge neighbouring pre-bins so that the information value is the greatest; exact.

    Args:
        goods, bads: (k,) counts of the pre-bins in order.
        totals: goods and bads of the whole sample, each > 0.
        direction: how badness moves along them; `none`: whichever way is worth more.
    Returns: the edges 0 = e0 < e1 < … = k; bin i holds the pre-bins from e(i) to before e(i+1). One bin if
        no other keeps `rows_min`.
    """
    if direction is not Direction.NONE:
        return _best(goods, bads, totals, limits, direction)[1]
    up, down = (_best(goods, bads, totals, limits, way) for way in (Direction.UP, Direction.DOWN))
    return up[1] if up[0] >= down[0] - _SAME else down[1]


def woe(goods: Ints, bads: Ints, totals: tuple[int, int]) -> Floats:
    """Return the weight of evidence (证据权重) of bins, ln(share of goods / share of bads): higher is safer.

    A bin without goods, or without bads, counts half a good and half a bad more.
    """
    return _odds_log(goods, bads) - float(np.log(totals[0] / totals[1]))


def _best(
    goods: Ints, bads: Ints, totals: tuple[int, int], limits: BinLimits, direction: Direction
) -> tuple[float, tuple[int, ...]]:
    """Return the greatest information value and the edges that give it.

    best[n, i, j] is the greatest value of merging the first j pre-bins into n + 1 bins, the last of which
    begins at i; it follows from best[n - 1, h, i] for every bin h..i that badness lets stand before i..j.
    """
    size = len(goods)
    value, rows, goods_of, bads_of = _segments(goods, bads, totals)
    value = np.where(rows >= limits.rows_min, value, -np.inf)
    best = np.full((min(limits.bins_max, size), size, size + 1), -np.inf)
    before = np.zeros(best.shape, dtype=np.int64)
    best[0, 0] = value[0]
    for i in range(1, size):
        one = goods_of[:i, i, None] * bads_of[None, i, i + 1 :]
        other = goods_of[None, i, i + 1 :] * bads_of[:i, i, None]
        stands = one >= other if direction is Direction.UP else one <= other
        reached = np.where(stands, best[:-1, :i, i, None], -np.inf)
        before[1:, i, i + 1 :] = reached.argmax(axis=1)
        best[1:, i, i + 1 :] = reached.max(axis=1) + value[i, i + 1 :]
    ends = best[:, :, size]
    count = 0
    for n in range(1, len(ends)):
        if ends[n].max() > ends[count].max() + _SAME:
            count = n
    if not np.isfinite(ends[count].max()):  # not even all together have the rows
        return 0.0, (0, size)
    start, edges = int(ends[count].argmax()), [size]
    for n in range(count, -1, -1):
        edges.append(start)
        start = int(before[n, start, edges[-2]])
    return float(ends[count].max()), tuple(reversed(edges))


def _segments(goods: Ints, bads: Ints, totals: tuple[int, int]) -> tuple[Floats, Ints, Ints, Ints]:
    """Return the value and rows of each run of pre-bins, from i to before j, and its goods and bads for odds.

    The last two are doubled whole numbers, a half where one was empty: odds are compared without rounding.
    """
    goods_to, bads_to = (np.concatenate(([0], np.cumsum(part))) for part in (goods, bads))
    goods_of, bads_of = goods_to - goods_to[:, None], bads_to - bads_to[:, None]
    run = np.triu(np.ones(goods_of.shape, dtype=np.bool_), 1)
    goods_of, bads_of = np.where(run, goods_of, 0), np.where(run, bads_of, 0)
    rows = np.where(run, goods_of + bads_of, -1)
    value = (goods_of / totals[0] - bads_of / totals[1]) * woe(goods_of, bads_of, totals)
    return value, rows, *_doubled(goods_of, bads_of)


def _doubled(goods: Ints, bads: Ints) -> tuple[Ints, Ints]:
    empty = ((goods == 0) | (bads == 0)).astype(np.int64)
    return 2 * goods + empty, 2 * bads + empty


def _odds_log(goods: Ints, bads: Ints) -> Floats:
    one, other = _doubled(goods, bads)
    return np.log(one / other)


def _typed(values: pl.Series, feature: CardFeature) -> pl.Series:
    dtype = values.dtype
    if dtype == pl.Null:
        return values.cast(pl.Int64)
    if feature.kind in NUMBERS and dtype.is_integer():
        numbers = values.cast(pl.Int64, strict=False)
        if numbers.null_count() == values.null_count():
            return numbers
    if feature.kind is Kind.TEXT and dtype.base_type() in _TEXTS:
        return values.cast(pl.String)
    if feature.kind is Kind.BOOLEAN and dtype == pl.Boolean:
        return values
    raise InputError(
        f"the column {feature.name} is not of its kind", got=str(dtype), expected=feature.kind.value
    )


def _counted(place: Ints, bad: Bools, size: int) -> tuple[Ints, Ints]:
    rows = np.bincount(place, minlength=size)
    bads = np.bincount(place[bad], minlength=size)
    return (rows - bads).astype(np.int64), bads.astype(np.int64)


def _prebins(rows: Ints, prebins_max: int) -> Ints:
    """Return the number of each distinct value's pre-bin: where the middle of its rows falls among all."""
    if len(rows) <= prebins_max:
        return np.arange(len(rows))
    middle = 2 * np.cumsum(rows) - rows
    return np.unique(middle * prebins_max // (2 * rows.sum()), return_inverse=True)[1].astype(np.int64)


def _merged(
    goods: Ints,
    bads: Ints,
    group: Ints,
    totals: tuple[int, int],
    feature: CardFeature,
    limits: BinLimits,
) -> Ints:
    """Return the number of each pre-bin's bin."""
    if not len(group):
        return group
    size = int(group[-1]) + 1
    goods, bads = (
        np.bincount(group, weights=part, minlength=size).astype(np.int64) for part in (goods, bads)
    )
    direction = feature.direction if feature.kind in NUMBERS else Direction.UP  # they stand safest first
    edges = merge_bins(goods=goods, bads=bads, totals=totals, limits=limits, direction=direction)
    return np.repeat(np.arange(len(edges) - 1), np.diff(edges))


def _bins(
    distinct: np.ndarray,
    number: Ints,
    count: int,
    place: Ints,
    bad: Bools,
    feature: CardFeature,
    limits: BinLimits,
) -> tuple[Bin, ...]:
    goods, bads = _counted(place, bad, count + 1)
    totals = (int(goods.sum()), int(bads.sum()))
    woes = [nano_from_float(value) for value in woe(goods, bads, totals).tolist()]
    parts = [(int(good + one), int(one)) for good, one in zip(goods, bads, strict=True)]
    bins = list[Bin]()
    if feature.kind in NUMBERS:
        for (low, high), (rows, ones), weight in zip(_intervals(distinct, number), parts, woes, strict=False):
            bins.append(Bin(low=low, high=high, rows=rows, bad=ones, woe_nano=weight))
    else:
        for n in range(count):
            words = tuple(distinct[number == n].tolist())
            bins.append(Bin(values=words, rows=parts[n][0], bad=parts[n][1], woe_nano=woes[n]))
    rows, ones = parts[count]
    if rows:
        weight = woes[count] if rows >= limits.rows_min else 0
        bins.append(Bin(missing=True, rows=rows, bad=ones, woe_nano=weight))
    return tuple(bins)


def _intervals(distinct: np.ndarray, number: Ints) -> Sequence[tuple[int | None, int | None]]:
    if not len(distinct):
        return []
    at = np.flatnonzero(np.diff(number)) + 1
    cuts = [roundest(above=int(distinct[i - 1]), most=int(distinct[i])) for i in at]
    return list(pairwise([None, *cuts, None]))


def roundest(*, above: int, most: int) -> int:
    """Return the roundest whole number in (above, most], so that a cut can be read and remembered.

    Round is what ends in the most zeros, of those the greatest; no value of the sample changes its bin.

    >>> roundest(above=196, most=241), roundest(above=-3, most=8), roundest(above=6, most=7)
    (200, 0, 7)
    """
    if above < 0 <= most:
        return 0
    step = 1
    while most - most % (step * 10) > above:
        step *= 10
    return most - most % step


def _iv_nano(bins: Sequence[Bin], totals: tuple[int, int]) -> int:
    """Return the information value (信息值) of bins from their counts and the woe they are given."""
    value = sum(
        ((entry.rows - entry.bad) / totals[0] - entry.bad / totals[1]) * entry.woe_nano / 1e9
        for entry in bins
    )
    return nano_from_float(value)
