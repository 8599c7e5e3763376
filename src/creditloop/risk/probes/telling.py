"""What one column alone tells of the outcome (单变量区分力), asked of rows it was not learnt from.

Each code's odds are learnt on the other folds, so a column of noise with thousands of values tells nothing.
A number is also read as it stands, rising or falling, and every column by whether there is a value at all,
which teaches nothing but a direction: the strongest reading counts.
"""

from dataclasses import dataclass

import numpy as np

from creditloop.risk.measures.discrimination import ks
from creditloop.risk.measures.intervals import DEVIATE_95, auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes.coding import CodedColumn

_PRIOR_ROWS = 2.0
"""Rows at the whole sample's bad rate that each code is given to begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A column's power alone.

    Attributes:
        auc, error: cross-validated, with DeLong's standard error, or half a row of the rarer outcome if
            that is more: with three bads even a column that parts them all is no proof.
        score: (n,) higher is safer.
        risky: (n,) the riskier side of the cut at which it tells most (KS).
        ks: the distance at that cut.
        rates: (n,) each row's bad rate by its code, from the other folds.
        recorded: (n,) the same by whether it has a value.
    """

    auc: float
    error: float
    score: Floats
    risky: Bools
    ks: float
    rates: Floats
    recorded: Floats

    @property
    def gini(self) -> float:
        """2 · auc - 1."""
        return 2 * self.auc - 1

    @property
    def gini_low(self) -> float:
        """The lower end of the Gini's interval of 95 %."""
        return self.gini - 2 * DEVIATE_95 * self.error


def tell(*, column: CodedColumn, bad: Bools, fold: Ints) -> Telling:
    """Measure a column alone."""
    rates = rates_unseen(codes=column.codes, bad=bad, fold=fold)
    recorded = rates_unseen(codes=column.missing.astype(np.int64), bad=bad, fold=fold)
    held = column.missing.astype(np.float64)
    readings = [-rates, held, -held]
    if column.numbers is not None and not column.missing.all():
        middle = float(np.median(column.numbers[~column.missing]))
        raw = np.nan_to_num(np.where(column.missing, middle, column.numbers), posinf=1e300, neginf=-1e300)
        readings += [raw, -raw]
    found = [auc_interval(score=reading, bad=bad) for reading in readings]
    best = max(range(len(found)), key=lambda at: found[at].estimate)
    cut = ks(score=readings[best], bad=bad)
    return Telling(
        auc=found[best].estimate,
        error=max(found[best].error, 0.5 / min(int(bad.sum()), int((~bad).sum()))),
        score=readings[best],
        risky=readings[best] <= cut.score,
        ks=cut.value,
        rates=rates,
        recorded=recorded,
    )


def rates_unseen(*, codes: Ints, bad: Bools, fold: Ints) -> Floats:
    """Return each row's bad rate by its code, learnt on the other folds and drawn to the sample's rate."""
    count, folds = int(codes.max()) + 1, int(fold.max()) + 1
    cell = codes * folds + fold
    rows = np.bincount(cell, minlength=count * folds).reshape(count, folds)
    bads = np.bincount(cell[bad], minlength=count * folds).reshape(count, folds)
    others = rows.sum(axis=1, keepdims=True) - rows
    known = bads.sum(axis=1, keepdims=True) - bads
    base = float(bad.mean())
    rates = (known + _PRIOR_ROWS * base) / (others + _PRIOR_ROWS)
    return np.asarray(rates[codes, fold])
