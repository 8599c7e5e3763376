"""Rules of a loan's life that stand in dated documents: allocation, penalty, credits, recognition.

Each value is a document's, checked here and computed with elsewhere. A payment settles in the order of
twelve cells, {past due, due, in advance} × {penalty, fee, interest, principal}; a document may say another
order above some days past due, or for a kind of payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum
from itertools import product
from types import MappingProxyType

from creditloop.book.interest import DayCount
from creditloop.kernel.errors import PolicyError


class Part(IntEnum):
    """What an amount due is made of; also its place in every tuple of four."""

    PENALTY = 0
    FEE = 1
    INTEREST = 2
    PRINCIPAL = 3


Parts = tuple[int, int, int, int]
"""Units of penalty, fee, interest, principal."""
NOTHING: Parts = (0, 0, 0, 0)


class Due(StrEnum):
    """When an amount falls due, seen from the day of a payment."""

    PAST_DUE = "past_due"
    DUE = "due"
    IN_ADVANCE = "in_advance"


class Across(StrEnum):
    """In which direction the cells are walked through the instalments."""

    HORIZONTAL = "horizontal"
    """Instalment by instalment within past due, then due, then in advance."""
    VERTICAL = "vertical"
    """Cell by cell, each through all instalments."""
    BY_ROW = "by_row"
    """Instalment by instalment; within one, first what is due by its own date, then what is not."""


class Future(StrEnum):
    """Which instalment a payment in advance goes to."""

    NEXT = "next"
    LAST = "last"
    SPREAD = "spread"
    """All of them alike (re-amortisation)."""


Cell = tuple[Due, Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """An order of settlement (冲抵顺序).

    Attributes:
        cells: all twelve cells, each once, first settled first.
        across: direction through the instalments.
        future: where a payment in advance goes; BY_ROW always takes the next.
    """

    cells: tuple[Cell, ...]
    across: Across = Across.HORIZONTAL
    future: Future = Future.NEXT

    def __post_init__(self) -> None:
        if sorted(self.cells) != sorted(product(Due, Part)):
            raise PolicyError(
                "an allocation names each of the twelve cells once",
                got=", ".join(f"{due}.{part.name.lower()}" for due, part in self.cells),
                expected="{past_due, due, in_advance} × {penalty, fee, interest, principal}",
            )


def cells_of(*, order: tuple[Part, ...], in_advance: tuple[Part, ...] | None = None) -> tuple[Cell, ...]:
    """Return the twelve cells of one order for all three times, or of another one in advance."""
    advance = order if in_advance is None else in_advance
    orders = ((Due.PAST_DUE, order), (Due.DUE, order), (Due.IN_ADVANCE, advance))
    return tuple((due, part) for due, parts in orders for part in parts)


class PaymentKind(StrEnum):
    """Where money that lowers what is owed comes from."""

    REPAYMENT = "repayment"
    DOWN_PAYMENT = "down_payment"
    MERCHANT_REFUND = "merchant_refund"
    PAYOUT_REFUND = "payout_refund"
    GOODWILL_CREDIT = "goodwill_credit"
    RENEWAL = "renewal"
    """Paid out of the loan that takes this one's place (续贷)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DpdSwitch:
    """Another order of settlement once a loan is more than so many days past due."""

    above_dpd: int
    allocation: Allocation


class PenaltyBase(StrEnum):
    """What penalty interest is computed on."""

    OVERDUE_PRINCIPAL = "overdue_principal"
    OVERDUE_PRINCIPAL_AND_INTEREST = "overdue_principal_and_interest"
    """Overdue interest compounds at the penalty rate as well (复利)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyVariant:
    """What being overdue costs (罚息) from a day on.

    A plan charges no interest past a due date, so both multiples are all that runs on what is overdue:
    1.5 and 0 is the contract rate + 50 %, all of it penalty; 0.5 and 1 lets the contract's interest run on
    and adds half of it.

    Attributes:
        valid_from: first day for which it holds.
        multiple: of the loan's rate, charged as penalty on the base, from the due date.
        interest_multiple: of the loan's rate, charged as interest.
        base: what both are computed on.
        day_count: how the days are counted.
        cap: highest yearly rate of both together; the penalty gives way. None: no cap.
        grace_days: nothing is charged if what is past due is paid within so many days after the loan's oldest
            unpaid due date.
        grace_is_charged: whether the days of grace are charged too once they have passed unpaid.
    """

    valid_from: date
    multiple: Decimal
    interest_multiple: Decimal = Decimal(0)
    base: PenaltyBase = PenaltyBase.OVERDUE_PRINCIPAL
    day_count: DayCount = DayCount.ACT_360
    cap: Decimal | None = None
    grace_days: int = 0
    grace_is_charged: bool = True

    def __post_init__(self) -> None:
        if min(self.multiple, self.interest_multiple, self.grace_days, self.cap or 0) < 0:
            raise PolicyError("a penalty variant is out of range", got=self, expected="nothing below 0")

    def rates(self, rate: Decimal) -> tuple[Decimal, Decimal]:
        """Return the yearly rates of penalty and of interest on what is overdue, under the cap."""
        interest = rate * self.interest_multiple
        penalty = rate * self.multiple
        if self.cap is None:
            return penalty, interest
        interest = min(interest, self.cap)
        return min(penalty, self.cap - interest), interest


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueCharge:
    """A fee once for each instalment that is overdue.

    Attributes:
        share: fraction of the base.
        with_interest: base is the instalment's principal and interest, else its principal.
        grace_days: days after the due date before it is charged.
    """

    share: Decimal
    with_interest: bool = False
    grace_days: int = 0


def _no_kinds() -> Mapping[PaymentKind, Allocation]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRules:
    """The rules of a loan's life, taken from documents in force.

    Attributes:
        allocation: order of settlement.
        by_kind: another one for a kind of payment.
        by_dpd: another one above days past due; the highest that applies holds.
        penalties: variants by day, ascending; none: no penalty interest.
        overdue_charge: see `OverdueCharge`.
        credit_order: a chargeback is put back on what its payment had settled, in this order; None:
            on principal.
        plan_first: whether the whole life's plan and charges stand before any payment is allocated, so
            that an early payment may settle what was only planned later; else each event meets its day.
        prepayment_fee: fraction of the principal that a prepayment repays.
        dpd_grace_days: days after a due date that do not count as overdue.
    """

    allocation: Allocation
    by_kind: Mapping[PaymentKind, Allocation] = field(default_factory=_no_kinds)
    by_dpd: tuple[DpdSwitch, ...] = ()
    penalties: tuple[PenaltyVariant, ...] = ()
    overdue_charge: OverdueCharge | None = None
    credit_order: tuple[Part, ...] | None = None
    plan_first: bool = False
    prepayment_fee: Decimal = Decimal(0)
    dpd_grace_days: int = 0

    def __post_init__(self) -> None:
        days = [variant.valid_from for variant in self.penalties]
        if days != sorted(set(days)):
            raise PolicyError("penalty variants overlap", got=days, expected="ascending days, each once")
        if self.prepayment_fee < 0 or self.dpd_grace_days < 0:
            raise PolicyError("a loan rule is out of range", got=self.prepayment_fee, expected=">= 0")

    def allocation_for(self, *, kind: PaymentKind, dpd: int) -> Allocation:
        """Return the order in which a payment settles, on a loan so many days past due."""
        switched = [switch for switch in self.by_dpd if dpd > switch.above_dpd]
        if switched:
            return max(switched, key=lambda switch: switch.above_dpd).allocation
        return self.by_kind.get(kind, self.allocation)
