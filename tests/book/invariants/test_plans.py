"""Invariants 3, 4, 5 and 13: plans of every kind, and what they cost."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st
from plan_terms import ANY_TERMS
from tests.book.invariants.loan_lives import RATES, START, examples, terms
from tests.book.loans.loan_histories import rules_of

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount, Rounding, interest_carried, ratio, year_fraction
from creditloop.book.loans import (
    Accrued,
    Disbursed,
    InterestMethod,
    LevelBasis,
    LoanTerms,
    Part,
    replay,
)
from creditloop.book.plan import InterestBy, PlanRules, PlanTerms, RepaymentMethod, Step, plan_of, quote

MANY = examples(150)
RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.MONTHS,
    day_count=DayCount.ACT_360,
)
WITH_PERIODS = [one for one in RepaymentMethod if one is not RepaymentMethod.BULLET]


@MANY
@given(ANY_TERMS)
def test_03_a_plan_repays_the_principal_and_no_amount_is_below_zero(of: PlanTerms) -> None:
    """3: schedule principal sums to principal; every amount >= 0; last balance 0."""
    plan = plan_of(of)
    assert sum(plan.principal_fen) == of.principal_fen
    assert min(*plan.principal_fen, *plan.interest_fen, *plan.balance_fen) >= 0
    balances = accumulate(plan.principal_fen, lambda left, paid: left - paid, initial=of.principal_fen)
    assert list(balances)[1:] == list(plan.balance_fen)
    assert plan.balance_fen[-1] == 0


@MANY
@given(terms())
def test_03_the_rows_of_a_loan_repay_what_was_paid_out(of: LoanTerms) -> None:
    """3, of a loan's first rows: with down payment, grace and flat interest too; no interest gets lost."""
    rows = replay(terms=of, rules=rules_of(penalties=()), events=[paid_out(of)], as_of=START).rows
    assert sum(row.amounts[Part.PRINCIPAL] for row in rows) == of.principal
    assert min(min(row.amounts) for row in rows) >= 0
    spared = replace(of, grace_interest=0)
    without = replay(terms=spared, rules=rules_of(penalties=()), events=[paid_out(of)], as_of=START).rows
    assert interest_of(rows) == interest_of(without), "grace moves interest, it forgives none"


@MANY
@given(st.data())
def test_04_equal_instalments_differ_only_in_the_last_and_by_few_fen(data: st.DataObject) -> None:
    """4: equal instalments differ only in the last period, by <= n fen.

    An instalment and each interest are rounded by at most half a fen; the last instalment pays what that has
    grown to, so the bound is the sum of the growths to the end: n fen, and more only where interest on the
    fen themselves comes to a fen (in twelve months from 18 % a year on).
    """
    days = data.draw(st.booleans())
    rules = replace(
        RULES,
        interest_by=InterestBy.DAYS if days else InterestBy.MONTHS,
        period=data.draw(st.sampled_from([Cycle(months=1), Cycle(months=3), Cycle(days=14)]))
        if days
        else RULES.period,
        day_count=data.draw(st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.THIRTY_E_360])),
    )
    count = data.draw(st.integers(1, 60))
    of = PlanTerms(
        rules=rules,
        principal_fen=data.draw(st.integers(100_00 * count, 10**9)),
        rate=data.draw(RATES),
        start=START,
        first_due=rules.period.after(START),
        count=count,
    )
    plan = plan_of(of)
    level = [one.amount_fen for one in plan.instalments()]
    assume(all(one.principal_fen > 0 for one in plan.instalments()))  # else the instalment is interest alone
    assert len(set(level[:-1])) <= 1
    bound = sum_of_growths(of)
    assert abs(level[-1] - level[0]) <= bound
    if bound < count + 1:
        assert abs(level[-1] - level[0]) <= count


@MANY
@given(terms(methods=(RepaymentMethod.EQUAL_INSTALMENT,)))
def test_04_the_instalments_of_a_loan_are_equal_but_for_the_last(of: LoanTerms) -> None:
    """4, of a loan's first rows: in multiples of a yuan the last bears what each of them was rounded by."""
    of = replace(
        of,
        principal=of.principal + 100_00 * of.count,
        interest_method=InterestMethod.DECLINING,
        level_basis=LevelBasis.OWN_PERIODS,
        grace_principal=0,
        grace_interest=0,
        down_payment=Decimal(0),
    )
    rows = replay(terms=of, rules=rules_of(penalties=()), events=[paid_out(of)], as_of=START).rows
    level = [sum(row.amounts) for row in rows]
    assume(all(row.amounts[Part.PRINCIPAL] > 0 for row in rows))
    assert len(set(level[:-1])) <= 1
    most = max((row.due - row.start).days for row in rows)
    growth = (1 + Fraction(of.rate) * most / 336) ** of.count
    assert abs(level[-1] - level[0]) <= of.count * growth * (1 + of.multiple) / 2


@MANY
@given(terms(), st.data())
def test_05_daily_accruals_add_up_to_the_interest_of_each_period(of: LoanTerms, data: st.DataObject) -> None:
    """5: sum of daily accruals = period interest; here of a loan whose income is recognised every day."""
    of = replace(
        of, cycle=data.draw(st.sampled_from([Cycle(days=14), Cycle(days=7)])), count=min(of.count, 4)
    )
    of = replace(
        of,
        grace_principal=min(of.grace_principal, of.count - 1),
        grace_interest=min(of.grace_interest, of.count - 1),
    )
    last = of.cycle.after(START, times=of.count)
    days = [START + timedelta(days=passed) for passed in range(1, (last - START).days + 1)]
    events = [paid_out(of)]
    events += [
        Accrued(id=f"a{number}", sequence=number, value_date=day, booked_on=day)
        for number, day in enumerate(days, start=2)
    ]
    state = replay(terms=of, rules=rules_of(penalties=()), events=events, as_of=last)
    accrued = {one.event.value_date: one.parts[Part.INTEREST] for one in state.settlements[1:]}
    assert min(accrued.values()) >= 0
    for row in state.rows:
        within = [units for day, units in accrued.items() if row.start < day <= row.due]
        assert sum(within) == row.amounts[Part.INTEREST]
    assert not any(state.income_missing)


@MANY
@given(
    st.integers(1, 10**12),
    RATES,
    st.lists(st.integers(1, 40), min_size=1, max_size=40),
    st.sampled_from(Rounding),
    st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT]),
)
def test_05_however_a_period_is_cut_its_parts_add_up(
    units: int, rate: Decimal, cuts: list[int], rounding: Rounding, day_count: DayCount
) -> None:
    """5: with the remainder carried from day to day, a day is off by less than a fen, the sum by none."""
    start, carried, total = START, (0, 1), 0
    for days in cuts:
        end = start + timedelta(days=days)
        part = year_fraction(start=start, end=end, day_count=day_count)
        whole, carried = interest_carried(
            units=units, rate=ratio(rate), fraction=part, carried=carried, rounding=rounding
        )
        total, start = total + whole, end
    exact = units * Fraction(rate) * Fraction(*year_fraction(start=START, end=start, day_count=day_count))
    assert total + Fraction(*carried) == exact
    assert abs(Fraction(*carried)) < 1


@MANY
@given(
    st.sampled_from(WITH_PERIODS),
    st.integers(1_000_00, 10**9),
    st.integers(1, 36_00),
    st.integers(1, 60),
    st.sampled_from([Cycle(months=1), Cycle(months=3), Cycle(days=30), Cycle(days=7)]),
)
def test_13_a_loan_without_fees_costs_its_nominal_rate_by_pyxirr(
    method: RepaymentMethod, principal: int, points: int, count: int, period: Cycle
) -> None:
    """13: APR from pyxirr reproduces the nominal rate when fee = 0 and periods are equal.

    The internal rate of return of a period times the periods of a year. Interest is rounded to the fen, each
    by at most half; over a balance that is at first the whole principal this moves the rate of a period by
    at most n × (1 + i) / 2 / principal.
    """
    by = InterestBy.MONTHS if period.months else InterestBy.DAYS
    rules = replace(RULES, method=method, period=period, interest_by=by, day_count=DayCount.ACT_365)
    rate = Decimal(points) / 10_000
    a_year = 12 / period.months if period.months else 365 / period.days
    steps: tuple[Step, ...] = ()
    if method is RepaymentMethod.STEPPED:
        steps = (Step(first=1, amount_fen=principal // count),)
    if method is RepaymentMethod.FIXED_PAYMENT:
        steps = (Step(first=1, amount_fen=int(principal * float(rate) / a_year) + principal // count + 1),)
    of = PlanTerms(
        rules=rules,
        principal_fen=principal,
        rate=rate,
        start=date(2026, 1, 15),
        first_due=period.after(date(2026, 1, 15)),
        count=count,
        steps=steps,
    )
    found = quote(terms=of)
    flows = [-principal, *(one.amount_fen for one in found.plan.instalments())]
    of_period = pyxirr.irr(flows)
    assert of_period is not None
    rounding = a_year * len(found.plan) * (1 + of_period) / 2 / principal
    assert abs(of_period * a_year - float(rate)) <= rounding + 1e-9
    assert abs(of_period * a_year - float(found.annual_simple)) < 1e-8
    assert abs((1 + of_period) ** a_year - 1 - float(found.annual_compound)) < 1e-7


def paid_out(of: LoanTerms) -> Disbursed:
    """Return the pay-out of the whole loan on its first day."""
    return Disbursed(id="d", sequence=1, value_date=START, booked_on=START, amount=of.principal)


def interest_of(rows) -> int:
    """Return the interest of all rows."""
    return sum(row.amounts[Part.INTEREST] for row in rows)


def sum_of_growths(of: PlanTerms) -> Fraction:
    """Return what a fen at each due date has grown to at the last one, added up: n fen and their interest."""
    plan, total, growth = plan_of(of), Fraction(0), Fraction(1)
    for one in reversed(plan.instalments()):
        total += growth
        part = (
            Fraction(1, 12)
            if of.rules.interest_by is InterestBy.MONTHS
            else Fraction(*year_fraction(start=one.start, end=one.due, day_count=of.rules.day_count))
        )
        growth *= 1 + Fraction(of.rate) * part
    return total
