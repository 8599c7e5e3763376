"""A book with a few loans paid out, for tests that leave nothing in it."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from boarded_rows import LOANS_BATCH, NOW, PAID_OUT, add_programme, new_loans
from psycopg import conninfo, sql

from creditloop.book.day_end import board_loans
from creditloop.kernel.storage import Connection, connect


@pytest.fixture(scope="module")
def boarded_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a database with the loans paid out and committed; whoever uses it leaves it so."""
    name = f"test_{uuid.uuid4().hex}"
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(url) as connection:
            add_programme(connection)
            board_loans(connection, batch_id=LOANS_BATCH, day=PAID_OUT, new=new_loans(), now=NOW)
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def loan_book(boarded_url: str) -> Iterator[Connection]:
    """A connection to that database; what a test does is rolled back."""
    with connect(boarded_url) as connection:
        yield connection
        connection.rollback()
