"""Worked cases: those that hold, those that fail and by how much, and files that are no cases."""

from datetime import date

import pytest
from tests.risk.policy_texts import CASES, TEXT, line_of, policy
from tests.risk.strategy.card_application import strategy

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import CaseFailure, read_cases, run_cases


def failures(cases: str = CASES, *, text: str = TEXT) -> list[CaseFailure]:
    on, read = read_cases(parse_document(cases, path="cases/lateness.yaml"))
    return run_cases(policy(text, on=on), read)


def test_cases_that_hold() -> None:
    on, read = read_cases(parse_document(CASES, path="cases/lateness.yaml"))
    assert (on, len(read)) == (date(2024, 6, 30), 5)
    assert read[2].name == "a small debt"
    assert read[2].given == {"days": 4, "owed": 150}
    assert read[2].where["line"] == 5
    assert failures() == []


FAILING = [
    # in the cases or in the policy, what fails: line of the case, {name: (got, expected)}
    (
        "tier: 2, verdict_row: V_2",
        "tier: 1, verdict_row: V_1",
        4,
        {"tier": (2, 1), "verdict_row": ("V_2", "V_1")},
    ),
    ("given: {days: 4, owed: 150}", "given: {days: 4, owed: 151}", 5, {"tier": (2, 1)}),
    ("expect: {tier: 1}}", "expect: {tier: null}}", 6, {"tier": (1, None)}),
    ("tier: null, word: null", "tier: 0, word: good", 7, {"tier": (None, 0), "word": (None, "good")}),
    ("expect: {tier: 1, word: bad}", "expect: {tier: true, word: bad}", 5, {"tier": (1, True)}),
    ("over: 0, tier: 0", "over: 0, tier: '0'", 3, {"tier": (0, "0")}),
    ("rules_as_of: 2024-06-30", "rules_as_of: 2023-06-30", 3, {"over": (-2, 0)}),
]


@pytest.mark.parametrize(("right", "wrong", "line", "differing"), FAILING, ids=range(len(FAILING)))
def test_a_case_that_fails_is_told_with_its_line(
    right: str, wrong: str, line: int, differing: dict[str, tuple[object, object]]
) -> None:
    assert right in CASES
    failed = failures(CASES.replace(right, wrong, 1))
    assert failed[0].case.where == {**failed[0].case.where, "file": "cases/lateness.yaml", "line": line}
    assert failed[0].differing == differing


def test_a_changed_policy_fails_its_cases() -> None:
    failed = failures(text=TEXT.replace("value: 3,", "value: 4,"))
    assert [failure.case.name for failure in failed] == [
        "three days are not late",
        "four are",
        "a small debt",
        "owed is not known",
    ]


BAD = {
    "no date": ("rules_as_of: 2024-06-30\n", "", "cases:", "the key 'rules_as_of' is missing"),
    "no cases": ("cases:\n", "cases: []\nx:\n", "cases: []", "unknown key 'x'"),
    "an unknown key": ("cases:\n", "owner: me\ncases:\n", "owner", "unknown key 'owner'"),
    "a case without name": (
        "case: four are, ",
        "",
        "given: {days: 4, owed: 1000}",
        "the key 'case' is missing",
    ),
    "a case without given": (
        "given: {days: 4, owed: 150}, ",
        "",
        "a small debt",
        "the key 'given' is missing",
    ),
    "a case without expectation": (
        ", expect: {tier: 1}}",
        "}",
        "owed is not known",
        "the key 'expect' is missing",
    ),
    "a case that expects nothing": (
        "expect: {tier: 1}}",
        "expect: {}}",
        "owed is not",
        "expects nothing cannot fail",
    ),
    "an input there is not": ("{days: 3,", "{day: 3,", "three days", "the policy has no such input"),
    "an output there is not": ("over: 0, tier", "under: 0, tier", "three days", "no such step or output"),
    "an input expected": (
        "expect: {tier: 1}}",
        "expect: {days: 4}}",
        "owed is not",
        "no such step or output",
    ),
    "a text for a number": ("days: 3,", "days: three,", "three days", "not a value of the input 'days'"),
    "a decimal for a number": ("days: 3,", "days: 3.5,", "three days", "not a value of the input 'days'"),
    "true for a number": ("days: 3,", "days: true,", "three days", "not a value of the input 'days'"),
    "a list for a number": ("days: 3,", "days: [3],", "three days", "not a value of the input 'days'"),
    "a number beyond every engine": (
        "days: 3,",
        f"days: {2**63},",
        "three days",
        "not a value of the input 'days'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_cases_is_refused_by_line(name: str) -> None:
    right, wrong, at, message = BAD[name]
    assert right in CASES
    text = CASES.replace(right, wrong, 1)
    with pytest.raises(PolicyError, match=message) as caught:
        failures(text)
    assert caught.value.where["file"] == "cases/lateness.yaml"
    assert caught.value.where["line"] in {line_of(text, at), line_of(text, at) + 1}


def test_an_empty_list_of_cases_is_refused() -> None:
    with pytest.raises(PolicyError, match="there is no case here"):
        failures("rules_as_of: 2024-06-30\ncases: []\n")


STRATEGY_CASES = """\
rules_as_of: 2024-07-01
cases:
  - case: a good customer
    given: {age: 35, income: 300000, id_token: N1, grade: A, lenders: 1, score: 720}
    expect: {hits: [none], card_points: 540, factor: 1000000000, limit_fen: 3600000, outcome: approve}
  - case: too young and on the list
    given: {age: 17, income: 300000, id_token: X1, grade: A, lenders: 1, score: 720}
    expect: {hits: [young, listed], outcome: decline, decision_row: rejected, rate_annual_nano: 120000000}
  - case: no income refers
    given: {age: 35, id_token: N1, grade: A, lenders: 1, score: 720}
    expect: {limit_fen: null, limit_fen_state: 3, outcome: null, decision_state: 3}
"""


def test_every_kind_of_step_can_be_expected() -> None:
    on, cases = read_cases(parse_document(STRATEGY_CASES, path="cases/card_application.yaml"))
    assert run_cases(strategy(on=on), cases) == []
    wrong = STRATEGY_CASES.replace("hits: [none]", "hits: [young]").replace(
        "limit_fen: 3600000", "limit_fen: 1"
    )
    _, cases = read_cases(parse_document(wrong, path="cases/card_application.yaml"))
    (failure,) = run_cases(strategy(on=on), cases)
    assert failure.differing == {"hits": (["none"], ["young"]), "limit_fen": (3_600_000, 1)}
