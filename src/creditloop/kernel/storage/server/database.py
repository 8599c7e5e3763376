"""The server as the rest of the product sees it, and the databases in it."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import conninfo, errors, sql

from creditloop.kernel.errors import InputError, SourceError, StateError
from creditloop.kernel.storage.server.cluster import SUPERUSER
from creditloop.kernel.storage.server.folders import PORT

FIRST_DATABASE = "postgres"
"""Database every cluster has; it is used to ask questions and to make other databases."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that answered.

    Attributes:
        url: connects to the server's first database (or the one CREDITLOOP_DATABASE_URL names); it may
            hold a password, so it is never shown.
        socket_dir: folder of the socket; None for a server that is not ours.
        data_dir: its data folder; None for a server that is not ours.
        version: e.g. "18.6".
        pid: its first process; None for a server that is not ours.
        started: whether this call started it.
        origin: CREDITLOOP_DATABASE_URL, CREDITLOOP_PG_BIN, wheel or system.
    """

    url: str
    socket_dir: Path | None
    data_dir: Path | None
    version: str
    pid: int | None
    started: bool
    origin: str

    def __repr__(self) -> str:
        return (
            f"Server({describe_url(self.url)}, version={self.version}, origin={self.origin}, pid={self.pid})"
        )


def socket_url(socket_dir: Path, name: str) -> str:
    """Return the URL of a database behind a socket."""
    return f"postgresql://{SUPERUSER}@/{name}?host={quote(str(socket_dir), safe='')}&port={PORT}"


def database_url(server: Server, name: str) -> str:
    """Return the connection string of database `name` on this server.

    Raises: InputError if `name` is not a plain name (a-z, 0-9, _; a letter first; at most 63).
    """
    _check_name(name)
    if server.socket_dir is not None:
        return socket_url(server.socket_dir, name)
    return conninfo.make_conninfo(server.url, dbname=name)


def create_database(server: Server, name: str) -> bool:
    """Create database `name` (UTF8, order of bytes) unless it is there; return whether it was created.

    Safe to call from several processes at once.

    Raises: InputError if the name is not a plain name; StateError if the server refuses.
    """
    _check_name(name)
    statement = sql.SQL(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    ).format(sql.Identifier(name))
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(statement)
            return found is None
    except (errors.DuplicateDatabase, errors.UniqueViolation):
        return False  # another process was faster
    except psycopg.Error as fault:
        raise StateError(
            f"the database {name} could not be created",
            got=str(fault).strip(),
            where={"server": describe_url(server.url)},
        ) from fault


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise InputError(
            "this is not a plain database name",
            got=name,
            expected="a-z, 0-9 and _, a letter first, at most 63 characters",
        )


def describe_url(url: str) -> str:
    """Return where a connection string leads, without its password."""
    try:
        parts = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return "a connection string that cannot be read"
    return ", ".join(f"{key} {parts[key]}" for key in ("host", "port", "dbname", "user") if parts.get(key))


def outside_server(url: str, *, version_min: int) -> Server:
    """Return the server CREDITLOOP_DATABASE_URL names, after it answered; nothing is started.

    Args:
        version_min: lowest major version that will do.
    Raises: InputError if the URL cannot be read; SourceError if the server does not answer; StateError if
        it is too old.
    """
    where = {"variable": "CREDITLOOP_DATABASE_URL", "server": describe_url(url)}
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            number = connection.info.server_version
    except psycopg.ProgrammingError as fault:
        raise InputError("the database URL cannot be read", expected="postgresql://…", where=where) from fault
    except psycopg.Error as fault:
        raise SourceError(
            "the database server does not answer", got=str(fault).strip(), where=where
        ) from fault
    version = f"{number // 10000}.{number % 10000}"
    if number < version_min * 10000:
        raise StateError(
            "the database server is too old",
            got=f"PostgreSQL {version}",
            expected=f"PostgreSQL {version_min} or newer",
            where=where,
        )
    return Server(
        url=url,
        socket_dir=None,
        data_dir=None,
        version=version,
        pid=None,
        started=False,
        origin="CREDITLOOP_DATABASE_URL",
    )
