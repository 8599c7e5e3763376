"""Random loans, what may happen to them, and a loan as the book lives it: event by event, leg by leg.

Everything a loan of the book may be is drawn: ways of repaying, day counts, cycles, grace, rates, multiples,
tranches with down payments, orders of settlement, penalty with its own base and grace. Amounts and dates are
drawn around what matters, so that payments meet due dates and go above what is owed.
"""

import os
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from creditloop.book.calendars import Cycle
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loans import (
    Accrued,
    Across,
    Allocation,
    Charged,
    ChargedBack,
    Correction,
    CreditRefunded,
    Disbursed,
    DpdSwitch,
    DueDatesMoved,
    Future,
    InterestMethod,
    Keep,
    LevelBasis,
    LevelChange,
    LoanAccount,
    LoanEvent,
    LoanRules,
    LoanState,
    LoanTerms,
    Part,
    PaymentKind,
    PenaltyBase,
    PenaltyVariant,
    Prepaid,
    RateReset,
    Reaged,
    Reamortised,
    Refunded,
    Repaid,
    Rescheduled,
    Restructured,
    Reversed,
    Waived,
    WrittenOff,
    append,
    cells_of,
    correct,
    replay,
)
from creditloop.book.loans.terms import REPAYMENTS
from creditloop.book.plan import RepaymentMethod
from creditloop.kernel.errors import InputError, StateError

START = date(2024, 1, 31)
ORDER = (Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL)
PRINCIPAL_FIRST = (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY, Part.FEE)
CYCLES = (Cycle(months=1), Cycle(months=1), Cycle(months=3), Cycle(days=14), Cycle(days=30))
RATES = st.one_of(
    st.just(0), st.integers(0, 36_00), st.sampled_from([3_65, 7_20, 18_00, 18_25, 24_00, 36_00])
).map(lambda points: Decimal(points) / 10_000)
"""Yearly rates of whole hundredths of a per cent, 0 to 36 %."""
REFUSED = (InputError, StateError)
"""What the book says to an event that cannot be; a BookError, or any other error, is a fault of the book."""

TIMES = int(os.environ.get("CREDITLOOP_INVARIANT_TIMES", "1"))
"""How many times the examples are asked for; above 1 they are other ones in every run."""


def examples(count: int, **more: int) -> settings:
    """Return settings for so many examples: the same in every run, unless more are asked for."""
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@st.composite
def terms(draw: st.DrawFn, methods: tuple[RepaymentMethod, ...] = REPAYMENTS) -> LoanTerms:
    """Loans of every way of repaying."""
    count = draw(st.integers(1, 12))
    method = draw(st.sampled_from(methods))
    graced = method in (RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL)
    interest = draw(st.sampled_from([InterestMethod.DECLINING] * 3 + [InterestMethod.FLAT]))
    return LoanTerms(
        principal=draw(st.one_of(st.integers(1_000_00, 300_000_00), st.integers(100, 10_000))),
        start=START,
        count=count,
        cycle=draw(st.sampled_from(CYCLES)),
        rate=draw(RATES),
        repayment=method,
        scale=FEN,
        interest_method=interest,
        day_count=draw(st.sampled_from([None, DayCount.ACT_360, DayCount.ACT_360, *DayCount])),
        multiple=draw(st.sampled_from([1, 1, 1, 100])),
        grace_principal=draw(st.integers(0, min(3, count - 1))) if graced else 0,
        grace_interest=draw(st.integers(0, min(3, count - 1))) if method is not RepaymentMethod.BULLET else 0,
        down_payment=draw(st.sampled_from([Decimal(0)] * 4 + [Decimal("0.25")])),
        level_basis=draw(st.sampled_from([LevelBasis.OWN_PERIODS, *LevelBasis])),
        level_change=draw(st.sampled_from(LevelChange)),
        tranche_joins_due_day=draw(st.booleans()),
    )


@st.composite
def penalties(draw: st.DrawFn) -> tuple[PenaltyVariant, ...]:
    """What being overdue costs: nothing, one rule, or another one from a day on."""
    days = sorted(draw(st.sets(st.sampled_from([START, START + timedelta(days=100)]), max_size=2)))
    return tuple(
        PenaltyVariant(
            valid_from=day,
            multiple=draw(st.sampled_from([Decimal("1.5"), Decimal("1.3"), Decimal("0.5"), Decimal(0)])),
            interest_multiple=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal(1)])),
            base=draw(st.sampled_from(PenaltyBase)),
            day_count=draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365])),
            cap=draw(st.sampled_from([None, Decimal("0.24")])),
            grace_days=draw(st.sampled_from([0, 0, 3, 10])),
        )
        for day in days
    )


@st.composite
def rules(draw: st.DrawFn, **fixed: object) -> LoanRules:
    """Rules of every direction, with and without penalty, fee and switch above 90 days past due."""
    allocation = Allocation(
        cells=cells_of(order=tuple(draw(st.permutations(ORDER)))),
        across=draw(st.sampled_from(Across)),
        future=draw(st.sampled_from(Future)),
    )
    switch = DpdSwitch(above_dpd=90, allocation=Allocation(cells=cells_of(order=PRINCIPAL_FIRST)))
    values = {
        "allocation": allocation,
        "by_dpd": draw(st.sampled_from([(), (switch,)])),
        "penalties": draw(penalties()),
        "credit_order": draw(st.sampled_from([None, ORDER])),
        "plan_first": draw(st.sampled_from([False, False, False, True])),
        "prepayment_fee": draw(st.sampled_from([Decimal(0), Decimal("0.01")])),
        "dpd_grace_days": draw(st.sampled_from([0, 0, 3])),
    }
    return LoanRules(**(values | fixed))  # type: ignore[arg-type]


class Life:
    """A loan as the book lives it: events as they were booked, and what was posted for each on its day."""

    def __init__(self, *, terms: LoanTerms, rules: LoanRules) -> None:
        self.terms, self.rules = terms, rules
        self.today = START
        self.events: tuple[LoanEvent, ...] = ()
        self.posted: list[Correction] = []
        self.book(self.event(Disbursed, START, amount=terms.principal))

    def event(self, of: type[LoanEvent], day: date, **values: object) -> LoanEvent:
        """Return an event that is booked today and counts from a day."""
        number = len(self.events) + 1
        return of(id=f"e{number}", sequence=number, value_date=day, booked_on=self.today, **values)  # type: ignore[arg-type]

    def correction(self, event: LoanEvent) -> Correction:
        """Return what booking an event today changes; what is refused is raised."""
        return correct(terms=self.terms, rules=self.rules, history=self.events, event=event, as_of=self.today)

    def book(self, event: LoanEvent) -> Correction | None:
        """Book an event; return what it changed, None if the book refused it."""
        try:
            correction = self.correction(event)
        except REFUSED:
            return None
        self.events = append(history=self.events, event=event)
        self.posted.append(correction)
        return correction

    def state(self, *, events: tuple[LoanEvent, ...] | None = None, on: date | None = None) -> LoanState:
        """Return what a replay says of the loan."""
        known = self.events if events is None else events
        return replay(terms=self.terms, rules=self.rules, events=known, as_of=on or self.today)

    def projection(self) -> dict[LoanAccount, int]:
        """Return the balances of what was posted, event by event."""
        balances: dict[LoanAccount, int] = {}
        for correction in self.posted:
            for account, units in correction.legs:
                balances[account] = balances.get(account, 0) + units
        return {account: units for account, units in balances.items() if units}


def amounts(life: Life) -> st.SearchStrategy[int]:
    """Amounts around what is owed: a fen, an instalment, all of it, more than it."""
    state = life.state()
    marks = {1, life.terms.principal, state.open_units, *(row.open_units for row in state.rows[:3])}
    near = sorted({max(1, mark + step) for mark in marks for step in (-1, 0, 1)})
    return st.one_of(st.sampled_from(near), st.integers(1, max(2, life.terms.principal)))


Maker = Callable[[st.DrawFn, Life, date], LoanEvent | None]
"""Draws one event that counts from a day; None where there is nothing that it could speak of."""


def _repaid(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    kind = draw(st.sampled_from([PaymentKind.REPAYMENT] * 4 + list(PaymentKind)))
    return life.event(Repaid, day, amount=draw(amounts(life)), kind=kind)


def _prepaid(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Prepaid, day, amount=draw(amounts(life)), keep=draw(st.sampled_from(Keep)))


def _charged(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    part, due = (
        draw(st.sampled_from([Part.FEE, Part.PENALTY])),
        day + timedelta(days=draw(st.integers(0, 90))),
    )
    return life.event(Charged, day, amount=draw(st.integers(1, 500_00)), part=part, due=due)


def _waived(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Waived, day, amount=draw(amounts(life)), part=draw(st.sampled_from(Part)))


def _refunded(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Refunded, day, amount=draw(amounts(life)))


def _credit_refunded(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    credit = life.state().overpaid
    most = draw(st.sampled_from([max(1, credit), credit + 500_00]))
    return life.event(CreditRefunded, day, amount=draw(st.integers(1, most)))


def _charged_back(draw: st.DrawFn, life: Life, day: date) -> LoanEvent | None:
    payments = [event for event in life.events if isinstance(event, Repaid | Prepaid)]
    if not payments:
        return None
    payment = draw(st.sampled_from(payments))
    amount = draw(st.one_of(st.just(payment.amount), st.integers(1, payment.amount)))
    return life.event(ChargedBack, max(day, payment.value_date), amount=amount, payment_id=payment.id)


def _disbursed(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Disbursed, day, amount=draw(st.integers(1, life.terms.principal)))


def _accrued(_: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Accrued, day)


def _rate_reset(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(RateReset, day, rate=draw(RATES))


def _rescheduled(draw: st.DrawFn, life: Life, day: date) -> LoanEvent | None:
    to_come = [row.due for row in life.state().rows if row.due > day]
    if not to_come:
        return None
    from_due = draw(st.sampled_from(to_come))
    return life.event(
        Rescheduled,
        day,
        from_due=from_due,
        to_due=draw(st.none() | st.integers(0, 40).map(lambda days: from_due + timedelta(days=days))),
        extra_count=draw(st.integers(0, 3)),
        rate=draw(st.none() | RATES),
    )


def _due_dates_moved(draw: st.DrawFn, life: Life, day: date) -> LoanEvent | None:
    to_come = [row.due for row in life.state().rows if row.due > day]
    if not to_come:
        return None
    due = draw(st.sampled_from(to_come))
    return life.event(DueDatesMoved, day, moves=((due, due + timedelta(days=draw(st.integers(1, 3)))),))


def _restructured(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(
        Restructured,
        day,
        first_due=day + timedelta(days=draw(st.integers(1, 45))),
        cycle=draw(st.sampled_from(CYCLES)),
        count=draw(st.integers(1, 6)),
        rate=draw(RATES),
        capitalise=draw(st.booleans()),
    )


def _reaged(draw: st.DrawFn, life: Life, day: date) -> LoanEvent:
    start = day + timedelta(days=draw(st.integers(0, 45)))
    return life.event(
        Reaged, day, start=start, cycle=draw(st.sampled_from(CYCLES)), count=draw(st.integers(1, 6))
    )


def _reamortised(_: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(Reamortised, day)


def _written_off(_: st.DrawFn, life: Life, day: date) -> LoanEvent:
    return life.event(WrittenOff, day)


def _reversed(draw: st.DrawFn, life: Life, _: date) -> LoanEvent:
    target = draw(st.sampled_from(life.events))
    return life.event(Reversed, target.value_date, event_id=target.id)


MAKERS: dict[str, Maker] = {
    "repay": _repaid,
    "prepay": _prepaid,
    "charge": _charged,
    "waive": _waived,
    "refund": _refunded,
    "refund_credit": _credit_refunded,
    "charge_back": _charged_back,
    "disburse": _disbursed,
    "accrue": _accrued,
    "reset_rate": _rate_reset,
    "reschedule": _rescheduled,
    "move_due_dates": _due_dates_moved,
    "restructure": _restructured,
    "reage": _reaged,
    "reamortise": _reamortised,
    "write_off": _written_off,
    "reverse": _reversed,
}
"""Everything that may happen to a loan after its first tranche."""


@st.composite
def lives(
    draw: st.DrawFn,
    *,
    of: st.SearchStrategy[LoanTerms] | None = None,
    by: st.SearchStrategy[LoanRules] | None = None,
    may: tuple[str, ...] = tuple(MAKERS),
    most: int = 5,
) -> Life:
    """A loan after up to so many events of some kinds, some backdated; what is refused is left out."""
    life = Life(terms=draw(terms() if of is None else of), rules=draw(rules() if by is None else by))
    for _ in range(draw(st.integers(0, most))):
        life.today += timedelta(days=draw(st.sampled_from([0, 1, 10, 29, 30, 31, 60])))
        happen(draw, life, draw(st.sampled_from(may)), back=draw(st.sampled_from([0, 0, 0, 5, 40])))
    return life


def happen(draw: st.DrawFn, life: Life, what: str, *, back: int) -> Correction | None:
    """Let one thing happen to a loan today, counting from so many days before; None if it could not."""
    day = max(START, life.today - timedelta(days=back))
    event = MAKERS[what](draw, life, day)
    return None if event is None else life.book(event)
