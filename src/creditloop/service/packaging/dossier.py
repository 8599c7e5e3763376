"""What a package has beside the steps as they were (补全卷宗): the statement and the contacts of the loan.

Both are made of the bank's own records on the day a package is asked for, and committed to by one record on
our log like any step, so that what is handed over is what the network has seen. The same again is no new one.
"""

import hashlib
from collections.abc import Sequence

from creditloop.book.loan_store import find_loan
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.canonical import canonical_bytes
from creditloop.recover import find_contact_events
from creditloop.service.attesting import Step, StepDocument, note_step
from creditloop.service.bank import Bank
from creditloop.service.loans import find_loan_view
from creditloop.service.packaging.packager import Packager
from creditloop.service.recording import record_for
from creditloop.service.statements import loan_statement, render_statement_pdf
from creditloop.service.work import Work

_SECONDS = 10.0
"""How long the record may take to be final; a package made before lists it as unfinished."""
_JSON, _PDF = "application/json", "application/pdf"


def complete_dossier(bank: Bank, *, packager: Packager, loan_id: str) -> None:
    """Record a loan's statement and contacts as they are now, and wait a while until that is final.

    Raises: UnknownId for a loan that is not there; what `loan_statement` raises.
    """
    with bank.work() as work:
        documents = [*_statement(work, loan_id), *_contacts(work, loan_id)]
        said = hashlib.sha256(b"".join(one.body for one in documents if one.media_type == _JSON)).hexdigest()
        lenders = len(find_loan(work.connection, loan_id=loan_id).shares.parties)
        step_id = note_step(
            work, loan_id=loan_id, step=Step.STATEMENT, key=said, lenders=lenders, documents=documents
        )
    if step_id is not None:
        record_for(bank, door=packager.door, signer=packager.signer, seconds=_SECONDS, until_quiet=True)


def _statement(work: Work, loan_id: str) -> Sequence[StepDocument]:
    """Return the statement of the loan's whole life; none of a loan whose terms the book does not hold."""
    loan = find_loan(work.connection, loan_id=loan_id)
    if loan.agreed is None:
        return []
    until = find_loan_view(work, loan_id=loan_id, on=None).on
    statement = loan_statement(work, loan_id, loan.paid_out_on, until)
    plain = StepDocument(
        name="statement",
        body=canonical_bytes(statement.as_record()),
        kind=DocumentKind.STATEMENT,
        media_type=_JSON,
        title_zh="还款对账单",
        title_en="Statement of the loan",
    )
    drawn = StepDocument(
        name="statement_drawn",
        body=render_statement_pdf(statement),
        kind=DocumentKind.STATEMENT,
        media_type=_PDF,
        title_zh="还款对账单",
        title_en="Statement of the loan",
    )
    return [plain, drawn]


def _contacts(work: Work, loan_id: str) -> Sequence[StepDocument]:
    """Return what was said and asked between the bank and the loan's customer; also that nothing was."""
    party_id = find_loan(work.connection, loan_id=loan_id).party_id
    events = [
        {
            "event_id": str(event.event_id),
            "kind": event.kind.value,
            "at": event.at,
            "on_day": event.on_day,
            "resolves": None if event.resolves is None else str(event.resolves),
            "person": event.person,
            "note": event.note,
            "rule": event.rule,
            "policy": event.policy_hash,
            "simulated": event.simulated,
        }
        for event in find_contact_events(work.connection, party_id=party_id)
    ]
    return [
        StepDocument(
            name="contacts",
            body=canonical_bytes({"party_id": party_id, "contacts": events}),
            kind=DocumentKind.CONTACT,
            media_type=_JSON,
            title_zh="催收联系记录",
            title_en="Contacts about the debt",
        )
    ]
