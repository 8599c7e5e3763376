"""Fixtures of the sealed world (`sealed_world`).

`database` and `world` are new for each test. `standing_database` and `standing_world` are made once a worker,
for tests that never commit: what they do is rolled back, and their folder is a copy.
"""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sealed_world import NOW, ORIGIN, World, create_tables, seal_one

from creditloop.evidence import EvidenceFolder
from creditloop.kernel.storage import Connection, connect

SIZES = ((12, 7, 3), (1_205, 30, 0), (1, 1, 1))
"""Postings, letters and policies of three batches: 9 entries, one batch over several, one table left out."""


def build_world(connection: Connection, folder: EvidenceFolder) -> World:
    create_tables(connection)
    batches = tuple(
        seal_one(connection, folder, sizes=sizes, seed=seed) for seed, sizes in enumerate(SIZES, start=1)
    )
    return World(folder=folder, batches=batches)


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    """A new evidence folder."""
    return EvidenceFolder.create(tmp_path / "evidence", origin=ORIGIN, now=NOW)


@pytest.fixture
def empty_world(database: Connection, folder: EvidenceFolder) -> World:
    """The tables, and nothing in them."""
    create_tables(database)
    database.commit()
    return World(folder=folder, batches=())


@pytest.fixture
def world(database: Connection, folder: EvidenceFolder) -> World:
    """Three batches in three tables, all under checkpoints."""
    return build_world(database, folder)


@pytest.fixture(scope="session")
def standing(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, World]]:
    """A database with the sealed world in it, for this worker."""
    name = f"standing_{uuid.uuid4().hex}"
    folder = EvidenceFolder.create(tmp_path_factory.mktemp("standing") / "evidence", origin=ORIGIN, now=NOW)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        url = make_conninfo(server_url, dbname=name)
        with connect(url) as connection:
            world = build_world(connection, folder)
        yield url, world
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def standing_database(standing: tuple[str, World]) -> Iterator[Connection]:
    """A connection to the standing database; what the test does is rolled back."""
    with connect(standing[0]) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def standing_world(standing: tuple[str, World], tmp_path: Path) -> World:
    """The standing world with a copy of its folder."""
    shutil.copytree(standing[1].folder.path, tmp_path / "evidence")
    return World(folder=EvidenceFolder(tmp_path / "evidence"), batches=standing[1].batches)
