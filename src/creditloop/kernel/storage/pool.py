"""Connections with pinned settings: the same text for the same value, whatever the server's configuration."""

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from creditloop.kernel.errors import InputError, SourceError

Connection = psycopg.Connection[TupleRow]
"""What every store function takes first; the caller owns the transaction."""

_TIMEOUT_SECONDS = 10
_SETTINGS = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read committed",  # what claims and repeats are written for
    "synchronous_commit": "on",  # an acknowledged write is on disk
    "search_path": "pg_catalog",  # every name is written with its schema, so none can be shadowed
}


def _prepare(connection: Connection) -> None:
    connection.execute(
        "select set_config(name, value, false) from unnest(%s::text[], %s::text[]) as pinned (name, value)",
        (list(_SETTINGS), list(_SETTINGS.values())),
    )
    connection.commit()


def connect(url: str) -> Connection:
    """Open one connection with the pinned settings, autocommit off.

    Raises: InputError if the address cannot be read; SourceError if no database answers there, safe to retry.
    """
    try:
        connection = psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS)
    except psycopg.ProgrammingError as error:  # its text repeats the address, which may hold a password
        raise InputError(
            "not the address of a database", expected="postgresql://user@host:port/name"
        ) from error
    except psycopg.OperationalError as error:
        raise SourceError("the database does not answer", got=str(error).strip()) from error
    _prepare(connection)
    return connection


def open_pool(url: str, *, size_max: int) -> ConnectionPool[Connection]:
    """Open a pool of at most `size_max` such connections; the caller closes it.

    Raises: as `connect`.
    """
    connect(url).close()  # says at once, and in the server's words, why there will be no pool
    pool: ConnectionPool[Connection] = ConnectionPool(
        url, min_size=1, max_size=size_max, configure=_prepare, open=False, timeout=_TIMEOUT_SECONDS
    )
    try:
        pool.open(wait=True, timeout=_TIMEOUT_SECONDS)
    except psycopg.OperationalError as error:
        pool.close()
        raise SourceError("the database does not answer", got=str(error).strip()) from error
    return pool
