"""A case is told in words: what was decided, by which row, what each rule read, what was nearest besides."""

import pytest
from tests.risk.strategy_texts import strategy

from creditloop.kernel.errors import InputError
from creditloop.service.strategies.explaining import LANGUAGES, explain, explanation_record, row_values

GIVEN = {"age": 30, "income": 500_000, "id_token": "a", "lenders": 1, "score": 700}


def told(language: str, **changed: object) -> str:
    policy = strategy()
    judgement = policy.judge(row_values(GIVEN | changed, policy=policy))
    return "\n".join(explain(judgement, policy=policy, language=language))


def test_an_approval_says_what_it_stands_on() -> None:
    text = told("en")
    policy = strategy()
    assert "rules as of 2024-06-30" in text
    assert policy.version in text
    assert "outcome = approve" in text
    assert "limit_fen = 50000.00" in text, "money in the currency's units"
    assert "Decided by: table" in text
    assert "Nearest miss: table" in text
    assert "age_min = 20, since 2024-01-01; source: the bank's own choice" in text
    assert "income_year = 60000.00" in text
    assert "blacklist, 1 entries in force" in text


def test_every_rule_is_told_with_what_it_read() -> None:
    policy = strategy()
    text = told("en")
    for rule in policy.rules:
        if rule.row != "otherwise":
            assert f"] {rule.row}: {rule.when}" in text or "not reached" in text


def test_a_case_that_refers_says_so_and_why() -> None:
    text = told("en", score=None)
    assert "left to a person" in text
    assert "MISSING_SCORE" in text
    assert "score = null" in text


def test_both_languages_tell_the_same_case() -> None:
    zh, en = (told(language).splitlines() for language in LANGUAGES)
    assert len(zh) == len(en)
    assert "规则日期 2024-06-30" in zh[1]
    assert not any("决定步骤" in line for line in en)


def test_a_declined_case_names_the_gap_to_the_rule_that_did_not_match() -> None:
    text = told("en", age=20)
    assert "short by" in text


def test_the_record_holds_values_numbers_and_working() -> None:
    policy = strategy()
    judgement = policy.judge(GIVEN)
    record = explanation_record(judgement, policy=policy)
    assert record["values"] == GIVEN
    assert record["hash"] == policy.hash
    assert record["judgement"] == judgement.as_record()
    assert {entry["name"] for entry in record["parameters"]} == {  # type: ignore[attr-defined]
        entry.parameter.name for entry in policy.parameters
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"agee": 1}, "no such input"),
        ({"age": 30.5}, "whole numbers"),
        ({"age": [30]}, "a value is a text"),
    ],
)
def test_a_row_that_is_none_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        row_values(given, policy=strategy())


def test_text_stays_broken_where_a_number_is_read_and_long_numbers_are_read() -> None:
    policy = strategy()
    assert row_values({"income": "9223372036854775807"}, policy=policy) == {"income": 2**63 - 1}
    assert row_values({"income": "12.5"}, policy=policy) == {"income": "12.5"}
    assert "BROKEN_INCOME" in told("en", income="12.5")


def test_another_language_is_refused() -> None:
    with pytest.raises(InputError, match="not a language"):
        told("fr")
