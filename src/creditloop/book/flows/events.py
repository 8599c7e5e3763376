"""What happens to a loan: the kinds of flows, what is planned, what comes in, and what results."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.book.interest import Ratio


class FlowKind(StrEnum):
    """A kind of event, in the order in which several of one day are taken."""

    DISBURSED = "disbursed"
    FEE_DUE = "fee_due"
    PRINCIPAL_DUE = "principal_due"
    PRINCIPAL_DRAWN = "principal_drawn"
    PENALTY_DUE = "penalty_due"
    PREPAID = "prepaid"
    CALLED = "called"
    INTEREST_DUE = "interest_due"
    INTEREST_CAPITALISED = "interest_capitalised"
    DEFAULTED = "defaulted"
    RATE_FIXED = "rate_fixed"
    """The rate changes to one that the terms state."""
    RATE_RESET = "rate_reset"
    """The rate changes to one read from the market."""
    PAYMENT_FIXED = "payment_fixed"
    """The equal instalment is worked out."""
    PURCHASED = "purchased"
    TERMINATED = "terminated"
    SCALED = "scaled"
    BASE_FIXED = "base_fixed"
    """The amount that bears interest is set to the principal."""
    SETTLED = "settled"
    MATURED = "matured"
    OBSERVED = "observed"
    """Nothing happens; the state is shown."""


ORDER = {kind: number for number, kind in enumerate(FlowKind)}
ENDINGS = frozenset({FlowKind.TERMINATED, FlowKind.SETTLED, FlowKind.MATURED})
"""After one of these nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscheduled:
    """Something that happens without being planned: a prepayment, a withdrawal, a call, a default.

    Attributes:
        amount: units, positive; 0 where there is none.
    """

    kind: FlowKind
    day: date
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An event that lies ahead.

    Attributes:
        day: when it happens, moved to a business day.
        accrue_to: the day up to which interest is counted, itself not counted.
        planned_for: the day before it was moved.
        closes_day: comes after everything else of its day.
        amount: units, where terms or the outside state it.
        rate, spread: of a rate step, where it states them.
    """

    kind: FlowKind
    day: date
    accrue_to: date
    planned_for: date
    closes_day: bool = False
    amount: int | None = None
    rate: Ratio | None = None
    spread: Ratio | None = None

    @property
    def place(self) -> tuple[date, bool, int]:
        """Where it stands among the others."""
        return self.day, self.closes_day, ORDER[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a loan stands at; signed as the side says.

    Attributes:
        principal: outstanding, units.
        base: the amount that bears interest, units.
        rate: yearly fraction.
        accrued, fee_accrued: not yet due, exact ratios of units.
        accrued_to: up to which day.
        payment: principal or total of the next payment, units; None if not fixed yet.
        interest_scaling, principal_scaling: what amounts are multiplied by when they come due.
        performing: false after a default; nothing flows then.
        settling: interest fixed by a call, due at settlement; None before one.
    """

    principal: int
    base: int
    rate: Ratio
    accrued: Ratio
    fee_accrued: Ratio
    accrued_to: date
    payment: int | None
    interest_scaling: Ratio = (1, 1)
    principal_scaling: Ratio = (1, 1)
    performing: bool = True
    settling: Ratio | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """An event that was worked out, with what it moved and the state after it.

    Attributes:
        amount: units received (negative: paid), as the side says.
        principal, rate, accrued: the state after; accrued is rounded to units for showing.
    """

    kind: FlowKind
    day: date
    amount: int
    principal: int
    rate: Ratio
    accrued: int
    closes_day: bool = False
