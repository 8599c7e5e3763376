"""What a replay says of a loan: rows due, what each event settled and posted, balances, days past due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.book.loans.events import LoanEvent
from creditloop.book.loans.postings import Leg, LoanAccount
from creditloop.book.loans.rows import RowKind
from creditloop.book.loans.rules import Part, Parts


class LoanStatus(StrEnum):
    """Where a loan stands."""

    APPROVED = "approved"
    """Nothing is paid out."""
    ACTIVE = "active"
    OVERPAID = "overpaid"
    """Nothing is owed, and the customer has credit."""
    CLOSED = "closed"
    """Nothing is owed either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """One due date (应还明细), amounts in units by `Part`.

    Attributes:
        nr: from 1; start, due: its period; kind: where it comes from.
        amounts: due; credited: the part of them that is a credit taken back.
        paid, waived: of them; paid_on: day since which nothing is open.
        in_advance, late: what was paid before and after the due date.
        bears_overdue_charge: whether an overdue charge stands here.
    """

    nr: int
    start: date
    due: date
    kind: RowKind
    amounts: Parts
    credited: Parts
    paid: Parts
    waived: Parts
    in_advance: int
    late: int
    paid_on: date | None
    bears_overdue_charge: bool

    @property
    def open_parts(self) -> Parts:
        """What is neither paid nor waived, by `Part`."""
        penalty, fee, interest, principal = (
            due - paid - waived
            for due, paid, waived in zip(self.amounts, self.paid, self.waived, strict=True)
        )
        return penalty, fee, interest, principal

    @property
    def open_units(self) -> int:
        """What is neither paid nor waived."""
        return sum(self.open_parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationLine:
    """What an event settled of one part of one row (冲抵明细); below zero it opened it again."""

    row: int
    due: date
    part: Part
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What one event did.

    Attributes:
        parts: settled, put back, recognised or written off, by `Part`.
        overpaid: left over to the customer's credit; covered: used of older credit.
        balance: principal on the books after it.
        legs: its postings.
        reversed_by: id of the event that undid it; then this is what it did before, and the same legs with
            the other sign took it back.
    """

    event: LoanEvent
    amount: int
    parts: Parts
    overpaid: int
    covered: int
    balance: int
    lines: tuple[AllocationLine, ...]
    legs: tuple[Leg, ...]
    reversed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanState:
    """A loan as of a day.

    Attributes:
        settlements: one for each event, in the order in which they count; undone ones too.
        overpaid: units to the customer's credit; disbursed: paid out.
        dpd: days past due, from the oldest unpaid due date.
        income_missing: income of all rows that is not recognised; what closing the loan recognises.
        income_by_row: income earned by the day and not recognised, by due date.
        balances: of the accounts.
    """

    as_of: date
    status: LoanStatus
    rows: tuple[DueRow, ...]
    settlements: tuple[Settlement, ...]
    disbursed: int
    overpaid: int
    dpd: int
    written_off: bool
    income_missing: Parts
    income_by_row: tuple[tuple[date, Parts], ...]
    balances: Mapping[LoanAccount, int]

    @property
    def open_parts(self) -> Parts:
        """What the customer owes, by `Part`, due or not."""
        totals = [0, 0, 0, 0]
        for row in self.rows:
            for part, units in enumerate(row.open_parts):
                totals[part] += units
        return totals[0], totals[1], totals[2], totals[3]

    @property
    def open_units(self) -> int:
        """What the customer owes, due or not."""
        return sum(self.open_parts)

    def settlement(self, event_id: str) -> Settlement | None:
        """Return what an event did, if it is among the events replayed."""
        return next((one for one in self.settlements if one.event.id == event_id), None)
