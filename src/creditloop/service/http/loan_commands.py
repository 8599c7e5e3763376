"""Loans, changed: agreed, opened with their pay-out, repaid, repaid early; each once, however often asked."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from creditloop.service.http.bodies import parse_body, read_body
from creditloop.service.http.commands import Call, Command
from creditloop.service.http.loan_bodies import (
    AgreementRequest,
    ChangeRequest,
    LoanRequest,
    PrepaymentRequest,
    RepaymentRequest,
    borrower_facts,
    loan_asked,
)
from creditloop.service.http.loan_payout import payout_answer
from creditloop.service.http.loan_quotes import EXAMPLE, check_answer, check_quote_key, described_body
from creditloop.service.http.loan_reads import log
from creditloop.service.http.loan_scopes import SERVICE, WRITE
from creditloop.service.http.loan_states import AgreementMade, ChangeReceipt, LoanOpening, PaymentReceipt
from creditloop.service.http.loan_told import change_answer, loan_answer, receipt_answer
from creditloop.service.http.pooled_bank import PooledBank
from creditloop.service.loans import (
    Change,
    LoanAgreement,
    Payment,
    agreement_of,
    change_loan,
    find_loan_view,
    find_opening,
    open_agreed,
    prepay,
    quoted_loan,
    repay,
)
from creditloop.service.places import Places

router = APIRouter(tags=["loans 贷款"])
_TAG = "loans 贷款"
_LOAN: Mapping[str, Any] = {
    "loan_id": "JJ-20260105-0001",
    "party_id": "taiwan_cards/9",
    **{name: value for name, value in EXAMPLE.items() if name != "facts"},
}
_PARAMETERS = {"loan_id": "借据编号 the loan"}


@router.post(
    "/v1/loan-agreements",
    summary="借款合同文本 the agreement to be signed",
    response_model=AgreementMade,
    openapi_extra=described_body(AgreementRequest, _LOAN),
)
async def make_agreement(request: Request) -> Response:
    """Return the text of a loan's agreement and its hash, by the documents in force on its first day.

    Nothing is kept, so no `Idempotency-Key` is needed: the same loan gives the same text, and the loan is
    opened with its hash, once the customer has signed it.
    """
    body = await read_body(request)
    return await run_in_threadpool(_made, request, body)


def _made(request: Request, body: bytes) -> Response:
    check_quote_key(request)
    asked = parse_body(body, described=AgreementRequest)
    bank: PooledBank = request.app.state.bank
    made = _agreement(bank.places, asked)
    told = AgreementMade(loan_id=made.loan_id, agreement_hash=made.hash, text=made.text)
    return Response(told.model_dump_json(), media_type="application/json")


def _agreement(places: Places, asked: AgreementRequest | LoanRequest) -> LoanAgreement:
    quoted = quoted_loan(places, asked=loan_asked(asked))
    return agreement_of(quoted, loan_id=asked.loan_id, party_id=asked.party_id)


def _open(call: Call[LoanRequest]) -> LoanOpening:
    work, asked = call.visit.work, call.body
    opening = find_opening(
        work, loan_id=asked.loan_id, party_id=asked.party_id, signed_hash=asked.agreement_hash
    ) or open_agreed(
        work,
        agreement=_agreement(work.places, asked),
        facts=borrower_facts(asked.facts),
        signed_hash=asked.agreement_hash,
    )
    loan = None
    if opening.loan_id is not None:
        view = find_loan_view(work, loan_id=opening.loan_id)
        log(call.visit, view.loan)
        loan = loan_answer(view)
    return LoanOpening(
        outcome=opening.outcome,
        repeated=opening.repeated,
        check=None if opening.check is None else check_answer(opening.check),
        loan=loan,
        payout=None if opening.awaiting is None else payout_answer(opening.awaiting),
    )


def _repay(call: Call[RepaymentRequest]) -> PaymentReceipt:
    booked = repay(call.visit.work, payment=_payment(call))
    log(call.visit, booked.loan)
    return receipt_answer(booked)


def _prepay(call: Call[PrepaymentRequest]) -> PaymentReceipt:
    booked = prepay(call.visit.work, payment=_payment(call), keep=call.body.keep)
    log(call.visit, booked.loan)
    return receipt_answer(booked)


def _change(call: Call[ChangeRequest]) -> ChangeReceipt:
    body = call.body
    change = Change(
        loan_id=call.path["loan_id"],
        event_id=body.event_id,
        kind=body.kind,
        details=body.details,
        value_date=body.value_date,
        reason=body.reason,
    )
    booked = change_loan(call.visit.work, change=change, by=call.visit.key.holder)
    log(call.visit, booked.loan)
    return change_answer(booked)


def _payment(call: Call[RepaymentRequest] | Call[PrepaymentRequest]) -> Payment:
    return Payment(
        loan_id=call.path["loan_id"],
        payment_id=call.body.payment_id,
        amount_fen=call.body.amount_fen,
        value_date=call.body.value_date,
    )


OPEN = Command(
    path="/v1/loans",
    scope=WRITE,
    tag=_TAG,
    name="open_loan",
    summary="开立借据并放款 open a loan and pay it out",
    description=(
        "Open a loan by the agreement whose hash was signed, and book its pay-out. The drawdown is checked by"
        " every rule of the day, with what our own book says of the borrower; one that is declined or"
        " referred opens nothing, and the answer says by which rules. What was signed must be the agreement"
        " as it stands now, and the loan begins on the day that is booked on. The payout of a joint loan may"
        " have to wait for the evidence network: the outcome is `awaiting` then, and nothing is booked yet."
    ),
    body=LoanRequest,
    answer=LoanOpening,
    carry_out=_open,
    example={**_LOAN, "facts": EXAMPLE["facts"], "agreement_hash": "0" * 64},
    parameters={},
)
REPAY = Command(
    path="/v1/loans/{loan_id}/repayments",
    scope=WRITE,
    tag=_TAG,
    name="repay_loan",
    summary="还款 book a repayment",
    description=(
        "Book money that came in: it settles what is due in the order that was agreed, and what is over"
        " stands to the customer's credit. It counts from its value date; from an earlier day it corrects"
        " what was charged since. The same payment again returns the first result under any Idempotency-Key."
    ),
    body=RepaymentRequest,
    answer=PaymentReceipt,
    carry_out=_repay,
    example={"payment_id": "P-20260205-0001", "amount_fen": 106_000},
    parameters=_PARAMETERS,
)
PREPAY = Command(
    path="/v1/loans/{loan_id}/prepayments",
    scope=WRITE,
    tag=_TAG,
    name="prepay_loan",
    summary="提前还款 book a prepayment",
    description=(
        "Book money that repays early: what is due, interest to the day, then principal, with the fee"
        " agreed; the rest is planned anew. With what `GET /v1/loans/{loan_id}/payoff` says nothing is left."
    ),
    body=PrepaymentRequest,
    answer=PaymentReceipt,
    carry_out=_prepay,
    example={"payment_id": "P-20260210-0002", "amount_fen": 500_000, "keep": "count"},
    parameters=_PARAMETERS,
)
CHANGE = Command(
    path="/v1/loans/{loan_id}/events",
    scope=SERVICE,
    tag=_TAG,
    name="change_loan",
    summary="贷后变更与冲正 change a loan, undo an event",
    description=(
        "Book what happens to a loan besides money coming in: a charge, a waiver, another rate, other due"
        " dates, a restructuring, a write-off, money paid back, or that an earlier event is undone"
        " (`reversed`). What it says is in `details`, by the fields of its kind. It counts from its value"
        " date and posts its corrections with itself; the reason is kept. The same event again returns the"
        " first result under any Idempotency-Key."
    ),
    body=ChangeRequest,
    answer=ChangeReceipt,
    carry_out=_change,
    example={
        "event_id": "V-20260221-0001",
        "kind": "reversed",
        "details": {"event_id": "P-20260210-0002"},
        "reason": "booked on another customer's loan",
    },
    parameters=_PARAMETERS,
)
LOAN_COMMANDS: tuple[Command[Any], ...] = (OPEN, REPAY, PREPAY, CHANGE)
"""What changes loans."""
