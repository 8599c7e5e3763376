"""How well a score tells goods from bads (区分度). A higher score is safer; bad is 1.

All figures come from the counts of goods and bads at each distinct score, so equal scores are equal however
the rows are ordered. Reference: Hanley and McNeil, Radiology 143 (1982) for the area and its meaning as a
probability; Thomas, Edelman and Crook, Credit Scoring and Its Applications (2002), chapter 7.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import CountsByScore, Ints, counts_by_score


class Ks(NamedTuple):
    """The largest distance between the bads' and the goods' distributions, and the lowest score it is at."""

    value: float
    score: float


class RocPoint(NamedTuple):
    """Shares of goods and of bads that score at most `score`; None stands before the lowest."""

    score: float | None
    share_good: float
    share_bad: float


class Gain(NamedTuple):
    """What alerting the lowest scores catches.

    Attributes:
        share: of rows asked for; `alerts`: the rows that is.
        bad_caught: bads among them; not a whole number where equal scores had to be parted.
        recall: of all bads, the share that is caught; `precision`: of the alerted, the share that is bad.
        score: the highest score among the alerted.
        bad_rate_rest: the bad rate of the others, None if all are alerted.
    """

    share: float
    alerts: int
    bad_caught: float
    recall: float
    precision: float
    score: float
    bad_rate_rest: float | None


class LiftBand(NamedTuple):
    """A band of neighbouring scores.

    Attributes:
        lift: its bad rate over that of all rows.
        bad_captured: share of all bads in this band and the riskier ones.
    """

    score_low: float
    score_high: float
    rows: int
    bad: int
    bad_rate: float
    lift: float
    bad_captured: float


def auc(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> float:
    """Return the probability that a good scores above a bad, an equal score counting half (AUC).

    auc = (pairs with good above bad + pairs equal / 2) / pairs, counted in whole numbers.

    Args:
        score: (n,) numbers, higher is safer.
        bad: (n,) of 0/1 or booleans.
    Raises: InputError for no rows, a null, columns of different length, one class only.

    >>> auc(score=[1, 2, 2, 3], bad=[1, 1, 0, 0])
    0.875
    """
    counts = counts_by_score(score=score, bad=bad)
    below = np.cumsum(counts.bads) - counts.bads
    doubled = int((counts.goods * (2 * below + counts.bads)).sum())
    return doubled / (2 * int(counts.goods.sum()) * int(counts.bads.sum()))


def gini(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> float:
    """Return the Gini coefficient (基尼系数), 2 · auc - 1; arguments and errors as `auc`."""
    return 2 * auc(score=score, bad=bad) - 1


def ks(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> Ks:
    """Return the Kolmogorov-Smirnov distance (KS) max |share of bads - share of goods| scoring at most s.

    Arguments and errors as `auc`.

    >>> ks(score=[1, 2, 2, 3], bad=[1, 1, 0, 0])
    Ks(value=0.5, score=1.0)
    """
    counts = counts_by_score(score=score, bad=bad)
    goods, bads = np.cumsum(counts.goods), np.cumsum(counts.bads)
    distance = np.abs(bads * goods[-1] - goods * bads[-1])  # in whole numbers, so that equals are equal
    at = int(distance.argmax())
    return Ks(int(distance[at]) / (int(goods[-1]) * int(bads[-1])), float(counts.scores[at]))


def roc_points(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> tuple[RocPoint, ...]:
    """Return the receiver operating curve, from (0, 0) to (1, 1), a point a distinct score.

    Arguments and errors as `auc`.
    """
    counts = counts_by_score(score=score, bad=bad)
    goods, bads = (np.cumsum(part) / part.sum() for part in (counts.goods, counts.bads))
    points = zip(counts.scores.tolist(), goods.tolist(), bads.tolist(), strict=True)
    return (RocPoint(None, 0.0, 0.0), *(RocPoint(*point) for point in points))


def gains(*, score: npt.ArrayLike, bad: npt.ArrayLike, shares: Sequence[float]) -> tuple[Gain, ...]:
    """Return what is caught when a share of the rows, the lowest scores, is alerted.

    alerts = share · n, rounded half up. Where a group of equal scores is parted, its bads count in
    proportion: the expected value if it is parted at random. Approving a share a is alerting 1 - a.

    Args:
        shares: each in (0, 1], enough for one row.
    Raises: InputError as `auc`, and for a share out of range.

    >>> gains(score=[1, 2, 2, 3], bad=[1, 1, 0, 0], shares=[0.5])[0][:5]
    (0.5, 2, 1.5, 0.75, 0.75)
    """
    counts = counts_by_score(score=score, bad=bad)
    return tuple(_gain(counts, share) for share in shares)


def _gain(counts: CountsByScore, share: float) -> Gain:
    rows = counts.goods + counts.bads
    total, bad = int(rows.sum()), int(counts.bads.sum())
    alerts = int(share * total + 0.5) if 0 < share <= 1 else 0
    if not alerts:
        raise InputError(
            "a share of alerts is more than 0 and at most 1", got=share, expected="one row or more"
        )
    upto = np.cumsum(rows)
    last = int(np.searchsorted(upto, alerts))
    part = (alerts - (int(upto[last]) - int(rows[last]))) / int(rows[last])
    caught = int(counts.bads[:last].sum()) + int(counts.bads[last]) * part
    rest = total - alerts
    return Gain(
        share=float(share),
        alerts=alerts,
        bad_caught=caught,
        recall=caught / bad,
        precision=caught / alerts,
        score=float(counts.scores[last]),
        bad_rate_rest=(bad - caught) / rest if rest else None,
    )


def lift_table(*, score: npt.ArrayLike, bad: npt.ArrayLike, bands: int) -> tuple[LiftBand, ...]:
    """Return bands of about equal size, the riskiest first, with their lift (提升度).

    Equal scores stay together: a score is in the band that the middle of its rows falls into, so there may be
    fewer bands than asked for.

    Raises: InputError as `auc`, and for `bands` below 1.
    """
    counts = counts_by_score(score=score, bad=bad)
    group = equal_bands(counts.goods + counts.bads, bands)
    total, bad_total = int((counts.goods + counts.bads).sum()), int(counts.bads.sum())
    found, caught = list[LiftBand](), 0
    for number in range(int(group[-1]) + 1):
        at = np.flatnonzero(group == number)
        rows, ones = int((counts.goods + counts.bads)[at].sum()), int(counts.bads[at].sum())
        caught += ones
        low, high = float(counts.scores[at[0]]), float(counts.scores[at[-1]])
        lift = ones * total / (rows * bad_total)
        found.append(LiftBand(low, high, rows, ones, ones / rows, lift, caught / bad_total))
    return tuple(found)


def equal_bands(rows: Ints, bands: int) -> Ints:
    """Return a band's number, from 0 without a gap, for each of neighbouring groups of rows."""
    if bands < 1:
        raise InputError("a table has bands", got=bands, expected=">= 1")
    middle = 2 * np.cumsum(rows) - rows
    return np.unique(middle * bands // (2 * rows.sum()), return_inverse=True)[1].astype(np.int64)
