"""Fit a scorecard (评分卡建模): bins, woe, logistic regression, points in whole numbers.

1. Each feature is binned exactly (`binning`); one of too little information value is left out.
2. The log-odds of good are fitted on the woe of the rest (`logistic`). A coefficient that is not positive
   would turn a feature's meaning round: the most negative is left out and the rest fitted again.
3. Coefficients are kept to six decimals: the last bits of the arithmetic, which differ from machine to
   machine, must not make another card. With `factor` = points to double the odds / ln 2, a bin's points are
   factor · coefficient · woe, and the base is score_at + factor · (intercept - ln odds_at), each rounded
   once, half away from zero. A score is the base and the points of one bin a feature: whole numbers, higher
   is safer.
4. The sample's own scores are put into bands, riskier ones never having the smaller observed rate; a band's
   rate is the pd (违约概率) of the scores in it. A rate seen, not a curve assumed.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import BinnedFeature, CardFeature, bin_feature
from creditloop.risk.binning.bins import NANO, nano_from_float
from creditloop.risk.card.parts import DroppedFeature, FittedCard, FittedFeature, LeftOut
from creditloop.risk.card.scaling import Scale
from creditloop.risk.card.settings import FitSettings
from creditloop.risk.fitting.bands import score_bands
from creditloop.risk.fitting.logistic import fit_logistic
from creditloop.risk.fitting.sample import checked_columns
from creditloop.risk.measures.outcomes import Bools, Floats, Ints, checked_bad, checked_both_classes

_DECIMALS = 6
"""Decimals kept of a coefficient."""


def fit_card(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, features: Sequence[CardFeature], settings: FitSettings
) -> FittedCard:
    """Fit a scorecard on a sample.

    A column that has one value, or none, is among the dropped; of more words than `prebins_max` the rare ones
    are one group. `column_findings` tells of both before.

    Args:
        frame: a column for each feature, null where it is missing. Where there is a column
            `<feature>__state` as well (see `formula.State`), no row may say that the feature failed: the card
            would refer it.
        bad: (n,) of 0/1 or booleans, none missing.
    Raises: InputError for no rows, one class only, a column that is absent, not of its kind or infinite, a
        feature that failed, a name given twice, a copy of another feature, the target as one, or if no
        feature is left.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    columns = checked_columns(frame, outcomes, features, prebins_max=settings.prebins_max)
    limits = settings.bin_limits(rows=len(outcomes))
    binned = [
        bin_feature(values=frame[entry.name], bad=outcomes, feature=entry, limits=limits)
        for entry in columns.features
    ]
    dropped = [left for entry in binned if (left := _worth_little(entry, settings)) is not None]
    kept = _without(binned, dropped)
    intercept, weights, wrong = _fitted(kept, outcomes, settings)
    kept = _without(kept, wrong)
    scale = Scale.of(settings)
    base = scale.base(intercept)
    fitted = [
        _with_points(entry, weight, scale) for entry, weight in zip(kept, weights.tolist(), strict=True)
    ]
    flat = [_left_out(entry, LeftOut.NO_POINTS) for entry in fitted if _is_flat(entry)]
    used = tuple(entry for entry in fitted if not _is_flat(entry))
    _check_some(used)
    return FittedCard(
        base=base,
        rows=len(outcomes),
        bad=int(outcomes.sum()),
        features=used,
        dropped=(*columns.dropped, *dropped, *wrong, *flat),
        bands=score_bands(
            _scores(base, fitted, kept), outcomes, limits=replace(limits, bins_max=settings.bands_max)
        ),
        settings=settings,
    )


def _worth_little(entry: BinnedFeature, settings: FitSettings) -> DroppedFeature | None:
    if len(entry.bins) < 2:
        return _left_out(entry, LeftOut.ONE_BIN)
    return _left_out(entry, LeftOut.IV_BELOW) if entry.iv_nano < settings.iv_min_nano else None


def _left_out(entry: BinnedFeature | FittedFeature, reason: LeftOut) -> DroppedFeature:
    return DroppedFeature(name=entry.feature.name, iv_nano=entry.iv_nano, reason=reason)


def _is_flat(entry: FittedFeature) -> bool:
    """Whether no bin moves the score by a whole point."""
    return not any(part.points for part in entry.bins)


def _without(binned: Sequence[BinnedFeature], dropped: Sequence[DroppedFeature]) -> tuple[BinnedFeature, ...]:
    names = {entry.name for entry in dropped}
    return tuple(entry for entry in binned if entry.feature.name not in names)


def _fitted(
    kept: Sequence[BinnedFeature], bad: Bools, settings: FitSettings
) -> tuple[float, Floats, list[DroppedFeature]]:
    """Fit, leaving out one feature at a time until every coefficient is positive."""
    wrong = list[DroppedFeature]()
    while True:
        left = _without(kept, wrong)
        _check_some(left)
        matrix = np.column_stack([_woe_column(entry) for entry in left])
        intercept, weights = fit_logistic(matrix=matrix, good=~bad, ridge=settings.ridge_nano / NANO)
        least = int(weights.argmin())
        if weights[least] > 0:
            return intercept, weights, wrong
        wrong.append(_left_out(left[least], LeftOut.WRONG_SIGN))


def _check_some(entries: Sequence[object]) -> None:
    if not entries:
        raise InputError("no feature is left: none tells good from bad by these settings")


def _woe_column(entry: BinnedFeature) -> Floats:
    woes: Floats = np.array([part.woe_nano for part in entry.bins]) / NANO
    return woes[entry.place]


def _with_points(entry: BinnedFeature, weight: float, scale: Scale) -> FittedFeature:
    coefficient = nano_from_float(round(weight, _DECIMALS))
    # whole numbers are multiplied exactly, and divided once
    bins = (replace(part, points=scale.points(coefficient * part.woe_nano / NANO**2)) for part in entry.bins)
    return FittedFeature(
        feature=entry.feature, bins=tuple(bins), iv_nano=entry.iv_nano, coefficient_nano=coefficient
    )


def _scores(base: int, fitted: Sequence[FittedFeature], kept: Sequence[BinnedFeature]) -> Ints:
    """Return the sample's scores, from the bins its rows fell into."""
    scores = np.full(len(kept[0].place), base, dtype=np.int64)
    for entry, one in zip(fitted, kept, strict=True):
        scores += np.array([part.points for part in entry.bins], dtype=np.int64)[one.place]
    return scores
