"""Invariant 10: time and rates only ever cost more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.book.invariants.loan_lives import (
    ORDER,
    RATES,
    START,
    Life,
    examples,
    lives,
    rules,
    terms,
)

from creditloop.book.loans import (
    Across,
    Allocation,
    Future,
    InterestMethod,
    LoanRules,
    LoanState,
    LoanTerms,
    Part,
    Prepaid,
    RateReset,
    Repaid,
    cells_of,
    payoff_quote,
)
from creditloop.book.plan import RepaymentMethod

MANY = examples(60)
EXACT = (RepaymentMethod.EQUAL_PRINCIPAL, RepaymentMethod.INTEREST_FIRST, RepaymentMethod.BULLET)
"""Ways of repaying whose balances do not depend on the rate, so that nothing is rounded the other way."""


@st.composite
def in_turn(draw: st.DrawFn) -> LoanRules:
    """Rules by which a payment settles instalment after instalment, whatever the order within one."""
    allocation = Allocation(
        cells=cells_of(order=tuple(draw(st.permutations(ORDER)))),
        across=Across.HORIZONTAL,
        future=Future.NEXT,
    )
    return draw(rules(allocation=allocation, by_dpd=(), plan_first=False))


@MANY
@given(st.data())
def test_10_a_later_payment_never_lowers_what_the_loan_costs(data: st.DataObject) -> None:
    """10: later payment never lowers interest; here interest and penalty, to the fen."""
    of, by = data.draw(terms()), data.draw(in_turn())
    amount = data.draw(st.integers(1, of.principal))
    early, late = sorted(data.draw(st.integers(0, 450)) for _ in range(2))
    costs = [cost(lived(of, by, Repaid, passed, amount)) for passed in (early, late)]
    assert costs[0] <= costs[1]


@MANY
@given(st.data())
def test_10_a_later_prepayment_never_lowers_interest(data: st.DataObject) -> None:
    """10, of prepayments that plan the rest anew: each interest of the new plan is rounded once."""
    of = data.draw(terms(methods=EXACT))
    of = replace(of, grace_interest=0, grace_principal=0, multiple=1, down_payment=Decimal(0))
    by = data.draw(rules(penalties=(), prepayment_fee=Decimal(0), plan_first=False))
    amount = data.draw(st.integers(1, of.principal))
    last = (of.cycle.after(START, times=of.count) - START).days
    early, late = sorted(data.draw(st.integers(0, last)) for _ in range(2))
    costs = [cost(lived(of, by, Prepaid, passed, amount)) for passed in (early, late)]
    assert costs[0] <= costs[1] + 2 * of.count


@MANY
@given(st.data())
def test_10_a_later_payoff_never_costs_less(data: st.DataObject) -> None:
    """10, of what a payoff brings: quoted for a later day it is never less."""
    life = data.draw(lives(may=("repay", "charge", "prepay"), by=in_turn()))
    life.rules = replace(life.rules, prepayment_fee=Decimal(0))  # after the last due date there is none
    quotes = [
        payoff_quote(
            terms=life.terms, rules=life.rules, events=life.events, day=life.today + timedelta(days=days)
        ).total
        for days in range(0, 200, data.draw(st.sampled_from([1, 7, 31])))
    ]
    assert quotes == sorted(quotes)


@MANY
@given(st.data())
def test_10_a_higher_rate_never_lowers_interest(data: st.DataObject) -> None:
    """10: higher rate never lowers interest; exact where balances do not depend on the rate.

    A level instalment is rounded at either rate, and each interest on what it leaves: by as much as the fen
    of all instalments have grown to, the total may be another way.
    """
    of = data.draw(terms())
    assume(of.multiple == 1)
    low, high = sorted([of.rate, data.draw(RATES)])
    by = data.draw(rules(penalties=()))
    cheap, dear = (Life(terms=replace(of, rate=rate), rules=by).state() for rate in (low, high))
    assert interest(cheap) <= interest(dear) + rounding_of(of, high)


@MANY
@given(st.data())
def test_10_a_reset_to_a_higher_rate_never_lowers_interest_and_to_the_same_never_raises_it(
    data: st.DataObject,
) -> None:
    """10, of a rate that changes while the loan lives, after payments on time, early and late."""
    life = data.draw(lives(may=("repay", "repay", "charge", "accrue")))
    assume(life.terms.multiple == 1 and not life.terms.grace_interest and not life.terms.grace_principal)
    rate = life.terms.rate
    higher = rate + Decimal(data.draw(st.integers(1, 1000))) / 10_000
    assert_reset_raises(life, rate, higher)
    before, slack = life.state(), rounding_of(life.terms, rate)
    same = life.state(events=(*life.events, life.event(RateReset, life.today, rate=rate)))
    assert interest(same) <= interest(before) + slack
    assert same.open_parts[Part.PRINCIPAL] == before.open_parts[Part.PRINCIPAL]


def assert_reset_raises(life: Life, rate: Decimal, higher: Decimal) -> None:
    """Reset the rate of a loan today to two rates, and compare what interest it comes to."""
    costs = [
        interest(life.state(events=(*life.events, life.event(RateReset, life.today, rate=one))))
        for one in (rate, higher)
    ]
    assert costs[0] <= costs[1] + rounding_of(life.terms, higher)


def lived(of: LoanTerms, by: LoanRules, kind: type[Repaid | Prepaid], passed: int, amount: int) -> LoanState:
    """Return a loan that was paid out and paid once, long after."""
    life = Life(terms=of, rules=by)
    payment = life.event(kind, START + timedelta(days=passed), amount=amount)
    return life.state(events=(*life.events, payment), on=START + timedelta(days=800))


def cost(state: LoanState) -> int:
    """Return all interest and penalty."""
    return interest(state) + sum(row.amounts[Part.PENALTY] for row in state.rows)


def interest(state: LoanState) -> int:
    """Return the interest of all rows."""
    return sum(row.amounts[Part.INTEREST] for row in state.rows)


def rounding_of(of: LoanTerms, rate: Decimal) -> int:
    """Return what rounding level instalments may move a loan's interest by; nothing for other ways."""
    if of.repayment in EXACT or of.interest_method is InterestMethod.FLAT:
        return 0
    days = 92 if of.cycle.months else of.cycle.days
    growth = (1 + Fraction(rate) * days / 336) ** of.count
    return int(2 * of.count * growth) + 1
