"""What being overdue costs: the policies, and the book's own computation of the same rates."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending_rules import edited, find, rules

from creditloop.book.interest import DayCount
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend.products import penalty_rule
from creditloop.risk import read_policy

ON = date(2024, 6, 30)
PRINCIPAL = "policies/lending/lend/penalty_on_principal.yaml"
INTEREST = "policies/lending/lend/penalty_on_interest.yaml"
RULES = {path: penalty_rule(read_policy(find(path), rules_as_of=ON)) for path in (PRINCIPAL, INTEREST)}
RATES = st.integers(0, 240_000_000).map(lambda nano: Decimal(nano).scaleb(-9))
FEES = st.integers(0, 60_000_000).map(lambda nano: Decimal(nano).scaleb(-9))


@pytest.mark.parametrize("path", RULES)
@settings(max_examples=60, deadline=None)
@given(rate=RATES, fees=FEES, misused=st.booleans())
def test_the_policy_and_the_book_say_the_same_rate(
    path: str, rate: Decimal, fees: Decimal, misused: bool
) -> None:
    rule = RULES[path]
    continued = rate if path == INTEREST else Decimal(0)
    if fees + continued > Decimal("0.24"):
        with pytest.raises(InputError, match="cannot be told by its rule") as told:
            rule.terms(rate_annual=rate, fees_annual=fees, funds_misused=misused)
        assert told.value.where["file"] == path
        return
    terms = rule.terms(rate_annual=rate, fees_annual=fees, funds_misused=misused)
    variant = terms.variant(valid_from=ON, day_count=DayCount.ACT_360, grace_days=0, grace_is_charged=True)
    penalty, interest = variant.rates(rate)
    assert abs(terms.rate_annual - penalty) <= Decimal("5E-10")  # the policy rounds to billionths
    assert terms.interest_annual == interest == continued
    assert terms.rate_annual + terms.interest_annual + fees <= Decimal("0.24")


def test_an_example_of_each() -> None:
    on_principal = RULES[PRINCIPAL].terms(
        rate_annual=Decimal("0.12"), fees_annual=Decimal(0), funds_misused=False
    )
    assert (on_principal.rate_annual, on_principal.interest_annual) == (Decimal("0.18"), 0)
    on_interest = RULES[INTEREST].terms(
        rate_annual=Decimal("0.12"), fees_annual=Decimal(0), funds_misused=False
    )
    assert (on_interest.rate_annual, on_interest.interest_annual) == (Decimal("0.06"), Decimal("0.12"))
    held_down = RULES[PRINCIPAL].terms(
        rate_annual=Decimal("0.18"), fees_annual=Decimal("0.01"), funds_misused=False
    )
    assert (held_down.rate_annual, held_down.why.code) == (Decimal("0.23"), "PP_01")


def test_the_variant_of_a_product_changes_on_its_day() -> None:
    day = date(2024, 1, 1)
    told = [
        rules("retail_line", on).penalty_terms(rate_annual=Decimal("0.1"), fees_annual=Decimal(0))
        for on in (day - timedelta(days=1), day)
    ]
    assert [terms.rate_annual for terms in told] == [Decimal("0.05"), Decimal("0.15")]
    assert [terms.interest_annual for terms in told] == [Decimal("0.1"), 0]


def test_the_cap_changes_on_its_day() -> None:
    caps = []
    for on in (date(2017, 8, 3), date(2017, 8, 4)):
        rule = penalty_rule(read_policy(find(PRINCIPAL), rules_as_of=on))
        terms = rule.terms(rate_annual=Decimal("0.2"), fees_annual=Decimal(0), funds_misused=False)
        caps.append((terms.cap, terms.rate_annual))
    assert caps == [(Decimal("0.36"), Decimal("0.3")), (Decimal("0.24"), Decimal("0.24"))]


def test_what_is_no_penalty_rule_is_refused() -> None:
    other = read_policy(find("policies/lending/lend/allocation_interest_first.yaml"), rules_as_of=ON)
    with pytest.raises(PolicyError, match="not a penalty rule"):
        penalty_rule(other)
    base = edited(PRINCIPAL, ("overdue_principal", "everything_owed"))
    with pytest.raises(PolicyError, match="a penalty is on overdue principal"):
        penalty_rule(read_policy(base, rules_as_of=ON))
