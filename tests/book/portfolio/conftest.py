"""A book closed day by day over two month-ends, made once for a file of tests that leave nothing in it."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from aging_loans import add_programmes
from psycopg import conninfo, sql
from tests.book.portfolio.aged_book import FIRST_DAY, LAST_DAY, close

from creditloop.kernel.storage import Connection, connect


@pytest.fixture(scope="module")
def aged_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a database with the days closed and committed; whoever uses it leaves it so."""
    name = f"test_{uuid.uuid4().hex}"
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(url) as connection:
            add_programmes(connection)
            for passed in range((LAST_DAY - FIRST_DAY).days + 1):
                close(connection, FIRST_DAY + timedelta(days=passed))
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def aged(aged_url: str) -> Iterator[Connection]:
    """A connection to that database; what a test does is rolled back."""
    with connect(aged_url) as connection:
        yield connection
        connection.rollback()
