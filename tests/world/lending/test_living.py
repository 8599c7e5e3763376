"""Actions become events only where they are lawful, for what the loan owes on the day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditloop.book.loans import (
    Charged,
    CreditRefunded,
    Disbursed,
    Keep,
    LoanEvent,
    LoanState,
    Part,
    Prepaid,
    RateReset,
    Reaged,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    replay,
)
from creditloop.book.plan import RepaymentMethod
from creditloop.lend.products import Customer
from creditloop.world.lending import (
    Action,
    Agreement,
    Bounce,
    ChargeFee,
    Extend,
    Habit,
    HowMuch,
    LoanLife,
    Offers,
    OpenLoan,
    Prepay,
    Reage,
    Recover,
    Redeliver,
    RefundCredit,
    Repay,
    ResetRate,
    Restructure,
    Waive,
    WriteOff,
)

PAID_OUT = date(2024, 1, 31)
LOAN = {"loan_id": "sim-000001-01"}
OPENED = OpenLoan(
    **LOAN,
    name="open",
    day=PAID_OUT,
    product="instalment_loan",
    programme=None,
    party_id="sim-party-000001",
    customer=Customer.PERSON,
    amount_fen=10_000_00,
    rate_annual=Decimal("0.1"),
    term_months=10,
    method=RepaymentMethod.EQUAL_INSTALMENT,
    floating=False,
    renews=None,
    habit=Habit.PUNCTUAL,
)


class Played:
    """A loan that actions are done to, one after another."""

    def __init__(self, agreed: Agreement) -> None:
        self.agreed = agreed
        self.life = LoanLife(terms=agreed.terms, rules=agreed.rules)
        self.events: tuple[LoanEvent, ...] = ()
        self.do(OPENED)

    def state(self, day: date) -> LoanState | None:
        """Return the loan as of a day."""
        if not self.events:
            return None
        return replay(terms=self.agreed.terms, rules=self.agreed.rules, events=self.events, as_of=day)

    def event(self, action: Action) -> LoanEvent | None:
        """Return what an action means now."""
        return self.life.event(action, events=self.events, state=self.state(action.day))

    def do(self, action: Action) -> LoanEvent | None:
        """Book what an action means now, if anything; the loan must bear it."""
        event = self.event(action)
        if event is not None and event not in self.events:
            self.events = (*self.events, event)
            self.state(action.day)
        return event


@pytest.fixture
def loan(offers: Offers) -> Played:
    """A loan of ten instalments, paid out."""
    return Played(offers.agreement(OPENED))


def repay(day: date, how_much: HowMuch = HowMuch.DUE, **changes) -> Repay:
    """Return a repayment of a day."""
    values = {**LOAN, "name": f"repay-{day}", "day": day, "value_date": day, "how_much": how_much}
    return Repay(**(values | changes))


def test_a_loan_is_paid_out_once(loan: Played) -> None:
    [paid_out] = loan.events
    assert isinstance(paid_out, Disbursed)
    assert (paid_out.id, paid_out.amount) == ("sim-000001-01/open", 10_000_00)
    assert loan.event(replace(OPENED, day=PAID_OUT + timedelta(days=1))) is None


def test_nothing_happens_to_a_loan_that_is_not_paid_out(offers: Offers) -> None:
    agreed = offers.agreement(OPENED)
    life = LoanLife(terms=agreed.terms, rules=agreed.rules)
    assert life.event(repay(PAID_OUT), events=(), state=None) is None


def test_what_a_repayment_brings_follows_from_the_loan(loan: Played) -> None:
    first = loan.agreed.plan.due[0]
    [instalment] = {row.amount_fen for row in loan.agreed.plan.instalments()[:1]}
    late = first + timedelta(days=20)
    assert loan.event(repay(first - timedelta(days=1))) is None
    assert loan.event(repay(first)).amount == instalment
    assert loan.event(repay(first, HowMuch.HALF)).amount == -(-instalment // 2)
    assert loan.event(repay(first - timedelta(days=4), HowMuch.NEXT)).amount == instalment
    assert loan.event(repay(late)).amount > instalment, "penalty runs"
    found = loan.event(repay(late, value_date=first))
    assert (found.amount, found.value_date, found.booked_on) == (instalment, first, late)
    assert loan.event(repay(first, HowMuch.DUE, extra_fen=5)).amount == instalment + 5
    owed = loan.state(first).open_units
    assert loan.event(repay(first, HowMuch.OWED)).amount == owed
    assert loan.event(repay(first, HowMuch.SHARE, share=2_500)).amount == -(-owed // 4)


def test_a_repeat_is_the_very_event_and_a_bounce_undoes_it_once(loan: Played) -> None:
    first = loan.agreed.plan.due[0]
    paid = loan.do(repay(first, name="p"))
    again = Redeliver(**LOAN, name="again", day=first, of="p")
    bounce = Bounce(**LOAN, name="bounce", day=first + timedelta(days=2), of="p")
    assert loan.event(again) is paid
    undone = loan.do(bounce)
    assert isinstance(undone, Reversed) and undone.event_id == paid.id
    assert loan.event(replace(bounce, name="bounce-again")) is None
    assert loan.event(replace(again, of="never came")) is None
    assert loan.event(replace(bounce, of="never came")) is None


def test_it_is_written_off_above_360_days_past_due_and_recovered_only_then(loan: Played) -> None:
    first = loan.agreed.plan.due[0]
    day = first + timedelta(days=360)
    recover = Recover(**LOAN, name="recover", day=day + timedelta(days=30), share=5_000)
    assert loan.event(WriteOff(**LOAN, name="off", day=day)) is None
    assert loan.event(recover) is None
    off = loan.do(WriteOff(**LOAN, name="off", day=day + timedelta(days=1)))
    assert isinstance(off, WrittenOff)
    later = recover.day
    owed = loan.state(later).open_units
    assert loan.do(recover).amount == -(-owed // 2)
    for unlawful in (
        repay(later),
        WriteOff(**LOAN, name="off-2", day=later),
        Prepay(**LOAN, name="prepay", day=later, share=10_000, keep=Keep.COUNT),
        Waive(**LOAN, name="waive", day=later, part=Part.PENALTY, share=5_000),
        ChargeFee(**LOAN, name="fee", day=later, amount_fen=100),
        ResetRate(**LOAN, name="rate", day=later, rate_annual=Decimal("0.05")),
        Reage(**LOAN, name="reage", day=later, start=later + timedelta(days=30), count=3),
        Restructure(
            **LOAN,
            name="new",
            day=later,
            first_due=later + timedelta(days=30),
            count=3,
            rate_annual=Decimal("0.05"),
            capitalise=True,
        ),
    ):
        assert loan.event(unlawful) is None, unlawful


def test_the_plan_is_changed_while_there_is_one_to_change(loan: Played) -> None:
    due = loan.agreed.plan.due
    extend = Extend(
        **LOAN,
        name="extend",
        day=due[1] - timedelta(days=9),
        from_due=due[1],
        to_due=due[1] + timedelta(days=30),
        extra_count=2,
    )
    loan.do(repay(due[0]))
    assert loan.event(replace(extend, from_due=due[1] + timedelta(days=1))) is None
    assert loan.event(replace(extend, day=due[1])) is None, "too late to ask"
    moved = loan.do(extend)
    assert isinstance(moved, Rescheduled) and moved.rate == Decimal("0.1")
    reset = ResetRate(**LOAN, name="rate", day=extend.to_due, rate_annual=Decimal("0.08"))
    assert isinstance(loan.do(reset), RateReset)
    assert loan.life.rate(loan.state(extend.to_due)) == Decimal("0.08")
    reage = Reage(**LOAN, name="reage", day=due[5], start=due[9], count=3)
    assert loan.event(reage) is None, "instalments are still to come"
    end = date(2025, 6, 1)
    reaged = loan.do(replace(reage, day=end, start=end + timedelta(days=30)))
    assert isinstance(reaged, Reaged)
    settle = Prepay(**LOAN, name="settle", day=end + timedelta(days=3), share=10_000, keep=Keep.COUNT)
    assert isinstance(loan.do(settle), Prepaid)
    assert loan.state(settle.day).open_units == 0
    assert loan.event(replace(settle, name="settle-2")) is None
    assert loan.event(repay(end + timedelta(days=5))) is None


def test_fees_waivers_and_credits(loan: Played) -> None:
    first = loan.agreed.plan.due[0]
    fee = loan.do(ChargeFee(**LOAN, name="fee", day=first - timedelta(days=5), amount_fen=3_000))
    assert isinstance(fee, Charged) and fee.part is Part.FEE
    waived = loan.do(Waive(**LOAN, name="waive", day=first, part=Part.FEE, share=5_000))
    assert isinstance(waived, Waived) and waived.amount == 1_500
    assert loan.event(Waive(**LOAN, name="none", day=first, part=Part.PENALTY, share=5_000)) is None
    credit = RefundCredit(**LOAN, name="credit", day=first + timedelta(days=3))
    assert loan.event(credit) is None
    brought = loan.do(repay(first, HowMuch.OWED, extra_fen=77))
    assert isinstance(brought, Repaid)
    refunded = loan.do(credit)
    assert isinstance(refunded, CreditRefunded) and refunded.amount == 77


def test_new_terms_are_made_for_what_is_owed(loan: Played) -> None:
    day = loan.agreed.plan.due[2]
    new = Restructure(
        **LOAN,
        name="new",
        day=day,
        first_due=day + timedelta(days=40),
        count=6,
        rate_annual=Decimal("0.06"),
        capitalise=False,
    )
    event = loan.do(new)
    assert isinstance(event, Restructured) and not event.capitalise
    assert loan.life.rate(loan.state(day)) == Decimal("0.06")
    loan.do(repay(day + timedelta(days=1), HowMuch.OWED))
    assert loan.event(replace(new, name="new-2", day=day + timedelta(days=2))) is None
