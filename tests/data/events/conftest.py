"""Let the tests of this folder import `moves`, and share one database that holds its rows."""

import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

sys.path.insert(0, str(Path(__file__).parent))
import moves

from creditloop.data import import_file
from creditloop.kernel.storage import Connection, connect

DRAWN = 40
"""Parties drawn."""


@pytest.fixture(scope="session")
def drawn() -> list[moves.Row]:
    """Rows of forty parties: corrected, known late, some twice, some parties without any."""
    return moves.rows(DRAWN, seed=7)


@pytest.fixture(scope="session")
def drawn_file(drawn: list[moves.Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those rows as the source gives them."""
    return moves.written(tmp_path_factory.mktemp("moves"), drawn)


@pytest.fixture(scope="session")
def moves_url(server_url: str, template: str, drawn_file: Path) -> Iterator[str]:
    """Address of a database in which the drawn rows are imported; tests leave it as it was."""
    with database_of(server_url, template, [drawn_file]) as url:
        yield url


@pytest.fixture(scope="session")
def few_url(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a database with two files of a few flows; tests leave it as it was."""
    with database_of(server_url, template, moves.few_files(tmp_path_factory.mktemp("few"))) as url:
        yield url


@pytest.fixture
def loaded(moves_url: str) -> Iterator[Connection]:
    """A connection to the drawn rows whose work is taken back at the end."""
    with connect(moves_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def few(few_url: str) -> Iterator[Connection]:
    """A connection to the few flows whose work is taken back at the end."""
    with connect(few_url) as connection:
        yield connection
        connection.rollback()


@contextmanager
def database_of(server_url: str, template: str, files: Sequence[Path]) -> Iterator[str]:
    """Make a migrated database in which these files are imported, and drop it at the end."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
        with connect(url) as connection:
            for file in files:
                import_file(connection, contract=moves.contract(), file=file, now=moves.NOW)
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
