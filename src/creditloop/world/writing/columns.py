"""Columns of a source's rows, whole arrays at a time: numbers, codes, texts; joined, chosen and sorted.

Texts are built as fixed-width bytes by digit arithmetic or joined by Arrow, never one by one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from creditloop.world.draws import Bits, Flags, Ints

ABSENT = -1
"""Index of a code that is not given."""


@dataclass(frozen=True, slots=True)
class Codes:
    """A coded column: an index into `values` for each row, ABSENT for none."""

    index: Ints
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """A column of numbers of which some are not given."""

    values: Ints
    there: Flags


Column: TypeAlias = Ints | Codes | Maybe | pa.Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one table: `party` is each row's place in the shard, `columns` go by the contract's names."""

    party: Ints
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.party)

    def whole(self, name: str) -> Ints:
        """Return a column of whole numbers."""
        column = self.columns[name]
        assert isinstance(column, np.ndarray)
        return column

    def take(self, index: Ints | Flags) -> "Rows":
        """Return chosen rows."""
        chosen: Ints = np.flatnonzero(index) if index.dtype == np.bool_ else index.astype(np.int64)
        columns = {name: take(column, chosen) for name, column in self.columns.items()}
        return Rows(party=self.party[chosen], columns=columns)

    def with_columns(self, **columns: Column) -> "Rows":
        """Return the rows with further or other columns."""
        return Rows(party=self.party, columns={**self.columns, **columns})

    def without(self, *names: str) -> "Rows":
        """Return the rows without some columns."""
        columns = {name: column for name, column in self.columns.items() if name not in names}
        return Rows(party=self.party, columns=columns)


def take(column: Column, index: Ints) -> Column:
    """Return chosen rows of a column."""
    if isinstance(column, Codes):
        return Codes(column.index[index], column.values)
    if isinstance(column, Maybe):
        return Maybe(column.values[index], column.there[index])
    if isinstance(column, np.ndarray):
        return column[index]
    return column.take(pa.array(index))


def stack(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, which have the same columns."""
    names = parts[0].columns
    columns = {name: _joined([part.columns[name] for part in parts]) for name in names}
    return Rows(party=np.concatenate([part.party for part in parts]), columns=columns)


def _joined(columns: Sequence[Column]) -> Column:
    first = columns[0]
    if isinstance(first, Codes):
        return Codes(np.concatenate([column.index for column in columns]), first.values)  # type: ignore[union-attr]
    if isinstance(first, Maybe):
        return Maybe(
            np.concatenate([column.values for column in columns]),  # type: ignore[union-attr]
            np.concatenate([column.there for column in columns]),  # type: ignore[union-attr]
        )
    if isinstance(first, np.ndarray):
        return np.concatenate(columns)  # type: ignore[arg-type]
    return pa.concat_arrays(columns)


def by_party(rows: Rows, day: str) -> Rows:
    """Return the rows in order of party and day."""
    return rows.take(np.lexsort((rows.whole(day), rows.party)))


def sequence(party: Ints) -> Ints:
    """Return each row's number within its party, from 1; rows of a party stand together."""
    if not len(party):
        return party
    starts = np.flatnonzero(np.concatenate([[True], party[1:] != party[:-1]]))
    lengths = np.diff(np.append(starts, len(party)))
    return np.arange(len(party), dtype=np.int64) - np.repeat(starts, lengths) + 1


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Return texts of a prefix and so many digits: p00000042."""
    head = prefix.encode()
    cells = np.empty((len(numbers), len(head) + width), dtype=np.uint8)
    cells[:, : len(head)] = np.frombuffer(head, dtype=np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, 10)
        cells[:, len(head) + place] = digit + ord("0")
    return of_bytes(cells)


def hexed(bits: Bits) -> pa.Array:
    """Return texts of sixteen hexadecimal digits."""
    shifts = np.arange(60, -4, -4, dtype=np.uint64)
    nibbles = ((bits[:, None] >> shifts) & np.uint64(15)).astype(np.uint8)
    return of_bytes(np.frombuffer(b"0123456789abcdef", dtype=np.uint8)[nibbles])


def of_bytes(cells: NDArray[np.uint8], there: Flags | None = None) -> pa.Array:
    """Return texts from rows of ASCII bytes, (rows, width); null where not `there`."""
    rows, width = cells.shape
    offsets = pa.py_buffer(np.arange(rows + 1, dtype=np.int32) * width)
    known = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(cells))
    return pa.Array.from_buffers(pa.string(), rows, [known, offsets, data])


def where(there: Flags, texts: pa.Array) -> pa.Array:
    """Return the texts, null where not `there`."""
    return pc.if_else(pa.array(there), texts, pa.scalar(None, pa.string()))


def choose(condition: Flags, texts: pa.Array, others: pa.Array) -> pa.Array:
    """Return the texts where the condition holds, else the others."""
    return pc.if_else(pa.array(condition), texts, others)


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return texts made of parts, row by row; a plain text stands in every row."""
    return pc.binary_join_element_wise(*parts, "")


def worded(index: Ints, words: Sequence[str]) -> pa.Array:
    """Return for each row the word it points at."""
    return pa.array(words, pa.string()).take(pa.array(index))
