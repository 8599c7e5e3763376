"""How borrowers behave: every number has a meaning and is used; what is no such document is refused."""

import re
from pathlib import Path

import pytest

from creditloop.kernel.errors import PolicyError, UnknownId
from creditloop.world.lending import BEHAVIOUR, Habit, Scenario, read_behaviour

SOURCE = Path(__file__).parents[3] / "src" / "creditloop" / "world" / "lending"
BY_GROUP = ("habits", "after_stopping")


def test_every_number_is_used_and_every_number_used_is_there() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.glob("*.py"))
    words = set(re.findall(r'"((?:paying|incidents|sizes)\.[a-z_]+)"', code))
    behaviour = read_behaviour(scenario=Scenario.CALM)
    assert words == {name for name in behaviour.values if name.partition(".")[0] not in BY_GROUP}
    assert set(behaviour.weights("habits")) == set(Habit)
    assert all(f'"{name}"' in code for name in behaviour.weights("after_stopping") if name != "written_off")
    assert all(len(meaning) >= 4 for meaning in behaviour.meanings.values())


def test_the_document_says_that_all_of_it_is_made_up() -> None:
    text = BEHAVIOUR.read_text(encoding="utf-8")
    assert "模拟" in text and "simulated" in text and "example values" in text


def test_the_two_scenarios_differ_and_weights_come_as_written() -> None:
    calm, stress = (read_behaviour(scenario=each) for each in Scenario)
    assert calm.hash == stress.hash
    assert calm["incidents.bounced"] < stress["incidents.bounced"]
    assert next(iter(calm.weights("habits"))) == "punctual"


def test_a_number_nobody_wrote_down_is_an_error() -> None:
    behaviour = read_behaviour(scenario=Scenario.CALM)
    with pytest.raises(UnknownId, match="no such number"):
        behaviour["incidents.flooded"]
    with pytest.raises(UnknownId, match="no such group"):
        behaviour.weights("weather")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ahead: {calm: 400,", "ahead: {calm: 10001,", "out of range"),
        ("ahead: {calm: 400,", "ahead: {calm: often,", "whole number"),
        ("ahead: {calm: 400, stress: 1000,", "ahead: {calm: 400,", "missing"),
        ("lending: behaviour", "lending: weather", "not one of the words"),
    ],
)
def test_what_is_no_such_document_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = BEHAVIOUR.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "behaviour.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=said):
        read_behaviour(scenario=Scenario.STRESS, file=file)
