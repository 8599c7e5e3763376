"""What the rejected might have been (拒绝推断): two methods, each over a stated grid of prudence, as a band.

Outcomes are known of the accepted alone. Nothing can find the others' outcomes in data that do not hold
them: each answer here is an assumption, written out, and the answer is the band from the least to the most
prudent.

fuzzy augmentation (模糊扩充): each rejected row counts twice, as a bad with weight min(1, k · pd) and as a
good with the rest. With k = 1 the rejected are taken to be as the accepted of the same pd (missing at
random).
parcelling (打包分配): the accepted's bad rate in each band of pd, times k and at most 1, is the share of
rejected of that band that count as bad; which ones is drawn.

Reference: Thomas, Edelman and Crook, Credit Scoring and Its Applications (2002), section 8.6; Crook and
Banasik, Journal of Banking and Finance 28 (2004), on how little can be hoped for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO, nano_from_float
from creditloop.risk.measures.calibration import checked_pds
from creditloop.risk.measures.outcomes import Bools, Floats, Ints, checked_bad

METHODS = ("fuzzy", "parcelling")
"""How outcomes are given to the rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredFigures:
    """The figures if the rejected were so.

    Attributes:
        factor_nano: the prudence k; a bad rate is of weights, in nano.
        bad_rate_rejected_nano, bad_rate_all_nano: of the rejected, and of all who came.
        auc_nano, ks_nano: of the pd that was handed in, over all who came.
    """

    method: str
    factor_nano: int
    bad_rate_rejected_nano: int
    bad_rate_all_nano: int
    auc_nano: int
    ks_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredBand:
    """A figure from the least to the most over methods and factors."""

    least_nano: int
    most_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectInference:
    """What the rejected might have been.

    Attributes:
        figures: a method after the other, each in the order of the factors.
        bad_rate_accepted_nano: what is known.
        bad_rate_rejected, bad_rate_all, auc, ks: their bands over all figures.
    """

    accepted: int
    rejected: int
    bad_rate_accepted_nano: int
    figures: tuple[InferredFigures, ...]
    bad_rate_rejected: InferredBand
    bad_rate_all: InferredBand
    auc: InferredBand
    ks: InferredBand
    bands: int
    seed: int


def infer_rejects(
    *,
    pd_accepted_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    pd_rejected_nano: npt.ArrayLike,
    factors_nano: Sequence[int],
    bands: int,
    seed: int,
) -> RejectInference:
    """Give the rejected outcomes by both methods and every factor, and measure all who came.

    Args:
        pd_accepted_nano: (n,) of a model of the accepted, billionths; bad: (n,) of 0/1, both occurring.
        pd_rejected_nano: (m,) of the same model.
        factors_nano: of prudence, ascending, each >= 10**9 (as bad as the accepted of the same pd).
        bands: of equal numbers of accepted, for parcelling.
        seed: of the drawing by parcelling.
    Raises: InputError for no rows, nulls, what is no pd, other factors, fewer than one band.
    """
    sample = _Sample.checked(pd_accepted_nano, bad, pd_rejected_nano, bands, seed)
    factors = list(factors_nano)
    if not factors or factors != sorted(set(factors)) or factors[0] < NANO:
        raise InputError("factors of prudence ascend from 1", got=factors, expected=f">= {NANO}, ascending")
    figures = tuple(_figures(sample, method, factor) for method in METHODS for factor in factors)

    def band(name: str) -> InferredBand:
        values = [int(getattr(each, name)) for each in figures]
        return InferredBand(least_nano=min(values), most_nano=max(values))

    return RejectInference(
        accepted=len(sample.bad),
        rejected=len(sample.rejected),
        bad_rate_accepted_nano=divide_half_away(int(sample.bad.sum()) * NANO, len(sample.bad)),
        figures=figures,
        bad_rate_rejected=band("bad_rate_rejected_nano"),
        bad_rate_all=band("bad_rate_all_nano"),
        auc=band("auc_nano"),
        ks=band("ks_nano"),
        bands=bands,
        seed=seed,
    )


def augmented_sample(
    *,
    pd_accepted_nano: npt.ArrayLike,
    bad: npt.ArrayLike,
    pd_rejected_nano: npt.ArrayLike,
    method: str,
    factor_nano: int,
    bands: int,
    seed: int,
) -> pl.DataFrame:
    """Return the weighted rows a refit on all who came would read.

    Returns: accepted (whether the row is of the accepted), row (its place there or among the rejected), bad
        (0/1), weight_nano; the accepted first with weight 1, rows of weight 0 left out. The weights of each
        rejected row add up to 1.
    Raises: InputError as `infer_rejects`, and for another method.
    """
    sample = _Sample.checked(pd_accepted_nano, bad, pd_rejected_nano, bands, seed)
    if method not in METHODS or factor_nano < NANO:
        raise InputError("no such inference", got=(method, factor_nano), expected=f"{METHODS}, >= {NANO}")
    weights = np.rint(_bad_weights(sample, method, factor_nano) * NANO).astype(np.int64)
    count, places = len(sample.bad), np.arange(len(weights))
    parts = [
        (np.ones(count, dtype=bool), np.arange(count), sample.bad, np.full(count, NANO)),
        (np.zeros(len(weights), dtype=bool), places, np.ones(len(weights), dtype=bool), weights),
        (np.zeros(len(weights), dtype=bool), places, np.zeros(len(weights), dtype=bool), NANO - weights),
    ]
    accepted, row, outcome, weight = (np.concatenate([part[at] for part in parts]) for at in range(4))
    frame = pl.DataFrame(
        {"accepted": accepted, "row": row, "bad": outcome.astype(np.int8), "weight_nano": weight}
    )
    return frame.filter(pl.col("weight_nano") > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    accepted: Floats
    bad: Bools
    rejected: Floats
    bands: int
    seed: int

    @classmethod
    def checked(
        cls, accepted: npt.ArrayLike, bad: npt.ArrayLike, rejected: npt.ArrayLike, bands: int, seed: int
    ) -> "_Sample":
        outcomes = checked_bad(bad)
        pds = [
            checked_pds(values, name=name, rows=rows) / NANO
            for values, name, rows in (
                (accepted, "pd_accepted_nano", len(outcomes)),
                (rejected, "pd_rejected_nano", np.size(rejected)),
            )
        ]
        if not len(pds[1]) or not 0 < outcomes.sum() < len(outcomes) or bands < 1 or seed < 0:
            raise InputError(
                "rejects are inferred from both outcomes of the accepted, in bands, with a seed",
                got=(len(pds[1]), int(outcomes.sum()), len(outcomes), bands, seed),
            )
        return cls(accepted=pds[0], bad=outcomes, rejected=pds[1], bands=bands, seed=seed)


def _bad_weights(sample: _Sample, method: str, factor_nano: int) -> Floats:
    """Return how far each rejected row counts as bad."""
    factor = factor_nano / NANO
    if method == "fuzzy":
        return np.minimum(1.0, factor * sample.rejected)
    return _parcelled(sample, factor)


def _parcelled(sample: _Sample, factor: float) -> Floats:
    """Draw the bads of each band, the same rows first whatever the factor: with prudence bads only join."""
    quantiles = np.quantile(sample.accepted, np.arange(1, sample.bands) / sample.bands)
    cuts = np.unique(quantiles)
    band_accepted = np.searchsorted(cuts, sample.accepted, side="right")
    band_rejected = np.searchsorted(cuts, sample.rejected, side="right")
    turn = np.random.default_rng(sample.seed).permutation(len(sample.rejected))
    found = np.zeros(len(sample.rejected))
    for band in np.unique(band_rejected):
        known = sample.bad[_nearest(band_accepted, int(band))]
        rows: Ints = turn[band_rejected[turn] == band]
        rate = min(1.0, factor * float(known.mean()))
        found[rows[: int(rate * len(rows) + 0.5)]] = 1.0
    return found


def _nearest(bands: Ints, band: int) -> Bools:
    """Return the accepted of a band, or of the nearest that has some."""
    present = np.unique(bands)
    return np.asarray(bands == present[np.abs(present - band).argmin()])


def _figures(sample: _Sample, method: str, factor_nano: int) -> InferredFigures:
    weights = _bad_weights(sample, method, factor_nano)
    pds = np.concatenate([sample.accepted, sample.rejected])
    bads = np.concatenate([sample.bad.astype(np.float64), weights])
    area, distance = _weighted_power(pds, bads)
    return InferredFigures(
        method=method,
        factor_nano=factor_nano,
        bad_rate_rejected_nano=nano_from_float(float(weights.mean())),
        bad_rate_all_nano=nano_from_float(float(bads.mean())),
        auc_nano=nano_from_float(area),
        ks_nano=nano_from_float(distance),
    )


def _weighted_power(pds: Floats, bads: Floats) -> tuple[float, float]:
    """Return AUC and KS where each row is bad by a part and good by the rest; equal pds count half."""
    _, place = np.unique(pds, return_inverse=True)
    bad = np.bincount(place, weights=bads)
    good = np.bincount(place, weights=1 - bads)
    good_below = np.cumsum(good) - good
    area = float((bad * (good_below + good / 2)).sum()) / (float(bad.sum()) * float(good.sum()))
    return area, float(np.abs(np.cumsum(bad) / bad.sum() - np.cumsum(good) / good.sum()).max())
