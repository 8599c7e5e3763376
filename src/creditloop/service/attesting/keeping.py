"""What is kept under commitments (留存原文): of which loans, which of it nobody else needs, what was deleted.

Only what is on record: when a loan is over, and for how long it is kept then, others decide
(`service.retaining`).
"""

from dataclasses import dataclass
from datetime import date, datetime

from creditloop.kernel.dates import beijing_date
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.attesting.membership import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLoan:
    """A loan of which documents or the salt of its name are kept.

    Attributes:
        last_step_on: the day of its last step.
    """

    loan_id: str
    last_step_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDeletion:
    """Documents that were deleted with their salts in one piece of work for one reason.

    Attributes:
        documents: how many; the salt of a loan's name counts as one.
    """

    at: datetime
    by: str
    reason: str
    documents: int


def find_loans_kept(connection: Connection, *, before: datetime) -> tuple[KeptLoan, ...]:
    """Return the loans of which something is kept, all their steps decided and made before a moment."""
    rows = load_queries(SQL).find_loans_kept(connection, before=before, loan_id=None)
    return tuple(KeptLoan(loan_id=loan_id, last_step_on=beijing_date(at)) for loan_id, at in rows)


def lock_kept_loan(connection: Connection, *, loan_id: str, before: datetime) -> KeptLoan | None:
    """Return a loan as `find_loans_kept` does now, None if it does not; no step of it is noted meanwhile."""
    queries = load_queries(SQL)
    queries.lock_loan(connection, loan_id=loan_id)
    for found, at in queries.find_loans_kept(connection, before=before, loan_id=loan_id):
        return KeptLoan(loan_id=found, last_step_on=beijing_date(at))
    return None


def is_anything_kept(connection: Connection) -> bool:
    """Say whether any document, or the salt of any loan's name, is kept."""
    return bool(load_queries(SQL).is_anything_kept(connection))


def find_kept_commitments(connection: Connection, *, loan_id: str) -> tuple[str, ...]:
    """Return under which commitments something of a loan is kept that no other loan we keep commits to."""
    rows = load_queries(SQL).find_kept_commitments(connection, loan_id=loan_id)
    return tuple(commitment for (commitment,) in rows)


def find_document_deletions(connection: Connection) -> tuple[DocumentDeletion, ...]:
    """Return the deletions of documents, the oldest first."""
    rows = load_queries(SQL).find_document_deletions(connection)
    return tuple(
        DocumentDeletion(at=at, by=by, reason=reason, documents=documents)
        for at, by, reason, documents in rows
    )
