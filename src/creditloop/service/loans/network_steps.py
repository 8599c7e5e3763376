"""A loan's steps as the evidence network records them (借据环节上链): which documents each commits to.

Decision, agreement and payout order are noted when the loan is approved, each event when it is booked, with
its postings and every amount that is another one by it: whatever changes what is owed, or when, is a step.
A day's income is none, it follows from the plan. The order commits to the agreement by the same commitment as
the agreement's own record, and of a joint loan to the programme's document: by these a partner's node knows
what it is asked to agree to.
"""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from creditloop.book.loan_store import BookedEvent, StoredLoan
from creditloop.book.loans import Correction, event_kind, event_payload
from creditloop.evidence.package import DocumentKind
from creditloop.kernel.canonical import canonical_bytes
from creditloop.lend.preconditions import AGREEMENT, PAYOUT_ORDER, SHARE
from creditloop.lend.products import DrawdownOutcome
from creditloop.service.attesting import DOCUMENT_KIND, Step, StepDocument, note_step
from creditloop.service.loans.agreement import LoanAgreement
from creditloop.service.loans.payout_order import PAY_OUT, PayoutOrder
from creditloop.service.work import Work

_JSON = "application/json"
_PAYOUT_TITLES = ("放款入账", "Payout as booked")
_RECOVERY_TITLES = ("核销后回收入账", "Recovery after write-off as booked")
EVENT_STEPS: Mapping[str, tuple[Step, str, str]] = MappingProxyType(
    {
        "repaid": (Step.REPAYMENT, "还款入账", "Repayment as booked"),
        "prepaid": (Step.REPAYMENT, "提前还款入账", "Prepayment as booked"),
        "charged": (Step.CHARGE, "收费入账", "Charge as booked"),
        "waived": (Step.WAIVER, "减免入账", "Waiver as booked"),
        "refunded": (Step.REFUND, "退款入账", "Refund as booked"),
        "credit_refunded": (Step.REFUND, "溢缴款退回入账", "Refund of an overpaid balance as booked"),
        "charged_back": (Step.REVERSAL, "拒付入账", "Payment taken back as booked"),
        "reversed": (Step.REVERSAL, "冲正入账", "Reversal as booked"),
        "rate_reset": (Step.CHANGE, "利率调整", "Change of the rate"),
        "rescheduled": (Step.CHANGE, "展期或变更计划", "Change of due dates and terms"),
        "due_dates_moved": (Step.CHANGE, "还款日顺延", "Due dates moved"),
        "reaged": (Step.CHANGE, "重新安排账龄", "Re-aging"),
        "reamortised": (Step.CHANGE, "重新摊还", "Re-amortisation"),
        "restructured": (Step.CHANGE, "重组", "Restructuring"),
        "written_off": (Step.WRITE_OFF, "核销入账", "Write-off as booked"),
    }
)
"""The step that an event is by its kind, and what its document is called."""


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
    document = _document(Step.PAYOUT, _PAYOUT_TITLES, _said(order.loan_id, booked))
    note_step(
        work,
        loan_id=order.loan_id,
        step=Step.PAYOUT,
        key=PAY_OUT,
        lenders=len(order.shares.parties),
        documents=[document],
    )


def note_event(
    work: Work, *, loan: StoredLoan, booked: BookedEvent, why: Mapping[str, object] | None = None
) -> None:
    """Note an event that is booked on a loan; a repeat notes nothing.

    Args:
        why: who asked for it and for what reason, if somebody did.
    """
    if booked.repeated:
        return
    step, *titles = EVENT_STEPS[event_kind(booked.event)]
    title_zh, title_en = titles
    correction = booked.correction
    if step is Step.REPAYMENT and correction.before.written_off:
        step, (title_zh, title_en) = Step.RECOVERY, _RECOVERY_TITLES
    said = _said(loan.loan_id, booked) | {"differences": _differences(correction)} | dict(why or {})
    note_step(
        work,
        loan_id=loan.loan_id,
        step=step,
        key=booked.event.id,
        lenders=len(loan.shares.parties),
        documents=[_document(step, (title_zh, title_en), said)],
    )


def note_break_glass(work: Work, *, order: PayoutOrder, said: Mapping[str, object]) -> None:
    """Note that persons answered for a payout whose record was not final."""
    document = _document(Step.BREAK_GLASS, ("应急放行", "Break-glass"), said, name="break_glass")
    note_step(
        work,
        loan_id=order.loan_id,
        step=Step.BREAK_GLASS,
        key=order.loan_id,
        lenders=len(order.shares.parties),
        documents=[document],
    )


def _said(loan_id: str, booked: BookedEvent) -> dict[str, object]:
    event = booked.event
    return {
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


def _differences(correction: Correction) -> list[dict[str, object]]:
    """Return every amount that is another one by an event: what it was, what it is; fen, days for dpd."""
    return [
        {
            "subject": line.subject.value,
            "name": line.name,
            "day": line.day,
            "what": line.what,
            "was": line.was,
            "now": line.now,
        }
        for line in correction.lines
    ]


def _document(
    step: Step, titles: tuple[str, str], said: Mapping[str, object], *, name: str = "event"
) -> StepDocument:
    title_zh, title_en = titles
    return StepDocument(
        name=name,
        body=canonical_bytes(said),
        kind=DOCUMENT_KIND[step],
        media_type=_JSON,
        title_zh=title_zh,
        title_en=title_en,
    )
