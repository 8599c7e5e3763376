"""Money that comes in on a loan (还款入账): repayments and prepayments, each one piece of work, once.

The caller names each payment (流水号); the same one again returns the first result, other content under its
name is refused. It counts from its value date and is booked on the day that is open now; one that counts from
an earlier day posts its corrections with itself. How a loan may be repaid early stands in its agreement.
"""

from dataclasses import dataclass
from datetime import date

from creditloop.book.loan_store import StoredLoan, find_loan
from creditloop.book.loans import Keep, LoanEvent, LoanStatus, Prepaid, Repaid, payoff_quote
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError, StateError
from creditloop.lend.products import PrepaymentOn
from creditloop.service.loans.booking import EventBooked, book_once, event_dates, say
from creditloop.service.loans.network_steps import note_event
from creditloop.service.loans.reading import find_agreement
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money to be booked on a loan.

    Attributes:
        payment_id: the caller's name of it, unique within the loan.
        amount_fen: > 0.
        value_date: the day from which it counts; None: the day it is booked on.
    """

    loan_id: str
    payment_id: str
    amount_fen: int
    value_date: date | None


def repay(work: Work, *, payment: Payment) -> EventBooked:
    """Book a repayment (还款): it settles what is due in the order agreed, what is over stands as credit.

    Raises: UnknownId; InputError naming `value_date` for a day that cannot be; ConflictingRepeat if its name
        stands for another payment; OutOfOrder if its day is closed.
    """
    loan, _, value_date, booked_on = _dated(work, payment)
    event = Repaid(
        id=payment.payment_id,
        sequence=0,
        value_date=value_date,
        booked_on=booked_on,
        amount=payment.amount_fen,
    )
    return _book(work, loan, event)


def prepay(work: Work, *, payment: Payment, keep: Keep) -> EventBooked:
    """Book a prepayment (提前还款): what is due, interest to the day, then principal; the rest planned anew.

    Args:
        keep: what stays of the plan when principal is left.
    Raises: as `repay`; StateError if the agreement does not let it be repaid early on the day; InputError
        naming `amount_fen` for a part below the least that may be.
    """
    loan, known, value_date, booked_on = _dated(work, payment)
    if known is None:
        _check_allowed(work, loan, payment, day=value_date)
    event = Prepaid(
        id=payment.payment_id,
        sequence=0,
        value_date=value_date,
        booked_on=booked_on,
        amount=payment.amount_fen,
        keep=keep,
    )
    return _book(work, loan, event)


def _dated(work: Work, payment: Payment) -> tuple[StoredLoan, LoanEvent | None, date, date]:
    """Return the loan, the payment if it was booked before, and its two dates."""
    loan = find_loan(work.connection, loan_id=payment.loan_id)
    known = next((event for event in loan.history if event.id == payment.payment_id), None)
    value_date, booked_on = event_dates(
        work, loan=loan, event_id=payment.payment_id, value_date=payment.value_date
    )
    return loan, known, value_date, booked_on


def _check_allowed(work: Work, loan: StoredLoan, payment: Payment, *, day: date) -> None:
    """Refuse a prepayment that the agreement does not let be; a loan without one has no such rule."""
    agreement = find_agreement(work, loan_id=loan.loan_id)
    if agreement is None:
        return
    rule = agreement.root.mapping(required=["prepayment"])["prepayment"].mapping()
    _check_day(rule, loan, day)
    payoff = payoff_quote(terms=loan.terms, rules=loan.rules, events=loan.history, day=day)
    least = rule["part_min_fen"].integer(least=0)
    if payment.amount_fen < min(least, payoff.total):
        raise InputError(
            "less than the least part that may be repaid early",
            got=payment.amount_fen,
            expected=f">= {min(least, payoff.total)}",
            where={"field": "amount_fen"},
        )


def _check_day(rule: dict[str, Node], loan: StoredLoan, day: date) -> None:
    allowed = PrepaymentOn(rule["allowed"].text())
    due = () if loan.terms.agreed is None else loan.terms.agreed.due
    if allowed is PrepaymentOn.NEVER or (allowed is PrepaymentOn.DUE_DAYS and day not in due):
        raise StateError(
            "the agreement does not let this loan be repaid early on this day",
            got=day,
            expected=allowed.value,
            where={"loan": loan.loan_id},
        )


def _book(work: Work, loan: StoredLoan, event: LoanEvent) -> EventBooked:
    """Book money that came in; say so, and that the loan is settled if it is."""
    done = book_once(work, loan=loan, event=event)
    if not done.booked.repeated:
        note_event(work, loan=loan, booked=done.booked)
        say(work, done, kind="PaymentBooked")
        before, after = done.booked.correction.before, done.booked.correction.after
        if after.status is not before.status and after.status in {LoanStatus.CLOSED, LoanStatus.OVERPAID}:
            say(work, done, kind="LoanSettled")
    return done
