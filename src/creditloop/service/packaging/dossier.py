"""What a package has beside the steps as they were (补全卷宗): the statement and the contacts of the loan.

Both are made of the bank's own records on the day a package is asked for, and committed to by one record on
our log like any step, so that what is handed over is what the network has seen. The same again is no new one.
Of a loan that is not on the book, as its payout waits or came to nothing, the same says how that stands.
"""

import hashlib
from collections.abc import Mapping, Sequence

from creditloop.book.loan_store import find_loan
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.canonical import canonical_bytes
from creditloop.recover import find_contact_events
from creditloop.service.attesting import Step, StepDocument, note_step
from creditloop.service.bank import Bank
from creditloop.service.loans import Awaiting, find_loan_view
from creditloop.service.packaging.packager import Packager
from creditloop.service.packaging.standing import LoanStanding, find_standing
from creditloop.service.recording import record_for
from creditloop.service.statements import loan_statement, render_statement_pdf
from creditloop.service.work import Work

_SECONDS = 10.0
"""How long the record may take to be final; a package made before lists it as unfinished."""
_JSON, _PDF = "application/json", "application/pdf"


def complete_dossier(bank: Bank, *, packager: Packager, loan_id: str) -> None:
    """Record a loan's statement and contacts as they are now, and wait a while until that is final.

    Of a loan whose payout waits or came to nothing how that stands is recorded; of one that is paid out
    meanwhile its statement, too.

    Raises: UnknownId for a loan that is not there; what `loan_statement` raises.
    """
    standing = _complete(bank, packager, loan_id)
    if standing.awaiting is not None and standing.awaiting.waiting.end is None:
        with bank.work() as work:
            is_paid_out = find_standing(work, loan_id=loan_id).awaiting is None
        if is_paid_out:
            _complete(bank, packager, loan_id)


def _complete(bank: Bank, packager: Packager, loan_id: str) -> LoanStanding:
    with bank.work() as work:
        standing = find_standing(work, loan_id=loan_id)
        if standing.awaiting is None:
            documents = [*_statement(work, loan_id), *_contacts(work, standing)]
            said = b"".join(one.body for one in documents if one.media_type == _JSON)
        else:
            payout = _payout(standing.awaiting)
            documents, said = [_payout_document(work, payout)], canonical_bytes(payout)
        step_id = note_step(
            work,
            loan_id=loan_id,
            step=Step.STATEMENT,
            key=hashlib.sha256(said).hexdigest(),
            lenders=standing.lenders,
            documents=documents,
        )
    if step_id is not None:
        record_for(bank, door=packager.door, signer=packager.signer, seconds=_SECONDS, until_quiet=True)
    return standing


def _payout(awaiting: Awaiting) -> Mapping[str, object]:
    """Return how a payout stands, as far as it is not about when that is said."""
    waiting, end = awaiting.waiting, awaiting.waiting.end
    return {
        "loan_id": waiting.loan_id,
        "party_id": waiting.party_id,
        "state": awaiting.state,
        "agreement": waiting.agreement_hash,
        "principal_fen": waiting.principal_fen,
        "waiting_since": waiting.since,
        "policy": waiting.rule.policy_hash,
        "answered": [
            {"person": one.person, "reason": one.reason, "at": one.at, "simulated": one.simulated}
            for one in awaiting.answered
        ],
        "ended_at": None if end is None else end.at,
        "detail": {} if end is None else dict(end.detail),
    }


def _payout_document(work: Work, payout: Mapping[str, object]) -> StepDocument:
    return StepDocument(
        name="payout_state",
        body=canonical_bytes({**payout, "stated_at": work.now}),
        kind=DocumentKind.STATEMENT,
        media_type=_JSON,
        title_zh="放款状态说明（未放款）",
        title_en="How the payout stands; nothing is paid out",
    )


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


def _contacts(work: Work, standing: LoanStanding) -> Sequence[StepDocument]:
    """Return what was said and asked between the bank and the loan's customer; also that nothing was."""
    party_id = standing.party_id
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
