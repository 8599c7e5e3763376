"""Names that answers, frames and programs keep for themselves are refused when the document is read."""

import pytest
from tests.risk.strategy.small_strategies import BRANCHES, TWO_OUTPUTS, small

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
