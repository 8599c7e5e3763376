"""How sure an AUC is (置信区间): the interval of DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988).

    auc = mean over bads of v10 = mean over goods of v01,  error² = var(v10) / bads + var(v01) / goods

where v10 of a bad is the share of goods that score above it (an equal score counts half), v01 of a good the
share of bads below it. Made from counts by score, so it costs one sort: Sun and Xu, IEEE Signal Processing
Letters 21 (2014).
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from creditloop.risk.measures.outcomes import Floats, Ints, counts_by_score

DEVIATE_95 = 1.959963984540054
"""The normal deviate of a two-sided interval of 95 %."""


class AucInterval(NamedTuple):
    """An AUC with its standard error and interval of 95 %, cut off at 0 and 1."""

    estimate: float
    error: float
    low: float
    high: float


def auc_interval(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> AucInterval:
    """Return the AUC with DeLong's interval.

    With one bad or one good its part of the error is not known, and counts as that of a coin: 1 / 4. Where
    the score tells everyone apart the error is 0: of that the number of rows says more than the interval.

    Args: as `auc`.
    Raises: InputError as `auc`.

    >>> auc_interval(score=[1, 2, 2, 3, 3, 4], bad=[1, 1, 0, 1, 0, 0]).estimate.__round__(6)
    0.777778
    """
    counts = counts_by_score(score=score, bad=bad)
    goods, bads = counts.goods, counts.bads
    above = (goods.sum() - np.cumsum(goods) + goods / 2) / goods.sum()
    below = (np.cumsum(bads) - bads / 2) / bads.sum()
    estimate = float((above * bads).sum() / bads.sum())
    error = math.sqrt(_spread(above, bads, estimate) + _spread(below, goods, estimate))
    return interval_about(estimate, error)


def interval_about(estimate: float, error: float) -> AucInterval:
    """Return an AUC with the interval of 95 % that its standard error gives."""
    reach = DEVIATE_95 * error
    return AucInterval(estimate, error, max(0.0, estimate - reach), min(1.0, estimate + reach))


def _spread(values: Floats, rows: Ints, mean: float) -> float:
    """Return the variance of the mean of values that occur so many times."""
    count = int(rows.sum())
    if count == 1:
        return 0.25
    return float((rows * (values - mean) ** 2).sum()) / (count - 1) / count
