"""A bank's API as a caller sees it: an application over a small bank that has decided, and keys to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.service.bank_copies import bank_like
from tests.service.http.caller import Caller, Key, make_key

from creditloop.service.bank import Bank
from creditloop.service.http import build_app


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
