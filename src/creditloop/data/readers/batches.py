"""What every reader gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from creditloop.data.contracts import ColumnType

BATCH_ROWS = 10_000
"""Source rows read, checked and written at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """A cell that holds no value but an error of its own program (#DIV/0!); the frame has null there.

    Attributes:
        row: index in the batch, from 0.
    """

    row: int
    column: str
    got: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows of a file, cells as they stand; an empty cell is null."""

    frame: pl.DataFrame
    faults: tuple[CellFault, ...] = ()


class SourceReader(Protocol):
    """An open file.

    Attributes:
        columns: names of the header as they stand, in order.
        rows_total: data rows, if the file says so without being read.
        simulated: whether the file says of itself that it is made up (模拟).
    """

    columns: tuple[str, ...]
    rows_total: int | None
    simulated: bool

    def batches(self, types: Mapping[str, ColumnType]) -> Iterator[Batch]:
        """Yield the rows in order, with the columns named in `types` only.

        Raises: ContractBroken naming the row, or the column that cannot hold such values.
        """

    def close(self) -> None:
        """Let go of the file."""
