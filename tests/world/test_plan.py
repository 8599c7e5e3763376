"""The plan: every number has a meaning and is used; what is not a plan is refused by line."""

import re
from pathlib import Path

import pytest

from creditloop.kernel.errors import PolicyError, UnknownId
from creditloop.world import SHIPPED, read_plan

SOURCE = Path(__file__).parents[2] / "src" / "creditloop" / "world"


def test_every_number_of_the_plan_is_used_and_every_number_used_is_in_the_plan() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.rglob("*.py"))
    plan = read_plan()
    words = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', code))
    made_up = {f"{group}.{name}" for group in ("gangs", "hubs") for name in ("share", "least", "most")}
    made_up |= {
        f"flows.{name}"
        for name in (
            "consumption",
            "transfer_in",
            "transfer_out",
            "utilities",
            "insurance",
            "wealth",
            "cash",
            "tax",
            "gambling",
        )
    }
    made_up |= {f"contagion.{name}" for name in ("guarantee", "supply", "same_owner")}
    unused = set(plan.values) - words - made_up
    assert unused == set()
    assert all(len(meaning) >= 4 for meaning in plan.meanings.values())


def test_a_number_nobody_wrote_down_is_an_error() -> None:
    plan = read_plan()
    with pytest.raises(UnknownId, match="no such number"):
        plan["people.nothing"]
    with pytest.raises(UnknownId, match="list of numbers"):
        plan["people.regions"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value: 0.17", "value: many", "expected a number"),
        ("value: 0.17", "value: NaN", "finite"),
        ("value: 0.17, meaning:", "value: 0.17, means:", "missing"),
        ("world: town", "world: town\nworld: town", "twice"),
    ],
)
def test_what_is_not_a_plan_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=said):
        read_plan(file)
