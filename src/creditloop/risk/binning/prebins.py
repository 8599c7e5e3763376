"""Pre-bins of a feature as bins (预分箱): what learners of tables read, cut but not merged."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature
from creditloop.risk.binning.building import bins_of
from creditloop.risk.binning.counting import ValueCounts, count_values
from creditloop.risk.binning.cutting import grouped, grouped_words, summed
from creditloop.risk.binning.placing import place_values
from creditloop.risk.measures.outcomes import Ints, checked_bad, checked_both_classes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrebinnedFeature:
    """A feature's pre-bins and where each row fell.

    Attributes:
        bins: intervals, or words by rising smoothed bad rate; special codes; the missing, always there.
        place: (n,) int64, the number of each row's bin, never negative.
    """

    feature: CardFeature
    bins: tuple[Bin, ...]
    place: Ints


def prebin_feature(
    *, values: pl.Series, bad: npt.ArrayLike, feature: CardFeature, prebins_max: int, rows_min: int = 1
) -> PrebinnedFeature:
    """Cut a feature into pre-bins: neighbours at quantiles of the rows, at round numbers, not merged.

    There is a bin for every value that may come: intervals cover all numbers, every special code has a bin,
    and that of the missing, of no rows perhaps, is the last. A bin's woe is what was seen; that of special
    codes or the missing is 0 below `rows_min` rows.

    Args:
        values: (n,) of the feature's kind, null is missing.
        bad: (n,) of 0/1 or booleans, both occurring.
        prebins_max: intervals, or lists of words, at most, >= 2.
        rows_min: rows of each, >= 1; too few join the next.
    Raises: InputError if the column is not of the feature's kind, or a limit is out of range.
    """
    if prebins_max < 2 or rows_min < 1:
        raise InputError(
            "limits of pre-bins are out of range",
            got={"prebins_max": prebins_max, "rows_min": rows_min},
            expected="prebins_max >= 2, rows_min >= 1",
        )
    counts = count_values(values=values, bad=checked_both_classes(checked_bad(bad)), feature=feature)
    number = _numbers(counts, prebins_max, rows_min)
    bins = bins_of(counts, number=number, rows_min=rows_min, complete=True)
    return PrebinnedFeature(
        feature=feature, bins=bins, place=place_values(bins=bins, feature=feature, values=values)
    )


def _numbers(counts: ValueCounts, prebins_max: int, rows_min: int) -> Ints:
    """Return the number of each cell's or word's pre-bin."""
    if not len(counts.goods):
        return counts.goods
    cut = grouped if counts.feature.kind in NUMBERS else grouped_words
    group = cut(counts, prebins_max=prebins_max)
    rows = summed(counts.goods + counts.bads, group)
    return _enough(rows, rows_min)[group]


def _enough(rows: Ints, rows_min: int) -> Ints:
    """Return which bin each pre-bin joins: the next ones until there are the rows, the rest the last."""
    joined, filled, number = list[int](), 0, 0
    for count in rows.tolist():
        joined.append(number)
        filled += count
        if filled >= rows_min:
            filled, number = 0, number + 1
    last = max(number - 1, 0)
    return np.minimum(np.array(joined, dtype=np.int64), last)
