"""One way into the book for every event of a loan (入账): its days, booked once, the fact that says so."""

from dataclasses import dataclass
from datetime import date

from creditloop.book.loan_store import BookedEvent, StoredLoan, book_event
from creditloop.book.loans import LoanEvent
from creditloop.kernel.errors import InputError
from creditloop.kernel.facts import Fact
from creditloop.service.loans.business_day import open_day
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBooked:
    """An event that is booked: the loan before it, and what it did."""

    loan: StoredLoan
    booked: BookedEvent


def event_dates(work: Work, *, loan: StoredLoan, event_id: str, value_date: date | None) -> tuple[date, date]:
    """Return the day from which an event of a loan counts, and the day it is booked on.

    Args:
        event_id: one that was booked before keeps its days, if no other is asked for.
        value_date: as asked for; None: the day it is booked on.
    Raises: InputError naming `value_date` for a day before the pay-out or one that has not come.
    """
    known = next((event for event in loan.history if event.id == event_id), None)
    if known is not None:
        return value_date or known.value_date, known.booked_on
    booked_on = open_day(work.connection, now=work.now, shard=loan.shard)
    counts_from = value_date or booked_on
    if not loan.paid_out_on <= counts_from <= booked_on:
        raise InputError(
            "an event counts from a day on which the loan is there and that has come",
            got=counts_from,
            expected=f"{loan.paid_out_on} to {booked_on}",
            where={"field": "value_date"},
        )
    return counts_from, booked_on


def book_once(work: Work, *, loan: StoredLoan, event: LoanEvent) -> EventBooked:
    """Book an event and have it sealed; one that was booked before is answered and writes nothing.

    Raises: as `book_event`.
    """
    booked = book_event(work.connection, loan_id=loan.loan_id, event=event, now=work.now)
    if not booked.repeated:
        work.recorded(booked.batch_id)
    return EventBooked(loan=loan, booked=booked)


def say(work: Work, done: EventBooked, *, kind: str, **more: object) -> None:
    """Say a fact of a booked event, with its days and its batch."""
    loan, event = done.loan, done.booked.event
    payload = {
        "loan_id": loan.loan_id,
        "event": event.id,
        "sequence": event.sequence,
        "value_date": event.value_date,
        "booked_on": event.booked_on,
        "batch": str(done.booked.batch_id),
        **more,
    }
    work.say(
        Fact(
            kind=kind,
            key=f"{loan.loan_id}/{event.sequence}",
            occurred_at=work.now,
            known_at=work.now,
            payload=payload,
        )
    )
