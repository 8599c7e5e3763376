"""What every test may ask for: the outside data, and a database of its own."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from creditloop.kernel.storage import Connection, connect, migrate
from creditloop.service.wiring import ROOMS

REPOSITORY = Path(__file__).parent.parent
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
"""The moment tests say it is, where the moment does not matter."""


def missing(what: str) -> None:
    """Report that something a test needs is not on this machine: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and in CI it must be there")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of outside data and test vectors beside the repository."""
    folder = Path(os.environ.get("CREDITLOOP_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        missing(f"the folder of outside data {folder}")
    return folder


@pytest.fixture(scope="session")
def server_url() -> str:
    """Address of a server whose databases tests may create and drop: a real one, of the tests' own."""
    return os.environ["CREDITLOOP_TEST_DATABASE_URL"]


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database of this worker, copied for each test."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with connect(url_of(server_url, name)) as connection:
            migrate(connection, rooms=ROOMS, now=NOW)
        yield name
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a fresh, fully migrated database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        yield url_of(server_url, name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(database_url: str) -> Iterator[Connection]:
    """A connection to a fresh, fully migrated database."""
    with connect(database_url) as connection:
        yield connection


def url_of(server_url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return psycopg.conninfo.make_conninfo(server_url, dbname=name)
