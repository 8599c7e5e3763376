"""Random terms of plans, for several test files: tiny and huge loans, month ends, leap years, any rules."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention, Cycle
from creditloop.book.interest import DayCount, Rounding
from creditloop.book.plan import (
    FirstStub,
    InterestBy,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Rest,
    Step,
    first_due_after,
)

PLAIN = {RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL}
PRINCIPALS = st.one_of(st.integers(1, 20), st.integers(1, 10**7), st.integers(1, 10**13))
RATES = st.one_of(
    st.just(0),
    st.integers(0, 36).map(lambda percent: percent * 10**7),
    st.integers(1, 10**9),
).map(lambda nano: Decimal(nano).scaleb(-9))
COUNTS = st.one_of(st.integers(4, 24), st.sampled_from([36, 60, 360]))
STARTS = st.one_of(
    st.dates(date(2015, 1, 1), date(2035, 12, 31)),
    st.sampled_from([date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2025, 1, 30)]),
)


@st.composite
def plan_rules(draw: st.DrawFn, method: RepaymentMethod) -> PlanRules:
    """Draw rules of a method."""
    by = draw(st.sampled_from(InterestBy))
    period = draw(st.sampled_from([Cycle(months=1), Cycle(months=1), Cycle(months=3), Cycle(days=14)]))
    counts = [DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT, DayCount.THIRTY_E_360]
    return PlanRules(
        method=method,
        period=Cycle(months=1) if by is InterestBy.MONTHS and period.days else period,
        interest_by=by,
        day_count=draw(st.sampled_from([*counts[:2], *counts])),
        rounding=draw(st.sampled_from([Rounding.HALF_AWAY, *Rounding])),
        rest=draw(st.sampled_from(Rest)) if method is RepaymentMethod.EQUAL_PRINCIPAL else Rest.LAST,
        first_stub=draw(st.sampled_from(FirstStub))
        if method is RepaymentMethod.EQUAL_INSTALMENT
        else FirstStub.LEVELLED,
        convention=draw(st.sampled_from([BusinessDayConvention.NONE, *BusinessDayConvention])),
        accrue_to_planned_day=by is InterestBy.MONTHS or draw(st.booleans()),
        principal_grace=draw(st.integers(0, 3)) if method in PLAIN else 0,
        interest_grace=draw(st.integers(0, 3)) if method in PLAIN else 0,
        interest_free=draw(st.sampled_from([0, 0, 1, 3])),
        multiple_fen=draw(st.sampled_from([1, 1, 1, 100])) if method in PLAIN else 1,
    )


@st.composite
def first_due_dates(draw: st.DrawFn, *, rules: PlanRules, start: date) -> tuple[date, int | None]:
    """Draw a first due date: of a due day, one period ahead, or anywhere near."""
    if rules.period.months and draw(st.booleans()):
        due_day = draw(st.integers(1, 31))
        least = draw(st.sampled_from([5, 15, 28, 60]))
        return first_due_after(start=start, due_day=due_day, least_days=least), due_day
    ahead = draw(st.booleans())
    return rules.period.after(start) if ahead else start + timedelta(days=draw(st.integers(4, 80))), None


@st.composite
def plan_terms(draw: st.DrawFn, rules: PlanRules) -> PlanTerms:
    """Draw a loan under rules."""
    start, count, principal = draw(STARTS), draw(COUNTS), draw(PRINCIPALS)
    first_due, due_day = draw(first_due_dates(rules=rules, start=start))
    rate, steps = draw(RATES), tuple[Step, ...]()
    if rules.method is RepaymentMethod.STEPPED:
        steps = (Step(first=1, amount_fen=0), Step(first=3, amount_fen=principal // count))
    if (
        rules.method is RepaymentMethod.FIXED_PAYMENT
    ):  # enough for the interest of periods of up to half a year
        interest = int(principal * rate / 2) + 1
        steps = (Step(first=1, amount_fen=interest + draw(st.integers(0, principal))),)
    return PlanTerms(
        rules=rules, principal_fen=principal, rate=rate, start=start, first_due=first_due, count=count,
        due_day=due_day, steps=steps, business_days=MONDAY_TO_FRIDAY,
    )  # fmt: skip


ANY_TERMS = st.sampled_from(RepaymentMethod).flatmap(plan_rules).flatmap(plan_terms)
