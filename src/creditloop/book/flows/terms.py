"""The terms of an agreement (合同条款): what is lent, what comes due when, at which rate.

Every product and every outside case is one `Terms`; nothing else tells them apart. What comes due again and
again is a tuple of steps, each an anchor and a cycle that holds until the next step begins; most agreements
have one. Amounts are whole units of `scale`, rates are yearly fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum, StrEnum

from creditloop.book.calendars import EVERY_DAY, BusinessDayConvention, BusinessDays, Cycle
from creditloop.book.interest import DayCount, Scale
from creditloop.kernel.dates import add_months
from creditloop.kernel.errors import InputError


class Side(Enum):
    """Whose book it is: what the lender receives is positive, what the borrower pays is negative."""

    LENDER = 1
    BORROWER = -1


class Repayment(StrEnum):
    """How principal comes back before the last day; the last day takes the rest."""

    AT_MATURITY = "at_maturity"
    """All of it on the last day: interest first (先息后本) or bullet (到期一次还本付息)."""
    EQUAL_PRINCIPAL = "equal_principal"
    """The same principal each time (等额本金)."""
    EQUAL_INSTALMENT = "equal_instalment"
    """The same total each time, refixed with the rate so that it ends on the last day (等额本息)."""
    FIXED_PAYMENT = "fixed_payment"
    """A stated total each time, whatever the rate; the principal may grow (固定还款额)."""
    STEPPED = "stepped"
    """Stated principal, drawn or repaid, step by step (分段还款)."""


class InterestBase(StrEnum):
    """The amount that bears interest."""

    OUTSTANDING = "outstanding"
    """The principal outstanding."""
    AT_DISBURSEMENT = "at_disbursement"
    """The principal as it was disbursed, or the amount that the terms state."""
    LAGGING = "lagging"
    """The principal as it was on the last of the dates on which the base is fixed."""


class PenaltyKind(StrEnum):
    """What is charged for paying early."""

    AMOUNT = "amount"
    """A fixed amount."""
    PRINCIPAL = "principal"
    """A yearly rate on the principal since the last event."""
    INTEREST_DIFFERENCE = "interest_difference"
    """What the rate exceeds the market's, on the principal since the last event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """When something comes due: from an anchor, every cycle, until the next step begins.

    Attributes:
        anchor: the first date; None is one cycle after disbursement.
        cycle: None is the anchor alone.
    """

    anchor: date | None = None
    cycle: Cycle | None = None

    def __post_init__(self) -> None:
        if self.anchor is None and self.cycle is None:
            raise InputError("a step needs an anchor or a cycle")

    def first(self, *, disbursed_on: date) -> date:
        """Return the first date."""
        if self.anchor is not None:
            return self.anchor
        assert self.cycle is not None  # refused when it was made
        return self.cycle.after(disbursed_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalStep(Step):
    """A step of stated principal.

    Attributes:
        amount: units, > 0.
        drawn: whether it is paid out to the borrower, not repaid.
    """

    amount: int
    drawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateStep(Step):
    """A step of the rate.

    Attributes:
        rate: the rate from then on; None if it is read from the market.
        spread: added to the market's rate; None takes the one of the `Reset`.
    """

    rate: Decimal | None = None
    spread: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """How a rate follows the market: index × multiplier + spread, within bounds.

    Attributes:
        index: name of the market's series.
        fixed_rate: rate of the first reset, where it is known already.
        rate_min, rate_max: bounds of the rate.
        change_min, change_max: bounds of one change.
    """

    index: str | None = None
    multiplier: Decimal = Decimal(1)
    spread: Decimal = Decimal(0)
    fixed_rate: Decimal | None = None
    rate_min: Decimal | None = None
    rate_max: Decimal | None = None
    change_min: Decimal | None = None
    change_max: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Amounts that follow an index, e.g. of prices: they are multiplied by its value / `index_at_start`.

    Attributes:
        interest_at_opening, principal_at_opening: what they are multiplied by until the first date.
    """

    index: str
    index_at_start: Decimal
    scales_interest: bool
    scales_principal: bool
    interest_at_opening: Decimal = Decimal(1)
    principal_at_opening: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee that comes due again and again.

    Attributes:
        amount: units each time; None if it is a rate.
        rate: yearly fraction of the principal outstanding.
    """

    amount: int | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """What is charged with a prepayment: `value` is units or a yearly fraction, by `kind`."""

    kind: PenaltyKind
    amount: int = 0
    rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How long after a call a loan is settled; both 0 is at once."""

    months: int = 0
    days: int = 0

    def settled_on(self, *, called_on: date) -> date:
        """Return the day of settlement."""
        return add_months(called_on, self.months) + timedelta(days=self.days)


AT_ONCE = Notice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A loan bought or sold: the day, and its price in units without accrued interest."""

    day: date
    price: int
    closes_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything an agreement says about its flows.

    Attributes:
        scale: units of every amount here and in the flows.
        side: whose book it is.
        opened_on: what happened up to and on this day is in the amounts stated here.
        disbursed_on, principal, discount: day, amount, and what is added to it (negative: a discount).
        rate: yearly fraction; None bears no interest.
        accrued: interest accrued at the opening, units; None is worked out.
        maturity: the last day; None follows from the repayment, or is open.
        maturity_moves: the last day is a due date like the others and moves to a business day, as one that
            follows from the repayment does; a stated one stays.
        maturity_closes_day: the last day itself, wherever it follows from, bears interest (算头又算尾).
        amortised_by: the day by which an equal instalment would repay all; None is the maturity.
        interest_base, interest_base_amount: what bears interest, and how much at first; None is all of it.
        payment: units of each principal or total, by `repayment`; None is worked out.
        capitalised_until: interest due up to this day is added to the principal.
        always_capitalised: interest is added to the principal until the loan ends.
        open_ended: has no last day; flows are worked out up to a day the caller names.
        notice: has no last day until it is called; settled so long after the call.
        accrue_to_planned_day: a shifted date counts interest to the day it was planned for.
        carry_remainders: what rounding leaves of interest is carried into the next period, not dropped.
    """

    scale: Scale
    opened_on: date
    disbursed_on: date
    principal: int
    day_count: DayCount
    rate: Decimal | None
    repayment: Repayment = Repayment.AT_MATURITY
    side: Side = Side.LENDER
    discount: int = 0
    accrued: int | None = None
    maturity: date | None = None
    maturity_moves: bool = False
    maturity_closes_day: bool = False
    amortised_by: date | None = None
    payment: int | None = None
    interest_steps: Sequence[Step] = ()
    principal_steps: Sequence[Step] = ()
    rate_steps: Sequence[RateStep] = ()
    reset: Reset = Reset()
    interest_base: InterestBase = InterestBase.OUTSTANDING
    interest_base_amount: int | None = None
    base_steps: Sequence[Step] = ()
    scaling: Scaling | None = None
    scaling_steps: Sequence[Step] = ()
    fee: Fee | None = None
    fee_steps: Sequence[Step] = ()
    penalty: Penalty | None = None
    prepayment_steps: Sequence[Step] = ()
    prepayment_index: str | None = None
    refix_after_prepayment: bool = False
    capitalised_until: date | None = None
    always_capitalised: bool = False
    open_ended: bool = False
    notice: Notice | None = None
    purchase: Trade | None = None
    termination: Trade | None = None
    end_of_month: bool = False
    convention: BusinessDayConvention = BusinessDayConvention.NONE
    business_days: BusinessDays = EVERY_DAY
    accrue_to_planned_day: bool = False
    carry_remainders: bool = False

    def __post_init__(self) -> None:
        if self.principal < 0:
            raise InputError("principal below zero", got=self.principal, expected=">= 0")
        if self.payment is not None and self.payment < 0:
            raise InputError("payment below zero", got=self.payment, expected=">= 0")
        if self.repayment is Repayment.AT_MATURITY and self.principal_steps:
            raise InputError("principal comes back at maturity, and before", got=len(self.principal_steps))
        if self.repayment is Repayment.STEPPED and not all(
            isinstance(step, PrincipalStep) for step in self.principal_steps
        ):
            raise InputError("stepped repayment needs steps with amounts", got=len(self.principal_steps))

    @property
    def sign(self) -> int:
        """1 in the lender's book, -1 in the borrower's."""
        return self.side.value

    @property
    def pays_total(self) -> bool:
        """Whether a payment is principal and interest together."""
        return self.repayment in {Repayment.EQUAL_INSTALMENT, Repayment.FIXED_PAYMENT}
