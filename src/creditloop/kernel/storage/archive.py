"""The archive of documents in force: the text itself, so that the past can be replayed without the files."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.documents import Document
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage.pool import Connection
from creditloop.kernel.storage.queries import load_queries

_SQL = "creditloop.kernel.storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDocument:
    """A document the archive keeps, without its text.

    Attributes:
        length: characters of the text.
    """

    hash: str
    kind: str
    path: str
    length: int
    adopted_at: datetime


def adopt_document(connection: Connection, *, document: Document, kind: str, now: datetime) -> UUID | None:
    """Keep a document's text under its hash; return the new batch, or None if it was kept before.

    Args:
        kind: "policy" or "contract".
    """
    batch_id = content_id("document", document.hash)
    added = load_queries(_SQL).insert_document(
        connection,
        batch_id=batch_id,
        document_hash=document.hash,
        kind=kind,
        path=document.path,
        body=document.text,
        adopted_at=check_aware(now, name="now"),
    )
    return batch_id if added else None


def list_documents(connection: Connection, *, kind: str | None = None) -> tuple[ArchivedDocument, ...]:
    """Return what the archive keeps, all or of one kind: newest first, then by path."""
    return tuple(
        ArchivedDocument(hash=document_hash, kind=kind_, path=path, length=length, adopted_at=adopted_at)
        for document_hash, kind_, path, length, adopted_at in load_queries(_SQL).list_documents(
            connection, kind=kind
        )
    )


def find_document_text(connection: Connection, *, document_hash: str) -> tuple[str, str] | None:
    """Return the text and the path of a document by its hash; None if the archive does not keep it.

    Whether the text still has this hash is for the reader to check, who knows how it is parsed.
    """
    found = load_queries(_SQL).find_document(connection, document_hash=document_hash)
    return None if found is None else (found[0], found[1])
