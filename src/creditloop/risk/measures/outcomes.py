"""Outcomes as the statistics take them (样本结果): scores and 0/1 outcomes, checked, counted by score."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class CountsByScore(NamedTuple):
    """Goods and bads at each distinct score.

    Attributes:
        scores: (m,) distinct, ascending: riskiest first.
        goods, bads: (m,) int64.
    """

    scores: Floats
    goods: Ints
    bads: Ints


def checked_bad(bad: npt.ArrayLike, *, name: str = "bad") -> Bools:
    """Return outcomes as booleans.

    Args:
        bad: (n,) of 0/1 or booleans, none missing; bad is 1.
    Raises: InputError if it is empty, not one column, or holds anything else.
    """
    found = np.asarray(bad)
    if found.ndim != 1 or found.size == 0:
        raise InputError(f"{name} must be one column with rows", got=f"shape {found.shape}")
    if found.dtype != np.bool_:
        if found.dtype.kind not in "iuf" or not np.isin(found, (0, 1)).all():
            raise InputError(
                f"{name} must hold 0 or 1 in every row", got=str(found.dtype), expected="no null"
            )
        found = found == 1
    return found


def checked_numbers(values: npt.ArrayLike, *, name: str, rows: int) -> Floats:
    """Return a column of numbers as float64.

    Raises: InputError if a value is missing or not finite, or the rows are not as many as the outcomes.
    """
    found = np.asarray(values)
    if found.shape != (rows,):
        raise InputError(f"{name} and bad must have the same rows", got=found.shape, expected=(rows,))
    if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
        raise InputError(f"{name} must be a number in every row", got=str(found.dtype), expected="no null")
    return found.astype(np.float64)


def checked_both_classes(bad: Bools) -> Bools:
    """Refuse outcomes of one class: nothing can be told apart."""
    count = int(bad.sum())
    if count in {0, len(bad)}:
        raise InputError("both outcomes must occur", got=f"{count} bad of {len(bad)}")
    return bad


def counts_by_score(*, score: npt.ArrayLike, bad: npt.ArrayLike) -> CountsByScore:
    """Count goods and bads at each distinct score, the lowest (riskiest) first.

    Raises: InputError for no rows, nulls, columns of different length, one class only.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    numbers = checked_numbers(score, name="score", rows=len(outcomes))
    scores, place = np.unique(numbers, return_inverse=True)
    rows = np.bincount(place, minlength=len(scores))
    bads = np.bincount(place[outcomes], minlength=len(scores))
    return CountsByScore(scores, (rows - bads).astype(np.int64), bads.astype(np.int64))
