"""What was agreed for one loan: principal, rate, cycle, way of repaying, rounding of instalments.

The values come from a product document (policies/) or an agreement; nothing here is a default that decides
what a customer pays. Amounts are whole units of the scale (fen for products).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount, Scale
from creditloop.book.plan import Plan, RepaymentMethod
from creditloop.kernel.errors import InputError

REPAYMENTS = (
    RepaymentMethod.EQUAL_INSTALMENT,
    RepaymentMethod.EQUAL_PRINCIPAL,
    RepaymentMethod.INTEREST_FIRST,
    RepaymentMethod.BULLET,
)
"""Ways of repaying that are planned here, and anew when a loan changes; others need a plan agreed."""


class InterestMethod(StrEnum):
    """On what interest is computed."""

    DECLINING = "declining"
    """On the principal that the plan leaves outstanding."""
    FLAT = "flat"
    """On the principal paid out, whatever has been repaid since."""


class LevelChange(StrEnum):
    """How the instalments after a further tranche are found."""

    BY_COUNT = "by_count"
    """What was paid out, by the number of instalments agreed; the last instalment takes what is missing."""
    BY_BALANCE = "by_balance"
    """The balance of that day over the instalments that are left."""


class LevelBasis(StrEnum):
    """From which periods an equal instalment is found; interest is always that of the real ones."""

    OWN_PERIODS = "own_periods"
    """Those of the plan, so that the last instalment differs only by rounding."""
    NOMINAL = "nominal"
    """Months of 30 days, or the cycle's days, over 365; the last instalment takes the difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanTerms:
    """The terms of one loan (借款条件).

    Attributes:
        principal: units agreed, > 0; what is paid out counts, in one or several tranches.
        start: day on which the first tranche is expected; the real one moves the plan.
        count: instalments, 1 to 600, without down payments.
        cycle: from one due date to the next.
        rate: yearly fraction, 0.072 is 7.2 %.
        day_count: how days are counted; None: every period of the cycle is alike (a month is a twelfth of a
            year, a day of a cycle in days 1/365).
        scale: size of a unit and its rounding.
        multiple: instalments are rounded to a multiple of this, in units; 1 rounds to the unit.
        grace_principal: first instalments without principal.
        grace_interest: first instalments whose interest is not yet due; it falls due with the next one.
        down_payment: share of each tranche due on the day it is paid out, as a fraction.
        level_basis: from which periods an equal instalment is found, where days are counted.
        level_change: how a further tranche changes the instalments.
        tranche_joins_due_day: whether an instalment due on the tranche's own day carries a part of it.
        agreed: the plan that is part of the agreement, for one pay-out of the principal on `start`; None: the
            pay-outs are planned by the terms above.
    """

    principal: int
    start: date
    count: int
    cycle: Cycle
    rate: Decimal
    repayment: RepaymentMethod
    scale: Scale
    interest_method: InterestMethod = InterestMethod.DECLINING
    day_count: DayCount | None = None
    multiple: int = 1
    grace_principal: int = 0
    grace_interest: int = 0
    down_payment: Decimal = Decimal(0)
    level_basis: LevelBasis = LevelBasis.OWN_PERIODS
    level_change: LevelChange = LevelChange.BY_BALANCE
    tranche_joins_due_day: bool = False
    agreed: Plan | None = None

    def __post_init__(self) -> None:
        _within("principal", self.principal, 1, None)
        _within("count", self.count, 1, 600)
        _within("multiple", self.multiple, 1, None)
        _within("grace_principal", self.grace_principal, 0, self.count - 1)
        _within("grace_interest", self.grace_interest, 0, self.count - 1)
        if self.agreed is None and self.repayment not in REPAYMENTS:
            raise InputError("this way of repaying is not replayed", got=self.repayment, expected=REPAYMENTS)
        if not 0 <= self.rate <= 100:
            raise InputError("rate is out of range", got=self.rate, expected="a yearly fraction, 0 to 100")
        if not 0 <= self.down_payment < 1:
            raise InputError("down payment is out of range", got=self.down_payment, expected="0 to 1")
        if self.grace_interest and self.repayment is RepaymentMethod.BULLET:
            raise InputError("a bullet loan has no instalment to which interest could be put off")
        if self.agreed is not None:
            _check_agreed(self, self.agreed)


def _check_agreed(terms: LoanTerms, plan: Plan) -> None:
    """Refuse a plan that is not one of the principal from the start on."""
    if len(plan) == 0 or plan.start[0] != terms.start or sum(plan.principal_fen) != terms.principal:
        raise InputError(
            "the plan agreed is not one of this loan",
            got=f"{sum(plan.principal_fen)} from {plan.start[0] if len(plan) else None}",
            expected=f"{terms.principal} from {terms.start}",
        )
    if list(plan.due) != sorted(set(plan.due)) or plan.due[0] <= terms.start or min(plan.interest_fen) < 0:
        raise InputError("the plan agreed has no ascending due dates", got=plan.due)


def _within(name: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        expected = f">= {least}" if most is None else f"{least} to {most}"
        raise InputError(f"{name} is out of range", got=value, expected=expected)
