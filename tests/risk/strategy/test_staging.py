"""Sources are asked in order and only while the case is undecided; one that fails never opens."""

from collections.abc import Mapping

import pytest
from tests.risk.strategy.card_application import GOOD, TEXT, strategy

from creditloop.kernel.errors import SourceError
from creditloop.risk import Judgement, Policy

TWO = TEXT.replace(
    "  bureau: {title: {zh: 征信, en: bureau}, cost: yuan(2.00)}\n",
    "  bureau: {title: {zh: 征信, en: bureau}, cost: yuan(2.00)}\n"
    "  register: {title: {zh: 名册, en: register}, cost: yuan(0.50)}\n",
).replace('grade: {kind: text, values: [A, B, C], "null": no_match}', "grade: {kind: text, source: register}")
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "bureau": {"lenders": 1, "score": 720, "other": "ignored"},
    "register": {"grade": "A"},
}


def staged(read: Policy, row: Mapping[str, object], failing: str = "") -> tuple[Judgement, list[str]]:
    asked = list[str]()

    def fetch(source: str) -> Mapping[str, object]:
        asked.append(source)
        if source == failing:
            raise SourceError("the line is down")
        return ANSWERS[source]

    return read.judge_staged(row, fetch), asked


def test_what_is_decided_costs_nothing() -> None:
    judged, asked = staged(strategy(), {**GOOD, "age": 17})
    assert (asked, judged.cost_fen, judged.not_asked) == ([], 0, ("bureau",))
    assert not judged.refers, "what was not asked has not been reached"
    assert (judged.outputs["outcome"], judged.outputs["rate_annual_nano"]) == ("decline", None)
    assert not judged.verdict("price__rate_table").reached


def test_what_is_undecided_is_asked_and_costs() -> None:
    judged, asked = staged(strategy(), GOOD)
    assert (asked, judged.cost_fen, judged.not_asked) == (["bureau"], 200, ())
    assert dict(judged.outputs) == dict(strategy().judge(GOOD).outputs)
    assert judged.as_record()["sources"] == [{"source": "bureau", "cost_fen": 200, "failure": None}]


def test_a_value_of_a_source_is_never_taken_from_the_row() -> None:
    judged, asked = staged(strategy(), {**GOOD, "score": 100})
    assert (asked, judged.outputs["outcome"]) == (["bureau"], "approve")


def test_sources_are_asked_in_their_order() -> None:
    read = strategy(
        TWO.replace("decided_when: hard = 'decline'", "decided_when: score < 600 or hard = 'decline'")
    )
    assert staged(read, GOOD)[1] == ["bureau", "register"]
    asked = list[str]()

    def low(source: str) -> Mapping[str, object]:
        asked.append(source)
        return {"score": 500, "lenders": 1}

    judged = read.judge_staged(GOOD, low)
    assert (asked, judged.cost_fen, judged.not_asked) == (["bureau"], 200, ("register",))


@pytest.mark.parametrize("failing", ["bureau", "register"])
def test_a_source_that_fails_refers_for_that_reason(failing: str) -> None:
    judged, asked = staged(strategy(TWO), {**GOOD, "age": 71}, failing)
    assert asked == ["bureau", "register"]
    assert judged.refers
    assert judged.outputs["outcome"] is None
    assert judged.ranked[0].reason.code == f"SOURCE_FAILED_{failing.upper()}"
    assert [source.failure for source in judged.asked if source.source == failing] == ["the line is down"]
    assert judged.cost_fen == 250


def test_a_source_that_says_nothing_refers() -> None:
    judged = strategy().judge_staged(GOOD, lambda _: {})
    assert judged.refers
    assert [entry.reason.code for entry in judged.ranked][:2] == ["MISSING_LENDERS", "MISSING_SCORE"]


@pytest.mark.parametrize("answer", [None, [("score", 720)], "score"])
def test_a_source_that_answers_with_no_record_has_failed(answer: object) -> None:
    judged = strategy().judge_staged(GOOD, lambda _: answer)  # type: ignore[arg-type,return-value]
    assert judged.refers
    assert judged.ranked[0].reason.code == "SOURCE_FAILED_BUREAU"
    assert [source.failure for source in judged.asked] == ["the source answered with no record"]


def test_whether_a_case_is_decided_may_be_written_as_a_truth() -> None:
    judged, asked = staged(
        strategy(TEXT.replace("decided_when: hard = 'decline'", "decided_when: false")), GOOD
    )
    assert (asked, judged.refers) == (["bureau"], False)


def test_what_is_called_decided_but_is_not_refers() -> None:
    """`decided_when` holds, but the outcome needs a source that was not asked: nobody has decided."""
    early = TEXT.replace("decided_when: hard = 'decline'", "decided_when: age < 100")
    judged, asked = staged(strategy(early), GOOD)
    assert asked == []
    assert judged.outputs["outcome"] is None
    assert judged.refers
    assert "MISSING_SCORE" in {entry.reason.code for entry in judged.ranked}
