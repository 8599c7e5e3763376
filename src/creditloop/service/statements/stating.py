"""Gathering a loan's statement (出具对账单).

    1 the period's balances and events, from the book    4 the annualised rates, from what was signed
    2 what its months earned, adding up to the whole     5 what the customer is told, by a document in force
    3 what fell due, what was paid, what comes next

Who reads a statement is logged by whoever asks for it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from creditloop.book.loan_store import StoredLoan
from creditloop.book.loans import DueRow, LoanState, event_kind, replay
from creditloop.kernel.dates import month_end
from creditloop.kernel.errors import BookError
from creditloop.service.loans import Balances, StatementLine, agreement_hash_of, find_statement
from creditloop.service.simulated import is_simulated
from creditloop.service.statements.notices import NOTICES, NoticeFacts, find_notices
from creditloop.service.statements.rates import annualised_rates
from creditloop.service.statements.records import (
    NOTHING,
    MonthAccrued,
    Parts,
    StatementDue,
    StatementEvent,
    StatementRate,
)
from creditloop.service.work import Work

_DAY = timedelta(days=1)
COLUMNS = ("loan_id", "party_id", "value_date", "booked_on", "kind", "payload", "amounts_fen")
"""What a statement reads of `book.loan_event`, for the log of reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanStatement:
    """A loan's statement of a period, both days included; see `as_record` for plain data.

    Attributes:
        title: the product's title in both languages, or its name twice.
        paid_out_fen: principal paid out by the end of the period.
        opening, closing: what was owed at the close of the day before, and at that of the last day.
        events: as they were booked in the period.
        months: what each month of the period earned.
        dues: what fell due in the period or is still to be paid, all of it.
        next_due: the next date on which something falls due; None if nothing is to come.
        overdue_fen, dpd: what is past due at the end, and since how many days.
        rates: annualised ones first.
        notices: paragraphs in both languages; notices_hash: the document that they are from.
        agreement_hash: of the text that was signed; None for a loan that came in another way.
        simulated: the customer's data is made up.
    """

    loan_id: str
    party_id: str
    product: str
    title: Mapping[str, str]
    since: date
    until: date
    paid_out_on: date
    paid_out_fen: int
    opening: Parts
    events: tuple[StatementEvent, ...]
    months: tuple[MonthAccrued, ...]
    closing: Parts
    dues: tuple[StatementDue, ...]
    next_due: date | None
    next_amount_fen: int
    overdue_fen: int
    dpd: int
    rates: tuple[StatementRate, ...]
    notices: tuple[Mapping[str, str], ...]
    notices_hash: str
    agreement_hash: str | None
    simulated: bool

    @property
    def moved(self) -> Parts:
        """What all events of the period moved."""
        total = NOTHING
        for event in self.events:
            total = total.plus(event.moved)
        return total

    @property
    def accrued(self) -> Parts:
        """What all days of the period earned."""
        return Parts(
            principal_fen=0,
            interest_fen=sum(month.interest_fen for month in self.months),
            fee_fen=sum(month.fee_fen for month in self.months),
            penalty_fen=sum(month.penalty_fen for month in self.months),
        )

    def as_record(self) -> dict[str, object]:
        """Return it as plain data: dates as text, amounts in fen."""
        sums = {"moved": self.moved.as_record(), "accrued": self.accrued.as_record()}
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__} | sums


def loan_statement(work: Work, loan_id: str, since: date, until: date) -> LoanStatement:
    """Return a loan's statement of a period, both days included.

    Raises: UnknownId; InputError naming the day that cannot be; StateError for a loan without its terms;
        BookError if it does not add up.
    """
    found = find_statement(work, loan_id=loan_id, since=since, through=until)
    loan = found.loan
    known = [each for each in loan.history if max(each.booked_on, each.value_date) <= until]
    state = replay(terms=loan.terms, rules=loan.rules, events=known, as_of=until + _DAY, recognised=True)
    closing = _parts(found.closing)
    agreement_hash = agreement_hash_of(work, loan_id=loan_id)
    signed: Mapping[str, Any] = (
        {} if agreement_hash is None else json.loads(work.adopted(agreement_hash).text)
    )
    dues = tuple(_due(row) for row in state.rows if row.open_units or since <= row.due <= until)
    ahead = [row for row in state.rows if row.due > until and row.open_units]
    dpd = _dpd(state, until)
    facts = NoticeFacts(
        loan_id=loan_id,
        until=until,
        owed_fen=state.open_units,
        overdue_fen=sum(row.open_units for row in state.rows if row.due < until),
        overpaid_fen=state.overpaid,
        dpd=dpd,
        next_due=ahead[0].due if ahead else until,
        next_amount_fen=sum(row.open_units for row in ahead if row.due == ahead[0].due),
    )
    notices, notices_hash = find_notices(work, facts=facts, document=NOTICES)
    statement = LoanStatement(
        loan_id=loan_id,
        party_id=loan.party_id,
        product=loan.product,
        title=_title(signed, loan),
        since=since,
        until=until,
        paid_out_on=loan.paid_out_on,
        paid_out_fen=state.disbursed,
        opening=_parts(found.opening),
        events=tuple(_event(line, state) for line in found.lines),
        months=_months(work, loan, since, until),
        closing=closing,
        dues=dues,
        next_due=ahead[0].due if ahead else None,
        next_amount_fen=facts.next_amount_fen if ahead else 0,
        overdue_fen=facts.overdue_fen,
        dpd=dpd,
        rates=annualised_rates(loan, signed=signed),
        notices=notices,
        notices_hash=notices_hash,
        agreement_hash=agreement_hash,
        simulated=is_simulated(work.connection, party_id=loan.party_id),
    )
    _check(statement)
    return statement


def _check(statement: LoanStatement) -> None:
    """Refuse a statement that does not add up."""
    reached = statement.opening.plus(statement.moved).plus(statement.accrued)
    if reached != statement.closing:
        raise BookError(
            "a loan's statement does not add up",
            got=reached,
            expected=statement.closing,
            where={"loan": statement.loan_id},
        )


def _parts(one: Balances) -> Parts:
    return Parts(
        principal_fen=one.principal_fen,
        interest_fen=one.interest_fen,
        fee_fen=one.fee_fen,
        penalty_fen=one.penalty_fen,
        overpaid_fen=one.overpaid_fen,
    )


def _months(work: Work, loan: StoredLoan, since: date, until: date) -> tuple[MonthAccrued, ...]:
    """Return what each month earned: the part of the period that lies in it, closed as a whole."""
    found: list[MonthAccrued] = []
    first = max(since, loan.paid_out_on)
    while first <= until:
        last = min(until, month_end(first.year, first.month))
        accrued = find_statement(work, loan_id=loan.loan_id, since=first, through=last).accrued
        found.append(
            MonthAccrued(
                since=first,
                until=last,
                interest_fen=accrued.interest_fen,
                fee_fen=accrued.fee_fen,
                penalty_fen=accrued.penalty_fen,
            )
        )
        first = last + _DAY
    return tuple(found)


def _event(line: StatementLine, state: LoanState) -> StatementEvent:
    event = line.stored.event
    settlement = state.settlement(event.id)
    return StatementEvent(
        sequence=event.sequence,
        event_id=event.id,
        kind=event_kind(event),
        value_date=event.value_date,
        booked_on=event.booked_on,
        amount_fen=getattr(event, "amount", None),
        moved=_parts(line.moved),
        reversed_by=None if settlement is None else settlement.reversed_by,
    )


def _due(row: DueRow) -> StatementDue:
    penalty, fee, interest, principal = row.amounts
    return StatementDue(
        nr=row.nr,
        due=row.due,
        principal_fen=principal,
        interest_fen=interest,
        fee_fen=fee,
        penalty_fen=penalty,
        paid_fen=sum(row.paid),
        waived_fen=sum(row.waived),
        open_fen=row.open_units,
    )


def _dpd(state: LoanState, until: date) -> int:
    """Return the days past due at the close of a day, from the oldest unpaid due date."""
    unpaid = [row.due for row in state.rows if row.due <= until and row.open_units > 0]
    return (until - unpaid[0]).days if unpaid else 0


def _title(signed: Mapping[str, Any], loan: StoredLoan) -> Mapping[str, str]:
    told = signed.get("product", {})
    return {"zh": str(told.get("zh", loan.product)), "en": str(told.get("en", loan.product))}


def _plain(value: object) -> object:
    """Return a value of a statement as plain data."""
    if isinstance(value, Parts):
        return value.as_record()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__dataclass_fields__"):
        total = {"total_fen": value.total_fen} if isinstance(value, StatementDue) else {}
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__} | total
    return value
