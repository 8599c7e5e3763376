"""The bulk door in: COPY from rows or from a frame."""

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from psycopg import sql

from creditloop.kernel.storage.pool import Connection

if TYPE_CHECKING:  # a frame brings its own methods; starting the database need not wait for the library
    import polars as pl

_FRAME_CHUNK_ROWS = 50_000
"""Rows written to COPY at a time: bounds the memory of the text form to some tens of megabytes."""


@lru_cache(maxsize=256)
def _copy_statement(table: str, columns: tuple[str, ...], options: str) -> bytes:
    named = sql.SQL("COPY {} ({}) FROM STDIN" + options).format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    return named.as_bytes(None)


def copy_rows(
    connection: Connection, *, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> int:
    """Add rows to a table in one statement; return how many. A failing row fails them all."""
    count = 0
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, tuple(columns), "")) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_frame(connection: Connection, *, table: str, frame: "pl.DataFrame") -> int:
    """Add a frame's rows in one statement, columns by name; null is NULL, text is kept as it is."""
    statement = _copy_statement(table, tuple(frame.columns), " WITH (FORMAT csv, NULL '')")
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for chunk in frame.iter_slices(_FRAME_CHUNK_ROWS):
            text = io.BytesIO()
            # quoted text: an empty string stays one, an unquoted nothing is NULL
            chunk.write_csv(text, include_header=False, quote_style="non_numeric", null_value="")
            copy.write(text.getvalue())
    return frame.height
