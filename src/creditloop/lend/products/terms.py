"""What a product's terms are made of (产品要素): terms offered, due days, holidays, grace, prepayment, fees.

Each is read from one value of a document; a value that says nothing sensible is refused with its place.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.calendars import BusinessDayConvention
from creditloop.book.interest import Rounding
from creditloop.book.plan import FirstStub, Rest, first_due_after
from creditloop.kernel.dates import add_months
from creditloop.kernel.documents import Node
from creditloop.kernel.money import Fen
from creditloop.lend.dated_values import money_from_node, ratio_from_node, wording_from_node
from creditloop.risk import Wording

MONTHS_MAX = 600
"""Longest term a document may offer."""


class PrepaymentOn(StrEnum):
    """When a customer may repay early."""

    ANY_DAY = "any_day"
    DUE_DAYS = "due_days"
    NEVER = "never"


class FeeBasis(StrEnum):
    """What a fee is a share of."""

    DRAWDOWN = "drawdown"
    """Of the amount drawn, once."""
    BALANCE = "balance"
    """Of the principal owed, by the year."""
    AMOUNT = "amount"
    """A fixed amount, once a drawdown."""


class FeeCharged(StrEnum):
    """When a fee falls due."""

    AT_DRAWDOWN = "at_drawdown"
    WITH_INSTALMENT = "with_instalment"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRange:
    """The terms offered, in months: from `least` to `most`, or only those listed.

    Attributes:
        only: the terms there are, ascending; empty if every month between is offered.
    """

    least: int
    most: int
    only: tuple[int, ...] = ()

    def offers(self, months: int) -> bool:
        """Say whether a term of so many months is offered."""
        return months in self.only if self.only else self.least <= months <= self.most


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingRule:
    """Where amounts are rounded and who takes the rest.

    Attributes:
        amounts: how interest, the level instalment and equal principal become whole fen.
        rest: the instalment that takes what rounding leaves.
        first_period: what a longer or shorter first period does to equal instalments.
    """

    amounts: Rounding
    rest: Rest
    first_period: FirstStub


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRule:
    """When instalments fall due.

    Attributes:
        day: day of the month, 1..31, in a shorter month its last; None: the day of the drawdown.
        every_months: months from one due date to the next, >= 1.
        first_period_days_min: the shortest first period; 1 where the day is the drawdown's own.
    """

    day: int | None
    every_months: int
    first_period_days_min: int

    def first_due(self, start: date) -> date:
        """Return the first due date as planned, of money paid out on a day."""
        if self.day is None:
            return add_months(start, self.every_months)
        return first_due_after(start=start, due_day=self.day, least_days=self.first_period_days_min)

    def due_day(self, start: date) -> int:
        """Return the day of the month of all due dates, of money paid out on a day."""
        return self.day if self.day is not None else start.day


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRule:
    """Where a due date goes that falls on a holiday.

    Attributes:
        calendar: policies/calendars/<calendar>.yaml; None if due dates stay where they are.
        accrue_to_planned_day: interest runs to the day as planned, not to the one moved to.
    """

    convention: BusinessDayConvention
    calendar: str | None
    accrue_to_planned_day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceRule:
    """Days after a due date within which nothing is charged (宽限期).

    Attributes:
        charged_after: whether the days of grace are charged too once they have passed unpaid.
    """

    days: int
    charged_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaymentRule:
    """How a customer repays early (提前还款).

    Attributes:
        part_min_fen: least part that may be repaid early.
        notice_days: days ahead that it has to be said.
        fee: share of what is repaid early.
    """

    allowed: PrepaymentOn
    part_min_fen: Fen
    notice_days: int
    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee (费用), to whomever it is paid; every fee is inside the all-in cost, there is no other kind.

    Attributes:
        rate: share of the basis; None for a fixed amount.
        amount_fen: the fixed amount; None for a share.
    """

    name: str
    title: Wording
    basis: FeeBasis
    rate: Decimal | None
    amount_fen: Fen | None
    charged: FeeCharged
    paid_to: str


def terms_from_node(node: Node) -> TermRange:
    """Read `{least, most}` or a list of months."""
    if isinstance(node.value, list):
        months = tuple(item.integer(least=1, most=MONTHS_MAX) for item in node.items())
        if not months or list(months) != sorted(set(months)):
            raise node.fail("terms are listed from short to long, each once", got=list(months))
        return TermRange(least=months[0], most=months[-1], only=months)
    parts = node.mapping(required=["least", "most"], optional=[])
    least = parts["least"].integer(least=1, most=MONTHS_MAX)
    return TermRange(least=least, most=parts["most"].integer(least=least, most=MONTHS_MAX))


def rounding_from_node(node: Node) -> RoundingRule:
    """Read `{amounts, rest, first_period}`."""
    parts = node.mapping(required=["amounts", "rest", "first_period"], optional=[])
    return RoundingRule(
        amounts=Rounding(parts["amounts"].text(among=[each.value for each in Rounding])),
        rest=Rest(parts["rest"].text(among=[each.value for each in Rest])),
        first_period=FirstStub(parts["first_period"].text(among=[each.value for each in FirstStub])),
    )


def due_from_node(node: Node) -> DueRule:
    """Read `{day: drawdown, every_months}` or `{day: 20, every_months, first_period_days_min}`."""
    parts = node.mapping(required=["day", "every_months"], optional=["first_period_days_min"])
    every = parts["every_months"].integer(least=1, most=12)
    if parts["day"].value == "drawdown":
        if "first_period_days_min" in parts:
            raise parts["first_period_days_min"].fail("a first period from drawdown to its day is whole")
        return DueRule(day=None, every_months=every, first_period_days_min=1)
    if "first_period_days_min" not in parts:
        raise node.fail("how short may the first period be", expected="first_period_days_min")
    return DueRule(
        day=parts["day"].integer(least=1, most=31),
        every_months=every,
        first_period_days_min=parts["first_period_days_min"].integer(least=1, most=366),
    )


def holidays_from_node(node: Node) -> HolidayRule:
    """Read `{convention, calendar?, accrue_to_planned_day}`."""
    parts = node.mapping(required=["convention", "accrue_to_planned_day"], optional=["calendar"])
    convention = BusinessDayConvention(
        parts["convention"].text(among=[each.value for each in BusinessDayConvention])
    )
    if (convention is not BusinessDayConvention.NONE) != ("calendar" in parts):
        raise node.fail(
            "dates that move need a calendar, dates that stay have none",
            got=convention.value,
            expected="calendar: its name, unless the convention is none",
        )
    return HolidayRule(
        convention=convention,
        calendar=parts["calendar"].text() if "calendar" in parts else None,
        accrue_to_planned_day=parts["accrue_to_planned_day"].boolean(),
    )


def grace_from_node(node: Node) -> GraceRule:
    """Read `{days, charged_after}`."""
    parts = node.mapping(required=["days", "charged_after"], optional=[])
    return GraceRule(
        days=parts["days"].integer(least=0, most=90), charged_after=parts["charged_after"].boolean()
    )


def prepayment_from_node(node: Node) -> PrepaymentRule:
    """Read `{allowed, part_min, notice_days, fee}`."""
    parts = node.mapping(required=["allowed", "part_min", "notice_days", "fee"], optional=[])
    fee = ratio_from_node(parts["fee"])
    if fee >= 1:
        raise parts["fee"].fail("a fee is less than what is repaid", got=fee, expected="< 1")
    return PrepaymentRule(
        allowed=PrepaymentOn(parts["allowed"].text(among=[each.value for each in PrepaymentOn])),
        part_min_fen=money_from_node(parts["part_min"]),
        notice_days=parts["notice_days"].integer(least=0, most=90),
        fee=fee,
    )


def fees_from_node(node: Node) -> tuple[Fee, ...]:
    """Read the list of fees; empty where there is none."""
    fees = tuple(_fee(item) for item in node.items())
    names = [fee.name for fee in fees]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise node.fail("a fee stands twice", got=twice)
    return fees


def _fee(node: Node) -> Fee:
    parts = node.mapping(
        required=["fee", "title", "basis", "charged", "paid_to"], optional=["rate", "amount"]
    )
    basis = FeeBasis(parts["basis"].text(among=[each.value for each in FeeBasis]))
    fixed = basis is FeeBasis.AMOUNT
    if ("amount" in parts) != fixed or ("rate" in parts) == fixed:
        raise node.fail(
            "a fee has a rate of its basis, or is an amount", got=sorted(parts), expected="rate, or amount"
        )
    charged = FeeCharged(parts["charged"].text(among=[each.value for each in FeeCharged]))
    if (basis is FeeBasis.BALANCE) != (charged is FeeCharged.WITH_INSTALMENT):
        raise node.fail(
            "a fee on the balance comes with the instalments, any other with the drawdown",
            got=f"{basis.value}, {charged.value}",
        )
    return Fee(
        name=parts["fee"].text(),
        title=wording_from_node(parts["title"]),
        basis=basis,
        rate=ratio_from_node(parts["rate"]) if "rate" in parts else None,
        amount_fen=money_from_node(parts["amount"]) if "amount" in parts else None,
        charged=charged,
        paid_to=parts["paid_to"].text(),
    )
