"""Logistic regression with a small ridge, by Newton's method (逻辑回归).

    minimise  mean of ln(1 + exp(-s · (a + X b))) + ridge / 2 · b·b,   s = 1 for a good, -1 for a bad

The intercept a is not held back. Each Newton step is a weighted least-squares fit (iteratively reweighted
least squares: McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989, section 2.5), halved until the
loss does not rise. There is no randomness: the same rows give the same coefficients.
"""

import math

import numpy as np

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Bools, Floats, checked_both_classes

_STEPS_MAX = 100
_HALVINGS_MAX = 30
_CLOSE = 1e-10
"""The largest gradient left when it is done; points are rounded a thousand million times coarser."""
_ROUNDING = 1e-13
"""A loss that rises by no more has not risen: near the least one, the last bits say nothing."""


_LOG_ODDS_MOST = 700.0
"""Beyond this the exponential overflows; the probability is 0 or 1 long before."""


def probability(log_odds: Floats) -> Floats:
    """Return 1 / (1 + exp(-log-odds)), (n,) float.

    >>> probability(np.array([0.0, -1e9])).tolist() == [0.5, float(np.exp(-700))]
    True
    """
    found: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -_LOG_ODDS_MOST, _LOG_ODDS_MOST)))
    return found


def fit_logistic(*, matrix: Floats, good: Bools, ridge: float) -> tuple[float, Floats]:
    """Return intercept and coefficients of the log-odds of good.

    Args:
        matrix: (n, k) of float, finite.
        good: (n,) outcomes, both occurring.
        ridge: > 0 keeps the coefficients finite where a column tells good from bad without fault.
    Raises: InputError for what is not as said above, or if it does not settle, which a ridge > 0 rules out
        but for absurd scales.
    """
    _check(matrix, good, ridge)
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of absurd scales does not settle
        found = _settled(matrix, good, ridge)
    return float(found[0]), found[1:]


def _check(matrix: Floats, good: Bools, ridge: float) -> None:
    if not 0 < ridge < math.inf:
        raise InputError("the ridge of a logistic regression is above 0", got=ridge, expected="> 0")
    if matrix.ndim != 2 or len(matrix) != len(good) or not np.isfinite(matrix).all():
        raise InputError(
            "the columns of a logistic regression hold a finite number for every outcome",
            got=matrix.shape,
            expected=f"({len(good)}, columns)",
        )
    checked_both_classes(good)


def _settled(matrix: Floats, good: Bools, ridge: float) -> Floats:
    """Return intercept and coefficients at which the gradient is 0."""
    design = np.column_stack([np.ones(len(good)), matrix])
    held = np.full(design.shape[1], ridge)
    held[0] = 0.0
    at = np.zeros(design.shape[1])
    at[0] = np.log(good.sum() / (~good).sum())
    for _ in range(_STEPS_MAX):
        expected = probability(design @ at)
        gradient = design.T @ (expected - good) / len(good) + held * at
        if np.abs(gradient).max() < _CLOSE:
            return at
        weight = expected * (1 - expected)
        bend = (design * weight[:, None]).T @ design / len(good) + np.diag(held)
        try:
            step = np.linalg.solve(bend, gradient)
        except np.linalg.LinAlgError:
            break
        at = _shortened(design, good, held, at, step)
    raise InputError(
        "the logistic regression does not settle", got=float(np.abs(gradient).max()), expected=f"< {_CLOSE}"
    )


def _shortened(design: Floats, good: Bools, held: Floats, at: Floats, step: Floats) -> Floats:
    """Return where the step leads, halved until the loss does not rise."""
    before = _loss(design, good, held, at) * (1 + _ROUNDING)
    for _ in range(_HALVINGS_MAX):
        if _loss(design, good, held, at - step) <= before:
            break
        step = step / 2
    return at - step


def _loss(design: Floats, good: Bools, held: Floats, at: Floats) -> float:
    margin = np.where(good, 1.0, -1.0) * (design @ at)
    return float(np.logaddexp(0, -margin).mean() + (held * at * at).sum() / 2)
