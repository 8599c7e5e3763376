"""Noting steps (登记环节): what a step commits to is written down in the piece of work that makes the step.

So a step that is on the books is also among those to be sent, whether the node is there or not. What a day's
end finds of many loans is noted for all of them at once (`note_steps`). Kept are the documents' exact bytes
with a salt each, under their commitments, and the salt of the loan's name on the logs; both can be deleted
(`delete_document`), what was committed to then nobody can say any more. All else stays.
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
from creditloop.service.attesting.rules import RECORD_KIND, Step, StepRule, step_rule
from creditloop.service.work import Work

_STEP = ("batch_id", "row_no", "step_id", "loan_id", "step_no", "step", "kind", "occurred_at", "policy_hash")
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
    queries, step_id = load_queries(SQL), _step_id(loan_id, step, key)
    queries.lock_loan(work.connection, loan_id=loan_id)
    named = queries.find_pseudonym(work.connection, loan_id=loan_id) is not None
    rule = step_rule(work, step=step, lenders=lenders, named=named, on=beijing_date(work.now))
    if not rule.recorded:
        return None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanStep:
    """A step of one of many loans, with its one document; its fields are those of `note_step`."""

    loan_id: str
    step: Step
    key: str
    lenders: int
    document: StepDocument

    @property
    def step_id(self) -> UUID:
        """The step's id."""
        return _step_id(self.loan_id, self.step, self.key)


def note_steps(work: Work, *, steps: Sequence[LoanStep]) -> int:
    """Note steps of loans that have a name on the network, each once: a query and a copy for all of them.

    A loan without a name gets none here, and a step that the policy leaves out, or that was noted before, is
    passed over. Every loan is locked, so no more than some thousand are for one piece of work.

    Returns: how many were noted.
    """
    if not steps or find_membership(work.connection) is None:
        return 0
    queries, rules = load_queries(SQL), dict[tuple[Step, int], StepRule]()
    for kind in {(one.step, one.lenders) for one in steps}:
        step, lenders = kind
        rules[kind] = step_rule(work, step=step, lenders=lenders, named=True, on=beijing_date(work.now))
    asked = {one.step_id: one for one in steps if rules[one.step, one.lenders].recorded}
    loan_ids = sorted({one.loan_id for one in asked.values()})
    list(queries.lock_loans(work.connection, loan_ids=loan_ids))
    known = {step_id for (step_id,) in queries.find_noted(work.connection, step_ids=list(asked))}
    last = dict(queries.find_last_steps(work.connection, loan_ids=loan_ids))
    fresh = [one for step_id, one in asked.items() if step_id not in known and one.loan_id in last]
    rows = []
    for one in fresh:
        last[one.loan_id] += 1
        rule = rules[one.step, one.lenders]
        head = (one.step_id, 0, one.step_id, one.loan_id, last[one.loan_id])
        rows.append((*head, one.step.value, RECORD_KIND[one.step].value, work.now, rule.policy_hash))
    _copy_steps(work, fresh, rows)
    return len(fresh)


def _copy_steps(work: Work, steps: Sequence[LoanStep], rows: Sequence[Sequence[object]]) -> None:
    connection = work.connection
    copy_rows(connection, table="attesting.step", columns=_STEP, rows=rows)
    documents = [_document_row(one.step_id, 0, one.document) for one in steps]
    copy_rows(connection, table="attesting.document", columns=_DOCUMENT, rows=documents)
    secrets_ = [(one.document.commitment, one.document.salt, one.document.body) for one in steps]
    copy_rows(connection, table="attesting.secret", columns=("commitment", "salt", "body"), rows=secrets_)
    pending = [(one.step_id, one.loan_id) for one in steps]
    copy_rows(connection, table="attesting.pending", columns=("step_id", "loan_id"), rows=pending)
    for one in steps:
        work.recorded(one.step_id)


def _step_id(loan_id: str, step: Step, key: str) -> UUID:
    return content_id("network_step", loan_id, step.value, key)


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
    rows = [_document_row(step_id, row_no, document) for row_no, document in enumerate(documents)]
    copy_rows(work.connection, table="attesting.document", columns=_DOCUMENT, rows=rows)
    for document in documents:
        queries.insert_secret(
            work.connection, commitment=document.commitment, salt=document.salt, body=document.body
        )


def _document_row(step_id: UUID, row_no: int, document: StepDocument) -> tuple[object, ...]:
    return (
        *(step_id, row_no, step_id, document.name, document.commitment),
        *(document.kind.value, document.media_type, document.title_zh, document.title_en),
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
