"""What an explanation is made of (算法步骤): steps that add up, each a formula with its numbers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from creditloop.book.interest import Scale
from creditloop.book.loans import LoanAccount, Part


class How(StrEnum):
    """By which rule a step's amount came about."""

    PERIOD_INTEREST = "period_interest"
    """Balance × yearly rate × part of a year, rounded once."""
    FLAT_INTEREST = "flat_interest"
    """The interest of the whole loan over its instalments; the last takes what is missing."""
    INTEREST_TO_DAY = "interest_to_day"
    """A period's interest × days passed / days of the period, rounded once."""
    LEVEL_PRINCIPAL = "level_principal"
    """The equal instalment less its interest."""
    EQUAL_PRINCIPAL = "equal_principal"
    """The principal over the instalments."""
    LAST_PRINCIPAL = "last_principal"
    """What the instalments before leave."""
    STATED = "stated"
    """What the plan that the event brought says; no shorter formula gives it."""
    REPLANNED = "replanned"
    """What another plan put elsewhere."""
    CHARGED = "charged"
    """A charge as booked."""
    OWED_AGAIN = "owed_again"
    """Money that went back and is owed again."""
    MOVED = "moved"
    """What moved here from another instalment, or from here to another."""
    OVERDUE_DAY = "overdue_day"
    """Overdue × yearly rate × a day's part of a year, with the part of a unit carried."""
    GRACE_OVER = "grace_over"
    """What the days of grace cost, charged once they have passed unpaid."""
    GRACE_WAITS = "grace_waits"
    """What a day of grace costs; it waits."""
    ACCRUED = "accrued"
    """A period's interest × days passed / days of the period, less what was accrued before."""
    SETTLED = "settled"
    """The least of what is open here and what is left of the payment."""
    SETTLED_LATER = "settled_later"
    """What of the overpayment settled a charge that came afterwards."""
    PUT_BACK = "put_back"
    """What was settled and is open again."""
    OVERPAID = "overpaid"
    """What nothing was open for: it stands to the customer's credit."""
    SHARE = "share"
    """A running total × the lender's share, rounded, less what it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A product within a formula.

    Attributes:
        base: units that are multiplied; rate: yearly fraction, None for none.
        part: part of a year, of a period or of a whole.
        since, until: the days it is for, the last one excluded; None where it is for no days.
    """

    base: int
    rate: Decimal | None = None
    part: Fraction
    since: date | None = None
    until: date | None = None

    @property
    def exact(self) -> Fraction:
        """The product, not rounded, in units."""
        return self.base * self.part * (1 if self.rate is None else Fraction(self.rate))

    @property
    def days(self) -> int | None:
        """The days it is for."""
        return None if self.since is None or self.until is None else (self.until - self.since).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an explanation.

    Attributes:
        amount: units it adds; `result` less `was`.
        result: what its formula gives; was: what stood there before.
        day: from which day on it counts; event_id: the event that made it, None for what the days do.
        terms: products that are added up; added: units that are added to them as they stand.
        carried: part of a unit carried into the step and out of it.
        due, part: the row it is about, where that is not the subject, and what of it.
        account: of the book, for what is posted.
        places: in how many instalments a whole is divided, for what is divided evenly.
    What is settled is the least of its terms: what is open there, and what is left of the payment.
    """

    how: How
    amount: int
    day: date
    event_id: str | None = None
    result: int = 0
    was: int = 0
    terms: tuple[Term, ...] = ()
    added: int = 0
    carried: tuple[Fraction, Fraction] | None = None
    due: date | None = None
    part: Part | None = None
    account: LoanAccount | None = None
    places: int = 0

    @property
    def exact(self) -> Fraction:
        """What the formula gives before it is rounded."""
        carried = Fraction(0) if self.carried is None else self.carried[0]
        return sum((term.exact for term in self.terms), carried) + self.added


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How an amount came about (每笔金额怎么来的).

    Attributes:
        what: the figure, e.g. "interest"; subject: the due date, event, day or lender it is of.
        amount: units, as it stands in the book.
        steps: in the order in which they count.
    """

    what: str
    subject: str
    amount: int
    steps: tuple[Step, ...]

    @property
    def total(self) -> int:
        """What the steps add up to."""
        return sum(step.amount for step in self.steps)

    @property
    def holds(self) -> bool:
        """Whether the steps give the amount."""
        return self.total == self.amount

    @property
    def complete(self) -> bool:
        """Whether no step only states what a plan says."""
        return all(step.how is not How.STATED for step in self.steps)


def rounded(exact: Fraction, scale: Scale) -> int:
    """Round an exact amount to whole units, as the scale does."""
    return scale.divide(exact.numerator, exact.denominator)
