"""Credit enhancement (增信): a guarantee or collateral that pays when a loan it covers defaults.

A part of what the covered loans stand at is covered; on a default the cover is called, and settled after its
period. Collateral pays no more than it is worth. The covered loans run in the same engine.
Source: ACTUS technical specification, CEG and CEC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from creditloop.book.calendars import EVERY_DAY, BusinessDayConvention, BusinessDays, dates_of_cycle, shift
from creditloop.book.flows.engine import flows, standing
from creditloop.book.flows.events import ORDER, FlowKind
from creditloop.book.flows.market import NO_MARKET, Market, plus, times
from creditloop.book.flows.terms import AT_ONCE, Fee, Notice, Side, Step, Terms, Trade
from creditloop.book.interest import DayCount, Ratio, Scale, ratio, year_fraction
from creditloop.kernel.errors import InputError


class Exposure(StrEnum):
    """What of a covered loan counts."""

    PRINCIPAL = "principal"
    PRINCIPAL_AND_INTEREST = "principal_and_interest"
    MARKET_VALUE = "market_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A covered loan: its id, its terms where the cover follows what it stands at, its price's series."""

    loan_id: str
    terms: Terms | None = None
    index: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What covers: a market series of its price, and how many units of it there are."""

    index: str
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """A credit event of a loan: the day, and which (delayed, delinquent, defaulted) it is."""

    loan_id: str
    day: date
    performance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The terms of a guarantee (no assets) or of collateral (with assets).

    Attributes:
        side: LENDER is the protected one, BORROWER the protector.
        principal: the amount covered where it is stated, units; None is what the loans stand at.
        coverage: part of it, fraction.
        performances: credit events that call the cover.
        settlement: how long after the call it is paid.
        interest_to_settlement: what the loans bear from the call to its settlement is paid on top.
        fee, fee_steps: what the cover costs, until it is called.
    """

    scale: Scale
    opened_on: date
    covered: Sequence[Covered]
    performances: frozenset[str]
    side: Side = Side.LENDER
    principal: int | None = None
    coverage: Decimal = Decimal(1)
    exposure: Exposure = Exposure.PRINCIPAL
    assets: Sequence[Asset] = ()
    purchase: Trade | None = None
    maturity: date | None = None
    settlement: Notice = AT_ONCE
    interest_to_settlement: bool = False
    fee: Fee | None = None
    fee_steps: Sequence[Step] = ()
    day_count: DayCount = DayCount.ACT_365
    convention: BusinessDayConvention = BusinessDayConvention.NONE
    business_days: BusinessDays = EVERY_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverFlow:
    """A flow of a cover, signed as its side says.

    Attributes:
        amount: units received (negative: paid).
        principal: the amount covered after it, units.
        called_on, called: the day of the call and the amount it fixed; None and 0 before one.
    """

    kind: FlowKind
    day: date
    amount: int
    principal: int
    called_on: date | None = None
    called: int = 0


def cover_flows(
    *, cover: Cover, defaults: Sequence[Default] = (), market: Market = NO_MARKET, until: date | None = None
) -> list[CoverFlow]:
    """Work out the flows of a cover after its opening: the purchase, the call and its settlement, or the end.

    Raises: InputError if the end follows from loans whose terms are not given, or a price is missing.
    """
    last = cover.maturity or max(_last_day(loan) for loan in cover.covered)
    call = _call(cover, defaults, last)
    found = [
        *_bought(cover, market),
        *_fees(cover, market, last, call),
        *(_called(cover, market, call) if call else [_ended(last)]),
    ]
    found.sort(key=lambda flow: (flow.day, ORDER[flow.kind]))
    return [flow for flow in found if flow.day > cover.opened_on and (until is None or _seen(flow) <= until)]


def _seen(flow: CoverFlow) -> date:
    """Return the day that decides whether a flow is wanted: a settlement belongs to its call."""
    return flow.called_on or flow.day


def _last_day(loan: Covered) -> date:
    if loan.terms is None:
        raise InputError("the cover has no last day, and its loan no terms", where={"loan": loan.loan_id})
    return loan.terms.maturity or flows(terms=loan.terms)[-1].day


def _call(cover: Cover, defaults: Sequence[Default], last: date) -> date | None:
    """Return the day of the first covered credit event."""
    loans = {loan.loan_id for loan in cover.covered}
    days = (
        event.day
        for event in defaults
        if event.loan_id in loans
        and event.performance in cover.performances
        and cover.opened_on < event.day <= last
    )
    return min(days, default=None)


def _bought(cover: Cover, market: Market) -> Iterator[CoverFlow]:
    if cover.purchase is not None:
        day = cover.purchase.day
        yield CoverFlow(
            kind=FlowKind.PURCHASED,
            day=day,
            amount=-cover.side.value * cover.purchase.price,
            principal=_covered_amount(cover, market, day),
        )


def _fees(cover: Cover, market: Market, last: date, call: date | None) -> Iterator[CoverFlow]:
    """Give the fees up to the call: an amount each time, or a rate on the covered amount since the last."""
    if cover.fee is None:
        return
    since = cover.purchase.day if cover.purchase else cover.opened_on
    for step in cover.fee_steps:
        for day in dates_of_cycle(anchor=step.first(disbursed_on=since), end=last, cycle=step.cycle):
            if day <= cover.opened_on or (call is not None and day > call):
                continue
            principal = _covered_amount(cover, market, day)
            amount = cover.side.value * (cover.fee.amount or 0)
            if cover.fee.rate is not None:
                part = year_fraction(start=since, end=day, day_count=cover.day_count)
                owed = times((principal, 1), times(ratio(cover.fee.rate), part))
                amount = cover.scale.divide(*owed)
            yield CoverFlow(kind=FlowKind.FEE_DUE, day=day, amount=amount, principal=principal)
            since = day


def _ended(last: date) -> CoverFlow:
    return CoverFlow(kind=FlowKind.MATURED, day=last, amount=0, principal=0)


def _called(cover: Cover, market: Market, day: date) -> Iterator[CoverFlow]:
    """Give the call, and the settlement after it on a business day."""
    principal = _covered_amount(cover, market, day)
    called = principal
    if cover.assets:
        called = cover.side.value * min(abs(principal), _worth(cover, market, day))
    yield CoverFlow(
        kind=FlowKind.CALLED, day=day, amount=0, principal=principal, called_on=day, called=called
    )
    planned_for = cover.settlement.settled_on(called_on=day)
    paid_on = shift(
        day=planned_for,
        convention=cover.convention,
        business_days=cover.business_days,
    )
    yield CoverFlow(
        kind=FlowKind.SETTLED,
        day=paid_on,
        amount=called + _interest_between(cover, market, day, planned_for),
        principal=0,
        called_on=day,
        called=called,
    )


def _interest_between(cover: Cover, market: Market, start: date, end: date) -> int:
    """Return what the covered loans bear from the call to its settlement, signed as the side says."""
    borne: Ratio = (0, 1)
    if cover.interest_to_settlement and cover.principal is None:
        for loan in cover.covered:
            if loan.terms is not None:
                state = standing(terms=loan.terms, day=start, market=market)
                part = year_fraction(start=start, end=end, day_count=loan.terms.day_count)
                borne = plus(borne, times((state.base, 1), times(state.rate, part)))
    return cover.side.value * cover.scale.divide(*borne)


def _covered_amount(cover: Cover, market: Market, day: date) -> int:
    """Return the covered part of the exposure on a day, signed as the side says."""
    exposure: Ratio = (0, 1)
    if cover.principal is not None:
        exposure = (cover.principal, 1)
    else:
        for loan in cover.covered:
            exposure = plus(exposure, _exposure(cover, loan, market, day))
    numerator, denominator = times(exposure, ratio(cover.coverage))
    return cover.side.value * cover.scale.divide(numerator, denominator)


def _exposure(cover: Cover, loan: Covered, market: Market, day: date) -> Ratio:
    """Return what a loan stands at for its lender, or is worth in the market."""
    if cover.exposure is Exposure.MARKET_VALUE:
        return times(market.value_on(loan.index, day=day), (cover.scale.one, 1))
    if loan.terms is None:
        raise InputError("the covered amount is not stated, and the loan has no terms", got=loan.loan_id)
    state = standing(terms=loan.terms, day=day, market=market)
    owed = (state.principal, 1)
    if cover.exposure is Exposure.PRINCIPAL_AND_INTEREST:
        owed = plus(owed, state.accrued)
    return owed


def _worth(cover: Cover, market: Market, day: date) -> int:
    """Return what the assets are worth on a day, units."""
    worth: Ratio = (0, 1)
    for asset in cover.assets:
        price = market.value_on(asset.index, day=day)
        worth = plus(worth, times(price, ratio(asset.quantity)))
    return cover.scale.divide(worth[0] * cover.scale.one, worth[1])
