"""A bank's API as a caller sees it: an application over a small bank that has decided, and keys to it."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql
from tests.service.http.caller import Caller, Key, make_key
from tests.service.http.deciding_bank import decide_and_watch, write_decision_documents
from tests.service.small_bank import import_and_post, open_small, places_of

from creditloop.evidence import EvidenceFolder
from creditloop.service.bank import Bank
from creditloop.service.http import build_app


@pytest.fixture(scope="session")
def decided_once(
    tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str
) -> Iterator[tuple[Path, Bank]]:
    """A bank that has posted, decided, warned and routed."""
    folder = tmp_path_factory.mktemp("decided")
    with database_like(server_url, template) as url:
        bank = open_small(folder, url)
        write_decision_documents(bank.places.documents)
        import_and_post(bank)
        decide_and_watch(bank)
        yield folder, bank


@pytest.fixture
def bank(tmp_path: Path, server_url: str, decided_once: tuple[Path, Bank]) -> Iterator[Bank]:
    """A bank of one's own that has posted, decided, warned and routed."""
    folder, original = decided_once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    with database_like(server_url, original.evidence.path.name) as url:
        evidence = tmp_path / "state" / "evidence" / name_of(url)
        (evidence.parent / original.evidence.path.name).rename(evidence)
        yield replace(original, url=url, places=places_of(tmp_path, url), evidence=EvidenceFolder(evidence))


@contextmanager
def database_like(server_url: str, original: str) -> Iterator[str]:
    """Copy a database for a while; give its address."""
    name = f"http_{uuid.uuid4().hex}"
    names = sql.Identifier(name), sql.Identifier(original)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


def name_of(url: str) -> str:
    """Return the name of the database at an address."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


@pytest.fixture
def app(bank: Bank) -> Iterator[FastAPI]:
    """The application over it."""
    built = build_app(bank)
    yield built
    built.state.bank.close()


@pytest.fixture
def key(app: FastAPI) -> Key:
    """A key for everything."""
    return make_key(app.state.bank)


@pytest.fixture
def caller(app: FastAPI, key: Key) -> Caller:
    """Somebody with a key for everything."""
    return Caller(app, secret=key.secret)
