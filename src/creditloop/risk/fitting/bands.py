"""Bands of a score with a pd each (分数段): rates that were seen, no curve assumed."""

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO, Bin, CardFeature, Direction
from creditloop.risk.binning.feature_bins import bin_feature
from creditloop.risk.binning.merging import BinLimits
from creditloop.risk.card.parts import ScoreBand
from creditloop.risk.measures.outcomes import Bools, Ints


def score_bands(scores: Ints, bad: Bools, *, limits: BinLimits) -> tuple[ScoreBand, ...]:
    """Put scores into bands, as a feature is binned, riskier ones never having the smaller observed rate.

    Args:
        scores: (n,) whole points, higher is safer.
        limits: `bins_max` bands, each of `rows_min` rows.
    Returns: bands ascending; the pd of one without bads, or without goods, counts half a one more.
    """
    feature = CardFeature(name="score", kind=Kind.INTEGER, direction=Direction.DOWN, zh="评分", en="score")
    found = bin_feature(values=pl.Series("score", scores), bad=bad, feature=feature, limits=limits)
    return tuple(
        ScoreBand(low=part.low, high=part.high, rows=part.rows, bad=part.bad, pd_nano=_pd_nano(part))
        for part in found.bins
    )


def _pd_nano(part: Bin) -> int:
    empty = int(part.bad in {0, part.rows})
    return divide_half_away((2 * part.bad + empty) * NANO, 2 * (part.rows + empty))
