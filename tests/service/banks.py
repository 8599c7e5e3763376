"""Banks for tests, as fixtures: one that is new, and one that has posted its book."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.service.small_bank import import_and_post, open_small, places_of

from creditloop.evidence import EvidenceFolder
from creditloop.service.bank import Bank

URL = "CREDITLOOP_DATABASE_URL"


@pytest.fixture
def small_bank(tmp_path: Path, database_url: str) -> Bank:
    """A bank of twenty customers on a fresh database; nothing is imported yet."""
    return open_small(tmp_path, database_url)


@pytest.fixture(scope="session")
def posted_once(
    tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str
) -> Iterator[tuple[Path, str, Bank]]:
    """A bank whose book is posted and classified, copied by the tests that only need it to be there."""
    name, folder = f"posted_{uuid.uuid4().hex}", tmp_path_factory.mktemp("posted")
    with psycopg.connect(server_url, autocommit=True) as server:
        _copy(server, template, name)
        bank = open_small(folder, psycopg.conninfo.make_conninfo(server_url, dbname=name))
        import_and_post(bank)
        yield folder, name, bank
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def posted_bank(tmp_path: Path, server_url: str, posted_once: tuple[Path, str, Bank]) -> Iterator[Bank]:
    """A bank of twenty customers whose six months are posted and classified."""
    folder, original, bank = posted_once
    name = f"test_{uuid.uuid4().hex}"
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    evidence = tmp_path / "state" / "evidence"
    (evidence / original).rename(evidence / name)
    with psycopg.connect(server_url, autocommit=True) as server:
        _copy(server, original, name)
        places = places_of(tmp_path, url)
        yield replace(bank, url=url, places=places, evidence=EvidenceFolder(evidence / name))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(server: psycopg.Connection[tuple[object, ...]], original: str, name: str) -> None:
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(original))
    )
