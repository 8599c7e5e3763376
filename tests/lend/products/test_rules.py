"""A product read with every rule it names, and the rules its loans are replayed with."""

from datetime import date
from decimal import Decimal

import pytest
from lending_rules import PRODUCTS, edited, find, product_path, rules, rules_with

from creditloop.book.loans import LoanRules, Part, PaymentKind
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError

ON = date(2024, 6, 30)


def loan_rules(name: str, on: date, **rates: Decimal) -> LoanRules:
    told = {"rate_annual": Decimal("0.12"), "fees_annual": Decimal(0)} | rates
    return rules(name, on).loan_rules(**told)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_loan_is_replayed_by_the_product_s_own_values(name: str) -> None:
    read, made = rules(name, ON), loan_rules(name, ON)
    terms = read.product.terms
    (penalty,) = made.penalties
    assert penalty.day_count is terms.day_count.value
    assert penalty.valid_from <= ON
    assert penalty.grace_days == made.dpd_grace_days == terms.grace.value.days
    assert made.prepayment_fee == terms.prepayment.value.fee
    late = made.allocation_for(kind=PaymentKind.REPAYMENT, dpd=91)
    assert late.cells[0][1] is Part.PRINCIPAL
    assert made.allocation_for(kind=PaymentKind.REPAYMENT, dpd=90).cells[0][1] is Part.FEE


def test_values_of_a_loan_change_on_their_days() -> None:
    days = [date(2021, 12, 31), date(2022, 1, 1)]
    assert [loan_rules("sme_working_capital", day).prepayment_fee for day in days] == [Decimal("0.01"), 0]
    days = [date(2023, 6, 30), date(2023, 7, 1)]
    assert [loan_rules("retail_line", day).dpd_grace_days for day in days] == [0, 3]
    days = [date(2023, 12, 31), date(2024, 1, 1)]
    assert [loan_rules("retail_line", day).penalties[0].multiple for day in days] == [
        Decimal("0.5"),
        Decimal("1.5"),
    ]


def test_fees_take_part_of_the_cap() -> None:
    (penalty,) = loan_rules("sme_working_capital", ON, fees_annual=Decimal("0.01")).penalties
    assert penalty.cap == Decimal("0.23")


def test_days_of_grace_may_stay_uncharged() -> None:
    def found(path: str) -> Document:
        if path == product_path("patent_line"):
            return edited(path, ("{days: 5, charged_after: true}", "{days: 5, charged_after: false}"))
        return find(path)

    rules = rules_with("patent_line", ON, found).loan_rules(
        rate_annual=Decimal("0.05"), fees_annual=Decimal(0)
    )
    assert [variant.grace_is_charged for variant in rules.penalties] == [False]


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("retail_line", "value: joint_line", "value: nowhere", "no such document"),
        ("retail_line", "value: penalty_on_interest", "value: drawdown", "not a penalty rule"),
        ("retail_line", "value: allocation_interest_first", "value: colending", "not an allocation rule"),
    ],
)
def test_a_rule_that_is_named_and_is_not_there_is_refused(name: str, old: str, new: str, words: str) -> None:
    def found(path: str) -> Document:
        return edited(path, (old, new)) if path == product_path(name) else find(path)

    with pytest.raises(PolicyError, match=words):
        rules_with(name, date(2023, 1, 1), found)


def test_the_documents_are_all_that_was_read() -> None:
    read = rules("instalment_loan", ON)
    assert [document.path for document in read.documents] == [
        "policies/instalment_loan/lend/product.yaml",
        "policies/lending/lend/penalty_on_interest.yaml",
        "policies/lending/lend/allocation_interest_first.yaml",
        "policies/lending/lend/drawdown.yaml",
        "policies/lending/lend/colending.yaml",
        "policies/lending/lend/colending_partner.yaml",
    ]
    assert read.rules_as_of == ON
