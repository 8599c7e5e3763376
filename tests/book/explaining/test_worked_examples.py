"""Worked examples: the numbers of a loan's amounts as a person would check them on paper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from creditloop.book.calendars import Cycle
from creditloop.book.explaining import (
    How,
    Term,
    annualised_plan,
    explain_accrual,
    explain_interest,
    explain_penalty,
    explain_row,
    explain_rows,
    explain_settlement,
    explain_split,
    trace_of,
)
from creditloop.book.interest import FEN, DayCount
from creditloop.book.loans import (
    Allocation,
    Charged,
    Disbursed,
    LoanRules,
    LoanTerms,
    Part,
    PenaltyVariant,
    Prepaid,
    RateReset,
    Repaid,
    Reversed,
    cells_of,
)
from creditloop.book.plan import FirstStub, InterestBy, PlanRules, PlanTerms, RepaymentMethod, Rest, plan_of
from creditloop.book.split import Shares
from creditloop.kernel.errors import InputError, UnknownId

START, LATE = date(2024, 1, 31), date(2024, 3, 10)
TERMS = LoanTerms(
    principal=12_000_00,
    start=START,
    count=12,
    cycle=Cycle(months=1),
    rate=Decimal("0.072"),
    repayment=RepaymentMethod.EQUAL_INSTALMENT,
    day_count=DayCount.ACT_360,
    scale=FEN,
)
RULES = LoanRules(
    allocation=Allocation(cells=cells_of(order=(Part.PENALTY, Part.FEE, Part.INTEREST, Part.PRINCIPAL))),
    penalties=(PenaltyVariant(valid_from=date(2020, 1, 1), multiple=Decimal("1.5"), cap=Decimal("0.24")),),
)
PAID_OUT = Disbursed(id="d1", sequence=1, value_date=START, booked_on=START, amount=12_000_00)
PAYMENT = Repaid(id="p1", sequence=2, value_date=LATE, booked_on=LATE, amount=1_050_00)


def traced(*events, as_of: date = LATE, terms: LoanTerms = TERMS, rules: LoanRules = RULES):
    return trace_of(terms=terms, rules=rules, events=(PAID_OUT, *events), as_of=as_of)


def test_the_interest_of_an_instalment_is_balance_times_rate_times_days() -> None:
    told = explain_interest(traced(), due=date(2024, 2, 29))
    (step,) = told.steps
    assert step.terms == (
        Term(
            base=12_000_00,
            rate=Decimal("0.072"),
            part=Fraction(29, 360),
            since=START,
            until=date(2024, 2, 29),
        ),
    )
    assert (step.how, step.event_id, step.result, told.amount) == (How.PERIOD_INTEREST, "d1", 69_60, 69_60)


def test_the_penalty_is_told_day_by_day_with_what_is_carried() -> None:
    told = explain_penalty(traced(), due=date(2024, 2, 29))
    assert [step.day for step in told.steps] == [date(2024, 2, 29), *(date(2024, 3, n) for n in range(1, 10))]
    first, second = told.steps[:2]
    cost = 970_30 * Fraction("0.108") / 360
    assert first.terms[0].exact == cost
    assert (first.amount, first.carried) == (29, (Fraction(0), cost - 29))
    assert second.carried is not None and second.carried[0] == cost - 29
    assert told.amount == told.total == int(10 * cost) == 2_91


def test_a_payment_takes_the_least_of_what_is_open_and_what_is_left() -> None:
    told = explain_settlement(traced(PAYMENT), event_id="p1")
    lines = [(step.part, step.amount, [term.base for term in step.terms]) for step in told.steps]
    assert lines == [
        (Part.PENALTY, 2_91, [2_91, 1_050_00]),
        (Part.INTEREST, 69_60, [69_60, 1_047_09]),
        (Part.PRINCIPAL, 970_30, [970_30, 977_49]),
        (Part.INTEREST, 7_19, [68_38, 7_19]),
    ]
    assert told.total == told.amount == 1_050_00


def test_an_overpayment_that_settles_a_later_charge_is_told_so() -> None:
    everything = replace(PAYMENT, amount=20_000_00)
    charge = Charged(
        id="c1", sequence=3, value_date=LATE, booked_on=LATE, amount=5_00, part=Part.FEE, due=LATE
    )
    told = explain_settlement(traced(everything, charge), event_id="p1")
    assert [step.how for step in told.steps[-2:]] == [How.SETTLED_LATER, How.OVERPAID]
    assert (told.steps[-2].amount, told.steps[-2].part) == (5_00, Part.FEE)
    assert told.holds


def test_a_rate_that_changes_within_a_period_is_two_products() -> None:
    reset = RateReset(id="n1", sequence=2, value_date=date(2024, 2, 10), booked_on=LATE, rate=Decimal("0.06"))
    told = explain_interest(traced(reset), due=date(2024, 2, 29))
    planned, again = told.steps
    assert [(term.rate, term.days) for term in again.terms] == [(Decimal("0.072"), 10), (Decimal("0.06"), 19)]
    assert (planned.result, again.was, again.result) == (69_60, 69_60, told.amount) == (69_60, 69_60, 62_00)


def test_a_prepayment_pays_interest_to_its_day_and_plans_the_rest_anew() -> None:
    early = Prepaid(
        id="e1", sequence=2, value_date=date(2024, 2, 10), booked_on=date(2024, 2, 10), amount=5_000_00
    )
    trace = traced(early, as_of=date(2024, 2, 10))
    paid, rest = (
        explain_row(trace, due=day, part=Part.INTEREST) for day in (date(2024, 2, 10), date(2024, 2, 29))
    )
    (step,) = paid.steps
    assert (step.how, step.terms[0].base, step.terms[0].part) == (
        How.INTEREST_TO_DAY,
        69_60,
        Fraction(10, 29),
    )
    assert paid.amount == step.result == 24_00
    last = rest.steps[-1]
    assert last.terms[0].days == 19 and last.terms[0].base == 12_000_00 - (5_000_00 - 24_00)


def test_a_day_accrues_what_the_period_has_come_to_less_what_it_had() -> None:
    day = date(2024, 2, 10)
    told = explain_accrual(terms=TERMS, rules=RULES, events=[PAID_OUT], day=day, part=Part.INTEREST)
    (step,) = told.steps
    assert (step.terms[0].base, step.terms[0].part) == (69_60, Fraction(11, 29))
    assert (step.result, step.was, told.amount) == (26_40, 24_00, 2_40)


def test_our_part_is_the_running_total_by_our_share_less_what_it_was() -> None:
    shares = Shares(("own", "partner"), (3, 7))
    told = explain_split(before=24_00, after=26_40, shares=shares, lender="own", day=LATE, what="interest")
    assert (told.steps[0].result, told.steps[0].was, told.amount) == (7_92, 7_20, 72)
    assert told.steps[0].terms[0].part == Fraction(3, 10)


def test_what_is_not_there_cannot_be_explained() -> None:
    undo = Reversed(id="v1", sequence=3, value_date=LATE, booked_on=LATE, event_id="p1")
    trace = traced(PAYMENT, undo)
    with pytest.raises(UnknownId, match="no event of the loan that counts"):
        explain_settlement(trace, event_id="p1")
    with pytest.raises(UnknownId, match="falls due"):
        explain_interest(trace, due=LATE)
    with pytest.raises(InputError, match="no event of the loan counts"):
        traced(as_of=date(2024, 1, 30))
    with pytest.raises(InputError, match="meet their own days"):
        traced(rules=replace(RULES, plan_first=True))


METHODS = {
    "equal instalments": (RepaymentMethod.EQUAL_INSTALMENT, InterestBy.DAYS),
    "equal instalments by months": (RepaymentMethod.EQUAL_INSTALMENT, InterestBy.MONTHS),
    "equal principal": (RepaymentMethod.EQUAL_PRINCIPAL, InterestBy.DAYS),
    "interest first": (RepaymentMethod.INTEREST_FIRST, InterestBy.DAYS),
    "bullet": (RepaymentMethod.BULLET, InterestBy.DAYS),
}


@pytest.mark.parametrize("case", METHODS.values(), ids=METHODS)
def test_a_plan_that_was_agreed_is_explained_row_by_row(case: tuple[RepaymentMethod, InterestBy]) -> None:
    method, by = case
    rules = PlanRules(
        method=method,
        period=Cycle(months=1),
        interest_by=by,
        day_count=DayCount.ACT_360,
        rounding=FEN.rounding,
        rest=Rest.LAST,
        first_stub=FirstStub.LEVELLED,
        accrue_to_planned_day=True,
    )
    first_due = date(2024, 2, 29)
    plan = plan_of(
        PlanTerms(
            principal_fen=12_000_00,
            start=START,
            first_due=first_due,
            count=12,
            rate=Decimal("0.072"),
            rules=rules,
        )
    )
    terms = replace(
        TERMS, repayment=method, agreed=plan, day_count=None if by is InterestBy.MONTHS else DayCount.ACT_360
    )
    told = explain_rows(traced(terms=terms, as_of=START))
    assert all(one.holds for one in told.values())
    assert [key for key, one in told.items() if not one.complete] == []
    interest = [told[number, Part.INTEREST].amount for number in range(1, len(plan) + 1)]
    assert interest == list(plan.interest_fen)


def test_a_plan_is_annualised_by_both_methods() -> None:
    """One payment after a year of 366 days at 7.2 % on a basis of 360."""
    terms = replace(TERMS, repayment=RepaymentMethod.BULLET, count=1, cycle=Cycle(months=12))
    cost = annualised_plan(terms=terms, rules=RULES, pay_out=PAID_OUT)
    interest = Decimal(12_000_00) * Decimal("0.072") * 366 / 360
    assert cost.simple == (interest / 12_000_00 * 365 / 366).quantize(Decimal("1e-10"))
    assert abs(float(cost.compound) - ((1 + 0.0732) ** (365 / 366) - 1)) < 1e-9
