"""Databases of nodes in the tests' server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from tests.conftest import NOW, url_of

from creditloop.kernel.storage import connect, migrate
from creditloop.service.evidence_node import NODE_ROOMS

TABLES = ("round", "note", "proposal", "verdict", "contradiction", "audit_line")


@contextmanager
def node_database(server_url: str) -> Iterator[str]:
    """Give the address of a node's database, empty and with its tables."""
    name = f"node_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with connect(url_of(server_url, name)) as connection:
                migrate(connection, rooms=NODE_ROOMS, now=NOW)
                connection.commit()
            yield url_of(server_url, name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def empty(url: str) -> None:
    """Empty a node's tables, as only who owns the server can."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        names = sql.SQL(", ").join(sql.Identifier("node", name) for name in TABLES)
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))


def end_connections(url: str) -> int:
    """Have the server end every other connection to a database; return how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchall()
    return len(ended)
