"""What the tests of the data room share."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from database_contents import Contents, all_rows
from psycopg import sql

from creditloop.data import Contract, read_contract

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lasting_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a migrated database for a module whose tests must all leave it as it was."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def contents(database_url: str) -> Callable[[], Contents]:
    """Look at everything that is committed in the database, over a connection of its own."""

    def look() -> Contents:
        with psycopg.connect(database_url) as connection:
            return all_rows(connection)

    return look


@pytest.fixture(scope="session")
def taiwan() -> Contract:
    """The contract of the example card book."""
    return read_contract(REPOSITORY / "contracts" / "taiwan_cards.yaml", root=REPOSITORY)
