"""Changing a loan that lives (贷后变更): charges, waivers, new dates and terms, write-off, undoing an event.

Whatever may happen to a loan besides money coming in or going out on its pay-out, by its kind and what it
says (`book.loans.events`). Like a payment it has the caller's name, counts from its value date, is booked on
the open day once, and posts its corrections with itself. The reason is on record with the fact, and in the
document that its record on the evidence network commits to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from creditloop.book.loan_store import find_loan
from creditloop.book.loans import EVENT_KINDS, LoanEvent, event_of
from creditloop.kernel.errors import BookError, InputError
from creditloop.service.loans.booking import EventBooked, book_once, event_dates, say
from creditloop.service.loans.network_steps import note_event
from creditloop.service.work import Work

SERVICING_KINDS = tuple(sorted(set(EVENT_KINDS) - {"disbursed", "repaid", "prepaid", "accrued"}))
"""The kinds of events there are for it; paying in and out has ways of its own, income is the day end's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change to be booked on a loan.

    Attributes:
        event_id: the caller's name of it, unique within the loan.
        kind: one of `SERVICING_KINDS`.
        details: what it says, by the fields of its kind; amounts in fen, rates as decimal text.
        value_date: the day from which it counts; None: the day it is booked on.
        reason: why, for whoever reads it later.
    """

    loan_id: str
    event_id: str
    kind: str
    details: Mapping[str, object]
    value_date: date | None
    reason: str


def change_loan(work: Work, *, change: Change, by: str) -> EventBooked:
    """Book a change; the same one again returns the first result.

    Args:
        by: who asks for it.
    Raises: UnknownId if there is no such loan, or it speaks of an event that is not there; InputError naming
        the field for what cannot be; ConflictingRepeat if its name stands for another event; OutOfOrder if
        its day is closed, or it presumes what is not so; StateError as `book_event`.
    """
    loan = find_loan(work.connection, loan_id=change.loan_id)
    value_date, booked_on = event_dates(
        work, loan=loan, event_id=change.event_id, value_date=change.value_date
    )
    event = _event(change, value_date, booked_on)
    done = book_once(work, loan=loan, event=event)
    if not done.booked.repeated:
        why = {"by": by, "reason": change.reason}
        note_event(work, loan=loan, booked=done.booked, why=why)
        say(work, done, kind="LoanChanged", change=change.kind, by=by, reason=change.reason)
    return done


def _event(change: Change, value_date: date, booked_on: date) -> LoanEvent:
    if change.kind not in SERVICING_KINDS:
        raise InputError(
            "no such kind of change",
            got=change.kind,
            expected=", ".join(SERVICING_KINDS),
            where={"field": "kind"},
        )
    if own := sorted(set(change.details) & {field.name for field in fields(LoanEvent)}):
        raise InputError(
            "the details say what the change itself says", got=own, where={"field": f"details.{own[0]}"}
        )
    try:
        return event_of(
            kind=change.kind,
            event_id=change.event_id,
            sequence=0,
            value_date=value_date,
            booked_on=booked_on,
            payload=json.dumps(dict(change.details)),
        )
    except BookError as error:
        raise InputError(
            "the details are not those of such a change",
            got=error.got,
            expected=error.message,
            where={"field": f"details.{error.where.get('field', '')}".rstrip(".")},
        ) from None
