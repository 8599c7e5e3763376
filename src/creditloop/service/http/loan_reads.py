"""Loans, read: where one stands, its plan, payoff, statement and events; every read is logged."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from creditloop.book.loan_store import StoredLoan, find_loan, find_loan_ids
from creditloop.kernel.errors import UnknownId
from creditloop.service.http.loan_payout import paid_at_once, payout_answer
from creditloop.service.http.loan_scopes import READ
from creditloop.service.http.loan_states import (
    AgreementMade,
    Loan,
    LoanEvents,
    LoanPayout,
    LoanPlan,
    LoanStatement,
    PartyLoans,
    Payoff,
)
from creditloop.service.http.loan_told import (
    event_answer,
    loan_answer,
    payoff_answer,
    plan_answer,
    statement_answer,
)
from creditloop.service.http.visits import Visit, visit
from creditloop.service.loans import (
    find_agreement,
    find_awaiting,
    find_loan_view,
    find_payoff,
    find_statement,
)

router = APIRouter(tags=["loans 贷款"])
LoanPath = Annotated[str, Path(max_length=64, description="借据编号", examples=["JJ-20260105-0001"])]
On = Annotated[date | None, Query(description="截至日; the day that is booked on now in Beijing if not said")]
_COLUMNS = ("loan_id", "event_id", "kind", "value_date", "booked_on", "payload", "amounts_fen")


@router.get("/v1/loans", summary="客户的借据 the loans of a customer")
def find_loans(
    request: Request, party_id: Annotated[str, Query(min_length=1, max_length=200, description="主体编号")]
) -> PartyLoans:
    """Return the ids of a customer's loans, in the order they were opened; those that are repaid as well."""
    with visit(request, scope=READ) as visited:
        found = find_loan_ids(visited.work.connection, party_id=party_id)
        visited.read(
            package="creditloop.book",
            table="book.loan",
            columns=["loan_id", "party_id"],
            parties_count=1,
            party_id=party_id,
        )
    return PartyLoans(party_id=party_id, loans=found)


@router.get("/v1/loans/{loan_id}", summary="借据 a loan as it stands")
def find_one_loan(request: Request, loan_id: LoanPath, on: On = None) -> Loan:
    """Return a loan's terms, balances, days past due, class and plan, replayed from its events."""
    with visit(request, scope=READ) as visited:
        view = find_loan_view(visited.work, loan_id=loan_id, on=on)
        log(visited, view.loan)
    return loan_answer(view)


@router.get("/v1/loans/{loan_id}/payout", summary="放款状态 how its payout stands")
def find_payout(request: Request, loan_id: LoanPath) -> LoanPayout:
    """Return whether a loan is paid out, or what its payout waits for, since when, and who objects.

    The payout of a joint loan may wait until its record is final on the evidence network; a loan that is not
    paid out is found here and not yet among the loans.
    """
    with visit(request, scope=READ) as visited:
        awaiting = find_awaiting(visited.work, loan_id=loan_id)
        if awaiting is None:
            log(visited, find_loan(visited.work.connection, loan_id=loan_id))
            return paid_at_once(loan_id)
        visited.read(
            package="creditloop.service.attesting",
            table="attesting.waiting",
            columns=("loan_id", "since"),
            parties_count=1,
            party_id=awaiting.waiting.party_id,
        )
    return payout_answer(awaiting)


@router.get("/v1/loans/{loan_id}/plan", summary="还款计划 the plan as it stands and as agreed")
def find_plan(request: Request, loan_id: LoanPath, on: On = None) -> LoanPlan:
    """Return what is due when, what of it is paid, waived and open, beside the plan that was agreed."""
    with visit(request, scope=READ) as visited:
        view = find_loan_view(visited.work, loan_id=loan_id, on=on)
        log(visited, view.loan)
    return plan_answer(view)


@router.get("/v1/loans/{loan_id}/agreement", summary="借款合同 the agreement that was signed")
def find_signed_agreement(request: Request, loan_id: LoanPath) -> AgreementMade:
    """Return the text that was signed, from the bank's archive, where its hash is checked."""
    with visit(request, scope=READ) as visited:
        loan = find_loan(visited.work.connection, loan_id=loan_id)
        document = find_agreement(visited.work, loan_id=loan_id)
        if document is None:
            raise UnknownId("no agreement was signed for this loan here", got=loan_id)
        log(visited, loan)
    return AgreementMade(loan_id=loan_id, agreement_hash=document.hash, text=document.text)


@router.get("/v1/loans/{loan_id}/payoff", summary="结清试算 what settles the loan on a day")
def quote_payoff(request: Request, loan_id: LoanPath, on: On = None) -> Payoff:
    """Return what a prepayment of the day has to bring to leave nothing owed; up to a year ahead."""
    with visit(request, scope=READ) as visited:
        loan, payoff = find_payoff(visited.work, loan_id=loan_id, on=on)
        log(visited, loan)
    return payoff_answer(loan, payoff)


@router.get("/v1/loans/{loan_id}/statement", summary="对账单 the statement of a period")
def find_loan_statement(
    request: Request,
    loan_id: LoanPath,
    since: Annotated[date, Query(alias="from", description="期初日 included")],
    to: Annotated[date, Query(description="期末日 included")],
) -> LoanStatement:
    """Return what was on the books before, every event booked in the period, what the days earned, and after.

    Part by part, opening + moved + accrued = closing; both ends as their days' closes leave them.
    """
    with visit(request, scope=READ) as visited:
        statement = find_statement(visited.work, loan_id=loan_id, since=since, through=to)
        log(visited, statement.loan)
    return statement_answer(statement)


@router.get("/v1/loans/{loan_id}/events", summary="借据事件 the events of a loan with their postings")
def find_loan_events(request: Request, loan_id: LoanPath) -> LoanEvents:
    """Return every event in the order it was booked, with its postings and its place in the chain."""
    with visit(request, scope=READ) as visited:
        loan = find_loan(visited.work.connection, loan_id=loan_id)
        log(visited, loan)
    return LoanEvents(loan_id=loan_id, events=[event_answer(stored) for stored in loan.events])


def log(visited: Visit, loan: StoredLoan) -> None:
    """Log that a loan was read."""
    visited.read(
        package="creditloop.book",
        table="book.loan_event",
        columns=_COLUMNS,
        parties_count=1,
        party_id=loan.party_id,
    )
