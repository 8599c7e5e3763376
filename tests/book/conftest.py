"""One small opened book for the tests that leave nothing in it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from card_rows import OPENED, open_book
from psycopg import conninfo, sql

from creditloop.kernel.storage import Connection, connect


@pytest.fixture(scope="module")
def opened_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a database whose book was opened and committed; whoever uses it leaves it so."""
    name = f"test_{uuid.uuid4().hex}"
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(url) as connection:
            open_book(connection, OPENED)
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def book(opened_url: str) -> Iterator[Connection]:
    """A connection to that database; what a test does not commit is rolled back."""
    with connect(opened_url) as connection:
        yield connection
        connection.rollback()
