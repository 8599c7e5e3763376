"""Whether a pd means what it says (校准): of those given 2 %, 2 in 100 turn bad."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.discrimination import equal_bands
from creditloop.risk.measures.intervals import DEVIATE_95
from creditloop.risk.measures.outcomes import Floats, checked_bad, checked_numbers

_NANO = 1e9


class CalibrationBand(NamedTuple):
    """Rows of neighbouring pd.

    Attributes:
        pd_low_nano, pd_high_nano: the least and the greatest pd in it.
        expected: the mean pd; `observed`: the bad rate.
        low, high: Wilson's interval of 95 % about the observed rate.
    """

    pd_low_nano: int
    pd_high_nano: int
    rows: int
    bad: int
    expected: float
    observed: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        """Whether the expected rate lies in the observed one's interval."""
        return self.low <= self.expected <= self.high


def calibration_table(
    *, pd_nano: npt.ArrayLike, bad: npt.ArrayLike, bands: int
) -> tuple[CalibrationBand, ...]:
    """Return expected and observed bad rates in bands of about equal size, the safest first.

    Equal pds stay together, so there may be fewer bands than asked for. The interval is Wilson's: Brown, Cai
    and DasGupta, Statistical Science 16 (2001), section 3.1.1. It knows of chance only, not of drift.

    Args:
        pd_nano: (n,) billionths.
        bad: (n,) of 0/1 or booleans; one class only is allowed.
    Raises: InputError for no rows, a null, columns of different length, what is no pd, `bands` below 1.
    """
    outcomes = checked_bad(bad)
    pds, place = np.unique(checked_pds(pd_nano, rows=len(outcomes)), return_inverse=True)
    rows = np.bincount(place, minlength=len(pds)).astype(np.int64)
    bads = np.bincount(place[outcomes], minlength=len(pds)).astype(np.int64)
    group = equal_bands(rows, bands)
    found = list[CalibrationBand]()
    for number in range(int(group[-1]) + 1):
        at = group == number
        count, ones = int(rows[at].sum()), int(bads[at].sum())
        expected = float((pds[at] * rows[at]).sum()) / count / _NANO
        low, high = wilson_interval(ones, count)
        ends = int(pds[at][0]), int(pds[at][-1])
        found.append(CalibrationBand(*ends, count, ones, expected, ones / count, low, high))
    return tuple(found)


def brier(*, pd_nano: npt.ArrayLike, bad: npt.ArrayLike) -> float:
    """Return the Brier score, the mean of (pd - bad)²; 0 is perfect (Brier, Monthly Weather Review 78, 1950).

    Arguments and errors as `calibration_table`.

    >>> brier(pd_nano=[500_000_000, 0], bad=[1, 0])
    0.125
    """
    outcomes = checked_bad(bad)
    pds = checked_pds(pd_nano, rows=len(outcomes)) / _NANO
    return float(np.mean((pds - outcomes) ** 2))


def checked_pds(pd_nano: npt.ArrayLike, *, rows: int, name: str = "pd_nano") -> Floats:
    """Return pds as float64, whole billionths: a fraction is refused, not cut to nought.

    Raises: InputError if one is missing or no pd, or the rows are not as many as asked for.
    """
    found = checked_numbers(pd_nano, name=name, rows=rows)
    if (found % 1 != 0).any() or (found < 0).any() or (found > _NANO).any():
        raise InputError(f"{name} must hold whole billionths", got=float(found.max()), expected="0..10**9")
    return found


def wilson_interval(bad: int, rows: int) -> tuple[float, float]:
    """Return Wilson's interval of 95 % for a rate."""
    rate, square = bad / rows, DEVIATE_95 * DEVIATE_95 / rows
    middle = rate + square / 2
    reach = DEVIATE_95 * math.sqrt(rate * (1 - rate) / rows + square / (4 * rows))
    return max(0.0, (middle - reach) / (1 + square)), min(1.0, (middle + reach) / (1 + square))


def calibrated_to(*, pd_nano: npt.ArrayLike, target_nano: int) -> npt.NDArray[np.int64]:
    """Shift pds so that their mean is a target, the order kept (校准到目标违约概率).

    The same number is added to every log-odds, found by bisection: what the score tells apart stays, only the
    level moves (King and Zeng, Political Analysis 9 (2001), section 4.1, prior correction). A pd of 0 or 1
    has no log-odds to shift and stays; each of the others is rounded to the nano, once, so the mean meets the
    target to half a nano.

    Args:
        pd_nano: (n,) billionths.
        target_nano: the mean wanted, billionths.
    Returns: (n,) int64 billionths, in the order of the rows.
    Raises: InputError for no rows, what is no pd, or a target that the pds of 0 and 1 rule out.

    >>> calibrated_to(pd_nano=[500_000_000, 500_000_000], target_nano=100_000_000).tolist()
    [100000000, 100000000]
    """
    pds = checked_pds(pd_nano, rows=np.size(pd_nano)) / _NANO
    if not len(pds):
        raise InputError("there is no pd to calibrate", got="0 rows")
    least, most = float((pds == 1).mean()), float((pds > 0).mean())
    target = target_nano / _NANO
    if not (least < target < most or least == target == most):
        raise InputError(
            "no shift reaches the target",
            got=target_nano,
            expected=f"{least * _NANO:.0f}..{most * _NANO:.0f}",
        )
    inner = (pds > 0) & (pds < 1)
    log_odds = np.log(pds[inner] / (1 - pds[inner]))
    low, high = -100.0, 100.0
    while (middle := (low + high) / 2) not in {low, high}:
        below = (least * len(pds) + (1 / (1 + np.exp(-log_odds - middle))).sum()) / len(pds) < target
        low, high = (middle, high) if below else (low, middle)
    found = np.rint(pds * _NANO).astype(np.int64)
    found[inner] = np.rint(_NANO / (1 + np.exp(-log_odds - high))).astype(np.int64)
    return found
