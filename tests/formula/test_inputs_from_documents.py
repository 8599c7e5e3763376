from datetime import date

import pytest

from creditloop.formula import (
    Input,
    Kind,
    NullPolicy,
    Value,
    cell_text,
    constant_from_node,
    inputs_from_node,
)
from creditloop.kernel.documents import Node, parse_document
from creditloop.kernel.errors import PolicyError


def node(text: str) -> Node:
    return parse_document(text, path="policies/p.yaml").root


def test_inputs_are_read_in_order() -> None:
    text = """
days: {kind: integer, unit: day}
grade: {kind: text, null: no_match, values: [A, B]}
cap: {kind: money, values: [yuan(5), fen(1)]}
rate: {kind: nano, null: match, values: [0.5, 1]}
day: {kind: date, values: [2005-06-30]}
"""
    assert inputs_from_node(node(text)) == (
        Input("days", Kind.INTEGER, unit="day"),
        Input("grade", Kind.TEXT, NullPolicy.NO_MATCH, ("A", "B")),
        Input("cap", Kind.MONEY, values=(500, 1)),
        Input("rate", Kind.NANO, NullPolicy.MATCH, (5 * 10**8, 10**9)),
        Input("day", Kind.DATE, values=(date(2005, 6, 30),)),
    )


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: integer", "expected a mapping here", 1),
        ("a: {kind: decimal}", "not one of the words", 1),
        ("b: {kind: text}\na: {kind: text, nulls: match}", "unknown key 'nulls'", 2),
        ("a: {kind: text, null: ignore}", "not one of the words", 1),
        ("in: {kind: text}", "not a name for input", 1),
        ("a: {kind: integer, values: [1, 1]}", "once each", 1),
        ("a: {kind: integer, values: [1, x]}", "nothing is called x", 1),
        ("a: {kind: integer, values: [1 + 1]}", "not an expression", 1),
        ("a: {kind: money, values: [5]}", "another kind", 1),
        ("a: {kind: nano, values: [0.1234567891]}", "nine decimals", 1),
    ],
)
def test_a_bad_declaration_is_refused_where_it_stands(text: str, message: str, line: int) -> None:
    with pytest.raises(PolicyError) as raised:
        inputs_from_node(node(text))
    assert message in raised.value.message
    assert (raised.value.where["file"], raised.value.where["line"]) == ("policies/p.yaml", line)


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        ("decline", Kind.TEXT, "'decline'"),
        ("it's", Kind.TEXT, '"it\'s"'),
        ("=if b then 'x' else 'y'", Kind.TEXT, "if b then 'x' else 'y'"),
        ("income * 0.3", Kind.MONEY, "income * 0.3"),
        ("0.05", Kind.NANO, "0.05"),
        ("5", Kind.INTEGER, "5"),
        ("true", Kind.BOOLEAN, "true"),
        ("2005-06-30", Kind.DATE, "date('2005-06-30')"),
    ],
)
def test_a_cell_stands_for_an_expression(cell: str, kind: Kind, text: str) -> None:
    assert cell_text(_cell(cell), kind=kind) == text


def _cell(text: str) -> Node:
    return (
        node("a: |-\n  " + text).mapping()["a"] if text.startswith("=") else node(f"a: {text}").mapping()["a"]
    )


@pytest.mark.parametrize("text", ["a 'b' \"c\"", "null"])
def test_a_text_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        cell_text(_cell(text), kind=Kind.TEXT)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("A", Kind.TEXT, "A"), ("-3", Kind.INTEGER, -3), ("false", Kind.BOOLEAN, False)],
)
def test_one_value_is_read(text: str, kind: Kind, value: Value) -> None:
    found = constant_from_node(_cell(text), kind=kind)
    assert found == value
    assert type(found) is type(value)
