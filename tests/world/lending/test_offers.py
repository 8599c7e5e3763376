"""The products on offer: read once for each stretch, the same as read for the day; agreements."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from creditloop.book.calendars import EVERY_DAY
from creditloop.book.loans import replay
from creditloop.book.plan import plan_of
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.lend.products import read_product_rules
from creditloop.world.lending import OWN, Book, LoanLife, Offers, OpenLoan, actions_of


@pytest.fixture(scope="module")
def opened(make_book: Callable[..., Book]) -> list[OpenLoan]:
    """Every loan of the book."""
    book = make_book()
    every = (action for number in range(1, 61) for action in actions_of(book, borrower=number))
    return [action for action in every if isinstance(action, OpenLoan)]


def test_rules_of_a_stretch_are_those_of_each_of_its_days(
    offers: Offers, find: Callable[[str], Document]
) -> None:
    for day in (date(2021, 1, 1), date(2023, 6, 30), date(2023, 7, 1), date(2025, 12, 31)):
        direct = read_product_rules(find("policies/retail_line/lend/product.yaml"), on=day, find=find)
        kept = offers.rules("retail_line", on=day)
        assert kept.product.terms == direct.product.terms
        rate = {"rate_annual": Decimal("0.1"), "fees_annual": Decimal(0)}
        assert kept.loan_rules(**rate) == direct.loan_rules(**rate)
    before, after = (offers.rules("retail_line", on=date(2023, 6, day)) for day in (1, 30))
    assert before is after


def test_an_agreement_is_the_products_plan_and_its_loan_begins_with_it(
    offers: Offers, opened: list[OpenLoan]
) -> None:
    methods = set()
    for loan in opened[:80]:
        agreed = offers.agreement(loan)
        life = LoanLife(terms=agreed.terms, rules=agreed.rules)
        paid_out = life.event(loan, events=(), state=None)
        state = replay(terms=agreed.terms, rules=agreed.rules, events=[paid_out], as_of=loan.day)
        rows = [(row.due, row.amounts[2], row.amounts[3]) for row in state.rows]
        plan = agreed.plan
        assert rows == list(zip(plan.due, plan.interest_fen, plan.principal_fen, strict=True))
        assert sum(plan.principal_fen) == loan.amount_fen
        methods.add(loan.method)
    assert len(methods) == 4


def test_the_plan_is_that_of_the_product_on_the_day(offers: Offers, opened: list[OpenLoan]) -> None:
    loan = next(each for each in opened if each.product == "retail_line")
    product = offers.rules("retail_line", on=loan.day).product
    asked = {name: getattr(loan, name) for name in ("method", "rate_annual", "term_months")}
    terms = product.plan_terms(
        principal_fen=loan.amount_fen, start=loan.day, business_days=EVERY_DAY, **asked
    )
    assert offers.agreement(loan).plan == plan_of(terms)


def test_lenders_are_those_of_the_programme_on_the_day(offers: Offers, opened: list[OpenLoan]) -> None:
    joint = next(each for each in opened if each.product == "retail_line")
    alone = next(each for each in opened if each.product == "instalment_loan")
    assert offers.agreement(replace(joint, day=date(2021, 12, 31))).shares.weights == (1, 4)
    assert offers.agreement(replace(joint, day=date(2022, 1, 1))).shares.weights == (3, 7)
    assert offers.agreement(alone).shares.parties == (OWN,)


def test_what_cannot_be_is_refused(offers: Offers, opened: list[OpenLoan]) -> None:
    with pytest.raises(InputError, match="needs a product"):
        Offers(products=[], find=lambda path: None)
    with pytest.raises(PolicyError):
        offers.rules("retail_line", on=date(2021, 1, 1) - timedelta(days=1))
    loan = next(each for each in opened if each.product == "bullet_loan")
    with pytest.raises(InputError, match="whole number of instalments"):
        offers.agreement(replace(loan, term_months=7))
