"""Whether those who come now could be told from those a model was made on (漂移探测).

A classifier two-sample test (Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, 2017): a learner is
asked which sample a row it has not seen comes from. An AUC of 0.5 is no difference in anything it can see,
also not in how features go together, which a psi of each alone cannot notice. Beside it each feature's psi
(csi) over bins of the reference, by the bank's own limits, in all and month by month.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import nano_from_float
from creditloop.risk.measures.intervals import AucInterval, auc_interval, interval_about
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.measures.stability import psi
from creditloop.risk.probes.coding import CodedColumn, code_alike, matrix_of
from creditloop.risk.probes.learning import folds_of, sampled, train

_ROWS_MAX = 40_000
_FOLDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PsiLimits:
    """The bank's limits of psi, in nano: from `yellow_nano` on it is watched, from `red_nano` on an alarm."""

    yellow_nano: int
    red_nano: int

    def __post_init__(self) -> None:
        """Refuse limits under which nothing, or everything, is an alarm by mistake."""
        if not 0 < self.yellow_nano <= self.red_nano:
            raise InputError(
                "limits of psi rise from yellow to red",
                got=(self.yellow_nano, self.red_nano),
                expected="0 < yellow <= red",
            )

    def level(self, psi_nano: int) -> str:
        """Return green, yellow or red."""
        return "red" if psi_nano >= self.red_nano else "yellow" if psi_nano >= self.yellow_nano else "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDrift:
    """A feature's psi in one month of the recent rows."""

    month: str
    rows: int
    psi_nano: int
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """How far one feature moved.

    Attributes:
        part: its share in what the learner used to tell the samples apart; all parts add up to 1.
        auc_alone: how well its bin alone tells them apart, in the rows compared; 0.5 is not at all.
        months: empty without months.
    """

    feature: str
    part: float
    auc_alone: float
    psi_nano: int
    level: str
    months: tuple[MonthDrift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What moved.

    Attributes:
        auc: of the learner, averaged over folds, with its interval of 95 %.
        drifted: whether the interval lies above 0.5.
        features: the greatest part first.
    """

    auc: AucInterval
    drifted: bool
    rows_reference: int
    rows_recent: int
    features: tuple[FeatureDrift, ...]
    seed: int


def find_drift(
    *,
    reference: pl.DataFrame,
    recent: pl.DataFrame,
    bins: int,
    limits: PsiLimits,
    seed: int,
    months: Sequence[object] | None = None,
) -> DriftReport:
    """Compare two samples of the same features.

    Args:
        reference: what the model was made on; recent: those who came since, with the same columns.
        bins: of each feature for the psi, cut at quantiles of the reference; missing is one more.
        limits: the bank's, for psi.
        seed: >= 0; the same rows and seed give the same report.
        months: (rows of recent,) the month of each.
    Raises: InputError for other columns, fewer than 30 rows in a sample, fewer than 2 bins.
    """
    _check(reference, recent, bins, seed)
    pairs = [
        code_alike(reference=reference[name], recent=recent[name], bins=bins) for name in reference.columns
    ]
    is_recent = np.repeat([False, True], [reference.height, recent.height])
    auc, parts = _told_apart(tuple(pairs), is_recent, seed)
    by_month = _by_month(months, recent.height)
    features = [
        _feature(column, part, is_recent, limits, by_month) for column, part in zip(pairs, parts, strict=True)
    ]
    return DriftReport(
        auc=auc,
        drifted=auc.low > 0.5,
        rows_reference=reference.height,
        rows_recent=recent.height,
        features=tuple(sorted(features, key=lambda feature: (-feature.part, feature.feature))),
        seed=seed,
    )


def _check(reference: pl.DataFrame, recent: pl.DataFrame, bins: int, seed: int) -> None:
    if not reference.width or set(reference.columns) != set(recent.columns):
        raise InputError(
            "two samples are compared in the same columns", got=recent.columns, expected=reference.columns
        )
    if min(reference.height, recent.height) < 30 or bins < 2 or seed < 0:
        raise InputError(
            "drift is sought in two samples of rows, with bins and a seed",
            got=(reference.height, recent.height, bins, seed),
            expected="30 rows each, 2 bins, a seed >= 0",
        )


def _told_apart(columns: tuple[CodedColumn, ...], is_recent: Bools, seed: int) -> tuple[AucInterval, Floats]:
    """Return the learner's AUC, a fold at a time, and each feature's part in its trees' gain."""
    rows = sampled(groups=is_recent.astype(np.int64), rows_max=_ROWS_MAX, seed=seed)
    matrix, target = matrix_of(columns, rows), is_recent[rows]
    fold = folds_of(groups=target.astype(np.int64), folds=_FOLDS, seed=seed)
    gains, found = np.zeros(len(columns)), list[AucInterval]()
    for number in range(_FOLDS):
        out = fold == number
        learner = train(matrix=matrix[~out], target=target[~out], seed=seed)
        gains += learner.feature_importance("gain")
        foretold: Floats = np.asarray(learner.predict(matrix[out], num_threads=1))
        found.append(auc_interval(score=-foretold, bad=target[out]))
    estimate = sum(each.estimate for each in found) / _FOLDS
    error = math.sqrt(sum(each.error**2 for each in found)) / _FOLDS
    parts = gains / gains.sum() if gains.sum() > 0 else np.full(len(columns), 1 / len(columns))
    return interval_about(estimate, error), parts


def _by_month(months: Sequence[object] | None, rows: int) -> list[tuple[str, Bools]]:
    if months is None:
        return []
    column = pl.Series("month", months, strict=False)
    if len(column) != rows or column.null_count():
        raise InputError("every recent row has a month", got=len(column), expected=rows)
    return [(str(month), (column == month).to_numpy()) for month in column.unique().sort().to_list()]


def _feature(
    column: CodedColumn,
    part: float,
    is_recent: Bools,
    limits: PsiLimits,
    by_month: list[tuple[str, Bools]],
) -> FeatureDrift:
    count = len(column.labels)
    before = np.bincount(column.codes[~is_recent], minlength=count)
    now = column.codes[is_recent]

    def psi_nano(codes: Ints) -> int:
        return nano_from_float(psi(expected=before, actual=np.bincount(codes, minlength=count)))

    after = np.bincount(now, minlength=count)
    share = (after + 0.5) / (before + after + 1)
    months = tuple(
        MonthDrift(month=month, rows=int(at.sum()), psi_nano=found, level=limits.level(found))
        for month, at in by_month
        for found in [psi_nano(now[at])]
    )
    whole = psi_nano(now)
    return FeatureDrift(
        feature=column.name,
        part=float(part),
        auc_alone=auc_interval(score=-share[column.codes], bad=is_recent).estimate,
        psi_nano=whole,
        level=limits.level(whole),
        months=months,
    )
