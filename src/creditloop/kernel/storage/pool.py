"""Connections with pinned settings: the same text for the same value, whatever the server's configuration."""

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from creditloop.kernel.errors import SourceError

Connection = psycopg.Connection[TupleRow]
"""What every store function takes first; the caller owns the transaction."""

_SETTINGS = {
    "DateStyle": "ISO, YMD",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "search_path": "pg_catalog",  # every name is written with its schema, so none can be shadowed
}


def _prepare(connection: Connection) -> None:
    for name, value in _SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
    connection.commit()


def connect(url: str) -> Connection:
    """Open one connection with the pinned settings, autocommit off.

    Raises: SourceError if the database does not answer; safe to retry.
    """
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise SourceError("the database does not answer", got=str(error).strip()) from error
    _prepare(connection)
    return connection


def open_pool(url: str, *, size_max: int) -> ConnectionPool[Connection]:
    """Open a pool of at most `size_max` such connections; the caller closes it."""
    pool: ConnectionPool[Connection] = ConnectionPool(
        url, min_size=1, max_size=size_max, configure=_prepare, open=False, timeout=30
    )
    try:
        pool.open(wait=True, timeout=30)
    except psycopg.OperationalError as error:
        pool.close()
        raise SourceError("the database does not answer", got=str(error).strip()) from error
    return pool
