"""The rows of a loan while it is replayed: what falls due, what of it is paid, waived, written off.

A row is one due date's amounts in four parts. Its charges keep their own due dates, so that a part of a row
can be due before the row is.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from creditloop.book.interest import Ratio, Scale
from creditloop.book.loans.rules import Part


class RowKind(StrEnum):
    """Where a row comes from."""

    INSTALMENT = "instalment"
    DOWN_PAYMENT = "down_payment"
    EXTRA = "extra"
    """After the last instalment: later charges and credits taken back."""
    REAGED = "reaged"
    PREPAYMENT = "prepayment"
    """What a prepayment settled of a period that was not over."""


def _four() -> list[int]:
    return [0, 0, 0, 0]


@dataclass(slots=True, kw_only=True, eq=False)
class OpenRow:
    """A row being replayed; lists of four hold units by `Part`.

    Attributes:
        start: first day of its period; due: its due date.
        counted_until: where its interest ends if that is not the due date, which moved to a business day.
        planned: what the plan says; charged: added by charges and credits taken back.
        credited: the part of `charged` that is a credit taken back and not income.
        settled_on: day on which nothing of it was open any more; None while something is.
        ran: interest earned before the period began anew, which the row still carries.
        charges: own due dates of charges, with part and units.
        overdue_units: penalty and interest for being overdue that stand in `charged`; overdue_waiting: what
            waits, unrounded, for the days of grace to pass.
    """

    start: date
    due: date
    kind: RowKind = RowKind.INSTALMENT
    counted_until: date | None = None
    planned: list[int] = field(default_factory=_four)
    charged: list[int] = field(default_factory=_four)
    credited: list[int] = field(default_factory=_four)
    paid: list[int] = field(default_factory=_four)
    waived: list[int] = field(default_factory=_four)
    written_off: list[int] = field(default_factory=_four)
    in_advance: int = 0
    late: int = 0
    settled_on: date | None = None
    ran: int = 0
    charges: list[tuple[date, Part, int]] = field(default_factory=list)
    overdue_units: list[int] = field(default_factory=lambda: [0, 0])
    overdue_waiting: list[Ratio] = field(default_factory=lambda: [(0, 1), (0, 1)])
    bears_overdue_charge: bool = False

    def due_of(self, part: int) -> int:
        """Units of a part that fall due here, paid or not."""
        return self.planned[part] + self.charged[part]

    def interest_earned(self, day: date, scale: Scale) -> int:
        """Return the interest owed before a day: evenly by days, what is owed again at once."""
        if day >= self.due:
            return self.due_of(Part.INTEREST)
        before = self.ran + self.credited[Part.INTEREST]
        if day <= self.start:
            return before
        left = (self.due_of(Part.INTEREST) - before) * (day - self.start).days
        return before + scale.divide(left, (self.due - self.start).days)

    def settled_of(self, part: int) -> int:
        """Units of a part that are paid or waived."""
        return self.paid[part] + self.waived[part]

    def open_of(self, part: int) -> int:
        """Units of a part that are neither paid nor waived."""
        return self.planned[part] + self.charged[part] - self.paid[part] - self.waived[part]

    @property
    def settled_units(self) -> int:
        """Units of the whole row that are paid or waived."""
        return sum(self.paid) + sum(self.waived)

    @property
    def waits(self) -> bool:
        """Whether a cost of being overdue waits for the days of grace to pass."""
        return any(above for above, _ in self.overdue_waiting)

    @property
    def own_interest_open(self) -> int:
        """Units of interest due by the plan or a charge that are open; payments settle them first."""
        return max(0, self.open_of(Part.INTEREST) - self.overdue_units[1])

    @property
    def open_units(self) -> int:
        """Units of the whole row that are neither paid nor waived."""
        return sum(self.planned) + sum(self.charged) - sum(self.paid) - sum(self.waived)

    def due_by(self, part: int, day: date) -> int:
        """Units of a part that are open and due by a day: all once the row is due, before only charges."""
        if day >= self.due:
            return self.open_of(part)
        due = sum(units for own, of, units in self.charges if of == part and own <= day)
        return max(0, min(self.open_of(part), due - self.paid[part] - self.waived[part]))

    def pay(self, part: int, units: int, day: date) -> int:
        """Settle up to so many units of a part; return how many it took."""
        taken = min(units, self.open_of(part))
        if taken <= 0:
            return 0
        self.paid[part] += taken
        if day < self.due:
            self.in_advance += taken
        elif day > self.due:
            self.late += taken
        self.note(day)
        return taken

    def unpay(self, part: int, units: int, day: date) -> int:
        """Open again up to so many settled units of a part; return how many."""
        taken = min(units, self.paid[part])
        if taken <= 0:
            return 0
        self.paid[part] -= taken
        if day < self.due:
            self.in_advance = max(0, self.in_advance - taken)
        elif day > self.due:
            self.late = max(0, self.late - taken)
        self.note(day)
        return taken

    def note(self, day: date) -> None:
        """Note whether the row is settled now, and since when."""
        if self.open_units > 0:
            self.settled_on = None
        elif self.settled_on is None:
            self.settled_on = day
