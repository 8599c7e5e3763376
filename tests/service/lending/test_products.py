"""The bank's products by name: which there are, those that are not sold on a day, and names there are not."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.service.small_bank import REPOSITORY

from creditloop.kernel.errors import PolicyError, UnknownId
from creditloop.lend.products import Product
from creditloop.service.lending.products import product_names, product_rules, products_on
from creditloop.service.places import Places

NAMES = ("bullet_loan", "instalment_loan", "patent_line", "retail_line", "sme_working_capital")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    shutil.copytree(REPOSITORY / "policies", tmp_path / "policies")
    return Places(documents=tmp_path, state=tmp_path / "state", environment={})


def test_the_products_are_those_with_a_document(places: Places) -> None:
    assert product_names(places) == NAMES
    (places.documents / "policies/retail_line/lend/product.yaml").unlink()
    assert "retail_line" not in product_names(places)


def test_a_product_comes_with_its_rules(places: Places) -> None:
    rules = product_rules(places, product="retail_line", on=date(2022, 1, 1))
    assert rules.product.name == "retail_line"
    assert rules.programme is not None
    assert rules.programme.name == "joint_line"


def test_a_name_there_is_not_tells_those_there_are(places: Places) -> None:
    with pytest.raises(UnknownId, match="no such product") as told:
        product_rules(places, product="../credit_card", on=date(2022, 1, 1))
    assert "retail_line" in str(told.value.expected)


def test_a_document_of_another_product_is_refused(places: Places) -> None:
    policies = places.documents / "policies"
    shutil.copytree(policies / "bullet_loan", policies / "gold_loan")
    with pytest.raises(PolicyError, match="of another product than its folder"):
        product_rules(places, product="gold_loan", on=date(2022, 1, 1))
    found = dict(products_on(places, on=date(2022, 1, 1)))
    assert isinstance(found["gold_loan"], PolicyError)
    assert isinstance(found["bullet_loan"], Product)


def test_what_is_not_sold_yet_says_so(places: Places) -> None:
    found = products_on(places, on=date(2020, 12, 31))
    assert [name for name, _ in found] == list(NAMES)
    assert all(isinstance(fault, PolicyError) and "not sold" in fault.message for _, fault in found)
