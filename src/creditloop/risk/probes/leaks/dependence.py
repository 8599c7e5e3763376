"""Whether a column knows anything but the outcome (条件独立检验).

What describes a customer is bound up with the rest that is known of the customer, among goods and among
bads: income with age, utilisation with arrears. A column that was written from the outcome, with errors or
noise, is not: once the outcome is known, nothing else foretells it. So the side of its best cut is compared
with every other column within each outcome, and foretold from all of them together by the learner; 0.5 is a
coin.

Only where columns are bound up with each other at all does this say anything: in a table of columns drawn
independently of each other every one of them looks as if it were written from the outcome.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from creditloop.risk.measures.intervals import auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes.coding import CodedColumn, matrix_of
from creditloop.risk.probes.learning import folds_of, predict_unseen, sampled

ROWS_MAX = 20_000
"""Rows the question is put to, half of them bads where there are."""
SAME = 0.8
"""Rank correlation within the outcomes from which two columns are one thing told twice."""
_CHANCE = 0.001
"""How often a column that is bound to nothing may seem to be, over all columns it is compared with."""
_SIDE_MIN = 8
"""Rows on each side within an outcome, below which that outcome says nothing."""
_FOLDS = 3
_TURNS, _FEW_ROWS = 3, 4_000
"""So few rows are foretold so often, on other folds each time: how they are parted should not matter."""
_NEAR_COIN = 0.02
"""An area over one half so small is no knowledge, however sure."""
_ERRORS = 4.0
"""Standard errors over one half within which an area is a coin's."""
_LOOSE = 0.4
"""A column bound to others by less than this part of what it tells of the outcome is hardly bound: honest
ones share with the others most of what they tell."""
_VAGUE = 0.1
"""Where the area may be so much over one half, or over what is hardly bound, the rows are too few to say."""
_BOUND = 0.1
"""Rank correlation from which two columns are bound up: the outcome alone makes independent causes of it
seem a little less so among goods and among bads (Berkson, Biometrics Bulletin 2, 1946)."""
_BOUND_SHARE = 0.2
"""Share of columns that must be bound up with another for independence to be strange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Columns as ranks within the outcomes, on at most `ROWS_MAX` rows.

    Attributes:
        rows: which rows of the table; `bad` of these.
        ranks: (r, k) ranks, mean 0 and variance 1 within each outcome; 0 where all are equal.
        alike: (k, k) their correlations.
    """

    columns: tuple[CodedColumn, ...]
    rows: Ints
    bad: Bools
    ranks: Floats
    alike: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependence:
    """How far other columns foretell a column's side when the outcome is known.

    Attributes:
        auc, error: of the learner; None where one column alone settles it.
        strongest: the column that is bound up with it most; `deviate`, in standard errors.
        bound: whether they foretell it; None where there are too few rows to say.
        columns: others compared.
    """

    auc: float | None
    error: float | None
    strongest: str
    deviate: float
    bound: bool | None
    columns: int


def rank_within(*, columns: tuple[CodedColumn, ...], bad: Bools, seed: int) -> Within:
    """Rank all columns within the outcomes."""
    rows = sampled(groups=bad.astype(np.int64), rows_max=ROWS_MAX, seed=seed)
    outcome = bad[rows]
    ranks = np.column_stack([_standardised(column.codes[rows], outcome) for column in columns])
    return Within(columns=columns, rows=rows, bad=outcome, ranks=ranks, alike=ranks.T @ ranks / len(rows))


def are_bound_up(within: Within, places: list[int]) -> bool:
    """Tell whether enough of some columns are bound up with another of them, one told twice aside."""
    alike = np.abs(within.alike[np.ix_(places, places)])
    alike[alike >= SAME] = 0
    limit = max(_BOUND, _deviate_max(len(places)) / math.sqrt(len(within.rows)))
    bound = (alike.max(axis=1, initial=0) > limit).sum()
    return bool(bound >= max(2, _BOUND_SHARE * len(places)))


def others_of(within: Within, place: int, places: list[int]) -> list[int]:
    """Return the places of columns that are not the same thing told twice."""
    return [at for at in places if at != place and abs(within.alike[place, at]) < SAME]


def depend(*, within: Within, risky: Bools, gini: float, others: list[int], seed: int) -> Dependence | None:
    """Foretell a side from other columns within the outcomes; None where there is nothing to foretell.

    Args:
        risky: (n,) the column's side; gini: what the column tells of the outcome alone.
        others: places of the columns to foretell it from.
    """
    side = risky[within.rows]
    strata = [
        at
        for at in (~within.bad, within.bad)
        if _SIDE_MIN <= int(side[at].sum()) <= int(at.sum()) - _SIDE_MIN
    ]
    if not strata or not others:
        return None
    ranks = _standardised(side.astype(np.int64), within.bad)
    deviates = ranks @ within.ranks[:, others] / math.sqrt(sum(int(at.sum()) for at in strata))
    at = int(np.argmax(np.abs(deviates)))
    strongest, deviate = within.columns[others[at]].name, float(deviates[at])
    if abs(deviate) > _deviate_max(len(others)):
        return Dependence(
            auc=None, error=None, strongest=strongest, deviate=deviate, bound=True, columns=len(others)
        )
    auc, error = _foretold(within, side, strata, others, seed)
    hardly = _LOOSE * gini / 2
    reach = max(_NEAR_COIN, _ERRORS * error, hardly)
    vague = auc + 2 * error > 0.5 + max(_VAGUE, hardly + 2 * error)
    bound = True if auc > 0.5 + reach else None if vague else False
    return Dependence(
        auc=auc, error=error, strongest=strongest, deviate=deviate, bound=bound, columns=len(others)
    )


def _foretold(
    within: Within, side: Bools, strata: list[Bools], others: list[int], seed: int
) -> tuple[float, float]:
    """Return the learner's area within the outcomes and its error, pooled by precision."""
    asked = tuple(within.columns[at] for at in others)
    matrix = np.column_stack([matrix_of(asked, within.rows), within.bad])
    groups = 2 * within.bad.astype(np.int64) + side
    foretold = np.zeros(len(side))
    for turn in range(_TURNS if len(side) <= _FEW_ROWS else 1):
        fold = folds_of(groups=groups, folds=_FOLDS, seed=seed + turn)
        foretold += predict_unseen(matrix=matrix, target=side, fold=fold, seed=seed)
    found = [auc_interval(score=-foretold[at], bad=side[at]) for at in strata]
    weights = [1 / max(each.error, 1e-6) ** 2 for each in found]
    auc = sum(weight * each.estimate for weight, each in zip(weights, found, strict=True)) / sum(weights)
    return auc, 1 / math.sqrt(sum(weights))


def _standardised(codes: Ints, bad: Bools) -> Floats:
    """Return middle ranks of codes, mean 0 and variance 1 within each outcome; 0 where all are equal."""
    found = np.zeros(len(codes))
    for at in (bad, ~bad):
        rows = np.bincount(codes[at])
        ranks = (np.cumsum(rows) - (rows - 1) / 2)[codes[at]]
        spread = float(ranks.std()) if len(ranks) else 0.0
        found[at] = (ranks - ranks.mean()) / spread if spread > 0 else 0.0
    return found


def _deviate_max(columns: int) -> float:
    """Return the deviate that chance passes once in a thousand tables, of so many comparisons."""
    return NormalDist().inv_cdf(1 - _CHANCE / 2 / max(1, columns))
