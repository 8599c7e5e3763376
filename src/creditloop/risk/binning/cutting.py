"""Cut counted values into pre-bins (预分箱): neighbours in order, at most so many, at quantiles of the rows.

A number's values stand in their order. Words have none of their own: up to `prebins_max` of them stand by
their odds, safest first, each a pre-bin. Of more, a word of few rows must not stand where chance put it, or
bads that are alone with their word would make a bin of nothing but bads. So the rare words are one group:
of whose rows fewer than five bads, or five goods, are expected at the sample's rate (the rule for cells of
a chi-squared test: Cochran, Biometrics 10, 1954, 417-451). It and the others stand by the smoothed bad rate

    (bads + n · B / N) / (rows + n),   n = N / prebins_max

of B bads in N rows that have a word, are cut at quantiles, and pre-bins of words stand by their odds again.
Whole numbers decide all of it.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.binning.counting import ValueCounts
from creditloop.risk.binning.merging import odds
from creditloop.risk.measures.outcomes import Floats, Ints

_EXPECTED_MIN = 5
"""Goods and bads that a word which stands by itself is expected to have."""


def grouped(counts: ValueCounts, *, prebins_max: int) -> Ints:
    """Return the number of each cell's or word's pre-bin, (m,) int64; every pre-bin has some.

    A value that holds two parts in `prebins_max` of the rows is a pre-bin by itself.
    """
    rows = counts.goods + counts.bads
    if counts.feature.kind in NUMBERS:
        return quantiles(rows, prebins_max)
    if len(rows) <= prebins_max:
        return _ranks(-odds(counts.goods, counts.bads))
    group = grouped_words(counts, prebins_max=prebins_max)
    goods, bads = (summed(part, group) for part in (counts.goods, counts.bads))
    return _ranks(-odds(goods, bads))[group]


def grouped_words(counts: ValueCounts, *, prebins_max: int) -> Ints:
    """Return the number of each word's pre-bin, by rising smoothed bad rate, equals by their text.

    The rare words are in one pre-bin, however few words there are.
    """
    rows, (goods, bads) = counts.goods + counts.bads, (counts.goods.sum(), counts.bads.sum())
    rare = rows * min(goods, bads) < _EXPECTED_MIN * rows.sum()
    unit = np.cumsum(~rare | (rare & (np.cumsum(rare) == 1))) - 1
    unit[rare] = unit[rare.argmax()]
    rows_of, bads_of = (np.bincount(unit, weights=part).astype(np.int64) for part in (rows, counts.bads))
    # one division of whole numbers: the same on every machine
    rate = (prebins_max * bads_of + bads) / (prebins_max * rows_of + rows.sum())
    order = np.argsort(rate, kind="stable")
    group = np.empty(len(rows_of), dtype=np.int64)
    group[order] = quantiles(rows_of[order], prebins_max)
    number: Ints = group[unit]
    return number


def summed(part: Ints, group: Ints) -> Ints:
    """Return the sums of each group, numbered from 0."""
    if not len(group):
        return group
    starts = np.concatenate(([0], changes(group)))
    if np.array_equal(group[starts], np.arange(len(starts))):  # in order, as of a number: no need to scatter
        return np.add.reduceat(part, starts)
    return np.bincount(group, weights=part).astype(np.int64)  # floats are exact below 2^53 rows


def changes(group: Ints) -> Ints:
    """Return where a group begins, but for the first."""
    return np.flatnonzero(group[1:] != group[:-1]) + 1


def intervals(counts: ValueCounts, number: Ints) -> Sequence[tuple[int | None, int | None]]:
    """Return the half-open interval of each run of cells of one number, cut at the roundest numbers."""
    if not len(number):
        return []
    cuts = [
        roundest(above=int(counts.most[i - 1]), most=int(counts.least[i])) for i in changes(number).tolist()
    ]
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


def quantiles(rows: Ints, prebins_max: int) -> Ints:
    """Return the number of each one's pre-bin, from 0: where the middle of its rows falls among all."""
    if len(rows) <= prebins_max:
        return np.arange(len(rows))
    middle = 2 * np.cumsum(rows) - rows
    part = middle * prebins_max // (2 * rows.sum())
    return np.concatenate(([0], np.cumsum(part[1:] != part[:-1])))


def _ranks(values: Floats) -> Ints:
    """Return each one's place in ascending order; equals keep their order."""
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks
