"""The usual products through the engine: they add up, keep their shape, and agree with the fast plans."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from creditloop.book.calendars import MONDAY_TO_FRIDAY, BusinessDayConvention, Cycle
from creditloop.book.flows import (
    Flow,
    FlowKind,
    Regular,
    Terms,
    bullet_terms,
    equal_instalment_terms,
    equal_principal_terms,
    flows,
    interest_first_terms,
)
from creditloop.book.interest import DayCount
from creditloop.book.plan import InterestBy, PlanRules, PlanTerms, RepaymentMethod, plan_of
from creditloop.kernel.errors import InputError

BUILDERS = {
    RepaymentMethod.EQUAL_INSTALMENT: equal_instalment_terms,
    RepaymentMethod.EQUAL_PRINCIPAL: equal_principal_terms,
    RepaymentMethod.INTEREST_FIRST: interest_first_terms,
    RepaymentMethod.BULLET: bullet_terms,
}
PRINCIPAL = {FlowKind.PRINCIPAL_DUE, FlowKind.MATURED}
LOANS = st.builds(
    Regular,
    principal=st.integers(10_000, 10**10),
    rate=st.decimals("0", "0.36", places=4),
    day_count=st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT, DayCount.THIRTY_E_360]),
    disbursed_on=st.dates(date(2029, 10, 1), date(2030, 1, 31)),
    first_due=st.dates(date(2030, 2, 1), date(2030, 2, 28)),
    count=st.integers(1, 36),
    period=st.builds(Cycle, months=st.integers(1, 6)) | st.builds(Cycle, days=st.integers(1, 90)),
)


def by_day(rows: list[Flow]) -> dict[date, tuple[int, int]]:
    """Principal and interest of each due date."""
    days: dict[date, tuple[int, int]] = {}
    for row in rows:
        principal, interest = days.get(row.day, (0, 0))
        if row.kind in PRINCIPAL:
            principal += row.amount
        if row.kind is FlowKind.INTEREST_DUE:
            interest += row.amount
        if row.kind in PRINCIPAL or row.kind is FlowKind.INTEREST_DUE:
            days[row.day] = (principal, interest)
    return days


def plan_terms(loan: Regular, rules: PlanRules) -> PlanTerms:
    """The same loan as the fast plans know it."""
    return PlanTerms(
        rules=rules,
        principal_fen=loan.principal,
        rate=loan.rate,
        start=loan.disbursed_on,
        first_due=loan.first_due,
        count=loan.count,
        business_days=loan.business_days,
    )


@pytest.mark.parametrize("builder", BUILDERS.values(), ids=lambda builder: builder.__name__)
@given(loan=LOANS)
@settings(max_examples=25)
def test_principal_parts_add_up_to_the_loan(builder: Callable[..., Terms], loan: Regular) -> None:
    rows = flows(terms=builder(loan=loan))
    assert rows[0].kind is FlowKind.DISBURSED
    assert rows[0].amount == -loan.principal
    assert sum(row.amount for row in rows if row.kind in PRINCIPAL) == loan.principal
    assert (rows[-1].principal, rows[-1].accrued) == (0, 0)


@pytest.mark.parametrize("method", BUILDERS)
@given(loan=LOANS)
@settings(max_examples=25)
def test_the_fast_plan_is_the_engines_plan_to_the_fen(method: RepaymentMethod, loan: Regular) -> None:
    rules = PlanRules(
        method=method, period=loan.period, interest_by=InterestBy.DAYS, day_count=loan.day_count
    )
    plan = plan_of(plan_terms(loan, rules))
    found = by_day(flows(terms=BUILDERS[method](loan=loan)))
    assume(min(principal for principal, _ in found.values()) >= 0)  # a plan never adds interest to principal
    parts = zip(plan.principal_fen, plan.interest_fen, strict=True)
    assert found == dict(zip(plan.due, parts, strict=True))


@pytest.mark.parametrize("planned", [True, False], ids=["to the planned day", "to the day moved to"])
@pytest.mark.parametrize("method", list(BUILDERS)[1:])
@given(loan=LOANS, convention=st.sampled_from(list(BusinessDayConvention)))
@settings(max_examples=15)
def test_due_dates_move_alike(
    method: RepaymentMethod, planned: bool, loan: Regular, convention: BusinessDayConvention
) -> None:
    """Of level instalments the engine takes planned periods, the plan those as moved: they are left out."""
    moved = replace(
        loan, convention=convention, business_days=MONDAY_TO_FRIDAY, accrue_to_planned_day=planned
    )
    rules = PlanRules(
        method=method,
        period=loan.period,
        interest_by=InterestBy.DAYS,
        day_count=loan.day_count,
        convention=convention,
        accrue_to_planned_day=planned,
    )
    plan = plan_of(plan_terms(moved, rules))
    assume(len(set(plan.due)) == len(plan))
    found = by_day(flows(terms=BUILDERS[method](loan=moved)))
    parts = zip(plan.principal_fen, plan.interest_fen, strict=True)
    assert found == dict(zip(plan.due, parts, strict=True))


@given(loan=LOANS)
@settings(max_examples=25)
def test_equal_instalments_are_equal_but_for_the_last(loan: Regular) -> None:
    totals = [sum(parts) for parts in by_day(flows(terms=equal_instalment_terms(loan=loan))).values()]
    assert len(set(totals[:-1])) <= 1
    assert abs(totals[-1] - totals[0]) <= 36 * loan.count  # half a fen an instalment, with its interest


def known(**changes: object) -> Regular:
    """120,000 yuan from 1 January 2024, 12 months at 7.2 %, months of 30 days: 0.6 % a month."""
    values: dict[str, object] = {
        "principal": 120_000_00,
        "rate": Decimal("0.072"),
        "day_count": DayCount.THIRTY_E_360,
        "disbursed_on": date(2024, 1, 1),
        "first_due": date(2024, 2, 1),
        "count": 12,
        "period": Cycle(months=1),
    }
    return Regular(**{**values, **changes})  # type: ignore[arg-type]


def test_the_sheet_everybody_knows() -> None:
    days = list(by_day(flows(terms=equal_instalment_terms(loan=known()))).values())
    assert days[0] == (9_674_28, 720_00)
    assert [sum(parts) for parts in days[:-1]] == [10_394_28] * 11
    assert sum(days[-1]) == 10_394_23  # the last takes what rounding leaves


def test_interest_first_and_bullet_bear_the_same_interest() -> None:
    first = by_day(flows(terms=interest_first_terms(loan=known()))).values()
    (at_the_end,) = by_day(flows(terms=bullet_terms(loan=known()))).values()
    assert [interest for _, interest in first] == [720_00] * 12
    assert at_the_end == (120_000_00, 8_640_00)


def test_remainders_of_interest_are_carried_where_the_terms_say_so() -> None:
    loan = known(principal=100_07, rate=Decimal("0.05"), day_count=DayCount.ACT_365)
    dropped = by_day(flows(terms=interest_first_terms(loan=loan)))
    carried = by_day(
        flows(
            terms=interest_first_terms(
                loan=known(
                    principal=100_07, rate=Decimal("0.05"), day_count=DayCount.ACT_365, carry_remainders=True
                )
            )
        )
    )
    assert sum(interest for _, interest in carried.values()) == 502  # 10007 × 5 % × 366 / 365 = 501.72
    assert sum(interest for _, interest in dropped.values()) == 7 * 42 + 4 * 41 + 40


def test_a_due_date_on_a_weekend_moves_and_its_interest_with_it() -> None:
    loan = known(convention=BusinessDayConvention.FOLLOWING, business_days=MONDAY_TO_FRIDAY)
    days = by_day(flows(terms=interest_first_terms(loan=loan)))
    assert date(2024, 6, 3) in days  # 1 June 2024 is a Saturday
    assert days[date(2024, 6, 3)][1] == 768_00
    planned = known(
        convention=BusinessDayConvention.FOLLOWING,
        business_days=MONDAY_TO_FRIDAY,
        accrue_to_planned_day=True,
    )
    assert by_day(flows(terms=interest_first_terms(loan=planned)))[date(2024, 6, 3)][1] == 720_00


@pytest.mark.parametrize("wrong", [{"principal": 0}, {"count": 0}, {"first_due": date(2024, 1, 1)}], ids=str)
def test_what_is_no_loan_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        known(**wrong)
