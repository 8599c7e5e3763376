"""A loan's steps as the evidence network records them (借据环节上链): which documents each commits to.

Decision, agreement and payout order are noted when the loan is approved, each event with its postings when it
is booked. The order commits to the agreement by the same commitment as the agreement's own record, and of a
joint loan to the programme's document: by these a partner's node knows what it is asked to agree to.
"""

from collections.abc import Mapping
from uuid import UUID

from creditloop.book.loan_store import BookedEvent, StoredLoan
from creditloop.book.loans import event_kind, event_payload
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.canonical import canonical_bytes
from creditloop.lend.preconditions import AGREEMENT, PAYOUT_ORDER, SHARE
from creditloop.lend.products import DrawdownOutcome
from creditloop.service.attesting import DOCUMENT_KIND, Step, StepDocument, note_step
from creditloop.service.loans.agreement import LoanAgreement
from creditloop.service.loans.payout_order import PAY_OUT, PayoutOrder
from creditloop.service.work import Work

_JSON = "application/json"
_EVENT_STEPS: Mapping[str, Step] = {
    "repaid": Step.REPAYMENT,
    "prepaid": Step.REPAYMENT,
    "written_off": Step.WRITE_OFF,
}
_TITLES: Mapping[Step, tuple[str, str]] = {
    Step.PAYOUT: ("放款入账", "Payout as booked"),
    Step.REPAYMENT: ("还款入账", "Repayment as booked"),
    Step.WRITE_OFF: ("核销入账", "Write-off as booked"),
}


def note_approval(
    work: Work, *, agreement: LoanAgreement, check: DrawdownOutcome, order: PayoutOrder
) -> UUID | None:
    """Note decision, agreement and payout order of an approved loan; return the order's step, if any."""
    loan_id, lenders = agreement.loan_id, len(order.shares.parties)
    signed = StepDocument(
        name=AGREEMENT,
        body=agreement.text.encode(),
        kind=DocumentKind.AGREEMENT,
        media_type=_JSON,
        title_zh="借款合同",
        title_en="Loan agreement",
    )
    decided = StepDocument(
        name="drawdown_check",
        body=canonical_bytes(check.as_record()),
        kind=DocumentKind.DECISION,
        media_type=_JSON,
        title_zh="支用检查",
        title_en="Drawdown check",
    )
    ordered = StepDocument(
        name=PAYOUT_ORDER,
        body=order.text.encode(),
        kind=DocumentKind.PAYOUT,
        media_type=_JSON,
        title_zh="放款指令",
        title_en="Payout order",
    )
    steps = [
        (Step.DECISION, [decided]),
        (Step.AGREEMENT, [signed]),
        (Step.PAYOUT_ORDER, [signed, ordered, *_share(agreement)]),
    ]
    step_id = None
    for step, documents in steps:
        step_id = note_step(
            work, loan_id=loan_id, step=step, key=loan_id, lenders=lenders, documents=documents
        )
    return step_id


def _share(agreement: LoanAgreement) -> list[StepDocument]:
    programme = agreement.quoted.rules.programme
    if programme is None:
        return []
    return [
        StepDocument(
            name=SHARE,
            body=programme.document.text.encode(),
            kind=DocumentKind.OTHER,
            media_type="application/yaml",
            title_zh="联合放款方案",
            title_en="Programme of joint lending",
        )
    ]


def note_payout(work: Work, *, order: PayoutOrder, booked: BookedEvent) -> None:
    """Note a pay-out that is booked."""
    lenders = len(order.shares.parties)
    _note(work, loan_id=order.loan_id, lenders=lenders, step=Step.PAYOUT, key=PAY_OUT, booked=booked)


def note_event(work: Work, *, loan: StoredLoan, booked: BookedEvent) -> None:
    """Note an event that is booked on a loan, if it is of a kind that is a step."""
    step = _EVENT_STEPS.get(event_kind(booked.event))
    if step is not None and not booked.repeated:
        lenders = len(loan.shares.parties)
        key = booked.event.id
        _note(work, loan_id=loan.loan_id, lenders=lenders, step=step, key=key, booked=booked)


def note_break_glass(work: Work, *, order: PayoutOrder, said: Mapping[str, object]) -> None:
    """Note that persons answered for a payout whose record was not final."""
    document = StepDocument(
        name="break_glass",
        body=canonical_bytes(said),
        kind=DOCUMENT_KIND[Step.BREAK_GLASS],
        media_type=_JSON,
        title_zh="应急放行",
        title_en="Break-glass",
    )
    note_step(
        work,
        loan_id=order.loan_id,
        step=Step.BREAK_GLASS,
        key=order.loan_id,
        lenders=len(order.shares.parties),
        documents=[document],
    )


def _note(work: Work, *, loan_id: str, lenders: int, step: Step, key: str, booked: BookedEvent) -> None:
    event, (title_zh, title_en) = booked.event, _TITLES[step]
    said = {
        "loan_id": loan_id,
        "event": event.id,
        "sequence": event.sequence,
        "kind": event_kind(event),
        "value_date": event.value_date,
        "booked_on": event.booked_on,
        "content": event_payload(event),
        "postings": [
            {"account": account.name.lower(), "lender": lender, "amount_fen": amount}
            for account, lender, amount in booked.legs
        ],
        "batch": str(booked.batch_id),
    }
    document = StepDocument(
        name="event",
        body=canonical_bytes(said),
        kind=DOCUMENT_KIND[step],
        media_type=_JSON,
        title_zh=title_zh,
        title_en=title_en,
    )
    note_step(work, loan_id=loan_id, step=step, key=key, lenders=lenders, documents=[document])
