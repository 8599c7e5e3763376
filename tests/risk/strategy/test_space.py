"""Names kept for what is told of a case are refused; a value is handed to a table as what that declares."""

import pytest
from tests.risk.strategy.small_strategies import BRANCHES, HEAD, TWO_OUTPUTS, small

from creditloop.kernel.errors import PolicyError

SOUND = BRANCHES.replace("CONDITION", "points < 95")


@pytest.mark.parametrize("name", ["refers", "removed_rule", "rule__final__low"])
@pytest.mark.parametrize(
    ("text", "old", "line"), [(SOUND, "extra", 15), (TWO_OUTPUTS, "share", 10), (TWO_OUTPUTS, "income", 5)]
)
def test_a_name_kept_is_refused(name: str, text: str, old: str, line: int) -> None:
    with pytest.raises(PolicyError) as raised:
        small(text.replace(old, name))
    assert raised.value.where["file"] == "small.yaml"
    assert "not a name" in str(raised.value) or "a name kept" in str(raised.value)
    assert int(str(raised.value.where["line"])) >= line


@pytest.mark.parametrize("name", ["age", "nothing"])
def test_letters_explain_an_output_only(name: str) -> None:
    with pytest.raises(PolicyError, match="no step gives the output that letters explain"):
        small(SOUND.replace("inputs:", f"ranking: {{output: {name}}}\ninputs:"))


GRADED = (
    HEAD.replace("grade: {kind: text}", "grade: {kind: text, values: [A, B]}")
    + """\
tables:
  - id: final
    hit_policy: first
    inputs: {grade: {kind: text, values: VALUES}}
    outputs: {outcome: {kind: text}}
    rows:
      - {id: best, when: "grade = 'A'", then: {outcome: approve}, reason: {code: A, zh: 甲, en: a}}
    otherwise: {then: {outcome: decline}, reason: {code: NONE, zh: 无, en: none}}
"""
)


@pytest.mark.parametrize(
    ("values", "checked", "outcome"),
    [
        ("[A, B]", False, "decline"),
        ("[B, A]", False, "decline"),
        ("[A, B, C]", False, "decline"),
        ("[A]", True, None),
    ],
)
def test_a_value_is_checked_again_only_where_a_table_takes_fewer(
    values: str, checked: bool, outcome: str | None
) -> None:
    read = small(GRADED.replace("VALUES", values))
    assert ("final__reads_grade" in {step.name for step in read.program.steps}) is checked
    case = {"age": 1, "grade": "A", "income": 1}
    assert read.decide(case) == {"outcome": "approve", "refers": False}
    assert read.decide({**case, "grade": "B"}) == {"outcome": outcome, "refers": outcome is None}
