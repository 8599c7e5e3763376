"""Whether rows stand in a table more than once (重复行): a copy tells another fold the outcome of its twin.

Rows that are equal in every feature need not be copies: two customers may look the same, and then their
outcomes agree as often as those of two customers of that risk do. Copies agree always. So how many pairs of
equal rows part in their outcomes is set against how many would, by a learner that saw neither of them:

    expected = sum of 2 p (1 - p)
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes.coding import CodedColumn, matrix_of
from creditloop.risk.probes.learning import folds_of, predict_unseen

_PAIRS_MIN = 20
"""Pairs of equal rows below which nothing is said of them."""
_ROWS_MAX = 200_000
_ERRORS = 3.0
_APART = 0.5
"""Copies are told of where at most this part of the pairs that should part does."""
_FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Rows that repeat an earlier one in every feature.

    Attributes:
        rows: how many.
        apart: of these, whose outcome differs from that of the one before; `expected`: how many would,
            were they customers who look the same; None where there are too few to say.
        tell: whether they are copies, surely: folds must then be drawn by content, or the copies left out.
    """

    rows: int
    apart: int
    expected: float | None
    tell: bool

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"rows": self.rows, "apart": self.apart, "expected": self.expected, "tell": self.tell}


def find_repeats(*, frame: pl.DataFrame, columns: tuple[CodedColumn, ...], bad: Bools, seed: int) -> Repeats:
    """Find rows that repeat another, and say whether they are copies.

    Args:
        frame: the features; `columns` the same, coded.
    """
    group = _groups(frame)
    order = np.argsort(group, kind="stable")
    second = np.flatnonzero(np.diff(group[order]) == 0) + 1
    pairs = np.column_stack([order[second - 1], order[second]])
    apart = int((bad[pairs[:, 0]] != bad[pairs[:, 1]]).sum())
    if len(pairs) < _PAIRS_MIN:
        return Repeats(rows=len(pairs), apart=apart, expected=None, tell=False)
    if len(bad) > _ROWS_MAX:
        pairs = pairs[np.random.default_rng(seed).permutation(len(pairs))[: _ROWS_MAX // 2]]
    chance = _chance_apart(columns, bad, group, pairs, seed)
    counted = int((bad[pairs[:, 0]] != bad[pairs[:, 1]]).sum())
    expected, error = float(chance.sum()), math.sqrt(float((chance * (1 - chance)).sum()))
    tell = counted <= _APART * expected and counted < expected - _ERRORS * error
    return Repeats(rows=len(second), apart=apart, expected=expected * len(second) / len(pairs), tell=tell)


def _groups(frame: pl.DataFrame) -> Ints:
    """Return a number for each row, the same for rows that are equal in every column."""
    return frame.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)


def _chance_apart(
    columns: tuple[CodedColumn, ...], bad: Bools, group: Ints, pairs: Ints, seed: int
) -> Floats:
    """Return how likely the outcomes of each pair part, by a learner that has seen neither of its rows."""
    rows = _sampled(len(bad), pairs, seed)
    fold = folds_of(groups=np.zeros(int(group.max()) + 1, dtype=np.int64), folds=_FOLDS, seed=seed)
    foretold = predict_unseen(
        matrix=matrix_of(columns, rows), target=bad[rows], fold=fold[group[rows]], seed=seed
    )
    first = foretold[np.searchsorted(rows, pairs[:, 0])]
    return np.asarray(2 * first * (1 - first))


def _sampled(count: int, pairs: Ints, seed: int) -> Ints:
    """Return the rows of the pairs and others up to a number, in order."""
    if count <= _ROWS_MAX:
        return np.arange(count)
    paired = np.unique(pairs)
    others = np.setdiff1d(np.random.default_rng(seed).permutation(count)[:_ROWS_MAX], paired)
    return np.sort(np.concatenate([paired, others[: max(0, _ROWS_MAX - len(paired))]]))
