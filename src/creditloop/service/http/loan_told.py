"""Loans of the service as they are answered: pure, a value in and a value out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from creditloop.book.loan_store import BookedEvent, StoredEvent, StoredLoan
from creditloop.book.loans import (
    DifferenceLine,
    DueRow,
    LoanAccount,
    PayoffQuote,
    Subject,
    event_kind,
    event_payload,
)
from creditloop.book.loans import Parts as PartsOfFour
from creditloop.service.http.loan_states import (
    BookedBalances,
    ChangedFigure,
    ChangeReceipt,
    Instalment,
    LastClose,
    Loan,
    LoanEventEntry,
    LoanLeg,
    LoanPlan,
    LoanStatement,
    LoanTermsAgreed,
    Parts,
    PaymentReceipt,
    Payoff,
    SettledPart,
    StatementEntry,
)
from creditloop.service.loans import (
    Balances,
    EventBooked,
    LoanView,
    Statement,
    booked_balances,
    nano_of_rate,
)

_NOTHING: PartsOfFour = (0, 0, 0, 0)


def loan_answer(view: LoanView) -> Loan:
    """Return a loan as it stands."""
    loan, state = view.loan, view.state
    ahead = sorted(row.due for row in state.rows if row.open_units > 0 and row.due >= view.on)
    next_due = ahead[0] if ahead else None
    return Loan(
        loan_id=loan.loan_id,
        party_id=loan.party_id,
        on=view.on,
        status=state.status.value,
        dpd=state.dpd,
        written_off=state.written_off,
        terms=_terms(view),
        balances=_balances(booked_balances(state)),
        owed=parts(state.open_parts),
        past_due=parts(_sum(row.open_parts for row in state.rows if row.due < view.on)),
        next_due=next_due,
        next_due_fen=sum(row.open_units for row in state.rows if row.due == next_due),
        last_close=None
        if view.last_close is None
        else LastClose(
            business_date=view.last_close.business_date,
            classification=view.last_close.tier,
            stage=view.last_close.stage,
            dpd=view.last_close.dpd,
        ),
        plan=_rows(state.rows),
    )


def plan_answer(view: LoanView) -> LoanPlan:
    """Return a loan's plan as it stands, and as it was agreed."""
    agreed = view.loan.terms.agreed
    rows = () if agreed is None else agreed.instalments()
    return LoanPlan(
        loan_id=view.loan.loan_id,
        on=view.on,
        instalments=_rows(view.state.rows),
        agreed=[
            Instalment(
                nr=row.nr,
                kind="instalment",
                start=row.start,
                due=row.due,
                amounts=parts((0, 0, row.interest_fen, row.principal_fen)),
                paid=parts(_NOTHING),
                waived=parts(_NOTHING),
                open=parts((0, 0, row.interest_fen, row.principal_fen)),
                paid_on=None,
            )
            for row in rows
        ],
    )


def receipt_answer(payment: EventBooked) -> PaymentReceipt:
    """Return what a payment did."""
    booked = payment.booked
    did = booked.correction.after.settlement(booked.event.id)
    assert did is not None, "the event is among those replayed"
    return PaymentReceipt(
        payment_id=booked.event.id,
        amount_fen=did.amount,
        settled=parts(did.parts),
        overpaid_fen=did.overpaid,
        lines=[
            SettledPart(instalment=line.row, due=line.due, part=line.part.name.lower(), amount_fen=line.units)
            for line in did.lines
        ],
        **_receipt(payment.loan, booked),
    )


def change_answer(change: EventBooked) -> ChangeReceipt:
    """Return what a change of a loan did."""
    booked = change.booked
    return ChangeReceipt(
        event_id=booked.event.id,
        legs=_legs(booked.legs),
        **_receipt(change.loan, booked),
    )


def _legs(legs: Iterable[tuple[LoanAccount, str, int]]) -> list[LoanLeg]:
    return [
        LoanLeg(account=account.value, lender=lender, amount_fen=amount) for account, lender, amount in legs
    ]


def _receipt(loan: StoredLoan, booked: BookedEvent) -> dict[str, Any]:
    """Return what every receipt says: the event's days, and the loan after it."""
    event, after = booked.event, booked.correction.after
    return {
        "loan_id": loan.loan_id,
        "kind": event_kind(event),
        "sequence": event.sequence,
        "value_date": event.value_date,
        "booked_on": event.booked_on,
        "corrections": [_changed(line) for line in booked.correction.lines if _is_elsewhere(line, event.id)],
        "status": after.status.value,
        "dpd": after.dpd,
        "owed_after": parts(after.open_parts),
        "repeated": booked.repeated,
    }


def payoff_answer(loan: StoredLoan, payoff: PayoffQuote) -> Payoff:
    """Return what settles a loan."""
    return Payoff(
        loan_id=loan.loan_id,
        on=payoff.day,
        parts=parts((payoff.penalty, payoff.fee, payoff.interest, payoff.principal)),
        overpaid_fen=payoff.overpaid,
        total_fen=payoff.total,
    )


def statement_answer(statement: Statement) -> LoanStatement:
    """Return a statement."""
    return LoanStatement(
        loan_id=statement.loan.loan_id,
        party_id=statement.loan.party_id,
        since=statement.since,
        through=statement.through,
        opening=_balances(statement.opening),
        entries=[
            StatementEntry(
                booked_on=line.stored.event.booked_on,
                value_date=line.stored.event.value_date,
                kind=event_kind(line.stored.event),
                event_id=line.stored.event.id,
                moved=_balances(line.moved),
            )
            for line in statement.lines
        ],
        accrued=_balances(statement.accrued),
        closing=_balances(statement.closing),
    )


def event_answer(stored: StoredEvent) -> LoanEventEntry:
    """Return an event as it stands in the book."""
    event = stored.event
    return LoanEventEntry(
        sequence=event.sequence,
        event_id=event.id,
        kind=event_kind(event),
        value_date=event.value_date,
        booked_on=event.booked_on,
        booked_at=stored.booked_at,
        content=event_payload(event),
        legs=_legs(stored.legs),
        previous_hash=stored.previous_hash,
        hash=stored.hash,
        batch_id=stored.batch_id,
    )


def parts(of: PartsOfFour) -> Parts:
    """Return amounts by part."""
    penalty, fee, interest, principal = of
    return Parts(penalty_fen=penalty, fee_fen=fee, interest_fen=interest, principal_fen=principal)


def _terms(view: LoanView) -> LoanTermsAgreed:
    loan, terms = view.loan, view.loan.terms
    shares: Mapping[str, int] = dict(zip(loan.shares.parties, loan.shares.weights, strict=True))
    dues = terms.agreed.due if terms.agreed is not None else [row.due for row in view.state.rows]
    return LoanTermsAgreed(
        product=loan.product,
        method=terms.repayment.value,
        principal_fen=terms.principal,
        rate_annual_nano=nano_of_rate(terms.rate),
        start=terms.start,
        instalments=len(dues),
        last_due=dues[-1],
        lenders={lender: f"{weight}/{loan.shares.total}" for lender, weight in shares.items()},
        terms_hash=loan.terms_hash,
        rules_hash=str(loan.rules_hash),
        agreement_hash=view.agreement_hash,
    )


def _rows(rows: Sequence[DueRow]) -> list[Instalment]:
    return [
        Instalment(
            nr=row.nr,
            kind=row.kind.value,
            start=row.start,
            due=row.due,
            amounts=parts(row.amounts),
            paid=parts(row.paid),
            waived=parts(row.waived),
            open=parts(row.open_parts),
            paid_on=row.paid_on,
        )
        for row in rows
    ]


def _balances(of: Balances) -> BookedBalances:
    return BookedBalances(
        principal_fen=of.principal_fen,
        interest_fen=of.interest_fen,
        fee_fen=of.fee_fen,
        penalty_fen=of.penalty_fen,
        overpaid_fen=of.overpaid_fen,
    )


def _sum(each: Iterable[PartsOfFour]) -> PartsOfFour:
    totals = [0, 0, 0, 0]
    for of in each:
        totals = [total + units for total, units in zip(totals, of, strict=True)]
    penalty, fee, interest, principal = totals
    return penalty, fee, interest, principal


def _is_elsewhere(line: DifferenceLine, event_id: str) -> bool:
    """Whether a line says what an event changed of another one, or of what falls due."""
    return line.subject is Subject.EVENT and line.name != event_id


def _changed(line: DifferenceLine) -> ChangedFigure:
    return ChangedFigure(
        subject=line.subject.value,
        name=line.name,
        day=line.day,
        what=line.what,
        was=line.was,
        now=line.now,
        why=line.why,
    )
