"""The terms of the usual products (还款方式): so many periods of one length, repaid in one of four ways.

They are terms like any others: the engine works them out with the same parts as everything else, rounds to
the scale's units, and lets the last instalment take what rounding leaves.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditloop.book.calendars import EVERY_DAY, BusinessDayConvention, BusinessDays, Cycle
from creditloop.book.flows.terms import Repayment, Step, Terms
from creditloop.book.interest import FEN, DayCount, Scale
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """A loan of equal periods.

    Attributes:
        principal: units of `scale`, > 0.
        rate: yearly fraction.
        first_due: due date of instalment 1, after the disbursement; the later ones follow by `period`.
        count: instalments, > 0.
        convention, business_days, accrue_to_planned_day, carry_remainders: as in `Terms`.
    """

    principal: int
    rate: Decimal
    day_count: DayCount
    disbursed_on: date
    first_due: date
    count: int
    period: Cycle
    scale: Scale = FEN
    convention: BusinessDayConvention = BusinessDayConvention.NONE
    business_days: BusinessDays = EVERY_DAY
    accrue_to_planned_day: bool = False
    carry_remainders: bool = False

    def __post_init__(self) -> None:
        if self.principal <= 0 or self.count <= 0:
            raise InputError(
                "a loan needs principal and instalments",
                got=f"{self.principal} units, {self.count} instalments",
                expected="> 0",
            )
        if self.first_due <= self.disbursed_on:
            raise InputError(
                "due before it is disbursed", got=self.first_due, expected=f"> {self.disbursed_on}"
            )

    @property
    def maturity(self) -> date:
        """The due date of the last instalment."""
        return self.period.after(self.first_due, times=self.count - 1)


def equal_instalment_terms(*, loan: Regular) -> Terms:
    """Return the terms of a loan repaid by the same total each time (等额本息)."""
    step = Step(anchor=loan.first_due, cycle=loan.period)
    return _terms(loan, Repayment.EQUAL_INSTALMENT, interest=(step,), principal=(step,))


def equal_principal_terms(*, loan: Regular) -> Terms:
    """Return the terms of a loan repaid by the same principal each time, with interest (等额本金)."""
    step = Step(anchor=loan.first_due, cycle=loan.period)
    return _terms(loan, Repayment.EQUAL_PRINCIPAL, interest=(step,), principal=(step,))


def interest_first_terms(*, loan: Regular) -> Terms:
    """Return the terms of a loan that pays interest each time and principal at the end (先息后本)."""
    step = Step(anchor=loan.first_due, cycle=loan.period)
    return _terms(loan, Repayment.AT_MATURITY, interest=(step,))


def bullet_terms(*, loan: Regular) -> Terms:
    """Return the terms of a loan that pays everything at the end (到期一次还本付息)."""
    return _terms(loan, Repayment.AT_MATURITY)


def _terms(
    loan: Regular, repayment: Repayment, *, interest: tuple[Step, ...] = (), principal: tuple[Step, ...] = ()
) -> Terms:
    return Terms(
        scale=loan.scale,
        opened_on=date.fromordinal(loan.disbursed_on.toordinal() - 1),
        disbursed_on=loan.disbursed_on,
        principal=loan.principal,
        rate=loan.rate,
        day_count=loan.day_count,
        repayment=repayment,
        maturity=loan.maturity,
        maturity_moves=True,
        interest_steps=interest,
        principal_steps=principal,
        convention=loan.convention,
        business_days=loan.business_days,
        accrue_to_planned_day=loan.accrue_to_planned_day,
        carry_remainders=loan.carry_remainders,
    )
