"""Products from their documents: the values of a day, their plans, and documents that are wrong."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending_rules import PRODUCTS, YUAN, edited, find, product_path

from creditloop.book.calendars import EVERY_DAY, read_business_days
from creditloop.book.interest import DayCount
from creditloop.book.plan import RepaymentMethod, plan_of
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend.products import Product, TermRange, dated_terms, read_product

FIRST, LAST = date(2021, 1, 1), date(2030, 12, 31)
CHANGES = [
    ("retail_line", "rate_annual_max", date(2025, 10, 1), Decimal("0.18"), Decimal("0.156")),
    ("retail_line", "all_in_cost_max", date(2025, 10, 1), Decimal("0.24"), Decimal("0.2")),
    ("retail_line", "penalty_rule", date(2024, 1, 1), "penalty_on_interest", "penalty_on_principal"),
    (
        "retail_line",
        "term_months",
        date(2025, 3, 14),
        TermRange(least=1, most=12),
        TermRange(least=1, most=24),
    ),
    (
        "sme_working_capital",
        "term_months",
        date(2024, 7, 1),
        TermRange(least=3, most=12),
        TermRange(least=3, most=36),
    ),
]
BULLET = product_path("bullet_loan")
BAD = [
    ("methods:\n", "ways:\n", "the key 'methods' is missing"),
    ("\nterms:", "\nsold_by: nobody\nterms:", "unknown key 'sold_by'"),
    ("value: [bullet]", "value: [balloon]", "not one of the words"),
    ("value: [bullet]", "value: [bullet, bullet]", "a word stands twice"),
    ("value: [bullet]", "value: []", "there is no word here"),
    ("value: [3, 6, 9, 12]", "value: [6, 3]", "from short to long"),
    ("value: [3, 6, 9, 12]", "value: [3, 7]", "not a whole number of instalments"),
    ("value: [3, 6, 9, 12]", "value: {least: 6, most: 3}", "number out of range"),
    ("unit: month", "unit: day", "not one of the words"),
    ("    unit: month\n", "", "the key 'unit' is missing"),
    ("value: yuan(10000)", "value: 10000", "gives another kind"),
    ("value: yuan(10000)", "value: yuan(-1)", "an amount below 0"),
    ("value: yuan(1000000)", "value: yuan(9999)", "is below"),
    ("value: 0.04", "value: 0.11", "rate_annual_max is below rate_annual_min"),
    ("value: 0.12", "value: 0.09", "all_in_cost_max is below rate_annual_max"),
    ("value: 0.04", "value: -0.04", "a ratio below 0"),
    ("value: 0.04", "value: 0.0400000001", "at most nine decimals"),
    ("value: ACT_365", "value: ACT_366", "not one of the words"),
    ("rest: last", "rest: nobody", "not one of the words"),
    (
        "{day: drawdown, every_months: 3}",
        "{day: 32, every_months: 3, first_period_days_min: 1}",
        "out of range",
    ),
    ("{day: drawdown, every_months: 3}", "{day: 20, every_months: 3}", "how short may the first period be"),
    ("every_months: 3}", "every_months: 3, first_period_days_min: 9}", "is whole"),
    ("calendar: china, ", "", "dates that move need a calendar"),
    ("modified_following, calendar: china", "none, calendar: china", "dates that stay have none"),
    ("{days: 0, charged_after: true}", "{days: 91, charged_after: true}", "number out of range"),
    ("fee: 0.005", "fee: 1.0", "less than what is repaid"),
    ("rate: 0.001", "amount: yuan(5)", "has a rate of its basis"),
    ("basis: drawdown, rate: 0.001", "basis: balance, rate: 0.001", "comes with the instalments"),
    ("value: penalty_on_principal", "value: ../penalty", "not the name of a document"),
    ("checked: 2026-11-23}\n  term_months", "reference: x}\n  term_months", "looked up"),
    (
        "from: 2021-01-01\n        value: [bullet]",
        "from: 2031-01-01\n        value: [bullet]",
        "nothing is in force",
    ),
    (
        "effective: {from: 2021-01-01}",
        "effective: {from: 2021-01-01, to: 2020-01-01}",
        "ends before it begins",
    ),
    ("effective: {from: 2021-01-01}", "effective: {from: 2024-01-01}", "not sold on this date"),
    ("customer: person", "customer: animal", "not one of the words"),
    ("secured: true", "secured: maybe", "true or false"),
]


def product(name: str, on: date) -> Product:
    return read_product(find(product_path(name)), on=on)


@pytest.mark.parametrize("name", PRODUCTS)
@settings(max_examples=15, deadline=None)
@given(on=st.dates(FIRST, LAST))
def test_every_value_of_a_day_came_into_force_by_then_and_has_a_source(name: str, on: date) -> None:
    read = product(name, on)
    for term in dated_terms(read).values():
        assert term.since <= on < (term.until or date.max)
        assert len(term.source.title) > 10
        assert term.source.checked is not None


@pytest.mark.parametrize(("name", "term", "day", "before", "after"), CHANGES)
def test_a_value_changes_on_its_day_and_not_before(
    name: str, term: str, day: date, before: object, after: object
) -> None:
    old = dated_terms(product(name, day - timedelta(days=1)))[term]
    new = dated_terms(product(name, day))[term]
    assert (old.value, old.until) == (before, day)
    assert (new.value, new.since) == (after, day)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_plan_of_a_product_repays_what_was_drawn(name: str) -> None:
    read = product(name, date(2026, 1, 1))
    start, terms = date(2026, 1, 31), read.terms
    named = terms.holidays.value.calendar
    days = read_business_days(find(f"policies/calendars/{named}.yaml")) if named else EVERY_DAY
    months = terms.term_months.value.most
    for method in terms.methods.value:
        for amount in (terms.drawdown_min.value, terms.drawdown_max.value):
            plan = plan_of(
                read.plan_terms(
                    method=method,
                    principal_fen=amount,
                    rate_annual=terms.rate_annual_max.value,
                    start=start,
                    term_months=months,
                    business_days=days,
                )
            )
            assert sum(plan.principal_fen) == amount
            assert len(plan) == (1 if method is RepaymentMethod.BULLET else months)


def test_due_days_keep_the_day_of_the_drawdown_or_the_20th() -> None:
    line, firms = product("retail_line", FIRST), product("patent_line", FIRST)
    january = {"principal_fen": 10_000_000, "rate_annual": Decimal("0.08"), "start": date(2024, 1, 31)}
    of_line = plan_of(
        line.plan_terms(
            method=RepaymentMethod.EQUAL_PRINCIPAL, term_months=3, business_days=EVERY_DAY, **january
        )
    )
    assert of_line.due == (date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30))
    china = read_business_days(find("policies/calendars/china.yaml"))
    of_firms = plan_of(
        firms.plan_terms(method=RepaymentMethod.INTEREST_FIRST, term_months=6, business_days=china, **january)
    )
    # the 20th of February is 20 days away; April's 20th is a Saturday, so it goes to Monday
    assert of_firms.due[:3] == (date(2024, 2, 20), date(2024, 3, 20), date(2024, 4, 22))


def test_a_term_that_is_no_whole_number_of_quarters_has_no_plan() -> None:
    with pytest.raises(InputError, match="whole number of instalments"):
        product("bullet_loan", FIRST).plan_terms(
            method=RepaymentMethod.BULLET,
            principal_fen=1_000_000,
            rate_annual=Decimal("0.05"),
            start=FIRST,
            term_months=7,
            business_days=EVERY_DAY,
        )


def test_a_product_says_what_it_is() -> None:
    line, firms = product("retail_line", FIRST), product("patent_line", FIRST)
    assert line.is_consumer_internet
    assert not firms.is_consumer
    assert (line.terms.customer_limit_min.value, line.terms.customer_limit_max.value) == (
        500 * YUAN,
        300_000 * YUAN,
    )
    assert line.terms.drawdown_max.value == 40_000 * YUAN
    assert firms.terms.customer_limit_max.value == 7_500_000 * YUAN
    assert line.terms.day_count.value is DayCount.ACT_360
    assert product("instalment_loan", FIRST).terms.term_months.value.only == (5, 10, 20)


def test_a_plan_of_a_method_that_is_not_offered_is_refused() -> None:
    with pytest.raises(InputError, match="does not offer this method"):
        product("bullet_loan", FIRST).plan_rules(RepaymentMethod.EQUAL_PRINCIPAL)


def test_a_product_is_not_sold_before_its_first_day() -> None:
    with pytest.raises(PolicyError, match="not sold on this date") as told:
        product("retail_line", FIRST - timedelta(days=1))
    assert told.value.where["file"] == product_path("retail_line")


@pytest.mark.parametrize(("old", "new", "words"), BAD, ids=[f"{new}: {words}" for _, new, words in BAD])
def test_a_bad_document_is_refused_with_its_place(old: str, new: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words) as told:
        read_product(edited(BULLET, (old, new)), on=FIRST)
    assert told.value.where["file"] == BULLET
    assert int(str(told.value.where["line"])) > 1
    assert told.value.where["field"]


def test_a_mistake_of_another_day_is_found_today() -> None:
    later = edited(product_path("retail_line"), ("value: 0.156", "value: 0.256"))
    for on in (FIRST, LAST):
        with pytest.raises(PolicyError, match="all_in_cost_max is below rate_annual_max"):
            read_product(later, on=on)
    earlier = edited(product_path("retail_line"), ("value: 0.18\n", "value: 0.28\n"))
    with pytest.raises(PolicyError, match="all_in_cost_max is below rate_annual_max"):
        read_product(earlier, on=LAST)


def test_interest_by_months_runs_to_planned_days() -> None:
    moved = edited(product_path("patent_line"), ("value: days", "value: months"))
    with pytest.raises(PolicyError, match="interest by months is of planned months") as told:
        read_product(moved, on=FIRST)
    assert told.value.where["field"] == "terms.methods.values"
