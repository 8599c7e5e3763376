"""What happens to simulated loans, before it is known how much it is (借据动作，模拟).

An action says who does what on which business day. Amounts that follow from the loan ("what is due today")
are words here; `LoanLife` turns them into the event of the day the loan is asked.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.loans import Keep, Part, PaymentKind
from creditloop.book.plan import RepaymentMethod
from creditloop.lend.products import Customer


class Habit(StrEnum):
    """What a borrower is like; planted, so that a demo may tell who is who."""

    PUNCTUAL = "punctual"
    FORGETFUL = "forgetful"
    CARELESS = "careless"
    PREPAYER = "prepayer"
    EARLY_CLOSER = "early_closer"
    STOPS = "stops"
    NEVER_PAYS = "never_pays"


class HowMuch(StrEnum):
    """What a repayment brings, in words of the day it is made."""

    DUE = "due"
    """All that is due on the value date."""
    HALF = "half"
    """Half of it, rounded up to the fen."""
    NEXT = "next"
    """All that is due, and the instalment that comes due within the next month."""
    OWED = "owed"
    """All that is owed, due or not."""
    SHARE = "share"
    """A share of all that is owed; see `Repay.share`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What every action has.

    Attributes:
        loan_id: the loan it is done to.
        name: of the action within the loan; the id of its event is made of both.
        day: business date on which it is done, and its event booked.
    """

    loan_id: str
    name: str
    day: date

    @property
    def event_id(self) -> str:
        """The id of the event it makes."""
        return f"{self.loan_id}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLoan(Action):
    """A loan is agreed and paid out on the day (放款).

    Attributes:
        product: policies/<product>/lend/product.yaml; programme: of joint lending, None if lent alone.
        customer: a person is retail, a firm is not.
        floating: whether its rate is reset each 1 January.
        renews: the loan it takes the place of (续贷), if any.
        habit: what the borrower is like.
    """

    product: str
    programme: str | None
    party_id: str
    customer: Customer
    amount_fen: int
    rate_annual: Decimal
    term_months: int
    method: RepaymentMethod
    floating: bool
    renews: str | None
    habit: Habit


@dataclass(frozen=True, slots=True, kw_only=True)
class Repay(Action):
    """Money comes in (还款).

    Attributes:
        value_date: the day it came in; before `day` it was found later (补记).
        share: with HowMuch.SHARE, in ten-thousandths; extra_fen: what is brought on top (溢缴).
    """

    value_date: date
    how_much: HowMuch
    share: int = 0
    extra_fen: int = 0
    kind: PaymentKind = PaymentKind.REPAYMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover(Action):
    """Money comes in for a loan that is written off (核销后收回): a share of what is owed."""

    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepay(Action):
    """The borrower repays before it is due (提前还款).

    Attributes:
        share: of the principal that is not due, in ten-thousandths; all of it settles the loan.
    """

    share: int
    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver(Action):
    """A repayment is delivered once more with the same id (重复送达); `of` is the action's name."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce(Action):
    """A repayment did not go through and is undone (退票冲正); `of` is the action's name."""

    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFee(Action):
    """A fee is charged, due on the day (收费)."""

    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(Action):
    """The bank forgoes a share of what is open of a part (减免), in ten-thousandths."""

    part: Part
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCredit(Action):
    """What was overpaid is paid out (溢缴款退回)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRate(Action):
    """A floating loan's rate is another one from the day on (利率重定价)."""

    rate_annual: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Action):
    """An instalment moves, and those after it (展期), some perhaps added; the rate stays."""

    from_due: date
    to_due: date
    extra_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restructure(Action):
    """What is owed gets new terms (重组)."""

    first_due: date
    count: int
    rate_annual: Decimal
    capitalise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reage(Action):
    """What is unpaid of the principal after the last due date goes on new instalments (重新安排账龄)."""

    start: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOff(Action):
    """The loan is taken off the books (核销), if it is more than 360 days past due."""
