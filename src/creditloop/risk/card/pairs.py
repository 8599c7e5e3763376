"""Tables of two features at once (双变量分值表): what a pair adds to a score beyond its features' own tables.

An axis is the bins of one feature without their counts; a cell holds its points, and how many of the sample
stood in it and turned bad. Both features have a table of their own in the card, and an axis holds the same
words, special codes and missing as that table, so that a case with a bin in each feature has a cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import Bin

Cells = tuple[tuple[int, ...], ...]
"""A number a cell: a tuple a row, in the order of the axes."""
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTable:
    """Points of two features at once.

    Attributes:
        features: the names of the two, the one of the rows first.
        rows, columns: the bins of the first and of the second feature; counts, woe and points of bins given
            here are not kept, those of a cell stand in the cells.
        points: by row and column, in units of the card; `seen` and `bad`: rows of the fit sample, and of them
            those that turned bad.
    """

    features: tuple[str, str]
    rows: tuple[Bin, ...]
    columns: tuple[Bin, ...]
    points: Cells
    seen: Cells
    bad: Cells

    def __post_init__(self) -> None:
        for name in ("rows", "columns"):
            object.__setattr__(self, name, axis_bins(getattr(self, name)))
        if self.features[0] == self.features[1]:
            raise InputError("a pair is of two features", got=self.features)
        for name in ("points", "seen", "bad"):
            cells = tuple(tuple(row) for row in getattr(self, name))
            object.__setattr__(self, name, cells)
            shape = [len(row) for row in cells]
            if shape != [len(self.columns)] * len(self.rows):
                raise InputError(
                    f"the {name} of the pair {self.name} do not fill its axes",
                    got=shape,
                    expected=f"{len(self.rows)} rows of {len(self.columns)} cells",
                )

    @property
    def name(self) -> str:
        """The pair as people read it: `use × late`."""
        return " × ".join(self.features)

    @property
    def least(self) -> int:
        """The fewest points of a cell."""
        return min(min(row) for row in self.points)

    @property
    def most(self) -> int:
        """The points of the best cell."""
        return max(max(row) for row in self.points)


def axis_bins(bins: Sequence[Bin]) -> tuple[Bin, ...]:
    """Return bins as an axis has them: where values fall, without counts, woe and points."""
    return tuple(replace(part, rows=0, bad=0, woe_nano=0, points=0) for part in bins)


def turned(cells: Sequence[Sequence[_Item]]) -> tuple[tuple[_Item, ...], ...]:
    """Return cells with rows and columns exchanged.

    >>> turned([[1, 2, 3], [4, 5, 6]])
    ((1, 4), (2, 5), (3, 6))
    """
    return tuple(zip(*cells, strict=True))
