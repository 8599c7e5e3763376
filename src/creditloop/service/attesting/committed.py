"""What the bank keeps of a loan on the network (已承诺文件与环节): its documents, how far its steps are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from creditloop.kernel.errors import StateError, UnknownId
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting.membership import SQL
from creditloop.service.attesting.noting import find_pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedDocument:
    """A document that a final record of our log commits to; one committed to twice stands here twice.

    Attributes:
        sequence: number of the record among the loan's steps on our log.
        name: its name in the record.
        commitment: what the record says of it.
        kind: an `evidence.package.DocumentKind`.
        salt, content: None once they were deleted.
    """

    sequence: int
    name: str
    commitment: str
    kind: str
    media_type: str
    title_zh: str
    title_en: str
    salt: bytes | None
    content: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedLoan:
    """A loan as the bank keeps it for evidence.

    Attributes:
        pseudonym: its name on the logs.
        salt: 32 bytes, by which the name was made.
    """

    loan_id: str
    pseudonym: str
    salt: bytes
    documents: tuple[CommittedDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStanding:
    """How far a step is.

    Attributes:
        stage: "pending" (to be sent), "sent", "again" (to be proposed again), "final" or "refused".
        batch, sequence, record_hash: of the record sent last; None before.
        log_index: its place on our log; None unless it is final.
        reasons: by node, of those who objected to the record decided last.
        decided_at: when we learned it.
    """

    step_id: UUID
    step_no: int
    step: str
    kind: str
    occurred_at: datetime
    stage: str
    batch: str | None
    sequence: int | None
    record_hash: str | None
    log_index: int | None
    reasons: Mapping[str, str]
    decided_at: datetime | None


def find_committed(connection: Connection, loan_id: str) -> CommittedLoan:
    """Return what final records of our log commit to of a loan.

    Raises: UnknownId if the loan has no step; StateError if the salt of its name was deleted.
    """
    queries, pseudonym = load_queries(SQL), find_pseudonym(connection, loan_id)
    if pseudonym is None:
        raise UnknownId("nothing of this loan was noted for the evidence network", got=loan_id)
    secret = queries.find_secret(connection, commitment=pseudonym)
    if secret is None:
        raise StateError("the salt of this loan's name on the logs was deleted", got=loan_id)
    rows = queries.find_committed(connection, loan_id=loan_id)
    documents = tuple(_document(sequence, *row) for sequence, *row in rows)
    return CommittedLoan(loan_id=loan_id, pseudonym=pseudonym, salt=bytes(secret[0]), documents=documents)


def find_step_documents(connection: Connection, step_id: UUID) -> tuple[CommittedDocument, ...]:
    """Return the documents of a step, final or not; their `sequence` is 0."""
    return tuple(
        _document(0, *row) for row in load_queries(SQL).find_step_documents(connection, step_id=step_id)
    )


def _document(
    sequence: int,
    name: str,
    commitment: str,
    kind: str,
    media_type: str,
    title_zh: str,
    title_en: str,
    salt: bytes | None,
    body: bytes | None,
) -> CommittedDocument:
    return CommittedDocument(
        sequence=sequence,
        name=name,
        commitment=commitment,
        kind=kind,
        media_type=media_type,
        title_zh=title_zh,
        title_en=title_en,
        salt=None if salt is None else bytes(salt),
        content=None if body is None else bytes(body),
    )


def find_steps(connection: Connection, loan_id: str) -> tuple[StepStanding, ...]:
    """Return the steps of a loan in their order; none for a loan of which nothing was noted."""
    return tuple(_step(*row) for row in load_queries(SQL).find_steps(connection, loan_id=loan_id))


def _step(
    step_id: UUID,
    step_no: int,
    step: str,
    kind: str,
    occurred_at: datetime,
    is_sent: bool,
    ended: str | None,
    batch: str | None,
    sequence: int | None,
    record_hash: str | None,
    log_index: int | None,
    reasons: str | None,
    decided_at: datetime | None,
) -> StepStanding:
    return StepStanding(
        step_id=step_id,
        step_no=step_no,
        step=step,
        kind=kind,
        occurred_at=occurred_at,
        stage="sent" if is_sent else ended or "pending",
        batch=batch,
        sequence=sequence,
        record_hash=record_hash,
        log_index=log_index,
        reasons=json.loads(reasons or "{}"),
        decided_at=decided_at,
    )
