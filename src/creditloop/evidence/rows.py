r"""The text of a row, "row text v1" (行文本): what is hashed, fixed for all time.

It is the line that PostgreSQL's `COPY (SELECT columns …) TO STDOUT` writes in its text format for the listed
columns in their listed order, without the line feed, in UTF-8, under `DateStyle ISO`, `TimeZone UTC`,
`IntervalStyle postgres`, `bytea_output hex`, `extra_float_digits 1`, `search_path pg_catalog`: values parted
by tabs, `\N` for NULL, and tab, line feed, carriage return and backslash inside a value escaped by a
backslash.

A row's leaf in its chunk's tree is the row's salt (16 random bytes), the table's name, a zero byte, the text.
The salt makes the hash say nothing about the row; with row and salt deleted, nothing personal is left.
"""

import hashlib
import re
from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from uuid import UUID

from psycopg import sql

from creditloop.evidence.hashing import HASH_SIZE
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection

SALT_SIZE = 16
"""Bytes of a row's salt."""

_SETTINGS = {
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "search_path": "pg_catalog",
}
_BLOCK = 2_000
"""COPY messages joined before they are cut into lines: saves a Python step per row."""

_ESCAPES = {b"t": b"\t", b"n": b"\n", b"r": b"\r", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)

Row = tuple[bytes, bytes, bytes]
"""batch_id and row_no as COPY writes them, and the row's text."""


def pin_settings(connection: Connection) -> None:
    """Fix, until the end of the transaction, every setting on which a row's text depends."""
    _set_until_end(connection, _SETTINGS)


def use_indexes(connection: Connection, allowed: bool) -> None:
    """Allow or forbid index scans until the end of the transaction: a row can be hidden from an index."""
    value = "on" if allowed else "off"
    settings = dict.fromkeys(("enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"), value)
    # were these off too, the planner would be free to choose an index after all
    settings |= {"enable_seqscan": "on", "enable_sort": "on"}
    _set_until_end(connection, settings)


def _set_until_end(connection: Connection, settings: Mapping[str, str]) -> None:
    calls = [sql.SQL("set_config({}, {}, true)").format(name, value) for name, value in settings.items()]
    connection.execute(sql.SQL("SELECT ") + sql.SQL(", ").join(calls))


def read_rows(
    connection: Connection, *, table: str, columns: Sequence[str], condition: sql.Composable
) -> Generator[Row, None, None]:
    """Stream a table's rows in order of batch and row number; the settings must be pinned.

    Nothing else can be done on the connection until the generator is exhausted or closed.

    Args:
        condition: after WHERE; chooses the rows.
    """
    statement = sql.SQL(
        "COPY (SELECT batch_id, row_no, {} FROM {} WHERE {} ORDER BY batch_id, row_no) TO STDOUT"
    ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), identifier(table), condition)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        messages = iter(copy)
        rest = b""
        while block := b"".join(islice(messages, _BLOCK)):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                batch, row_no, text = line.split(b"\t", 2)
                yield batch, row_no, text
    if rest:
        raise EvidenceError("a row's text does not end", got=rest[:80], where={"table": table})


def count_rows(connection: Connection, *, table: str) -> int:
    """Count all rows of a table."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def count_batch_rows(
    connection: Connection, *, tables: Sequence[str], batch_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], int]:
    """Count the rows of batches in all tables by one query; a table without rows of a batch is left out."""
    if not tables or not batch_ids:
        return {}
    # to count a few rows in many tables takes a millisecond, and to start workers for it takes ten
    _set_until_end(connection, {"max_parallel_workers_per_gather": "0"})
    rows = connection.execute(_count_query(tuple(tables)), {"batch_ids": list(batch_ids)})
    return {(batch_id, table): count for batch_id, table, count in rows}


@lru_cache(maxsize=32)
def _count_query(tables: tuple[str, ...]) -> bytes:
    """Return the text that counts; the same for every batch, so that a connection plans it only once."""
    chosen = "WHERE batch_id = ANY(%(batch_ids)s::uuid[])"
    counts = [
        sql.SQL("SELECT batch_id, {}, count(*) FROM {} " + chosen + " GROUP BY batch_id").format(
            sql.Literal(table), identifier(table)
        )
        for table in tables
    ]
    return sql.SQL(" UNION ALL ").join(counts).as_bytes(None)


def identifier(table: str) -> sql.Identifier:
    """Return a table's name, with its schema, as SQL."""
    return sql.Identifier(*table.split("."))


def row_prefix(table: str) -> bytes:
    """Return what stands between salt and text in a row's leaf."""
    return table.encode() + b"\x00"


def row_hash(salt: bytes, prefix: bytes, text: bytes) -> bytes:
    """Return the leaf hash of a row in its chunk's tree."""
    return hashlib.sha256(b"\x00" + salt + prefix + text).digest()


def row_hashes(salts: bytes, prefix: bytes, texts: Sequence[bytes]) -> list[bytes]:
    """Return the leaf hashes of rows whose salts stand one after the other."""
    sha256 = hashlib.sha256
    return [
        sha256(b"\x00" + salts[at : at + SALT_SIZE] + prefix + text).digest()
        for at, text in zip(range(0, len(salts), SALT_SIZE), texts, strict=True)
    ]


def cut_hashes(joined: bytes) -> list[bytes]:
    """Return the single hashes of a string of hashes."""
    return [joined[at : at + HASH_SIZE] for at in range(0, len(joined), HASH_SIZE)]


def value_texts(text: bytes) -> list[str | None]:
    r"""Return a row's values as text, unescaped, NULL as None.

    >>> value_texts(b"1\t\\N\ta\\tb")
    ['1', None, 'a\tb']
    """
    return [
        None if value == b"\\N" else _ESCAPE.sub(_unescaped, value).decode(errors="replace")
        for value in text.split(b"\t")
    ]


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(match[1], match[1])
