"""Booking an event (借据入账): what it changes, posted today, and where it leaves the loan.

    1 let one event of the loan in, read the loan    4 give each lender its part of the difference
    2 answer a repeat, check that it may come        5 write event, position and plan
    3 replay with the event and without it

What is posted is the difference between the loan with the event and without it as the booking day begins,
with all income of earlier days recognised: a backdated event posts its corrections with itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import psycopg

from creditloop.book.day_end import INSTALMENT_KINDS, POSITION_COLUMNS
from creditloop.book.loan_store.finding import StoredLoan, find_loan, hash_of
from creditloop.book.loan_store.rates import RATE_COLUMNS, overdue_rates, overdue_terms
from creditloop.book.loan_store.standing_rows import (
    Kept,
    PlanLeft,
    PlanRow,
    instalment_rows,
    plan_left,
    position_row,
)
from creditloop.book.loans import (
    FIRST_PREVIOUS_HASH,
    Accrued,
    Charged,
    Correction,
    LenderLeg,
    LoanEvent,
    Restructured,
    Standing,
    append,
    correction_of,
    event_kind,
    event_payload,
    lender_legs,
    standing_of,
)
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import BookError, ConflictingRepeat, InputError, OutOfOrder
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries

_QUERIES = load_queries("creditloop.book.loan_store")
_POSITION_COLUMNS = ("batch_id", "row_no", "business_date", "shard", "sequence", *POSITION_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedEvent:
    """An event that is booked, and what it did.

    Attributes:
        loan_no: the loan; event: as it stands in the book.
        correction: every amount that is another one, and the whole loan's legs.
        legs: the same by lender, as posted.
        standing: where it left the loan.
        rate_before: yearly rate in force without it; None for the pay-out.
        repeated: it was booked before; nothing was written.
    """

    loan_no: int
    event: LoanEvent
    batch_id: UUID
    correction: Correction
    legs: tuple[LenderLeg, ...]
    standing: Standing
    rate_before: Decimal | None
    repeated: bool


def book_event(connection: Connection, *, loan_id: str, event: LoanEvent, now: datetime) -> BookedEvent:
    """Book an event of a loan in the caller's transaction; the same event again returns the first result.

    Args:
        event: its sequence is given here; `booked_on` is the business date, open in the book.
        now: aware.
    Raises: UnknownId if there is no such loan, or the event speaks of one that is not there;
        ConflictingRepeat if its id stands for other content;
        OutOfOrder if its day is closed, or lies before that of an event booked earlier;
        InputError if it cannot be; StateError if the book does not hold what was agreed;
        BookError if the database refuses it.
    """
    _QUERIES.lock_loan(connection, loan_id=loan_id)
    loan = find_loan(connection, loan_id=loan_id)
    for number, stored in enumerate(loan.events):
        if stored.event.id == event.id:
            return _first_result(loan, number, event)
    event = replace(event, sequence=len(loan.events) + 1)
    _check_may_come(connection, loan, event)
    booked = _worked_out(loan, loan.history, event, repeated=False)
    _write(connection, loan, booked, check_aware(now, name="now"))
    return booked


def _first_result(loan: StoredLoan, number: int, event: LoanEvent) -> BookedEvent:
    """Return what an event did when it was booked: the same, worked out again from the events before it."""
    stored = loan.events[number]
    again = replace(event, sequence=stored.event.sequence, booked_on=stored.event.booked_on)
    if again != stored.event:
        raise ConflictingRepeat(
            "a loan event's id was used with other content", where={"loan": loan.loan_id, "id": event.id}
        )
    booked = _worked_out(loan, loan.history[:number], stored.event, repeated=True)
    if booked.legs != stored.legs:
        raise BookError(
            "an event does not post what it posted when it was booked",
            got=booked.legs,
            expected=stored.legs,
            where={"loan": loan.loan_id, "id": event.id},
        )
    return booked


def _check_may_come(connection: Connection, loan: StoredLoan, event: LoanEvent) -> None:
    where = {"loan": loan.loan_id, "id": event.id}
    if not event.id or not event.id.isprintable():
        raise InputError("an event's id is empty or holds control characters", got=event.id, where=where)
    if event.value_date > event.booked_on:
        raise InputError(
            "an event counts from a day after it is booked",
            got=event.value_date,
            expected=f"<= {event.booked_on}",
            where=where,
        )
    if isinstance(event, Accrued):
        raise InputError("the day end recognises income, not events", got="accrued", where=where)
    if isinstance(event, Charged) and event.due > event.booked_on:
        raise InputError(
            "a charge falls due on the day it is booked at the latest", got=event.due, where=where
        )
    if loan.events and event.booked_on < loan.events[-1].event.booked_on:
        raise OutOfOrder(
            "an event is booked before the one before it",
            got=event.booked_on,
            expected=f">= {loan.events[-1].event.booked_on}",
            where=where,
        )
    _QUERIES.hold_day_open(connection, shard=loan.shard, business_date=event.booked_on.isoformat())
    if _QUERIES.is_closed(connection, shard=loan.shard, business_date=event.booked_on):
        raise OutOfOrder(
            "the day is closed", got=event.booked_on, where=where, hint="Book it on an open day."
        )


def _worked_out(
    loan: StoredLoan, history: tuple[LoanEvent, ...], event: LoanEvent, *, repeated: bool
) -> BookedEvent:
    """Replay the loan with the event and without it."""
    day = event.booked_on
    longer = append(history=history, event=event)
    before, was = standing_of(terms=loan.terms, rules=loan.rules, events=history, day=day)
    after, standing = standing_of(terms=loan.terms, rules=loan.rules, events=longer, day=day)
    return BookedEvent(
        loan_no=loan.loan_no,
        event=event,
        batch_id=content_id("loan_event", loan.loan_id, event.id),
        correction=correction_of(event=event, before=before, after=after),
        legs=lender_legs(
            before=was.balances,
            after=standing.balances,
            disbursed=(was.disbursed, standing.disbursed),
            shares=loan.shares,
        ),
        standing=standing,
        rate_before=was.rate if history else None,
        repeated=repeated,
    )


def _write(connection: Connection, loan: StoredLoan, booked: BookedEvent, now: datetime) -> None:
    event, standing, batch_id = booked.event, booked.standing, booked.batch_id
    plan = plan_left(standing=standing, stored=_stored_plan(connection, loan.loan_no))
    try:
        _write_event(connection, loan, booked, now)
        _write_plan(connection, loan.loan_no, plan, batch_id)
        basis = overdue_terms(terms=loan.terms, rules=loan.rules).basis
        kept = _kept(connection, loan, event)
        row = position_row(loan_no=loan.loan_no, standing=standing, plan=plan, kept=kept, basis=basis)
        head = (batch_id, 0, event.booked_on, loan.shard, event.sequence)
        copy_rows(connection, table="book.loan_position", columns=_POSITION_COLUMNS, rows=[(*head, *row)])
        if booked.rate_before not in (None, standing.rate):
            _write_rates(connection, loan, booked)
    except psycopg.IntegrityError as error:
        raise BookError(
            "the database refuses the event: nothing is booked",
            got=error.diag.message_primary,
            where={"loan": loan.loan_id, "id": event.id},
        ) from error


def _stored_plan(connection: Connection, loan_no: int) -> list[PlanRow]:
    return [
        PlanRow(
            version=version,
            number=number,
            due=due,
            principal_fen=principal,
            interest_fen=interest,
            period_interest_fen=period,
        )
        for version, number, due, principal, interest, period in _QUERIES.find_plan(
            connection, loan_no=loan_no
        )
    ]


def _write_event(connection: Connection, loan: StoredLoan, booked: BookedEvent, now: datetime) -> None:
    event, legs = booked.event, booked.legs
    previous = loan.events[-1].hash if loan.events else FIRST_PREVIOUS_HASH
    _QUERIES.add_event(
        connection,
        batch_id=booked.batch_id,
        loan_no=loan.loan_no,
        sequence=event.sequence,
        shard=loan.shard,
        event_id=event.id,
        kind=event_kind(event),
        value_date=event.value_date,
        booked_on=event.booked_on,
        payload=event_payload(event),
        accounts=[str(account) for account, _, _ in legs],
        lenders=[lender for _, lender, _ in legs],
        amounts_fen=[amount for _, _, amount in legs],
        booked_at=now,
        previous_hash=previous,
        hash=hash_of(loan_no=loan.loan_no, event=event, legs=legs, previous_hash=previous),
    )


def _write_plan(connection: Connection, loan_no: int, plan: PlanLeft, batch_id: UUID) -> None:
    rows = [(batch_id, *row) for row in instalment_rows(loan_no=loan_no, plan=plan)]
    if rows:
        copy_rows(connection, table="book.instalment", columns=tuple(INSTALMENT_KINDS), rows=rows)


def _kept(connection: Connection, loan: StoredLoan, event: LoanEvent) -> Kept:
    """Return what only closes of days know of the loan; a restructuring begins its observation anew."""
    row = _QUERIES.find_history(connection, shard=loan.shard, loan_no=loan.loan_no)
    kept = Kept(paid_up_on=event.value_date)
    if row is not None:
        tier, paid_up_on, met, restructured, restructured_due = row
        kept = Kept(
            tier=tier,
            paid_up_on=paid_up_on,
            instalments_met=met,
            restructured=restructured,
            restructured_due=restructured_due,
        )
    if isinstance(event, Restructured):
        again = 2 if kept.restructured else 1
        kept = replace(kept, restructured=again, restructured_due=event.first_due, instalments_met=0)
    return kept


def _write_rates(connection: Connection, loan: StoredLoan, booked: BookedEvent) -> None:
    """Say what being overdue costs from today on, at the loan's new rate."""
    event = booked.event
    rates = overdue_rates(rules=loan.rules, rate=booked.standing.rate, since=event.booked_on)
    rows = [
        (booked.batch_id, number, loan.loan_no, event.sequence, day, loan.shard, *nano)
        for number, (day, *nano) in enumerate(rates)
    ]
    copy_rows(connection, table="book.loan_overdue_rate", columns=RATE_COLUMNS, rows=rows)
