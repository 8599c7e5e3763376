"""What a rating names fits together, or is refused by name."""

from collections.abc import Mapping

import pytest
from tests.data.portraits.portrait_documents import small_portrait
from tests.service.rating.small_rating import PLAN, documents_of, plan_of, texts

from creditloop.kernel.errors import PolicyError
from creditloop.service.rating import check_offered

PORTRAIT = small_portrait()


@pytest.fixture(scope="module")
def given() -> Mapping[str, str]:
    return texts()


def test_the_documents_of_a_plan_are_read_and_fit(given: Mapping[str, str]) -> None:
    documents = documents_of(PORTRAIT, given)
    assert list(documents.cards) == ["trade", "filings"]
    assert [policy.name for policy in documents.policies] == ["small_grade", "small_approval"]
    assert documents.read_features == ("buyers_count", "invoiced_to_declared", "filings_owed")
    other = PLAN.replace("names: [invoiced_to_declared]", "names: [filings_owed]", 1)
    with pytest.raises(PolicyError, match="not offered"):
        documents_of(PORTRAIT, given, plan=plan_of(other))
    clash = {
        **given,
        "rating/grade.yaml": given["rating/grade.yaml"].replace("grade: {kind", "region: {kind"),
    }
    clash["rating/grade.yaml"] = clash["rating/grade.yaml"].replace("then: {grade:", "then: {region:")
    with pytest.raises(PolicyError, match="given to it already"):
        documents_of(PORTRAIT, clash)
    assert not documents.fitted_on_this_portrait
    here = {
        path: text.replace('portrait_hash: "another"', f'portrait_hash: "{PORTRAIT.hash}"')
        for path, text in given.items()
    }
    with pytest.raises(PolicyError, match="made of other cards"):
        documents_of(PORTRAIT, here)  # any other text of a card is another card


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("names: [filings_owed]", "names: [nothing]", "no such number"),
        ("record: buyers_count\n", "record: is_new\n", "no such number"),
        ("simulated: true", "simulated: false", "made-up parties"),
        ("product: small_loan", "product: another", "another product"),
        ("names: [filings_owed]", "names: [buyers_count]", "not offered"),
        (
            "policies: [rating/grade.yaml, rating/approval.yaml]",
            "policies: [rating/approval.yaml]",
            "does not give",
        ),
        (
            "policies: [rating/grade.yaml, rating/approval.yaml]",
            "policies: [rating/grade.yaml]",
            "says the outcome",
        ),
        ("without: no_filings", "without: another", "does not give"),
        ("card: rating/trade.yaml", "card: rating/filings.yaml", "made of other cards"),
    ],
)
def test_what_does_not_fit_is_refused(given: Mapping[str, str], old: str, new: str, said: str) -> None:
    assert old in PLAN
    with pytest.raises(PolicyError, match=said):
        documents_of(PORTRAIT, given, plan=plan_of(PLAN.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("names: [invoiced_to_declared]", "names: [buyers_count]", "stands twice"),
        ("name: filings", "name: trade", "stands twice"),
        ("simulated: true", "simulated: 1", "simulated"),
        ("steps: 4", "steps: 0", "steps"),
        ("{names: [buyers_count], why: {zh: 客户, en: buyers}}", "{names: [buyers_count]}", "why"),
        ("policies: [rating/grade.yaml, rating/approval.yaml]", "policies: []", "has learners and policies"),
    ],
)
def test_a_plan_is_read_strictly(old: str, new: str, said: str) -> None:
    assert old in PLAN
    with pytest.raises(PolicyError) as raised:
        plan_of(PLAN.replace(old, new, 1))
    assert said in raised.value.diagnostics()
    assert raised.value.where["file"] == "rating/plan.yaml"


def test_what_is_offered_is_checked_before_any_card_is_fitted() -> None:
    check_offered(plan_of(), portrait=PORTRAIT)
    with pytest.raises(PolicyError, match="no such number"):
        check_offered(plan_of(PLAN.replace("overdue: filings_owed", "overdue: nothing")), portrait=PORTRAIT)
