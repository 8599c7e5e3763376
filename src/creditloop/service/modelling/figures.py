"""Figures of a model on rows it never saw: AUC, KS, Brier score, calibration, as whole nano."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from creditloop.risk import auc, brier, calibration_table, ks
from creditloop.service.modelling.sample import Bools

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NANO = 1_000_000_000
FIGURES = ("auc", "ks", "brier", "calibration")
_LOG_ODDS_MOST = 40.0
"""A pd nearer to 0 or 1 than nano can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of some rows.

    Attributes:
        calibration_nano: mean distance of mean pd and bad rate over bands, weighed by rows; 0 is best.
    """

    rows: int
    bad: int
    auc_nano: int
    ks_nano: int
    brier_nano: int
    calibration_nano: int

    def as_record(self) -> dict[str, int]:
        """Return the figures by name."""
        found = {f"{name}_nano": int(getattr(self, f"{name}_nano")) for name in FIGURES}
        return {"rows": self.rows, "bad": self.bad, **found}


def nano(value: float) -> int:
    """Return a figure in whole nano."""
    return round(value * NANO)


def pd_nano_of(log_odds: Floats) -> Ints:
    """Return the pd of log-odds of bad, whole nano."""
    kept = np.clip(log_odds, -_LOG_ODDS_MOST, _LOG_ODDS_MOST)
    return np.rint(NANO / (1 + np.exp(-kept))).astype(np.int64)


def measured(log_odds: Floats, bad: Bools, *, bands: int) -> Figures:
    """Measure log-odds of bad of rows whose outcomes are known.

    Raises: InputError if the rows have one outcome only.
    """
    pds = pd_nano_of(log_odds)
    table = calibration_table(pd_nano=pds, bad=bad, bands=bands)
    off = sum(abs(band.expected - band.observed) * band.rows for band in table) / len(bad)
    return Figures(
        rows=len(bad),
        bad=int(bad.sum()),
        auc_nano=nano(auc(score=-log_odds, bad=bad)),
        ks_nano=nano(ks(score=-log_odds, bad=bad).value),
        brier_nano=nano(brier(pd_nano=pds, bad=bad)),
        calibration_nano=nano(off),
    )


def mean_and_sd(folds: Sequence[Figures]) -> dict[str, int]:
    """Return mean and standard deviation over folds (of these folds, not of a population), by figure."""
    found = dict[str, int]()
    for name in FIGURES:
        values = np.array([getattr(one, f"{name}_nano") for one in folds], dtype=np.float64)
        found |= {f"{name}_nano": round(float(values.mean())), f"{name}_sd_nano": round(float(values.std()))}
    return found
