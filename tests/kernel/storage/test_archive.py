"""The archive: the very text of a document, kept once."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import (
    ArchivedDocument,
    Connection,
    adopt_document,
    connect,
    find_document_text,
    list_documents,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
TEXT = "name: 卡  # with a comment\r\nvalue: '1.50'\n"
CARD = parse_document(TEXT, path="policies/card.yaml")


def test_a_document_is_kept_with_its_very_text(kernel_database: Connection) -> None:
    batch_id = adopt_document(kernel_database, document=CARD, kind="policy", now=NOW)
    assert batch_id == content_id("document", CARD.hash)
    rows = kernel_database.execute(
        "SELECT batch_id, row_no, document_hash, kind, path, body, adopted_at FROM kernel.document"
    ).fetchall()
    assert rows == [(batch_id, 0, CARD.hash, "policy", "policies/card.yaml", TEXT, NOW)]


def test_the_same_text_is_kept_once(kernel_database: Connection) -> None:
    adopt_document(kernel_database, document=CARD, kind="policy", now=NOW)
    assert adopt_document(kernel_database, document=CARD, kind="policy", now=NOW + timedelta(1)) is None
    assert kernel_database.execute("SELECT adopted_at FROM kernel.document").fetchall() == [(NOW,)]


def test_any_other_text_is_another_document(kernel_database: Connection) -> None:
    for text in (TEXT, TEXT + "\n", TEXT.replace("\r", "")):
        document = parse_document(text, path=CARD.path)
        assert adopt_document(kernel_database, document=document, kind="policy", now=NOW) is not None
    assert kernel_database.execute("SELECT count(*) FROM kernel.document").fetchone() == (3,)


def test_two_that_keep_the_same_text_at_once_keep_it_once(kernel_url: str) -> None:
    answers: list[UUID | None] = []

    def adopt(connection: Connection) -> None:
        answers.append(adopt_document(connection, document=CARD, kind="policy", now=NOW))
        connection.commit()

    with connect(kernel_url) as one, connect(kernel_url) as two:
        first = adopt_document(one, document=CARD, kind="policy", now=NOW)
        waiting = threading.Thread(target=adopt, args=(two,))
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive(), "the second waits for the first"
        one.commit()
        waiting.join(10)
    assert first is not None
    assert answers == [None]


def test_a_naive_moment_is_refused(kernel_database: Connection) -> None:
    with pytest.raises(InputError, match="now has no time zone"):
        adopt_document(kernel_database, document=CARD, kind="policy", now=NOW.replace(tzinfo=None))


def test_what_is_kept_is_listed_newest_first(kernel_database: Connection) -> None:
    contract = parse_document("name: c\n", path="contracts/c.yaml")
    adopt_document(kernel_database, document=CARD, kind="policy", now=NOW)
    adopt_document(kernel_database, document=contract, kind="contract", now=NOW + timedelta(1))
    card = ArchivedDocument(hash=CARD.hash, kind="policy", path=CARD.path, length=len(TEXT), adopted_at=NOW)
    both = list_documents(kernel_database)
    assert ([one.path for one in both], both[1]) == ([contract.path, CARD.path], card)
    assert list_documents(kernel_database, kind="policy") == (card,)
    assert list_documents(kernel_database, kind="card") == ()


def test_a_text_is_found_by_its_hash(kernel_database: Connection) -> None:
    adopt_document(kernel_database, document=CARD, kind="policy", now=NOW)
    assert find_document_text(kernel_database, document_hash=CARD.hash) == (TEXT, CARD.path)
    assert find_document_text(kernel_database, document_hash="0" * 64) is None
