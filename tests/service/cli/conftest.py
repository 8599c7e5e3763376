"""A shell in which `creditloop` stands in a small bank's folder."""

import pytest
from tests.service.banks import URL
from tests.service.cli.said import Shell

from creditloop.service.bank import Bank


@pytest.fixture
def in_bank(posted_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The process stands in the folder of a bank whose book is posted."""
    return _stand(posted_bank, monkeypatch)


@pytest.fixture
def in_new_bank(small_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The process stands in the folder of a bank in which nothing happened yet."""
    return _stand(small_bank, monkeypatch)


@pytest.fixture
def in_review(review_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The process stands in the folder of a bank of 2,000 customers whose card is fitted."""
    return _stand(review_bank, monkeypatch)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Calls `creditloop` with a line of words."""
    return Shell(capsys)


def _stand(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setenv(URL, bank.url)
    monkeypatch.setenv("CREDITLOOP_STATE", str(bank.places.state))
    monkeypatch.delenv("CREDITLOOP_BANK", raising=False)
    monkeypatch.chdir(bank.places.documents)
    return bank
