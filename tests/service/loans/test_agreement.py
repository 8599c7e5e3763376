"""The agreement's text: the same for the same loan, another for whatever is another."""

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.loans.asked import BULLET, RETAIL, START, agreed
from tests.service.small_bank import REPOSITORY, places_of

from creditloop.book.loans import LoanTerms, from_text, text_of
from creditloop.kernel.errors import InputError
from creditloop.service.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A bank's folder with its policies, and no database."""
    shutil.copytree(REPOSITORY / "policies", tmp_path / "documents" / "policies")
    return places_of(tmp_path, "unused")


def test_the_text_says_what_was_agreed_and_is_what_is_hashed(places: Places) -> None:
    agreement = agreed(places)
    said = json.loads(agreement.text)
    assert hashlib.sha256(agreement.text.encode()).hexdigest() == agreement.hash == agreement.document.hash
    assert (said["loan_id"], said["party_id"], said["amount_fen"]) == ("L-1", "small_cards/1", 1_200_000)
    assert sum(row["principal_fen"] for row in said["plan"]) == 1_200_000
    assert said["rates"][0]["code"] == "annual_compound"
    assert said["overdue"]["penalty_rate"] == "0.162"
    assert said["overdue"]["grace_days"] == 3
    assert said["lenders"] == {"own": "3/10", "partner_bank": "7/10"}
    assert [order["above_dpd"] for order in said["allocation"]] == [None, 90]
    assert said["terms_hash"] == hashlib.sha256(text_of(agreement.terms).encode()).hexdigest()
    assert said["rules_hash"] == hashlib.sha256(text_of(agreement.rules).encode()).hexdigest()
    paths = [document["path"] for document in said["documents"]]
    assert "policies/retail_line/lend/product.yaml" in paths
    assert "policies/lending/programmes/joint_line.yaml" in paths


def test_fees_of_others_are_in_the_text(places: Places) -> None:
    (fee,) = json.loads(agreed(places, asked=BULLET).text)["fees"]
    assert (fee["fee"], fee["paid_to"], fee["at_pay_out_fen"]) == ("registration", "registry", 5000)


def test_the_terms_hold_the_plan_and_stand_for_their_text(places: Places) -> None:
    for asked in (RETAIL, BULLET):
        agreement = agreed(places, asked=asked)
        assert agreement.terms.agreed == agreement.quoted.quote.quote.plan
        assert from_text(LoanTerms, text_of(agreement.terms)) == agreement.terms


def test_the_same_loan_has_the_same_text(places: Places) -> None:
    assert agreed(places) == agreed(places)


@pytest.mark.parametrize(
    "change",
    [
        {"loan_id": "L-2"},
        {"amount_fen": 1_200_100},
        {"term_months": 11},
        {"rate_annual": RETAIL.rate_annual * 2 / 3},
        {"start": START + timedelta(days=1)},
        {"asked": replace(RETAIL, product="instalment_loan", term_months=10)},
    ],
    ids=["id", "amount", "term", "rate", "day", "product"],
)
def test_whatever_is_agreed_is_in_the_hash(places: Places, change: dict[str, object]) -> None:
    assert agreed(places, **change).hash != agreed(places).hash  # type: ignore[arg-type]


def test_a_changed_document_makes_another_agreement(places: Places) -> None:
    before = agreed(places)
    file = places.documents / "policies/lending/lend/penalty_on_principal.yaml"
    file.write_text(file.read_text("utf-8") + "# changed\n", "utf-8")
    after = agreed(places)
    assert before.hash != after.hash
    assert before.terms == after.terms


@pytest.mark.parametrize("loan_id", ["", "a/b", "a b", "-1", "x" * 65, "借据1", "L\n1"])
def test_an_id_that_no_loan_can_have_is_refused(places: Places, loan_id: str) -> None:
    with pytest.raises(InputError, match="not a loan's id"):
        agreed(places, loan_id=loan_id)
