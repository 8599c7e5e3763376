"""The archive of documents in force: the text itself, so that the past can be replayed without the files."""

from datetime import datetime
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.documents import Document
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage.pool import Connection
from creditloop.kernel.storage.queries import load_queries


def adopt_document(connection: Connection, *, document: Document, kind: str, now: datetime) -> UUID | None:
    """Keep a document's text under its hash; return the new batch, or None if it was kept before.

    Args:
        kind: "policy" or "contract".
    """
    batch_id = content_id("document", document.hash)
    added = load_queries("creditloop.kernel.storage").insert_document(
        connection,
        batch_id=batch_id,
        document_hash=document.hash,
        kind=kind,
        path=document.path,
        body=document.text,
        adopted_at=check_aware(now, name="now"),
    )
    return batch_id if added else None
