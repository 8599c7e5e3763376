"""What a replay holds while it runs: rows, settled events, what is overpaid, what income is recognised."""

from bisect import insort
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from creditloop.book.interest import Ratio
from creditloop.book.loans.events import LoanEvent
from creditloop.book.loans.rows.allocation import Taken
from creditloop.book.loans.rows.open_row import OpenRow, RowKind
from creditloop.book.loans.rules import LoanRules, Part
from creditloop.book.loans.terms import LoanTerms


@dataclass(slots=True, kw_only=True)
class Settled:
    """What one event did, as far as the replay has come.

    Attributes:
        parts: what it settled, or put back, by `Part`.
        overpaid: what it left over; overpaid_left: what of that is still to the customer's credit.
        covered: what of an older overpayment it used; covered_principal: settled principal thereof.
        taken: rows it moved; balance: principal on the books after it.
    """

    event: LoanEvent
    parts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    amount: int = 0
    overpaid: int = 0
    overpaid_left: int = 0
    covered: int = 0
    covered_principal: int = 0
    taken: Taken = field(default_factory=list)
    balance: int = 0
    after_write_off: bool = False


@dataclass(slots=True, kw_only=True)
class Working:
    """A loan while its events are replayed.

    Attributes:
        rate: yearly rate in force; planned: whether there are instalments yet.
        anchor: day from which due dates are counted, and the number (from 0) of the instalment due on it.
        level_units, level_count: principal and number of instalments that a level is found from.
        overpaid: units to the customer's credit.
        overdue_until: day up to which being overdue has been charged for.
        overdue_carried: what of a unit of penalty, and of interest for being overdue, is not charged yet.
        grace_from: due date whose days of grace are running; None: no cost waits.
        recognised: income recognised so far, by `Part`.
        balance: principal on the books.
        overdue_rates: what being overdue costs, by variant and rate of the loan, as ratios.
        counted: income of the first `counted_rows` rows, which are due: kept so that a day costs the same
            however long the loan has lived; `recount` forgets it, with `settled_rows`, the first rows on
            which nothing bears penalty any more.
        counted_until: day up to which rows are among them.
        regular_from: place of the first row from which on the order of due dates is that of beginnings, and
            nothing is earned before a period begins; None: not looked for yet.
    """

    terms: LoanTerms
    rules: LoanRules
    rate: Decimal
    rows: list[OpenRow] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    planned: bool = False
    anchor: tuple[date, int] = (date.min, -1)
    level_units: int = 0
    level_count: int = 1
    disbursed: int = 0
    overpaid: int = 0
    overdue_until: date | None = None
    overdue_carried: list[Ratio] = field(default_factory=lambda: [(0, 1), (0, 1)])
    grace_from: date | None = None
    recognised: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    balance: int = 0
    written_off: bool = False
    overdue_rates: dict[tuple[int, Decimal], tuple[Ratio, Ratio]] = field(default_factory=dict)
    counted: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    counted_rows: int = 0
    counted_until: date = date.min
    settled_rows: int = 0
    regular_from: int | None = None

    def recount(self) -> None:
        """Forget what is known of the first rows, because rows have changed otherwise than by a payment."""
        self.counted = [0, 0, 0, 0]
        self.counted_rows = self.settled_rows = 0
        self.counted_until = date.min
        self.regular_from = None

    def owe_again(self, settled: Settled, units: int) -> None:
        """Put principal back on the books; of a loan that is written off it is less recovered instead."""
        settled.after_write_off = self.written_off
        if not self.written_off:
            self.balance += units

    def insert(self, row: OpenRow) -> None:
        """Put a row where its due date and kind belong."""
        insort(self.rows, row, key=self._place)

    def order(self) -> None:
        """Put rows back into order after dates have moved."""
        self.rows.sort(key=self._place)

    def _place(self, row: OpenRow) -> tuple[date, int]:
        """Down payments stand before an instalment of their day if that carries their tranche, else after."""
        down = row.kind is RowKind.DOWN_PAYMENT
        return row.due, int(not down if self.terms.tranche_joins_due_day else down)

    @property
    def open_units(self) -> int:
        """Units of the loan that are neither paid nor waived."""
        return sum(row.open_units for row in self.rows)

    def open_of(self, part: Part) -> int:
        """Units of a part that are neither paid nor waived."""
        return sum(row.open_of(part) for row in self.rows)

    def rows_of(self, kind: RowKind) -> list[OpenRow]:
        """Rows of a kind, in order."""
        return [row for row in self.rows if row.kind is kind]

    def oldest_due(self, day: date) -> date | None:
        """Return the oldest due date, the day itself included, on which something is open."""
        for row in self.rows:
            if row.due > day:
                return None
            if row.settled_on is None and row.open_units > 0:
                return row.due
        return None

    def dpd(self, day: date) -> int:
        """Days past due: from the oldest due date on which something is open, after the grace days."""
        oldest = self.oldest_due(day)
        days = (day - oldest).days if oldest is not None else 0
        return days if days > self.rules.dpd_grace_days else 0
