"""Databases for the storage tests: empty ones, and one with the kernel's tables alone."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from creditloop.kernel.storage import Connection, Room, connect, migrate

KERNEL = Room(package="creditloop.kernel.storage")
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def make_database(server_url: str) -> Iterator[Callable[[], str]]:
    """Make empty databases, each dropped when the module's tests are done; gives their addresses."""
    names: list[str] = []
    with psycopg.connect(server_url, autocommit=True) as server:

        def make() -> str:
            names.append(f"test_{uuid.uuid4().hex}")
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(names[-1])))
            return psycopg.conninfo.make_conninfo(server_url, dbname=names[-1])

        yield make
        for name in names:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty_url(make_database: Callable[[], str]) -> str:
    """Address of an empty database."""
    return make_database()


@pytest.fixture
def kernel_url(empty_url: str) -> str:
    """Address of a database with the kernel's tables alone."""
    with connect(empty_url) as connection:
        migrate(connection, rooms=[KERNEL], now=NOW)
    return empty_url


@pytest.fixture
def kernel_database(kernel_url: str) -> Iterator[Connection]:
    """A connection to a database with the kernel's tables alone."""
    with connect(kernel_url) as connection:
        yield connection
