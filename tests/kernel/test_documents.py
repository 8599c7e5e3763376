"""Documents: strict YAML, each value with its line, each fault with its file and line."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel import documents
from creditloop.kernel.documents import (
    Node,
    Source,
    in_force,
    parse_document,
    read_document,
    source_from_node,
)
from creditloop.kernel.errors import PolicyError


def root(text: str) -> Node:
    """Read a document's root."""
    return parse_document(text, path="a.yaml").root


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", "1.5"),
        ("-0.050", "-0.050"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("9" * 38, int("9" * 38)),
        ("010", "010"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("+5", "+5"),
        ("12:30:45", "12:30:45"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("True", "True"),
        ("FALSE", "FALSE"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("2005-06-30", date(2005, 6, 30)),
        ("2005-6-30", "2005-6-30"),
        ("2005-06-30 12:00:00", "2005-06-30 12:00:00"),
        ("2005-W26-4", "2005-W26-4"),
        ("'12'", "12"),
        ('"true"', "true"),
        ('"2005-06-30"', "2005-06-30"),
        ("''", ""),
        ("=", "="),
        ("多头借贷", "多头借贷"),
        ("a b # comment", "a b"),
        ("|\n  12\n", "12\n"),
        (">-\n  a\n  b", "a b"),
    ],
)
def test_a_value_is_read_as(text: str, value: object) -> None:
    seen = root(f"key: {text}").plain()["key"]
    assert seen == value
    assert type(seen) is type(value)


WORD = st.text("abcxyz0123456789-.:_~yesnotrue ", min_size=0, max_size=8)


@given(WORD)
def test_quoting_makes_any_value_text(text: str) -> None:
    assert root(f"key: '{text}'").plain() == {"key": text}


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.dates()
    | st.text("ab: #'\"\n中", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN.filter(lambda value: value is not None))
def test_what_another_writer_wrote_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_style=None)
    if any(sign in text for sign in ("&id", "*id")):  # the writer's own shorthand for equal objects
        return
    assert root(text).plain() == value


def lines_and_values(node: Node) -> object:
    """Tell all there is to a value: its lines and its plain form."""
    return lines(node), node.plain()


LINES = """\
# a comment
name: card

rules:
  - when: a
    then: b
  -
    when: |
      long
      text
    then: [x,
           y]
empty:
nested: {one: 1,
  two: 2}
"""


def lines(node: Node) -> dict[str, tuple[int, int | None]]:
    """List each value's line and its key's line under its path."""
    found = {".".join(node.path): (node.line, node.key_line)}
    inner = node.value.values() if isinstance(node.value, dict) else node.value
    for child in inner if isinstance(node.value, dict | list) else []:
        found |= lines(child)
    return found


def test_every_value_knows_its_line() -> None:
    assert lines(root(LINES)) == {
        "": (2, None),
        "name": (2, 2),
        "rules": (5, 4),
        "rules.0": (5, None),
        "rules.0.when": (5, 5),
        "rules.0.then": (6, 6),
        "rules.1": (8, None),
        "rules.1.when": (8, 8),
        "rules.1.then": (11, 11),
        "rules.1.then.0": (11, None),
        "rules.1.then.1": (12, None),
        "empty": (13, 13),
        "nested": (14, 14),
        "nested.one": (14, 14),
        "nested.two": (15, 15),
    }


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
def test_an_empty_value_stands_with_its_key(loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LOADER", loader)
    assert lines(root("a:\n\n\nb:\n\n"))["a"] == (1, 1)
    assert lines(root("a:\n\n\nb:\n\n"))["b"] == (4, 4)


def test_a_mark_at_the_beginning_is_not_seen() -> None:
    assert lines_and_values(root("\ufeff" + LINES)) == lines_and_values(root(LINES))


def test_lines_are_the_editors_whatever_ends_them() -> None:
    assert lines(root(LINES.replace("\n", "\r\n"))) == lines(root(LINES))


BAD = [
    ("", 1, "the document is empty"),
    ("# only a comment\n", 1, "the document is empty"),
    ("a: 1\nb: 2\na: 3", 3, "the key 'a' stands twice"),
    ("a:\n  - b: 1\n    'b': 2", 3, "the key 'b' stands twice"),
    ("{a: 1, a: 1}", 1, "the key 'a' stands twice"),
    ('1: x\n"1": y', 2, "the key '1' stands twice"),
    ("a: &one 1\nb: 2", 1, "anchors and aliases are not allowed: write the value where it is used"),
    ("a: 1\nb: *one", 2, "anchors and aliases are not allowed: write the value where it is used"),
    ("a: 1\n<<: {b: 2}", 2, "a key must be plain text"),
    ("a: !!str 1", 1, "tags are not allowed"),
    ("a: 1\nb: !!python/object:os.system {}", 2, "tags are not allowed"),
    ("a: ! x", 1, "tags are not allowed"),
    ("a: !mine x", 1, "tags are not allowed"),
    ("a:\n\t- b", 2, "a character that does not belong in a document"),
    ("a: b\t# c", 1, "a character that does not belong in a document"),
    ("\ufeff\ufeffa: 1", 1, "a character that does not belong in a document"),
    ("a: 1\n  b: 2", 2, "not well-formed YAML"),
    ("a: [1, 2\nb: 3", 2, "not well-formed YAML"),
    ("a: 'open", 1, "not well-formed YAML"),
    ("a: 1\n---\nb: 2", 2, "not well-formed YAML"),
    ("a: 1\nb: \x01", 2, "a character that does not belong in a document"),
    ("中中中\n: 1\n\nb: \ud800", 4, "a character that does not belong in a document"),
    ("%YAML 2.0\n---\na: 1", 1, "not well-formed YAML"),
    ("a: 1\n? [b]\n: 2", 2, "a key must be plain text"),
    ("? {b: 1}\n: 2", 1, "a key must be plain text"),
    (": 1", 1, "not well-formed YAML"),
    ("'': 1", 1, "a key must be plain text"),
    ("a: 1\nb: 2005-02-30", 2, "no such day"),
    ("a: 0000-00-00", 1, "no such day"),
    ("a: " + "9" * 39, 1, "a whole number is too long"),
    ("a:\n- " + "9" * 5000, 2, "a whole number is too long"),
    ("a: 1\nb: " + "[" * 5000, 2, "nested too deeply"),
    ("\n".join(" " * i + "a:" for i in range(50)), 33, "nested too deeply"),
    ("a: 1\nb: x\u2028y", 2, "a character that does not belong in a document"),
    ("a: 1\n# \x85\nb: 1", 2, "a character that does not belong in a document"),
    ("a: 1\n\ufeffb: 1", 2, "a character that does not belong in a document"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD, ids=range(len(BAD)))
def test_bad_documents_name_file_line_and_fault(text: str, line: int, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_document(text, path="policies/bad.yaml")
    assert caught.value.message == message
    assert {"file": "policies/bad.yaml", "line": line}.items() <= caught.value.where.items()
    assert caught.value.diagnostics().startswith(f"policies/bad.yaml:{line}: {message} [policy]")


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_is_a_document_or_a_policy_error(text: str) -> None:
    try:
        document = parse_document(text, path="a.yaml")
    except PolicyError as error:
        assert isinstance(error.where["line"], int)
    else:
        assert document.hash == hashlib.sha256(text.encode()).hexdigest()


@given(st.text("abc:-[]{}'\"|>&*!%#\n ?,~019.", max_size=60))
def test_any_punctuation_is_a_document_or_a_policy_error(text: str) -> None:
    try:
        parse_document(text, path="a.yaml")
    except PolicyError as error:
        assert 1 <= error.where["line"] <= text.count("\n") + 1


@pytest.mark.parametrize("alphabet", ["abc:-[]{}'\"|>&*!%#\n ?,~019.", "a: -[]\n'\"#\r01"])
def test_no_two_builds_of_the_parser_read_different_things(
    alphabet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert documents._LOADER is yaml.CSafeLoader, "this machine has both"

    refused = object()

    @settings(max_examples=500)
    @given(st.text(alphabet, max_size=30))
    def compare(text: str) -> None:
        answers = []
        for loader in (yaml.SafeLoader, yaml.CSafeLoader):
            monkeypatch.setattr(documents, "_LOADER", loader)
            try:
                answers.append(parse_document(text, path="a.yaml").root.plain())
            except PolicyError:
                answers.append(refused)
        assert refused in answers or answers[0] == answers[1]  # one may refuse what the other reads

    compare()


CARD = """\
name: card
count: 3
open: true
since: 2005-06-30
parts:
  - a
"""


@pytest.mark.parametrize(
    ("ask", "line", "message", "got"),
    [
        (lambda n: n.items(), 1, "expected a list here", "a mapping"),
        (lambda n: n.mapping(required=["gone"]), 1, "the key 'gone' is missing", None),
        (lambda n: n.mapping(required=["name"], optional=["count", "open"]), 4, "unknown key 'since'", None),
        (
            lambda n: n.mapping(required=["name", "count", "open", "since"], optional=[]),
            5,
            "unknown key 'parts'",
            None,
        ),
        (lambda n: key(n, "name").integer(), 1, "expected a whole number here", "text ('card')"),
        (lambda n: key(n, "open").integer(), 3, "expected a whole number here", "true or false (True)"),
        (lambda n: key(n, "count").integer(least=4), 2, "number out of range", "3"),
        (lambda n: key(n, "count").integer(most=2), 2, "number out of range", "3"),
        (lambda n: key(n, "count").boolean(), 2, "expected true or false here", "a whole number (3)"),
        (lambda n: key(n, "count").text(), 2, "expected text here", "a whole number (3)"),
        (lambda n: key(n, "name").text(among=["loan"]), 1, "not one of the words allowed here", "card"),
        (lambda n: key(n, "name").day(), 1, "expected a date (YYYY-MM-DD) here", "text ('card')"),
        (lambda n: key(n, "parts").mapping(), 6, "expected a mapping here", "a list"),
        (lambda n: key(n, "parts").items()[0].day(), 6, "expected a date (YYYY-MM-DD) here", "text ('a')"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_line(
    ask: object, line: int, message: str, got: str | None
) -> None:
    with pytest.raises(PolicyError) as caught:
        ask(root(CARD))
    assert caught.value.message == message
    assert caught.value.where["line"] == line
    if got is not None:
        assert str(caught.value.got) == got


def key(node: Node, name: str) -> Node:
    """Return the value under a key."""
    return node.mapping()[name]


@pytest.mark.parametrize(
    ("least", "most", "expected"), [(4, None, ">= 4"), (None, 2, "<= 2"), (4, 9, ">= 4 and <= 9")]
)
def test_bounds_are_told_as_they_are(least: int | None, most: int | None, expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        key(root(CARD), "count").integer(least=least, most=most)
    assert caught.value.expected == expected


def test_values_of_the_right_kind_are_handed_out() -> None:
    card = root(CARD)
    assert key(card, "name").text(among=["card"]) == "card"
    assert key(card, "count").integer(least=3, most=3) == 3
    assert key(card, "open").boolean() is True
    assert key(card, "since").day() == date(2005, 6, 30)
    assert [part.text() for part in key(card, "parts").items()] == ["a"]
    assert key(card, "parts").items()[0].where == {"file": "a.yaml", "line": 6, "field": "parts.0"}


def test_a_document_is_not_changed_through_what_it_hands_out() -> None:
    card = root(CARD)
    card.mapping().clear()
    key(card, "parts").items().clear()
    assert card.plain()["parts"] == ["a"]


HISTORY = """\
- {from: 2005-01-01, value: 1}
- {from: 2005-07-01, value: 2}
- {from: 2006-01-01, value: 3}
"""


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2005, 1, 1), 1),
        (date(2005, 6, 30), 1),
        (date(2005, 7, 1), 2),
        (date(2005, 12, 31), 2),
        (date(2006, 1, 1), 3),
        (date(9999, 12, 31), 3),
    ],
)
def test_the_entry_in_force_is_the_last_that_has_begun(day: date, value: int) -> None:
    assert key(in_force(root(HISTORY), on=day), "value").integer() == value


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (HISTORY, 1, "nothing is in force on this date"),
        ("[]", 1, "nothing is in force on this date"),
        ("- {from: 2004-01-01}\n- {from: 2004-01-01}", 2, "entries must be in order of time, one a date"),
        ("- {from: 2004-01-02}\n- {from: 2004-01-01}", 2, "entries must be in order of time, one a date"),
        (
            "- {from: 2004-01-01}\n- {from: 2030-01-02}\n- {from: 2030-01-01}",
            3,
            "entries must be in order of time, one a date",
        ),
        ("- {value: 1}", 1, "the key 'from' is missing"),
        ("- {from: soon}", 1, "expected a date (YYYY-MM-DD) here"),
        ("from: 2004-01-01", 1, "expected a list here"),
    ],
)
def test_a_history_that_says_nothing_clear_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        in_force(root(text), on=date(2004, 12, 31))
    assert (caught.value.message, caught.value.where["line"]) == (message, line)


def test_a_source_says_where_a_number_comes_from() -> None:
    text = "{title: Measures for internet loans, reference: art. 9, checked: 2024-06-30}"
    assert source_from_node(root(text)) == Source(
        title="Measures for internet loans", reference="art. 9", checked=date(2024, 6, 30)
    )
    assert source_from_node(root("title: own")) == Source(title="own", reference=None, checked=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{reference: x}", "the key 'title' is missing"),
        ("{title: x, link: y}", "unknown key 'link'"),
        ("{title: x, checked: lately}", "expected a date (YYYY-MM-DD) here"),
        ("{title: ''}", "expected text here"),
    ],
)
def test_a_source_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        source_from_node(root(text))
    assert caught.value.message == message


def test_a_file_is_told_by_its_path_in_the_banks_folder(tmp_path: Path) -> None:
    file = tmp_path / "policies" / "卡" / "a.yaml"
    file.parent.mkdir(parents=True)
    file.write_bytes("name: 卡\r\n".encode())
    document = read_document(file, root=tmp_path)
    assert document.path == "policies/卡/a.yaml"
    assert document.text == "name: 卡\r\n"
    assert document.hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert document.root.file == "policies/卡/a.yaml"


def test_a_file_outside_the_banks_folder_is_told_by_its_name_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    assert read_document(tmp_path / "a.yaml", root=tmp_path / "bank").path == "a.yaml"


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")
    (tmp_path / "folder.yaml").mkdir()
    for name, line, message in [
        ("gone.yaml", None, "no such document"),
        ("folder.yaml", None, "the document cannot be read"),
        ("latin.yaml", 2, "the document is not UTF-8 text"),
    ]:
        with pytest.raises(PolicyError) as caught:
            read_document(tmp_path / name, root=tmp_path)
        assert caught.value.message == message
        assert caught.value.where == {"file": name} | ({"line": line} if line else {})
