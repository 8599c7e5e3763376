"""Plans: known truths, what holds of every plan, and the same rows worked out slowly and by the engine."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_terms import ANY_TERMS, COUNTS, PRINCIPALS, RATES, STARTS

from creditloop.book import flows as engine
from creditloop.book.calendars import BusinessDayConvention, BusinessDays, Cycle
from creditloop.book.interest import FEN, DayCount, Rounding, level_instalment, year_fraction
from creditloop.book.plan import (
    FirstStub,
    InterestBy,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Rest,
    Step,
    plan_of,
)
from creditloop.kernel.errors import InputError

MONTH = Cycle(months=1)


def rules(method: RepaymentMethod = RepaymentMethod.EQUAL_INSTALMENT, **changed: object) -> PlanRules:
    given: dict[str, object] = {
        "method": method, "period": MONTH, "interest_by": InterestBy.MONTHS, "day_count": DayCount.ACT_360
    }  # fmt: skip
    return PlanRules(**{**given, **changed})  # type: ignore[arg-type]


def terms(of: PlanRules, **changed: object) -> PlanTerms:
    given: dict[str, object] = {
        "principal_fen": 10_000_00, "rate": Decimal("0.072"), "start": date(2026, 1, 20),
        "first_due": date(2026, 2, 20), "count": 12,
    }  # fmt: skip
    return PlanTerms(rules=of, **{**given, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("principal", "rate", "count", "instalment"),
    [  # monthly payments as tables of mortgages print them
        (200_000_00, "0.065", 360, 1264_14),
        (300_000_00, "0.04", 360, 1432_25),
        (100_000_00, "0.06", 360, 599_55),
        (100_000_00, "0.06", 180, 843_86),
    ],
)
def test_level_instalments_are_those_of_printed_tables(
    principal: int, rate: str, count: int, instalment: int
) -> None:
    plan = plan_of(terms(rules(), principal_fen=principal, rate=Decimal(rate), count=count))
    amounts = [row.amount_fen for row in plan.instalments()]
    assert set(amounts[:-1]) == {instalment}
    monthly = Decimal(rate) / 12  # a fen too much or too little each time, with interest on it
    assert abs(amounts[-1] - instalment) <= ((1 + monthly) ** count - 1) / monthly


def test_daily_interest_in_five_instalments_row_by_row() -> None:
    by_days = rules(interest_by=InterestBy.DAYS)
    plan = plan_of(
        terms(by_days, rate=Decimal("0.18"), start=date(2025, 12, 20), first_due=date(2026, 1, 20), count=5)
    )
    assert [row.days for row in plan.instalments()] == [31, 31, 28, 31, 30]
    assert plan.interest_fen == (15500, 12498, 8535, 6339, 3092)  # balance × 18 % × days / 360
    assert [row.amount_fen for row in plan.instalments()] == [209193] * 4 + [209192]
    assert plan.balance_fen[-1] == 0


def test_the_other_methods_row_by_row() -> None:
    equal = plan_of(terms(rules(RepaymentMethod.EQUAL_PRINCIPAL), count=3))
    assert (equal.principal_fen, equal.interest_fen) == ((333333, 333333, 333334), (6000, 4000, 2000))
    first = plan_of(terms(rules(RepaymentMethod.EQUAL_PRINCIPAL, rest=Rest.FIRST), count=3))
    assert first.principal_fen == (333334, 333333, 333333)
    late = plan_of(terms(rules(RepaymentMethod.INTEREST_FIRST), count=3))
    assert (late.principal_fen, late.interest_fen) == ((0, 0, 1000000), (6000, 6000, 6000))
    (bullet,) = plan_of(terms(rules(RepaymentMethod.BULLET), count=3)).instalments()
    assert (bullet.nr, bullet.due, bullet.days) == (1, date(2026, 4, 20), 90)
    assert (bullet.principal_fen, bullet.interest_fen) == (1000000, 18000)
    steps = (Step(first=1, amount_fen=0), Step(first=3, amount_fen=100000))
    stepped = plan_of(terms(rules(RepaymentMethod.STEPPED), count=5, steps=steps))
    assert stepped.principal_fen == (0, 0, 100000, 100000, 800000)
    assert stepped.interest_fen == (6000, 6000, 6000, 5400, 4800)
    fixed = plan_of(terms(rules(RepaymentMethod.FIXED_PAYMENT), steps=(Step(first=1, amount_fen=400000),)))
    assert [row.amount_fen for row in fixed.instalments()] == [400000, 400000, 210894]
    balloon = plan_of(
        terms(rules(RepaymentMethod.FIXED_PAYMENT), count=2, steps=(Step(first=1, amount_fen=10000),))
    )
    assert balloon.principal_fen == (4000, 996000)


def test_grace_and_a_free_first_period() -> None:
    graced = plan_of(terms(rules(principal_grace=2), count=4))
    assert (graced.principal_fen[:2], graced.interest_fen[:2]) == ((0, 0), (6000, 6000))
    assert graced.principal_fen[2:] == plan_of(terms(rules(), count=2)).principal_fen
    deferred = plan_of(terms(rules(RepaymentMethod.INTEREST_FIRST, interest_grace=2), count=4))
    assert deferred.interest_fen == (0, 0, 18000, 6000)
    free = plan_of(terms(rules(interest_free=1), count=3))
    assert free.interest_fen[0] == 0
    amounts = {row.amount_fen for row in free.instalments()[:2]}
    assert amounts == {
        level_instalment(units=1000000, factors=[(0, 1), (6, 1000), (6, 1000)], rounding=Rounding.HALF_AWAY)
    }


def test_a_first_period_is_levelled_or_set_apart() -> None:
    """From the 10th to the 20th of the next month: a month and ten days."""
    stub = {"start": date(2026, 1, 10), "count": 3}
    levelled = plan_of(terms(rules(), **stub))
    assert levelled.interest_fen[0] == 6000 + 2000  # 10 days at 7.2 % / 360
    assert len({row.amount_fen for row in levelled.instalments()[:2]}) == 1
    apart = plan_of(terms(rules(first_stub=FirstStub.APART), **stub))
    regular = plan_of(terms(rules(), count=3))
    assert apart.principal_fen == regular.principal_fen
    assert apart.interest_fen == (8000, *regular.interest_fen[1:])


def test_a_regular_first_period_ends_on_the_due_day_it_would_have_begun_with() -> None:
    """From the 31st of January to the 28th of February, of a loan due on the 31st: 28 days, not 31."""
    by_days = rules(interest_by=InterestBy.DAYS, first_stub=FirstStub.APART)
    stub = terms(by_days, start=date(2026, 1, 10), first_due=date(2026, 2, 28), due_day=31)
    whole = plan_of(replace(stub, start=date(2026, 1, 31)))
    assert plan_of(stub).principal_fen == whole.principal_fen
    assert plan_of(stub).interest_fen == (49 * 200, *whole.interest_fen[1:])


@pytest.mark.parametrize(
    ("start", "first_due", "due_day", "interest"),
    [
        (date(2026, 1, 31), date(2026, 2, 28), 31, 6000),  # the month's last day to the month's last day
        (date(2026, 2, 28), date(2026, 3, 31), 31, 6000),
        (date(2026, 2, 28), date(2026, 3, 28), None, 6000),
        (date(2026, 2, 27), date(2026, 3, 31), 31, 6000 + 4 * 200),
        (date(2026, 1, 20), date(2026, 2, 5), None, 16 * 200),
        (date(2026, 1, 5), date(2026, 3, 20), None, 12000 + 15 * 200),
        (date(2024, 1, 30), date(2024, 2, 29), 30, 6000),
    ],
)
def test_first_periods_by_months_are_whole_months_and_odd_days(
    start: date, first_due: date, due_day: int | None, interest: int
) -> None:
    plan = plan_of(terms(rules(), start=start, first_due=first_due, due_day=due_day))
    assert plan.interest_fen[0] == interest


def test_due_dates_move_to_business_days_and_interest_may_stay() -> None:
    weekdays = BusinessDays(holidays=frozenset({date(2026, 4, 20)}))
    following = {"interest_by": InterestBy.DAYS, "convention": BusinessDayConvention.FOLLOWING}
    planned = plan_of(terms(rules(**following), business_days=weekdays, count=4))
    assert planned.due == (date(2026, 2, 20), date(2026, 3, 20), date(2026, 4, 21), date(2026, 5, 20))
    assert planned.days == (31, 28, 31, 30)
    assert planned.start == (date(2026, 1, 20), date(2026, 2, 20), date(2026, 3, 20), date(2026, 4, 20))
    moved = plan_of(terms(rules(accrue_to_planned_day=False, **following), business_days=weekdays, count=4))
    assert moved.due == planned.due
    assert moved.days == (31, 28, 32, 29)
    assert moved.start[-1] == date(2026, 4, 21)


def test_multiples_of_a_yuan() -> None:
    plan = plan_of(terms(rules(multiple_fen=100)))
    assert {row.amount_fen for row in plan.instalments()[:-1]} == {86600}
    up = plan_of(terms(rules(multiple_fen=100, rounding=Rounding.UP)))
    assert {row.amount_fen for row in up.instalments()[:-1]} == {86700}
    equal = plan_of(terms(rules(RepaymentMethod.EQUAL_PRINCIPAL, multiple_fen=1000)))
    assert equal.principal_fen == (*[83000] * 11, 87000)


def test_tiny_loans_never_go_below_nothing() -> None:
    assert plan_of(terms(rules(), principal_fen=1)).principal_fen == (*[0] * 11, 1)
    assert plan_of(terms(rules(), principal_fen=7)).principal_fen == (*[1] * 7, *[0] * 5)
    assert plan_of(terms(rules(RepaymentMethod.EQUAL_PRINCIPAL), principal_fen=7)).principal_fen == (
        *[1] * 7,
        *[0] * 5,
    )


def test_an_instalment_is_never_less_than_its_interest() -> None:
    """At 36 % for 30 years a level instalment is below the interest of long months."""
    plan = plan_of(
        terms(rules(interest_by=InterestBy.DAYS), rate=Decimal("0.36"), principal_fen=10**9, count=360)
    )
    assert min(plan.principal_fen) == 0
    assert plan.interest_fen[0] == 10**9 * 36 * 31 // 36000


@pytest.mark.parametrize(
    ("steps", "method", "message"),
    [
        ((Step(first=1, amount_fen=500001),), RepaymentMethod.STEPPED, "repay more than the loan"),
        ((Step(first=1, amount_fen=5999),), RepaymentMethod.FIXED_PAYMENT, "does not cover its interest"),
    ],
)
def test_amounts_that_cannot_be_are_refused(
    steps: tuple[Step, ...], method: RepaymentMethod, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        plan_of(terms(rules(method), count=3, steps=steps))


def test_a_first_due_date_that_moves_before_the_loan_is_refused() -> None:
    preceding = rules(convention=BusinessDayConvention.PRECEDING)
    with pytest.raises(InputError, match="moves to before the loan"):  # paid out on a Saturday, due on Sunday
        plan_of(
            terms(preceding, start=date(2026, 8, 1), first_due=date(2026, 8, 2), business_days=BusinessDays())
        )


def test_a_loan_that_does_not_fit_the_book_with_its_interest_is_refused() -> None:
    of = terms(rules(RepaymentMethod.INTEREST_FIRST), principal_fen=10**16, count=110)
    assert plan_of(replace(of, rate=Decimal(100))).total_interest_fen < 2**63 - 10**16
    with pytest.raises(InputError, match="does not fit the book"):
        plan_of(replace(of, rate=Decimal(100), count=111))


@settings(max_examples=100, deadline=None)
@given(ANY_TERMS)
def test_what_holds_of_every_plan(of: PlanTerms) -> None:
    plan = plan_of(of)
    assert sum(plan.principal_fen) == of.principal_fen
    assert min(plan.principal_fen) >= 0
    assert min(plan.interest_fen) >= 0
    assert plan.balance_fen[-1] == 0
    assert list(plan.due) == sorted(plan.due)
    assert plan.start[0] == of.start
    if of.rate == 0:
        assert plan.total_interest_fen == 0
    rows = plan.instalments()
    assert len(rows) == len(plan)
    assert [row.nr for row in rows] == list(range(1, len(plan) + 1))
    for before, after in pairwise(rows):
        assert after.balance_fen == before.balance_fen - after.principal_fen
        assert after.start == before.start + timedelta(days=before.days)


@settings(max_examples=40, deadline=None)
@given(ANY_TERMS, st.integers(1, 10**8))
def test_a_higher_rate_never_lowers_interest(of: PlanTerms, more: int) -> None:
    assume(of.rules.method not in {RepaymentMethod.FIXED_PAYMENT, RepaymentMethod.EQUAL_INSTALMENT})
    dearer = PlanTerms(
        rules=of.rules, principal_fen=of.principal_fen, rate=of.rate + Decimal(more).scaleb(-9),
        start=of.start, first_due=of.first_due, count=of.count, due_day=of.due_day, steps=of.steps,
        business_days=of.business_days,
    )  # fmt: skip
    assert all(
        low <= high for low, high in zip(plan_of(of).interest_fen, plan_of(dearer).interest_fen, strict=True)
    )


@settings(max_examples=40, deadline=None)
@given(
    principal=PRINCIPALS, rate=RATES, count=COUNTS, start=STARTS,
    day_count=st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT, DayCount.THIRTY_E_360]),
)  # fmt: skip
def test_equal_instalments_are_the_textbook_s(
    principal: int, rate: Decimal, count: int, start: date, day_count: DayCount
) -> None:
    """Work the same plan out with fractions and dates of the calendar's own, row after row."""
    of = terms(
        rules(interest_by=InterestBy.DAYS, day_count=day_count),
        principal_fen=principal, rate=rate, count=count, start=start, first_due=MONTH.after(start),
    )  # fmt: skip
    ends = [start, *[MONTH.after(of.first_due, times=number) for number in range(count)]]
    parts = [year_fraction(start=a, end=b, day_count=day_count, maturity=ends[-1]) for a, b in pairwise(ends)]
    factors = [Fraction(rate) * Fraction(*part) for part in parts]
    level = level_instalment(
        units=principal, factors=[f.as_integer_ratio() for f in factors], rounding=Rounding.HALF_AWAY
    )
    balance, rows = principal, []
    for number, factor in enumerate(factors):
        interest = int(balance * factor + Fraction(1, 2))
        repaid = balance if number == count - 1 else max(0, min(level - interest, balance))
        balance -= repaid
        rows.append((repaid, interest, balance))
    plan = plan_of(of)
    assert list(zip(plan.principal_fen, plan.interest_fen, plan.balance_fen, strict=True)) == rows
    assert plan.due == tuple(ends[1:])


def engine_terms(of: PlanTerms) -> engine.Terms:
    """Say the same loan to the engine."""
    method, cycle = of.rules.method, of.rules.period
    due = plan_of(of).due[-1]
    steps = (engine.Step(anchor=of.first_due, cycle=cycle),)
    stated = tuple(  # one by one, for a step that began on a 29th of February would stay on the 29th
        engine.PrincipalStep(
            anchor=cycle.after(of.first_due, times=number), amount=of.steps[0 if number < 2 else 1].amount_fen
        )
        for number in range(of.count if method is RepaymentMethod.STEPPED else 0)
    )
    repayment = {
        RepaymentMethod.INTEREST_FIRST: engine.Repayment.AT_MATURITY,
        RepaymentMethod.BULLET: engine.Repayment.AT_MATURITY,
    }.get(method) or engine.Repayment(method.value)
    fixed = method is RepaymentMethod.FIXED_PAYMENT
    return engine.Terms(
        scale=FEN,
        opened_on=of.start - timedelta(days=1),
        disbursed_on=of.start,
        principal=of.principal_fen,
        day_count=of.rules.day_count,
        rate=of.rate,
        repayment=repayment,
        maturity=due,
        payment=of.steps[0].amount_fen if fixed else None,
        interest_steps=() if method is RepaymentMethod.BULLET else steps,
        principal_steps={
            RepaymentMethod.INTEREST_FIRST: (), RepaymentMethod.BULLET: (), RepaymentMethod.STEPPED: stated
        }.get(method, steps),
    )  # fmt: skip


def rows_of_engine(of: PlanTerms) -> dict[date, list[int]]:
    """Return principal and interest by due date, as the engine's flows have them."""
    kinds = {
        engine.FlowKind.PRINCIPAL_DUE: 0,
        engine.FlowKind.MATURED: 0,
        engine.FlowKind.INTEREST_DUE: 1,
    }
    rows: dict[date, list[int]] = {}
    for flow in engine.flows(terms=engine_terms(of)):
        if flow.kind in kinds:
            rows.setdefault(flow.day, [0, 0])[kinds[flow.kind]] += flow.amount
    return rows


@settings(max_examples=40, deadline=None)
@given(
    method=st.sampled_from(RepaymentMethod), principal=PRINCIPALS, rate=RATES, start=STARTS,
    count=st.integers(4, 24), ahead=st.integers(4, 80),
    day_count=st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT, DayCount.THIRTY_E_360]),
)  # fmt: skip
def test_plans_are_the_engine_s(
    method: RepaymentMethod,
    principal: int,
    rate: Decimal,
    start: date,
    count: int,
    ahead: int,
    day_count: DayCount,
) -> None:
    steps = {
        RepaymentMethod.STEPPED: (
            Step(first=1, amount_fen=1),
            Step(first=3, amount_fen=max(1, principal // count)),
        ),
        RepaymentMethod.FIXED_PAYMENT: (
            Step(first=1, amount_fen=principal // 8 + int(principal * rate / 2) + 1),
        ),
    }.get(method, ())
    assume(method is not RepaymentMethod.STEPPED or principal > 2 * count)
    of = terms(
        rules(method, interest_by=InterestBy.DAYS, day_count=day_count), principal_fen=principal, rate=rate,
        start=start, first_due=start + timedelta(days=ahead), count=count, steps=steps,
    )  # fmt: skip
    plan = plan_of(of)
    rows = rows_of_engine(of)
    # the engine lets a debt grow, a plan does not
    assume(min(principal for principal, _ in rows.values()) >= 0)
    assert rows == {row.due: [row.principal_fen, row.interest_fen] for row in plan.instalments()}
