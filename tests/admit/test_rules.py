"""A policy and a card that do not go together are refused, by name."""

import pytest
from tests.admit.review_cases import CARD, LOAN_TEXT, RULES, card, document, loan_rules, policy_of, rules

from creditloop.admit import check_given, outcomes_of, reason_codes, review_rules
from creditloop.formula import Kind
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import read_policy


def test_they_say_what_is_read_and_what_is_given() -> None:
    made = rules()
    assert made.inputs == {
        "has_bill": Kind.BOOLEAN,
        "late_now": Kind.BOOLEAN,
        "limit_fen": Kind.MONEY,
        "months_late_max": Kind.INTEGER,
        "owed_0_fen": Kind.MONEY,
        "utilisation_mean": Kind.NANO,
    }
    assert set(made.outputs) == {
        *("scope", "grade", "outcome", "outcome_proposed", "limit_proposed_fen", "rate_annual_nano")
    }
    assert made.outcome_table.id == "outcome"
    assert loan_rules().outputs == ("outcome",)


def test_a_person_decides_everything_but_to_refer_again() -> None:
    assert outcomes_of(policy_of("limit_review")) == ("keep", "raise", "freeze", "collections")
    assert outcomes_of(loan_rules().policy) == ("approve", "decline")


def test_reasons_are_found_by_code() -> None:
    codes = reason_codes(policy_of("limit_review"))
    assert codes["LR_O3"].en.startswith("By the use and repayment")
    assert {"LR_S0", "LR_GE", "LR_L0", "LR_R0"} <= set(codes)


SPOILT = {
    "no outcome": (("outcome:", "result:"), "gives an outcome"),
    "an outcome that is a number": (
        ("outcome: {kind: text, values: [approve, refer, decline]}", "outcome: {kind: integer}"),
        "one value of its own kind",
    ),
    "outcomes not declared": ((", values: [approve, refer, decline]", ""), "must be declared"),
    "the score as a ratio": (
        ("score: {kind: integer", "score: {kind: nano"),
        "gives 'score' as another kind",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_policy_that_is_none_for_a_review_is_refused(name: str) -> None:
    (old, new), message = SPOILT[name]
    text = LOAN_TEXT.replace(old, new)
    if name == "an outcome that is a number":
        for word, number in (("decline", "0"), ("refer}", "1}"), ("approve", "2")):
            text = text.replace(f"outcome: {word}", f"outcome: {number}")
    if name == "the score as a ratio":
        text = text.replace("score < 540", "score < 540.0")
    assert text != LOAN_TEXT
    with pytest.raises(PolicyError, match=message) as caught:
        rules(read_policy(document(text), rules_as_of=RULES))
    assert caught.value.where["file"].endswith("made_up.yaml")  # type: ignore[attr-defined]


def test_a_collected_outcome_is_refused() -> None:
    text = LOAN_TEXT.replace("id: verdict\n    hit_policy: first", "id: verdict\n    hit_policy: collect")
    with pytest.raises(PolicyError, match="one value of its own kind") as caught:
        rules(read_policy(document(text), rules_as_of=RULES))
    assert caught.value.got == "text, hit policy collect"


def test_a_card_of_another_product_is_refused() -> None:
    with pytest.raises(InputError, match="another product") as caught:
        review_rules(policy=policy_of("limit_review"), card=card(product="personal_loan"))
    assert (caught.value.got, caught.value.expected) == ("personal_loan", "credit_card")


def test_a_value_that_is_two_kinds_of_thing_is_refused() -> None:
    text = LOAN_TEXT.replace(
        "inputs:\n  amount_fen", "inputs:\n  months_late_max: {kind: nano}\n  amount_fen", 1
    )
    with pytest.raises(PolicyError, match="read 'months_late_max' as different kinds"):
        review_rules(policy=read_policy(document(text), rules_as_of=RULES), card=CARD)


def test_a_value_the_features_do_not_give_is_named() -> None:
    made = rules()
    check_given(made, given=[*made.inputs, "more"], where="features/f.yaml")
    with pytest.raises(PolicyError, match="do not give") as caught:
        check_given(made, given=["limit_fen", "has_bill", "late_now"], where="features/f.yaml")
    assert caught.value.got == ["months_late_max", "owed_0_fen", "utilisation_mean"]
    assert caught.value.expected == "names given by features/f.yaml"
