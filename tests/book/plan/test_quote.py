"""Quotes: what a loan costs, with its fees, as rates whose methods are named."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plan_terms import ANY_TERMS

from creditloop.book.calendars import Cycle
from creditloop.book.interest import DayCount
from creditloop.book.plan import Fee, InterestBy, PlanRules, PlanTerms, RepaymentMethod, Step, plan_of, quote
from creditloop.kernel.errors import InputError

RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.MONTHS,
    day_count=DayCount.ACT_360,
)
TERMS = PlanTerms(
    rules=RULES,
    principal_fen=10_000_00,
    rate=Decimal("0.072"),
    start=date(2026, 1, 20),
    first_due=date(2026, 2, 20),
    count=12,
)
BY_DAYS = replace(TERMS, rules=replace(RULES, interest_by=InterestBy.DAYS), rate=Decimal("0.18"))
FEN_OF_RATE = Decimal("0.00001")
"""What rounding to the fen may do to the rate of a loan of ten thousand yuan."""


@pytest.mark.parametrize("method", [one for one in RepaymentMethod if one is not RepaymentMethod.STEPPED])
def test_without_fees_the_simple_rate_is_the_agreed_one(method: RepaymentMethod) -> None:
    steps = (Step(first=1, amount_fen=100_000),) if method is RepaymentMethod.FIXED_PAYMENT else ()
    found = quote(terms=replace(TERMS, rules=replace(RULES, method=method), steps=steps))
    assert abs(found.annual_simple - Decimal("0.072")) < FEN_OF_RATE
    if method is not RepaymentMethod.BULLET:
        assert abs(found.annual_compound - ((1 + Decimal("0.006")) ** 12 - 1)) < FEN_OF_RATE
    assert (found.annual_stated, found.daily_stated) == (Decimal("0.072"), Decimal("0.0002"))


def test_daily_interest_is_annualised_over_365_days() -> None:
    """0.05 % a day is 18 % by a year of 360 days, and costs 18.25 % in a year."""
    found = quote(terms=BY_DAYS)
    assert abs(found.annual_simple - Decimal("0.1825")) < FEN_OF_RATE
    assert found.daily_stated == Decimal("0.0005")
    assert found.annual_compound > found.annual_simple


def test_fees_are_part_of_the_cost() -> None:
    fees = [
        Fee(code="guarantee", amount_fen=200_00),
        Fee(code="service", amount_fen=10_00, instalments=tuple(range(1, 13))),
    ]
    found = quote(terms=TERMS, fees=fees)
    assert found.fees_fen == (200_00, *[10_00] * 12)
    assert found.total_fees_fen == 320_00
    assert found.total_interest_fen == plan_of(TERMS).total_interest_fen
    bare = quote(terms=TERMS)
    assert found.annual_compound > bare.annual_compound + Decimal("0.05")
    assert found.annual_stated == bare.annual_stated
    late = quote(terms=TERMS, fees=[Fee(code="end", amount_fen=320_00, instalments=(12,))])
    assert bare.annual_simple < late.annual_simple < found.annual_simple


def test_a_year_s_bullet_with_a_fee_by_hand() -> None:
    bullet = replace(TERMS, rules=replace(RULES, method=RepaymentMethod.BULLET))
    found = quote(terms=bullet, fees=[Fee(code="arrangement", amount_fen=100_00)])
    expected = (Decimal(10_720_00) / Decimal(9_900_00) - 1).quantize(Decimal("1e-10"))
    assert (found.annual_simple, found.annual_compound) == (expected, expected)


def test_annual_rates_come_before_the_daily_one_and_say_their_method() -> None:
    rates = quote(terms=BY_DAYS).rates
    assert [rate.code for rate in rates] == [
        "annual_compound", "annual_simple", "annual_stated", "daily_stated"
    ]  # fmt: skip
    assert ["复利" in rate.zh for rate in rates] == [True, False, False, False]
    assert ["单利" in rate.zh for rate in rates] == [False, True, False, False]
    assert [rate.rate for rate in rates][-1] == Decimal("0.0005")


def test_odd_first_periods_by_months_keep_time_as_interest_does() -> None:
    for day_count in (DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT):
        odd = replace(TERMS, rules=replace(RULES, day_count=day_count), start=date(2026, 1, 7))
        assert abs(quote(terms=odd).annual_simple - Decimal("0.072")) < FEN_OF_RATE


@pytest.mark.parametrize(
    ("fee", "message"),
    [
        (Fee(code="odd", amount_fen=-1), "a fee is negative"),
        (Fee(code="odd", amount_fen=1, instalments=(13,)), "not there"),
        (Fee(code="odd", amount_fen=1, instalments=(-1,)), "not there"),
        (Fee(code="odd", amount_fen=10_000_00), "no loan"),
    ],
)
def test_fees_that_cannot_be_are_refused(fee: Fee, message: str) -> None:
    with pytest.raises(InputError, match=message):
        quote(terms=TERMS, fees=[fee])


@settings(max_examples=25, deadline=None)
@given(ANY_TERMS, st.integers(0, 10**4))
def test_every_plan_has_a_rate_and_fees_never_lower_it(of: PlanTerms, fee: int) -> None:
    assume(of.principal_fen > 10**4)  # a fen of interest on a fen is a rate that nobody looks for
    bare = quote(terms=of)
    last = len(bare.plan)
    dearer = quote(
        terms=of, fees=[Fee(code="last", amount_fen=min(fee, of.principal_fen), instalments=(last,))]
    )
    assert 0 <= bare.annual_simple <= dearer.annual_simple
    assert 0 <= bare.annual_compound <= dearer.annual_compound
    if of.rate == 0:
        assert bare.annual_compound == bare.annual_simple == 0
