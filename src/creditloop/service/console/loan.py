"""借据详情: one loan: who, what is owed, terms, plan, events with postings and proofs, its closed days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.book.loan_records import (
    CLOSE_COLUMNS,
    PlanVersionRow,
    count_closes,
    find_closes,
    find_plan_rows,
)
from creditloop.book.loans import Disbursed, DueRow, LoanAccount, replay
from creditloop.kernel.errors import UnknownId
from creditloop.service.attesting import find_waiting
from creditloop.service.console.loan_events import shown_events
from creditloop.service.console.loan_evidence import steps_of
from creditloop.service.console.loan_formulas import rate_text
from creditloop.service.console.loan_reading import LoanRead, read_loan, way_to_loan
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.visit import Answer, Page, Redirect, Visit
from creditloop.service.loans import booked_balances
from creditloop.service.statements.rates import annualised_rates

_SPLIT = {account.value for account in LoanAccount} - {
    "loan_principal",
    "interest_receivable",
    "fee_receivable",
    "penalty_receivable",
    "customer_suspense",
}
"""Accounts of which each lender has a part, so that a posting there has a working of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A version of the plan as it is stored: the event that made it, its rows."""

    version: int
    event_id: str | None
    rows: tuple[PlanVersionRow, ...]

    @property
    def principal_fen(self) -> int:
        """The principal it repays."""
        return sum(row.principal_fen for row in self.rows)

    @property
    def interest_fen(self) -> int:
        """The interest it still asks for."""
        return sum(row.interest_fen for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A row of the plan in force beside the one agreed for the same date, if there is one."""

    row: DueRow
    agreed: tuple[int, int] | None
    is_next: bool


def show_loan(visit: Visit) -> Answer:
    """Show a loan with all that is known of it; one whose payout waits, or ended unpaid, is shown as that."""
    asked = paging(visit)
    with visit.work() as work:
        try:
            read = read_loan(visit, work)
        except UnknownId:
            loan_id = visit.path["loan_id"]
            if find_waiting(work.connection, loan_id=loan_id) is None:
                raise
            return Redirect(path=f"/awaiting-payouts/{loan_id}")
        loan = read.loan
        shard, number = loan.shard, loan.loan_no
        closes = find_closes(work.connection, shard=shard, loan_no=number, most=ON_A_PAGE, skip=asked.skip)
        found = count_closes(work.connection, shard=shard, loan_no=number)
        versions = _versions(find_plan_rows(work.connection, loan_no=loan.loan_no))
        steps = steps_of(visit, work, loan)
        last = find_closes(work.connection, shard=shard, loan_no=number, most=1)
        visit.log_read(
            work,
            package="creditloop.book",
            table="book.loan_day",
            columns=CLOSE_COLUMNS,
            parties_count=1,
            party_id=loan.party_id,
        )
    record = {
        "read": read,
        "loan": loan,
        "state": read.state,
        "booked": None if read.state is None else booked_balances(read.state),
        "on": read.on,
        "last": last[0] if last else None,
        "versions": versions,
        "lines": () if read.state is None else plan_lines(read, read.state.rows),
        "next_due": None if read.state is None or read.on is None else _next_due(read.state.rows, read.on),
        "rates": () if read.on is None else annualised_rates(loan, signed=read.signed),
        "events": shown_events(read),
        "steps": steps,
        "split": _SPLIT,
        "rate_text": rate_text,
        "closes": closes,
        "found": found,
        "page": asked.page,
        "pages": asked.pages(found),
    }
    return Page(template="loan.html", record=record, trail=way_to_loan(visit, loan.loan_id))


def plan_lines(read: LoanRead, rows: Sequence[DueRow]) -> tuple[PlanLine, ...]:
    """Return the plan in force, each row beside what was agreed for its date: principal and interest."""
    loan = read.loan
    first = next(event for event in loan.history if isinstance(event, Disbursed))
    planned = replay(terms=loan.terms, rules=loan.rules, events=[first], as_of=first.value_date).rows
    agreed = {row.due: (row.amounts[3], row.amounts[2]) for row in planned}
    assert read.on is not None, "a plan is that of a day"
    coming = _next_due(rows, read.on)
    shown = [PlanLine(row=row, agreed=agreed.pop(row.due, None), is_next=row.due == coming) for row in rows]
    return tuple(shown)


def _next_due(rows: Sequence[DueRow], on: date) -> date | None:
    return next((row.due for row in rows if row.due >= on and row.open_units), None)


def _versions(rows: Sequence[PlanVersionRow]) -> tuple[PlanVersion, ...]:
    numbers = sorted({row.version for row in rows})
    found = [(number, tuple(row for row in rows if row.version == number)) for number in numbers]
    return tuple(PlanVersion(version=number, event_id=of[0].event_id, rows=of) for number, of in found)
