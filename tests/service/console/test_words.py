"""One catalogue: both languages, nothing missing, nothing left over, no sentence anywhere else."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from creditloop.admit import CaseState
from creditloop.book import ACCOUNTS, BatchKind, EventKind, Side
from creditloop.data import PURPOSES
from creditloop.formula import Match
from creditloop.kernel.errors import InputError
from creditloop.lend import Basis, LimitKind
from creditloop.monitor import CLASSES, ROLL_STATES, VERDICT_KINDS, WARNING_LEVELS
from creditloop.oversight import ACTS, SEVERITIES
from creditloop.recover import ContactKind
from creditloop.risk import LeftOut
from creditloop.service.console.cases import ROUTES
from creditloop.service.console.customers import BUCKETS
from creditloop.service.console.drawing import FOLDER
from creditloop.service.console.reviews import STATES
from creditloop.service.console.screens import MENU
from creditloop.service.console.shares import SHARES
from creditloop.service.console.words import LANGUAGES, Words, catalogue
from creditloop.service.doors import ROLES

SOURCE = FOLDER.parent
TEMPLATES = sorted(FOLDER.glob("*.html"))
PYTHON = sorted(SOURCE.glob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEY = re.compile(r"[\"']([a-z_]+\.[a-z_]+)[\"']")
FAMILY = re.compile(r"words\.of\(\s*[\"']([a-z_]+)[\"']")
CHOICE = re.compile(r"parts\.choice\([^\n]*, \"([a-z_]+)\"\)")
PLACE = re.compile(r"\{([a-z_]+)\}")


def texts() -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in (*TEMPLATES, *PYTHON)}


def families() -> set[str]:
    """Families whose keys are chosen by a value."""
    found = {match for text in texts().values() for match in (*FAMILY.findall(text), *CHOICE.findall(text))}
    return found | {"stage", "menu"}


def called(text: str) -> set[str]:
    """Keys that a text names outright."""
    return set(re.findall(r"words(?:\.marked)?\(\s*[\"']([a-z_]+\.[a-z_]+)[\"']", text)) | set(
        re.findall(r"parts\.(?:empty|how)\(\"([a-z_.]+)\"\)", text)
    )


def test_every_key_named_is_in_the_catalogue() -> None:
    missing = {
        (name, key) for name, text in texts().items() for key in called(text) if key not in catalogue()
    }
    assert missing == set()
    assert len(catalogue()) > 400


def test_no_key_is_left_over() -> None:
    named = {key for text in texts().values() for key in (*called(text), *KEY.findall(text))}
    left = {key for key in catalogue() if key not in named and key.rpartition(".")[0] not in families()}
    assert left == set()


def test_every_family_chosen_by_value_has_keys() -> None:
    known = {key.partition(".")[0] for key in catalogue()}
    assert families() <= known


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    said = catalogue()[key]
    assert set(said) == set(LANGUAGES)
    assert sorted(PLACE.findall(said["zh"])) == sorted(PLACE.findall(said["en"]))
    if key != "layout.other_language":
        assert not CHINESE.search(said["en"])


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("role", ROLES),
        ("purpose", PURPOSES),
        ("class", CLASSES),
        ("bucket", BUCKETS),
        ("kind", VERDICT_KINDS),
        ("level", WARNING_LEVELS),
        ("roll_state", ROLL_STATES),
        ("route", ROUTES),
        ("contact", [kind.value for kind in ContactKind]),
        ("event", [kind.value for kind in EventKind]),
        ("limit_kind", [kind.value for kind in LimitKind]),
        ("basis", [kind.value for kind in Basis]),
        ("match", [match.value for match in Match]),
        ("left_out", [reason.value for reason in LeftOut]),
        ("finding_state", ["open", "answered", "closed"]),
        ("model_act", ACTS),
        ("materiality", SEVERITIES),
        ("menu", [group for group, _ in MENU]),
        ("screen", [screen.name for _, screens in MENU for screen in screens]),
        ("case_state", [*STATES, "open", "half_signed", "closed"]),
        ("share", SHARES),
        ("share_how", SHARES),
        ("batch_kind", [kind.value for kind in BatchKind]),
        ("side", [side.value for side in Side]),
        ("account_kind", [account.kind for account in ACCOUNTS]),
    ],
)
def test_every_code_of_the_rooms_has_words(family: str, values: Iterable[str]) -> None:
    assert [value for value in values if f"{family}.{value}" not in catalogue()] == []
    assert CaseState.status is not None


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_templates_hold_no_sentence(file: Path) -> None:
    assert literal(file.read_text("utf-8")) == []


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: file.name)
def test_screens_hold_no_sentence(file: Path) -> None:
    code = re.sub(r'"""[\s\S]*?"""|#.*', "", file.read_text("utf-8"))
    assert CHINESE.findall(code) == []


def literal(template: str) -> list[str]:
    """Find words that stand in a template itself: as text, or in an attribute people read."""
    bare = re.sub(r"\{#[\s\S]*?#\}|\{%[\s\S]*?%\}|\{\{[\s\S]*?\}\}", " ", template)
    attributes = re.findall(r"(?:title|alt|aria-label|placeholder)=\"([^\"]*)\"", bare)
    text = re.sub(r"<[^>]*>", " ", bare)
    allowed = {"AUC", "KS", "WOE", "IV", "Brier"}
    words = re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", " ".join([text, *attributes]))
    return [word for word in words if word not in allowed]


def test_the_finder_sees_what_it_is_there_to_see() -> None:
    assert literal('<p title="Hello">{{ words("a.b") }} 你好</p>') == ["你好", "Hello"]
    assert literal('<td class="num">{% if x %}AUC{% endif %}</td>') == []


def test_a_key_that_is_not_there_is_an_error_and_a_code_stands_as_it_is() -> None:
    words = Words(language="en")
    with pytest.raises(InputError, match="no such key"):
        words("nothing.here")
    assert words.of("outcome", "a_code_of_tomorrow") == "a_code_of_tomorrow"
    assert words("cockpit.owing", count="3") == "3 customers owe"
    with pytest.raises(InputError, match="does not speak"):
        Words(language="fr")
