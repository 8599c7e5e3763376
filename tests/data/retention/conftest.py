"""What the tests of retention share: a folder of evidence, and a connection that leaves nothing behind."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from creditloop.evidence import EvidenceFolder
from creditloop.kernel.storage import Connection, connect


@pytest.fixture(scope="module")
def folder() -> Iterator[EvidenceFolder]:
    """Evidence of this file's rows."""
    now = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    with TemporaryDirectory() as path:
        yield EvidenceFolder.create(Path(path) / "evidence", origin="bank.example/evidence", now=now)


@pytest.fixture
def connection(sealed_url: str) -> Iterator[Connection]:
    """A connection to this file's sealed rows; what a test does is rolled back."""
    with connect(sealed_url) as opened:
        yield opened
        opened.rollback()
