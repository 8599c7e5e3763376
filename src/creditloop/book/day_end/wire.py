"""Columns to and from PostgreSQL's binary COPY format, without making a value an object or a text.

Every column has one width and no NULL (a date that is not there is infinity), so a row is a fixed record:
two bytes that count the columns, then for each column four bytes of length and the value, all big-endian.
"""

import struct
from collections.abc import Iterator, Mapping
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import sql

from creditloop.kernel.errors import BookError
from creditloop.kernel.storage import Connection

Columns = Mapping[str, npt.NDArray[np.int64]]

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_ROWS_AT_ONCE = 20_000
_FORMATS = {"bigint": ">i8", "integer": ">i4", "smallint": ">i2", "date": ">i4", "uuid": "V16"}


def binary_dtype(kinds: Mapping[str, str]) -> np.dtype[np.void]:
    """Return the record of a row.

    Args:
        kinds: columns in order with their type: bigint, integer, smallint, date or uuid.
    """
    parts: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in kinds.items():
        parts += [(f"{name} length", ">i4"), (name, _FORMATS[kind])]
    return np.dtype(parts)


def write_columns(
    connection: Connection, *, table: str, kinds: Mapping[str, str], columns: Columns, batch_id: UUID
) -> int:
    """Add rows by one binary COPY; return how many. A failing row fails them all.

    Args:
        table: with its schema.
        kinds: its columns with their types, those of `_FORMATS`.
        columns: a value for every column but the uuid, which is the batch's.
    """
    count = next(iter(columns.values())).size
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, kinds))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_HEADER)
        for chunk in _records(kinds, columns, batch_id, count):
            copy.write(chunk)
        copy.write(_TRAILER)
    return count


def _records(kinds: Mapping[str, str], columns: Columns, batch_id: UUID, count: int) -> Iterator[bytes]:
    """Yield rows in wire form, some thousand at a time."""
    dtype = binary_dtype(kinds)
    for first in range(0, count, _ROWS_AT_ONCE):
        after = min(first + _ROWS_AT_ONCE, count)
        rows = np.empty(after - first, dtype)
        rows["columns"] = len(kinds)
        for name, kind in kinds.items():
            rows[f"{name} length"] = dtype[name].itemsize
            rows[name] = (
                np.void(batch_id.bytes)
                if kind == "uuid"
                else _narrowed(columns[name][first:after], dtype[name], name)
            )
        yield rows.tobytes()


def _narrowed(
    values: npt.NDArray[np.int64], dtype: np.dtype[np.generic], name: str
) -> npt.NDArray[np.generic]:
    """Return values in a column's width.

    Raises: BookError if one does not fit.
    """
    narrow = values.astype(dtype)
    if not bool((narrow == values).all()):
        raise BookError(
            "a value does not fit its column", got=int(values[narrow != values][0]), where={"column": name}
        )
    return narrow


def read_columns(
    connection: Connection, *, select: sql.Composable, kinds: Mapping[str, str]
) -> dict[str, npt.NDArray[np.int64]]:
    """Read what a binary COPY gives as int64 columns.

    Args:
        select: a query with the columns of `kinds`, in order, none of them NULL.
    Raises: BookError if the rows are not of that form.
    """
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(select)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        stream = b"".join(bytes(block) for block in copy)
    dtype = binary_dtype(kinds)
    body = memoryview(stream)[len(_HEADER) : -len(_TRAILER)]
    if len(body) % dtype.itemsize or stream[: len(_HEADER)] != _HEADER:
        raise BookError("rows of the database are not of the expected form", expected=", ".join(kinds))
    rows = np.frombuffer(body, dtype)
    for name in kinds:
        if rows.size and not bool((rows[f"{name} length"] == dtype[name].itemsize).all()):
            raise BookError("a column of the database holds a value of another width", where={"column": name})
    return {name: rows[name].astype(np.int64) for name in kinds}
