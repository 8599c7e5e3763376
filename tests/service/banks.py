"""Banks for tests, as fixtures: one that is new, one that has posted its book, one that has decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service.bank_copies import bank_like, database_like
from tests.service.http.deciding_bank import decide_and_watch, write_decision_documents
from tests.service.small_bank import import_and_post, open_small

from creditloop.service.bank import Bank

URL = "CREDITLOOP_DATABASE_URL"


@pytest.fixture
def small_bank(tmp_path: Path, database_url: str) -> Bank:
    """A bank of twenty customers on a fresh database; nothing is imported yet."""
    return open_small(tmp_path, database_url)


@pytest.fixture(scope="session")
def posted_once(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank whose book is posted and classified, copied by the tests that only need it to be there."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("posted"), url)
        import_and_post(bank)
        yield bank


@pytest.fixture
def posted_bank(tmp_path: Path, server_url: str, posted_once: Bank) -> Iterator[Bank]:
    """A bank of twenty customers whose six months are posted and classified."""
    with bank_like(posted_once, folder=tmp_path, server_url=server_url) as bank:
        yield bank


@pytest.fixture(scope="session")
def decided_once(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank that has posted, decided, warned and routed, copied by the tests that change it."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("decided"), url)
        write_decision_documents(bank.places.documents)
        import_and_post(bank)
        decide_and_watch(bank)
        yield bank
