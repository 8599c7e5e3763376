"""Weights of signals (信号权重), estimated from what happened; a person writes them into the policy.

The log-odds of going bad are fitted as a sum over the signals that are there. A signal never makes a
customer safer: while a weight is below 0, the one furthest below is left out and the rest fitted again. The
weights are then scaled to whole points that add up to the largest risk there is.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import split_by_largest_remainder
from creditloop.monitor.warning import RISK_MAX
from creditloop.risk import fit_logistic

RIDGE = 1e-4
"""Keeps a weight finite where a signal is there in nearly no customer; as small as the scorecard's."""
_NANO = 10**9


def propose_weights(*, signals: pl.DataFrame, bad: pl.Series) -> Mapping[str, int]:
    """Estimate the weight of each signal.

    Args:
        signals: (n, k) of 0 and 1, one column a signal.
        bad: (n,) of boolean, true = went bad; both must occur.
    Returns: points by signal in order of columns, each >= 0, together `RISK_MAX`.
    Raises: InputError if a value is not 0 or 1, the lengths differ, only one outcome occurs, or no signal
        tells bad from good.
    """
    _check(signals, bad)
    matrix = signals.to_numpy().astype(np.float64)
    good = ~bad.to_numpy()
    kept = list(range(signals.width))
    while kept:
        _, for_good = fit_logistic(matrix=matrix[:, kept], good=good, ridge=RIDGE)
        lowest = int(np.argmax(for_good))  # of the log-odds of good: the highest is the worst weight of bad
        if for_good[lowest] <= 0:
            break
        del kept[lowest]
    points = [0] * signals.width
    for position, coefficient in zip(kept, for_good if kept else [], strict=True):
        points[position] = round(-coefficient * _NANO)
    if not any(points):
        raise InputError("no signal tells those who went bad from the others", got=signals.columns)
    shares = split_by_largest_remainder(RISK_MAX, points)
    return {name: int(share) for name, share in zip(signals.columns, shares, strict=True)}


def _check(signals: pl.DataFrame, bad: pl.Series) -> None:
    if bad.dtype != pl.Boolean or bad.null_count() or bad.len() != signals.height or bad.n_unique() != 2:
        raise InputError(
            "outcomes are true or false, one a customer, and both occur",
            got=f"{bad.len()} of {bad.dtype} for {signals.height} customers",
        )
    for column in signals.iter_columns():
        if not column.dtype.is_integer() or column.null_count() or not column.is_in([0, 1]).all():
            raise InputError("a signal is 0 or 1", got=str(column.dtype), where={"signal": column.name})
