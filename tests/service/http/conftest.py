"""A bank's API as a caller sees it: an application over a small bank that has decided, and keys to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.service.bank_copies import bank_like, database_like
from tests.service.http.caller import Caller, Key, make_key
from tests.service.http.deciding_bank import decide_and_watch, write_decision_documents
from tests.service.small_bank import import_and_post, open_small

from creditloop.service.bank import Bank
from creditloop.service.http import build_app


@pytest.fixture(scope="session")
def decided_once(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank that has posted, decided, warned and routed."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("decided"), url)
        write_decision_documents(bank.places.documents)
        import_and_post(bank)
        decide_and_watch(bank)
        yield bank


@pytest.fixture
def bank(tmp_path: Path, server_url: str, decided_once: Bank) -> Iterator[Bank]:
    """A bank of one's own that has posted, decided, warned and routed."""
    with bank_like(decided_once, folder=tmp_path, server_url=server_url) as copied:
        yield copied


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
