"""Find the bins of a feature from its counts, or from its rows (特征分箱).

First pre-bins (`cutting`), then the best way to merge them (`merging`), then, if asked for, better cuts
between them (`refining`). A direction that is stated and lets
no cut stand, though another direction would, is told with the bins: a `DirectionFinding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature, Direction, nano_from_float
from creditloop.risk.binning.building import bins_of
from creditloop.risk.binning.counting import ValueCounts, count_values
from creditloop.risk.binning.cutting import grouped, summed
from creditloop.risk.binning.merging import BinLimits, merge_bins
from creditloop.risk.binning.placing import place_values
from creditloop.risk.binning.refining import refined
from creditloop.risk.measures.outcomes import Bools, Ints, checked_bad, checked_both_classes

_STATED = (Direction.UP, Direction.DOWN, Direction.PEAK, Direction.VALLEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionFinding:
    """A feature whose values cannot be cut in the direction stated, though they can be in another (方向不符).

    Attributes:
        iv_nano: information value in the direction stated: of what stands apart alone.
        iv_free_nano: the most there is in any direction, under the same limits.
        follows: which of up, down, peak and valley is worth the most, of equals the first; None if none of
            them lets a cut stand.
    """

    feature: str
    direction: Direction
    iv_nano: int
    iv_free_nano: int
    follows: Direction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedBins:
    """A feature's bins as found from counts.

    Attributes:
        bins: in order of the value (text: safest first), then special codes, that of the missing last.
        iv_nano: information value of all bins together, by the woe they are given, in nano.
        finding: told if the direction stated lets no cut stand.
    """

    feature: CardFeature
    bins: tuple[Bin, ...]
    iv_nano: int
    finding: DirectionFinding | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BinnedFeature:
    """A feature's bins, as of `CountedBins`, and where each row fell.

    Attributes:
        place: (n,) int64, the number of each row's bin.
    """

    feature: CardFeature
    bins: tuple[Bin, ...]
    place: Ints
    iv_nano: int
    finding: DirectionFinding | None


def bin_feature(*, values: pl.Series, bad: Bools, feature: CardFeature, limits: BinLimits) -> BinnedFeature:
    """Bin one feature from its rows; the same bins as of its counts.

    Nulls have a bin of their own; one of fewer than `rows_min` rows says nothing, its woe is 0.

    Args:
        values: (n,) of the feature's kind, null is missing.
        bad: (n,) outcomes, both occurring.
    Raises: InputError if the column is not of the feature's kind.
    """
    found = bin_counts(counts=count_values(values=values, bad=bad, feature=feature), limits=limits)
    place = place_values(bins=found.bins, feature=feature, values=values)
    return BinnedFeature(
        feature=feature, bins=found.bins, place=place, iv_nano=found.iv_nano, finding=found.finding
    )


def bin_counts(*, counts: ValueCounts, limits: BinLimits) -> CountedBins:
    """Find the bins of a feature from its counts alone.

    Raises: InputError if one outcome only was counted.
    """
    if not all(counts.totals):
        raise InputError("both outcomes must occur", got=f"{counts.totals[1]} bad of {sum(counts.totals)}")
    group = grouped(counts, prebins_max=limits.prebins_max)
    # words have been put in order, safest first
    direction = counts.feature.direction if counts.feature.kind in NUMBERS else Direction.UP
    bins, iv = _merged(counts, group, limits, direction)
    stated = counts.feature.direction in _STATED
    finding = _finding(counts, group, limits, iv) if stated and not _is_cut(bins) else None
    return CountedBins(feature=counts.feature, bins=bins, iv_nano=iv, finding=finding)


def direction_findings(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, features: Sequence[CardFeature], limits: BinLimits
) -> tuple[DirectionFinding, ...]:
    """Return which features cannot comply with the direction stated of them, in their order.

    Args:
        frame: a column for each feature, of its kind.
        bad: (n,) of 0/1 or booleans, both occurring.
    Raises: InputError as `bin_feature` does.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    found = (
        bin_counts(
            counts=count_values(values=frame[one.name], bad=outcomes, feature=one), limits=limits
        ).finding
        for one in features
        if one.direction in _STATED
    )
    return tuple(one for one in found if one is not None)


def _merged(
    counts: ValueCounts, group: Ints, limits: BinLimits, direction: Direction
) -> tuple[tuple[Bin, ...], int]:
    """Return the best bins in a direction and their information value in nano."""
    number = group
    if len(group):
        edges = merge_bins(
            goods=summed(counts.goods, group),
            bads=summed(counts.bads, group),
            totals=counts.totals,
            limits=limits,
            direction=direction,
        )
        number = np.repeat(np.arange(len(edges) - 1), np.diff(edges))[group]
        if limits.refined and counts.feature.kind in NUMBERS and len(counts.least) > limits.prebins_max:
            number = refined(counts, number, limits=limits, direction=direction)
    bins = bins_of(counts, number=number, rows_min=limits.rows_min)
    return bins, _iv_nano(bins, counts.totals)


def _finding(counts: ValueCounts, group: Ints, limits: BinLimits, iv_nano: int) -> DirectionFinding | None:
    """Tell of a feature that cannot be cut in the direction stated, if it can be in any."""
    free, iv_free_nano = _merged(counts, group, limits, Direction.FREE)
    if not _is_cut(free):
        return None
    tried = [(way, *_merged(counts, group, limits, way)) for way in _STATED]
    moves = [(iv, way) for way, bins, iv in tried if _is_cut(bins)]
    return DirectionFinding(
        feature=counts.feature.name,
        direction=counts.feature.direction,
        iv_nano=iv_nano,
        iv_free_nano=iv_free_nano,
        follows=max(moves, key=lambda one: one[0])[1] if moves else None,
    )


def _is_cut(bins: Sequence[Bin]) -> bool:
    return sum(1 for part in bins if not part.special and not part.missing) > 1


def _iv_nano(bins: Sequence[Bin], totals: tuple[int, int]) -> int:
    """Return the information value (信息值) of bins from their counts and the woe they are given."""
    value = sum(
        ((part.rows - part.bad) / totals[0] - part.bad / totals[1]) * part.woe_nano / 1e9 for part in bins
    )
    return nano_from_float(value)
