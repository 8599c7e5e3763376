"""What a plan follows from: the product's rules of repayment, and one loan's amount, rate and dates."""

from dataclasses import dataclass
from datetime import MAXYEAR, date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.calendars import EVERY_DAY, BusinessDayConvention, BusinessDays, Cycle
from creditloop.book.interest import DayCount, Rounding
from creditloop.kernel.dates import month_end
from creditloop.kernel.errors import InputError

PRINCIPAL_FEN_MAX = 10**16
"""Largest principal, fen: a hundred trillion yuan."""
RATE_MAX = Decimal(100)
"""Largest yearly rate, 10,000 %."""
COUNT_MAX = 600
"""Most instalments of a plan."""
PERIOD_MONTHS_MAX, PERIOD_DAYS_MAX = 120, 3660
"""Longest period between instalments: ten years."""
YEAR_LEAST = 1900
"""First year in which a loan may begin."""


class RepaymentMethod(StrEnum):
    """How principal comes back (还款方式)."""

    EQUAL_INSTALMENT = "equal_instalment"
    """等额本息: the same amount each time; by the day count it is the instalment plan on daily interest."""
    EQUAL_PRINCIPAL = "equal_principal"
    """等额本金: the same principal each time."""
    INTEREST_FIRST = "interest_first"
    """先息后本: interest each time, principal with the last."""
    BULLET = "bullet"
    """到期一次还本付息: one payment at the end; `count` periods lead to it."""
    STEPPED = "stepped"
    """分段还本: principal by steps of stated amounts, interest on top; the last instalment takes the rest."""
    FIXED_PAYMENT = "fixed_payment"
    """固定还款额: stated payments, interest first and the rest principal, until the loan is repaid."""


class InterestBy(StrEnum):
    """How long a period is when its interest is counted."""

    DAYS = "days"
    """By the day count between its dates (按日计息)."""
    MONTHS = "months"
    """By twelfths of a year; days beyond whole months by the day count (按月计息, 零头天数按日)."""


class Rest(StrEnum):
    """Which instalment takes what rounding leaves of the principal."""

    LAST = "last"
    """The last one."""
    FIRST = "first"
    """The first one; the others are rounded down. Of equal principal only."""


class FirstStub(StrEnum):
    """What a first period that is longer or shorter than the others does to equal instalments."""

    LEVELLED = "levelled"
    """All instalments carry it: the level instalment is that of the periods as they are."""
    APART = "apart"
    """The first one carries it: principal is as for a regular period, interest as for the real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """What a product says about repayment.

    Attributes:
        method: how principal comes back.
        period: from one due date to the next; whole months or days, at most ten years.
        interest_by: days, or months (only with a period of months).
        day_count: of days, and of the days beyond whole months.
        rounding: of interest, of the level instalment and of equal principal; fen are whole.
        rest: which instalment takes what rounding leaves.
        first_stub: what an irregular first period does to equal instalments.
        convention: where a due date goes that is no business day.
        accrue_to_planned_day: interest runs to the due date as planned, not to the one moved to.
        principal_grace: first instalments without principal.
        interest_grace: first instalments without payment of interest; it is due with the next one, and
            bears no interest itself.
        interest_free: first periods for which there is no interest at all (首期免息).
        multiple_fen: level instalments and equal principal are rounded to multiples of this.
    """

    method: RepaymentMethod
    period: Cycle
    interest_by: InterestBy
    day_count: DayCount
    rounding: Rounding = Rounding.HALF_AWAY
    rest: Rest = Rest.LAST
    first_stub: FirstStub = FirstStub.LEVELLED
    convention: BusinessDayConvention = BusinessDayConvention.NONE
    accrue_to_planned_day: bool = True
    principal_grace: int = 0
    interest_grace: int = 0
    interest_free: int = 0
    multiple_fen: int = 1

    def __post_init__(self) -> None:
        if min(self.principal_grace, self.interest_grace, self.interest_free) < 0 or self.multiple_fen < 1:
            raise InputError(
                "grace is a number of instalments, a multiple is one of fen", expected=">= 0, >= 1"
            )
        if self.period.months > PERIOD_MONTHS_MAX or self.period.days > PERIOD_DAYS_MAX:
            raise InputError("no such period", got=self.period, expected="at most ten years")
        if self.interest_by is InterestBy.MONTHS and not (self.period.months and self.accrue_to_planned_day):
            raise InputError(
                "interest by months is of planned months",
                got=f"{self.period}, to the planned day: {self.accrue_to_planned_day}",
                expected="a period of months, and interest to the planned day",
            )
        if self.rest is Rest.FIRST and self.method is not RepaymentMethod.EQUAL_PRINCIPAL:
            raise InputError("only of equal principal can the first take the rest", got=self.method)
        if self.first_stub is FirstStub.APART and self.method is not RepaymentMethod.EQUAL_INSTALMENT:
            raise InputError("only equal instalments level a first period or set it apart", got=self.method)
        if self.principal_grace and self.method in _WITHOUT_PRINCIPAL_GRACE:
            raise InputError("this method has no grace of principal", got=self.method)
        if self.interest_grace and self.method in _WITHOUT_INTEREST_GRACE:
            raise InputError("this method has no grace of interest", got=self.method)


_WITHOUT_PRINCIPAL_GRACE = {RepaymentMethod.INTEREST_FIRST, RepaymentMethod.BULLET, RepaymentMethod.STEPPED}
_WITHOUT_INTEREST_GRACE = {RepaymentMethod.BULLET, RepaymentMethod.FIXED_PAYMENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An amount in force from one instalment until the next step.

    Attributes:
        first: number of the first instalment it holds for, from 1.
        amount_fen: principal of each (stepped), or the whole payment (fixed payment).
    """

    first: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What a loan adds to its product's rules.

    Attributes:
        principal_fen: 1..10^16.
        rate: yearly fraction, 0 to 100; 0.072 is 7.2 %.
        start: day the money is paid out, from 1900 on; it bears interest from this day on.
        first_due: due date of instalment 1 as planned, after `start`.
        count: instalments, 1..600; of a bullet, the periods to its end.
        due_day: day of the month of the later due dates, 1..31, in a shorter month its last; None is the
            first due date's own. For periods of days there is none.
        steps: amounts of a stepped or fixed-payment plan, the first from instalment 1.
        business_days: the calendar that due dates are moved by.
    Raises: InputError if something is out of range or does not fit the rules.
    """

    rules: PlanRules
    principal_fen: int
    rate: Decimal
    start: date
    first_due: date
    count: int
    due_day: int | None = None
    steps: tuple[Step, ...] = ()
    business_days: BusinessDays = EVERY_DAY

    def __post_init__(self) -> None:
        if not 0 < self.principal_fen <= PRINCIPAL_FEN_MAX:
            raise InputError("no such principal", got=self.principal_fen, expected="1 to 10^16 fen")
        if not (self.rate.is_finite() and 0 <= self.rate <= RATE_MAX):
            raise InputError("no such rate", got=self.rate, expected=f"a yearly fraction, 0 to {RATE_MAX}")
        if not 0 < self.count <= COUNT_MAX:
            raise InputError("no such number of instalments", got=self.count, expected=f"1 to {COUNT_MAX}")
        if self.first_due <= self.start:
            raise InputError("due before it is paid out", got=self.first_due, expected=f"after {self.start}")
        self._check_calendar()
        rules = self.rules
        if max(rules.principal_grace, rules.interest_grace) >= self.count:
            raise InputError(
                "grace for ever",
                got=f"{self.count} instalments",
                expected="fewer without payment than there are",
            )
        if self.steps or rules.method in WITH_STEPS:
            _check_steps(self)

    def _check_calendar(self) -> None:
        """Refuse a due day that is not the first due date's, and plans beyond the calendar."""
        if self.start.year < YEAR_LEAST:
            raise InputError("the loan begins too early", got=self.start, expected=f"from {YEAR_LEAST} on")
        months = self.rules.period.months
        last = self.first_due.year + (
            self.count * (months or self.rules.period.days) // (12 if months else 365)
        )
        if last >= MAXYEAR:
            raise InputError("the calendar ends before the plan", got=f"the year {last}")
        if self.due_day is None:
            return
        first = self.first_due
        fits = months and 1 <= self.due_day <= 31
        if not fits or first.day != min(self.due_day, month_end(first.year, first.month).day):
            raise InputError(
                "the first due date is not on the due day",
                got=f"{first}, day {self.due_day}",
                expected="the due day of its month, or the month's last; none for periods of days",
            )


WITH_STEPS = {RepaymentMethod.STEPPED, RepaymentMethod.FIXED_PAYMENT}
"""Methods whose amounts the terms state."""


def _check_steps(terms: PlanTerms) -> None:
    """Refuse steps where there are none, none where there must be, and steps out of order."""
    steps = terms.steps
    if terms.rules.method not in WITH_STEPS:
        raise InputError("this method has no steps", got=terms.rules.method)
    firsts = [step.first for step in steps]
    if firsts[:1] != [1] or firsts != sorted(set(firsts)) or firsts[-1] > terms.count:
        raise InputError(
            "steps must begin with instalment 1 and follow one another",
            got=firsts,
            expected=f"1 to {terms.count}",
        )
    if min(step.amount_fen for step in steps) < 0:
        raise InputError("a step's amount is negative", got=[step.amount_fen for step in steps])


def first_due_after(*, start: date, due_day: int, least_days: int) -> date:
    """Return the first due date of a monthly plan: the due day of a month at least so many days ahead.

    Args:
        due_day: 1..31; in a shorter month its last day.
        least_days: > 0, how short a first period may be.

    >>> first_due_after(start=date(2026, 3, 14), due_day=20, least_days=15)
    datetime.date(2026, 4, 20)
    """
    if not 1 <= due_day <= 31 or not 0 < least_days <= 366:
        raise InputError("no such due day or first period", got=f"{due_day}, {least_days} days")
    year, month = start.year, start.month
    while True:
        last = month_end(year, month)
        candidate = last.replace(day=min(due_day, last.day))
        if (candidate - start).days >= least_days:
            return candidate
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
