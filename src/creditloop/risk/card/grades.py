"""Cut scores into grades (评级切分) whose bad rate falls from grade to grade; the best cut there is.

Scores are put into at most 64 runs at quantiles; then exact dynamic programming over all ways to join
neighbours finds, among those with enough rows in every grade and never the greater bad rate in the safer one,

- `iv`: the grades of the greatest information value, as a feature is binned (`binning.merging`);
- `variance`: the grades inside which the score varies least, sum of (score - mean of its grade)², the
  natural breaks; reference: Fisher, On Grouping for Maximum Homogeneity (1958).

If so many grades cannot be had, there are as many fewer as needed.
"""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.binning.bins import NANO, Bin, CardFeature, Direction, interval_label
from creditloop.risk.binning.merging import PREBINS_MAX, BinLimits, merge_bins
from creditloop.risk.binning.prebins import prebin_feature
from creditloop.risk.measures.outcomes import Floats, Ints, checked_bad, checked_both_classes


class GradeAim(StrEnum):
    """What grades are to be best at."""

    IV = "iv"
    VARIANCE = "variance"


class Grade(NamedTuple):
    """Scores `low <= score < high` (None is open), the riskiest grade first.

    Attributes:
        rows, bad: of the sample; `rate_nano`: bad / rows.
    """

    low: int | None
    high: int | None
    rows: int
    bad: int
    rate_nano: int

    @property
    def label(self) -> str:
        """The grade's scores as people read them."""
        return interval_label(self.low, self.high, Kind.INTEGER)


def grade_scores(
    *, score: npt.ArrayLike, bad: npt.ArrayLike, grades: int, share_min_nano: int, aim: GradeAim
) -> tuple[Grade, ...]:
    """Cut scores into at most so many grades.

    Args:
        score: (n,) whole numbers, higher is safer.
        bad: (n,) of 0/1 or booleans, both occurring.
        grades: 1..64.
        share_min_nano: least share of all rows in a grade, 1..1,000,000,000.
    Raises: InputError for an argument out of range, or for arrays that do not fit.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    scores = np.asarray(score)
    if scores.dtype.kind not in "iu" or scores.shape != outcomes.shape:
        raise InputError(
            "grades are cut of whole scores, one an outcome", got=f"{scores.dtype} {scores.shape}"
        )
    if not 1 <= grades <= PREBINS_MAX or not 1 <= share_min_nano <= NANO:
        raise InputError("grades or their least share out of range", got=[grades, share_min_nano])
    feature = CardFeature(name="score", kind=Kind.INTEGER, direction=Direction.DOWN, zh="评分", en="score")
    found = prebin_feature(
        values=pl.Series("score", scores, dtype=pl.Int64),
        bad=outcomes,
        feature=feature,
        prebins_max=PREBINS_MAX,
    )
    runs = [part for part in found.bins if not part.missing]
    limits = BinLimits.of_share(
        prebins_max=PREBINS_MAX, bins_max=grades, share_min_nano=share_min_nano, rows=len(outcomes)
    )
    if aim is GradeAim.IV:
        edges = _edges_by_iv(runs, limits)
    else:
        edges = _edges_by_variance(runs, scores.astype(np.float64), found.place, limits)
    return tuple(_grade(runs[start:stop]) for start, stop in pairwise(edges))


def _grade(runs: Sequence[Bin]) -> Grade:
    rows, bad = sum(part.rows for part in runs), sum(part.bad for part in runs)
    return Grade(runs[0].low, runs[-1].high, rows, bad, divide_half_away(bad * NANO, rows))


def _edges_by_iv(runs: Sequence[Bin], limits: BinLimits) -> tuple[int, ...]:
    bads = np.array([part.bad for part in runs], dtype=np.int64)
    goods = np.array([part.rows for part in runs], dtype=np.int64) - bads
    totals = (int(goods.sum()), int(bads.sum()))
    return merge_bins(goods=goods, bads=bads, totals=totals, limits=limits, direction=Direction.DOWN)


def _edges_by_variance(
    runs: Sequence[Bin], scores: Floats, place: Ints, limits: BinLimits
) -> tuple[int, ...]:
    """Return the edges of the grades inside which the score varies least.

    least[n, i, j] is the least variation of joining the first j runs into n + 1 grades, the last of which
    begins at i; it follows from least[n - 1, h, i] for every grade h..i with no smaller bad rate than i..j.
    """
    size = len(runs)
    inside, rows, bads = _joined_runs(runs, scores, place)
    inside = np.where(rows >= limits.rows_min, inside, np.inf)
    least = np.full((min(limits.bins_max, size), size, size + 1), np.inf)
    before = np.zeros(least.shape, dtype=np.int64)
    least[0, 0] = inside[0]
    for i in range(1, size):
        falls = bads[:i, i, None] * rows[None, i, i + 1 :] >= bads[None, i, i + 1 :] * rows[:i, i, None]
        reached = np.where(falls, least[:-1, :i, i, None], np.inf)
        before[1:, i, i + 1 :] = reached.argmin(axis=1)
        least[1:, i, i + 1 :] = reached.min(axis=1) + inside[i, i + 1 :]
    count = int(np.flatnonzero(np.isfinite(least[:, :, size]).any(axis=1))[-1])  # one grade there always is
    start = int(least[count, :, size].argmin())
    edges = [size, start]
    for n in range(count, 0, -1):
        edges.append(int(before[n, edges[-1], edges[-2]]))
    return tuple(reversed(edges))


def _joined_runs(runs: Sequence[Bin], scores: Floats, place: Ints) -> tuple[Floats, Ints, Ints]:
    """Return of the runs from i to before j, as (k, k + 1) arrays: variation, rows, bads."""
    size = len(runs)
    away = scores - scores.mean()
    sums, squares = (np.bincount(place, weights=part, minlength=size)[:size] for part in (away, away**2))
    counts = [np.array([getattr(part, name) for part in runs], dtype=np.int64) for name in ("rows", "bad")]
    to = [np.concatenate(([0], np.cumsum(part))) for part in (sums, squares, *counts)]
    run = np.triu(np.ones((size, size + 1), dtype=np.bool_), 1)
    total, square, rows, bads = (np.where(run, part - part[:-1, None], 0) for part in to)
    inside = np.maximum(square - total**2 / np.maximum(rows, 1), 0)
    return np.where(run, inside, np.inf), rows, bads
