"""A script of actors is read strictly, each fault with its line; whom an entry chooses is nobody's choice."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.documents import parse_document, read_document
from creditloop.kernel.errors import PolicyError
from creditloop.service.playing.actors import VERBS, Script, read_script, selected

REPOSITORY = Path(__file__).parents[3]
HEAD = """\
actors: test
simulated: true
title: {zh: 试, en: test}
source: {title: made up, checked: 2026-11-22}
invitation: card_instalment
people:
  - {name: wang, role: approver, zh: 王, en: Wang}
entries:
"""
GOOD = "  - {id: a, on: 2005-07-10, does: accept_invitation, who: {list: invited, first: 2}}\n"


def read(entries: str, head: str = HEAD) -> Script:
    return read_script(parse_document(head + entries, path="actors.yaml"))


def test_the_example_is_read_and_uses_every_verb_but_those_on_proposals() -> None:
    file = REPOSITORY / "examples" / "taiwan_cards" / "actors.yaml"
    script = read_script(read_document(file, root=REPOSITORY))
    assert {entry.does for entry in script.entries} == set(VERBS) - {"approve_proposal", "refuse_proposal"}
    assert all(
        entry.by.role == "approver" for entry in script.entries if entry.does == "decide_case" and entry.by
    )
    assert "simulated" in file.read_text("utf-8")


def test_entries_of_a_span_of_days() -> None:
    script = read(GOOD + GOOD.replace("id: a", "id: b").replace("07-10", "07-12"))
    assert [entry.id for entry in script.due(after=None, until=date(2005, 7, 11))] == ["a"]
    assert [entry.id for entry in script.due(after=date(2005, 7, 10), until=date(2005, 7, 12))] == ["b"]
    assert script.due(after=date(2005, 7, 12), until=date(2006, 1, 1)) == ()


RAISE = "does: accept_raise, who: {list: offered, first: 1}"
SAID = "reason: {zh: 好, en: good}"
FAULTS = {
    # what an entry of 10 July says → message
    "id: a, does: dance": "not one of the words",
    "id: a, does: accept_raise, who: {list: invited, first: 2}": "not one of the words",
    "id: a, does: accept_raise, who: {list: offered, first: 0}": "out of range",
    "id: a, does: accept_raise, who: {list: offered}": "'first' is missing",
    "id: a, does: accept_raise": "'who' is missing",
    f"id: A b, {RAISE}": "not a name",
    f"id: a, {RAISE}, at: '10:00'": "unknown key 'at'",
    "id: a, does: accept_raise, who: {parties: []}": "parties are named",
    "id: a, does: accept_raise, who: {parties: [x, x]}": "each once",
    f"id: a, does: approve_proposal, by: li, {SAID}": "nobody of this name",
    "id: a, does: approve_proposal, by: wang": "'reason' is missing",
    f"id: a, does: object, at: '25:00', who: {{list: queue, first: 1}}, {SAID}": "not a time",
    f"id: a, does: object, at: '09:00', who: {{list: queue, first: 1, where: {{mandate: x}}}}, {SAID}": (
        "unknown key 'mandate'"
    ),
}
ORDER = {
    "id: a": "id stands twice",
    "id: b": "in order of time",
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_fault_is_told_with_its_line(said: str) -> None:
    with pytest.raises(PolicyError, match=FAULTS[said]) as caught:
        read("  - {on: 2005-07-10, " + said + "}\n")
    assert (caught.value.where["file"], caught.value.where["line"]) == ("actors.yaml", 9)


@pytest.mark.parametrize("name", ORDER)
def test_entries_stand_once_and_in_order_of_time(name: str) -> None:
    with pytest.raises(PolicyError, match=ORDER[name]) as caught:
        read(GOOD + GOOD.replace("id: a", name).replace("07-10", "07-09"))
    assert caught.value.where["line"] == 10


def test_a_day_that_is_no_date_is_told() -> None:
    with pytest.raises(PolicyError, match="expected a date"):
        read(GOOD.replace("2005-07-10", "July"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("simulated: true", "simulated: false", "a script is simulated"),
        ("role: approver", "role: wizard", "not one of the words"),
        ("invitation: card_instalment\n", "", "'invitation' is missing"),
        ("entries:", "extra: 1\nentries:", "unknown key 'extra'"),
        (
            "  - {name: wang, role: approver, zh: 王, en: Wang}\n",
            "  - {name: wang, role: approver, zh: 王, en: Wang}\n" * 2,
            "introduced twice",
        ),
    ],
)
def test_a_fault_of_the_head_is_told(old: str, new: str, message: str) -> None:
    assert old in HEAD
    with pytest.raises(PolicyError, match=message):
        read(GOOD, HEAD.replace(old, new))


@given(st.sets(st.text("abc0123", min_size=1, max_size=6), max_size=30), st.randoms())
def test_the_choice_depends_on_entry_and_parties_alone(parties: set[str], random: object) -> None:
    (entry,) = read(GOOD).entries
    listed = sorted(parties)
    random.shuffle(listed)  # type: ignore[attr-defined]
    chosen = selected(entry=entry, parties=listed)
    assert chosen == selected(entry=entry, parties=sorted(parties))
    assert len(chosen) == min(2, len(parties))
    assert set(chosen) <= parties


def test_named_parties_are_taken_as_named() -> None:
    (entry,) = read("  - {id: a, on: 2005-07-10, does: accept_raise, who: {parties: [b, a]}}\n").entries
    assert selected(entry=entry, parties=["x"]) == ("b", "a")
