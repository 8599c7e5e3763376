"""What a model says of rows it never saw, measured: AUC, KS, Brier score, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from creditloop.risk import auc, ks
from creditloop.risk.measures.outcomes import Bools, Floats

_BANDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of one fold.

    Attributes:
        calibration: mean distance between the mean pd and the bad rate of ten bands of equal size, weighed by
            rows (expected calibration error); 0 is best.
    """

    auc: float
    ks: float
    brier: float
    calibration: float

    def as_record(self) -> dict[str, float]:
        """Return the figures by name, rounded to six decimals."""
        return {entry.name: round(getattr(self, entry.name), 6) for entry in fields(self)}


def measured(log_odds: Floats, bad: Bools) -> Figures:
    """Measure log-odds of bad of rows whose outcomes are known."""
    pd = 1 / (1 + np.exp(-np.clip(log_odds, -700, 700)))
    return Figures(
        auc=auc(score=-log_odds, bad=bad),
        ks=ks(score=-log_odds, bad=bad).value,
        brier=float(np.mean((pd - bad) ** 2)),
        calibration=_calibration(pd, bad),
    )


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and standard deviation over folds (of these folds, not of a population)."""
    return float(np.mean(values)), float(np.std(values))


def _calibration(pd: Floats, bad: Bools) -> float:
    order = np.argsort(pd, kind="stable")
    bands = np.array_split(order, min(_BANDS, len(order)))
    return float(sum(abs(pd[band].mean() - bad[band].mean()) * len(band) for band in bands) / len(pd))
