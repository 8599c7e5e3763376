"""What trees read of features (树的输入列): a column of numbers of bins; several where a direction is held.

A feature without a direction is one column, the numbers of its bins, nan for the missing. LightGBM holds a
column to one direction and knows no special codes; so a feature with a direction is read by several: the
numbers of its ordinary bins as far as badness rises, the same as far as it falls (a peak has both), and which
special code it is. Trees of these are tables over the bins of the feature all the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from creditloop.risk.measures.outcomes import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class TreeColumn:
    """A column that trees read.

    Attributes:
        feature: the number of the feature it tells of.
        values: (bins,) float: what it is in each bin of the feature, nan where it says nothing.
        sense: 1 where badness rises with it, -1 where it falls, 0 where it may do either.
    """

    feature: int
    values: Floats
    sense: int


def tree_columns(steps: Sequence[Ints], *, ordered: Sequence[int]) -> tuple[TreeColumn, ...]:
    """Return the columns of all features, in their order.

    Args:
        steps: of each feature, (bins - 1,): 1 where badness must rise to the next bin, -1 fall, 0 neither.
        ordered: bins of ordinary values of each feature; special codes and, last, the missing follow.
    """
    both = enumerate(zip(steps, ordered, strict=True))
    return tuple(column for number, (ways, count) in both for column in _columns(number, ways, count))


def matrix_of(columns: Sequence[TreeColumn], codes: Ints) -> Floats:
    """Return rows as trees read them, (n, columns) float.

    Args:
        codes: (n, features) numbers of bins.
    """
    return np.column_stack([column.values[codes[:, column.feature]] for column in columns])


def _columns(number: int, steps: Ints, ordered: int) -> Iterator[TreeColumn]:
    place = np.arange(len(steps) + 1, dtype=np.float64)
    place[-1] = np.nan
    if not steps.any():
        yield TreeColumn(number, place, 0)
        return
    line = np.where(np.arange(len(place)) < ordered, place, np.nan)
    for sense in (1, -1):
        at = np.flatnonzero(steps == sense)
        if len(at):
            yield TreeColumn(number, np.clip(line, at[0], at[-1] + 1), sense)
    if len(place) - ordered > 1:
        yield TreeColumn(number, np.maximum(place - (ordered - 1), 0), 0)
