"""What a statement is made of, as plain values: parts of what is owed, events, months, due dates, rates."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is owed in its parts, fen; `overpaid_fen` stands to the customer's credit."""

    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    overpaid_fen: int = 0

    @property
    def total_fen(self) -> int:
        """All that is owed, less what is overpaid."""
        return self.principal_fen + self.interest_fen + self.fee_fen + self.penalty_fen - self.overpaid_fen

    def plus(self, other: "Parts") -> "Parts":
        """Return the sum, part by part."""
        return Parts(
            principal_fen=self.principal_fen + other.principal_fen,
            interest_fen=self.interest_fen + other.interest_fen,
            fee_fen=self.fee_fen + other.fee_fen,
            penalty_fen=self.penalty_fen + other.penalty_fen,
            overpaid_fen=self.overpaid_fen + other.overpaid_fen,
        )

    def as_record(self) -> dict[str, int]:
        """Return the parts and their total as plain data."""
        names = ("principal_fen", "interest_fen", "fee_fen", "penalty_fen", "overpaid_fen", "total_fen")
        return {name: getattr(self, name) for name in names}


NOTHING = Parts(principal_fen=0, interest_fen=0, fee_fen=0, penalty_fen=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEvent:
    """An event of the period.

    Attributes:
        sequence, event_id: as it stands in the book; `kind` as it is stored.
        amount_fen: money that moved, or that was charged or waived; None for an event without an amount.
        moved: what it moved of what is owed; below zero it lowers it.
        reversed_by: id of the event that undid it, within the book of now.
    """

    sequence: int
    event_id: str
    kind: str
    value_date: date
    booked_on: date
    amount_fen: int | None
    moved: Parts
    reversed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthAccrued:
    """What the days of a month of the period earned, as their closes recognise it."""

    since: date
    until: date
    interest_fen: int
    fee_fen: int
    penalty_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDue:
    """What falls due on a date, as of the end of the period; `open_fen` is neither paid nor waived."""

    nr: int
    due: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    penalty_fen: int
    paid_fen: int
    waived_fen: int
    open_fen: int

    @property
    def total_fen(self) -> int:
        """All that falls due."""
        return self.principal_fen + self.interest_fen + self.fee_fen + self.penalty_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRate:
    """A yearly rate with its method, as it must be shown; `shown` in per cent."""

    code: str
    zh: str
    en: str
    shown: str
