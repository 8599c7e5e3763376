"""Noting steps (登记环节): what a step commits to is written down in the piece of work that makes the step.

So a step that is on the books is also among those to be sent, whether the node is there or not. Kept are the
documents' exact bytes with a salt each, under their commitments, and the salt of the loan's name on the logs;
both can be deleted (`delete_document`), what was committed to then nobody can say any more. All else stays.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from creditloop.evidence.package import SALT_BYTES, DocumentKind, commitment, loan_pseudonym
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries
from creditloop.service.attesting.membership import SQL, find_membership
from creditloop.service.attesting.rules import RECORD_KIND, Step, step_rule
from creditloop.service.work import Work

_DOCUMENT = (
    "batch_id",
    "row_no",
    "step_id",
    "name",
    "commitment",
    "kind",
    "media_type",
    "title_zh",
    "title_en",
)


def _salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDocument:
    """A document of a step; the same one in two steps is committed to by one commitment.

    Attributes:
        name: which of the step's documents it is, a slug.
        body: its exact bytes.
        media_type: for example "application/json".
        salt: 32 bytes, drawn for it.
    """

    name: str
    body: bytes
    kind: DocumentKind
    media_type: str
    title_zh: str
    title_en: str
    salt: bytes = field(default_factory=_salt, repr=False)

    @property
    def commitment(self) -> str:
        """What the record says of it."""
        return commitment(self.salt, self.body)


def note_step(
    work: Work, *, loan_id: str, step: Step, key: str, lenders: int, documents: Sequence[StepDocument]
) -> UUID | None:
    """Note a step of a loan, if the bank takes part and its policy has the step recorded; once.

    Args:
        key: what makes it this step of the loan, for example the id of a payment.
        lenders: of the loan, ourselves counted in.
    Returns: the step's id, also if it was noted before; None if it is not recorded.
    """
    if find_membership(work.connection) is None:
        return None
    rule = step_rule(work, step=step, lenders=lenders, on=beijing_date(work.now))
    if not rule.recorded:
        return None
    queries, step_id = load_queries(SQL), content_id("network_step", loan_id, step.value, key)
    queries.lock_loan(work.connection, loan_id=loan_id)
    if queries.find_step(work.connection, step_id=step_id) is not None:
        return step_id
    _name_loan(work, loan_id)
    queries.insert_step(
        work.connection,
        step_id=step_id,
        loan_id=loan_id,
        step_no=queries.next_step_no(work.connection, loan_id=loan_id),
        step=step.value,
        kind=RECORD_KIND[step].value,
        occurred_at=work.now,
        policy_hash=rule.policy_hash,
    )
    _keep_documents(work, step_id, documents)
    queries.insert_pending(work.connection, step_id=step_id, loan_id=loan_id)
    work.recorded(step_id)
    return step_id


def _name_loan(work: Work, loan_id: str) -> None:
    """Give a loan its name on the logs, with its first step."""
    queries = load_queries(SQL)
    if queries.find_pseudonym(work.connection, loan_id=loan_id) is not None:
        return
    salt, batch_id = _salt(), content_id("network_loan", loan_id)
    pseudonym = loan_pseudonym(salt, loan_id)
    queries.insert_loan(
        work.connection, batch_id=batch_id, loan_id=loan_id, pseudonym=pseudonym, noted_at=work.now
    )
    queries.insert_secret(work.connection, commitment=pseudonym, salt=salt, body=loan_id.encode())
    work.recorded(batch_id)


def _keep_documents(work: Work, step_id: UUID, documents: Sequence[StepDocument]) -> None:
    queries = load_queries(SQL)
    rows = [
        (
            *(step_id, row_no, step_id, document.name, document.commitment),
            *(document.kind.value, document.media_type, document.title_zh, document.title_en),
        )
        for row_no, document in enumerate(documents)
    ]
    copy_rows(work.connection, table="attesting.document", columns=_DOCUMENT, rows=rows)
    for document in documents:
        queries.insert_secret(
            work.connection, commitment=document.commitment, salt=document.salt, body=document.body
        )


def delete_document(work: Work, *, commitment: str, by: str, reason: str) -> None:
    """Delete a document with its salt, or the salt of a loan's name; the commitment stays. Again: nothing.

    Raises: UnknownId if nothing was kept under the commitment.
    """
    queries = load_queries(SQL)
    if queries.find_deletion(work.connection, commitment=commitment) is not None:
        return
    if queries.find_secret(work.connection, commitment=commitment) is None:
        raise UnknownId("nothing is kept under this commitment", got=commitment)
    queries.delete_secret(work.connection, commitment=commitment)
    batch_id = content_id("network_deletion", commitment)
    queries.insert_deletion(
        work.connection,
        batch_id=batch_id,
        commitment=commitment,
        reason=reason,
        deleted_by=by,
        deleted_at=work.now,
    )
    work.recorded(batch_id)


def find_loans_named(connection: Connection, pseudonyms: Sequence[str]) -> Mapping[str, str]:
    """Return the loans of names on the logs, by name; those that are not ours are not among them."""
    return dict(load_queries(SQL).find_loans_named(connection, pseudonyms=list(pseudonyms)))


def find_pseudonym(connection: Connection, loan_id: str) -> str | None:
    """Return a loan's name on the logs; None if it has no step."""
    row = load_queries(SQL).find_pseudonym(connection, loan_id=loan_id)
    return None if row is None else str(row[0])
