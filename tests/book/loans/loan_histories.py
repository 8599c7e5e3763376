"""Loans and random histories for the tests of one loan's life."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loans import (
    Across,
    Allocation,
    Charged,
    ChargedBack,
    CreditRefunded,
    Disbursed,
    DpdSwitch,
    Future,
    Keep,
    LoanEvent,
    LoanRules,
    LoanTerms,
    Part,
    PenaltyVariant,
    Prepaid,
    RateReset,
    Reamortised,
    Refunded,
    Repaid,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
)
from creditloop.book.loans.terms import REPAYMENTS
from creditloop.book.plan import RepaymentMethod

START = date(2024, 1, 31)
LAST = START + timedelta(days=500)
ORDER = (Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL)
PRINCIPAL_FIRST = (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY, Part.FEE)
PENALTY = PenaltyVariant(valid_from=date(2020, 1, 1), multiple=Decimal("1.5"), cap=Decimal("0.24"))


def rules_of(**changes) -> LoanRules:
    """Return rules: penalty first, above 90 days principal first, 1.5 times the rate when late."""
    allocation = Allocation(cells=cells_of(order=ORDER))
    above_90 = Allocation(cells=cells_of(order=PRINCIPAL_FIRST))
    values = {
        "allocation": allocation,
        "by_dpd": (DpdSwitch(above_dpd=90, allocation=above_90),),
        "penalties": (PENALTY,),
    }
    return LoanRules(**(values | changes))


def terms_of(**changes) -> LoanTerms:
    """Return a year's loan of 12,000 yuan at 7.2 %, monthly, by actual days over 360."""
    values = {
        "principal": 12_000_00,
        "start": START,
        "count": 12,
        "cycle": Cycle(months=1),
        "rate": Decimal("0.072"),
        "repayment": RepaymentMethod.EQUAL_INSTALMENT,
        "scale": FEN,
        "day_count": DayCount.ACT_360,
    }
    return LoanTerms(**(values | changes))


class History:
    """A history being written: ids and sequence numbers follow by themselves."""

    def __init__(self) -> None:
        self.events: list[LoanEvent] = []

    def add(self, of: type[LoanEvent], day: date, booked_on: date | None = None, **values) -> LoanEvent:
        """Add an event of a class that counts from a day."""
        number = len(self.events) + 1
        event = of(id=f"e{number}", sequence=number, value_date=day, booked_on=booked_on or day, **values)
        self.events.append(event)
        return event


def paid_out(units: int = 12_000_00, day: date = START) -> History:
    """Return a history that begins with a tranche."""
    history = History()
    history.add(Disbursed, day, amount=units)
    return history


@st.composite
def terms(draw) -> LoanTerms:
    """Loans of every way of repaying, with and without days."""
    return terms_of(
        principal=draw(st.integers(1_000_00, 300_000_00)),
        count=draw(st.integers(1, 12)),
        rate=Decimal(draw(st.integers(0, 36_00))) / 10_000,
        repayment=draw(st.sampled_from(REPAYMENTS)),
        day_count=draw(st.sampled_from([None, DayCount.ACT_360, DayCount.ACT_ACT])),
    )


@st.composite
def rules(draw) -> LoanRules:
    """Rules of every direction, with and without penalty and fee."""
    allocation = Allocation(
        cells=cells_of(order=tuple(draw(st.permutations(ORDER)))),
        across=draw(st.sampled_from(Across)),
        future=draw(st.sampled_from(Future)),
    )
    return rules_of(
        allocation=allocation,
        penalties=draw(st.sampled_from([(), (PENALTY,)])),
        credit_order=draw(st.sampled_from([None, ORDER])),
        prepayment_fee=draw(st.sampled_from([Decimal(0), Decimal("0.01")])),
    )


@st.composite
def histories(draw, of: LoanTerms, changes: bool = True) -> list[LoanEvent]:
    """A life of up to eight events after the tranche, in order of booking, some backdated or undone."""
    history = paid_out(of.principal)
    today = START
    for _ in range(draw(st.integers(0, 8))):
        today += timedelta(days=draw(st.integers(0, 60)))
        day = today - timedelta(days=draw(st.integers(0, min(40, (today - START).days))))
        _draw_event(draw, history, day, today, of.principal, changes)
    return history.events


def _draw_event(draw, history: History, day: date, today: date, principal: int, changes: bool) -> None:
    """Add one event of a kind that is drawn."""
    draws = [_pay, _pay, _pay, _charge, _waive, _reverse]
    if changes:
        draws += [_prepay, _restructure, _reamortise, _take_back, _refund, _disburse, _reset, _write_off]
    draw(st.sampled_from(draws))(draw, history, day, today, principal)


def _pay(draw, history, day, today, principal) -> None:
    history.add(Repaid, day, today, amount=draw(st.integers(1, principal)))


def _charge(draw, history, day, today, _) -> None:
    part = draw(st.sampled_from([Part.FEE, Part.PENALTY]))
    due = day + timedelta(days=draw(st.integers(0, 90)))
    history.add(Charged, day, today, amount=draw(st.integers(1, 500_00)), part=part, due=due)


def _waive(draw, history, day, today, principal) -> None:
    part = draw(st.sampled_from([Part.PENALTY, Part.FEE, Part.INTEREST]))
    history.add(Waived, day, today, amount=draw(st.integers(1, principal)), part=part)


def _reverse(draw, history, _, today, __) -> None:
    undoable = [event for event in history.events if isinstance(event, Repaid | Charged | Waived)]
    if undoable:
        target = draw(st.sampled_from(undoable))
        history.add(Reversed, target.value_date, today, event_id=target.id)


def _prepay(draw, history, day, today, principal) -> None:
    amount = draw(st.integers(1, principal))
    history.add(Prepaid, day, today, amount=amount, keep=draw(st.sampled_from(Keep)))


def _restructure(draw, history, day, today, _) -> None:
    values = {"first_due": day + timedelta(days=30), "cycle": Cycle(months=1), "rate": Decimal("0.06")}
    history.add(Restructured, day, today, count=6, capitalise=draw(st.booleans()), **values)


def _reamortise(_, history, day, today, __) -> None:
    history.add(Reamortised, min(day, START + timedelta(days=20)), today)


def _take_back(draw, history, day, today, _) -> None:
    payments = [event for event in history.events if isinstance(event, Repaid)]
    if payments:
        payment = draw(st.sampled_from(payments))
        amount = draw(st.integers(1, payment.amount))
        history.add(ChargedBack, max(day, payment.value_date), today, amount=amount, payment_id=payment.id)


def _refund(draw, history, day, today, _) -> None:
    kind = draw(st.sampled_from([Refunded, CreditRefunded]))
    history.add(kind, day, today, amount=draw(st.integers(1, 500_00)))


def _disburse(draw, history, day, today, principal) -> None:
    history.add(Disbursed, day, today, amount=draw(st.integers(1_00, principal)))


def _reset(draw, history, day, today, _) -> None:
    history.add(RateReset, day, today, rate=Decimal(draw(st.integers(0, 2400))) / 10_000)


def _write_off(_, history, day, today, __) -> None:
    history.add(WrittenOff, day, today)
