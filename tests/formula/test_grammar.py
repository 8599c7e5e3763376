from collections.abc import Callable

import pytest
from tests.formula.cases import pairs, told

from creditloop.formula.grammar import DEEPEST, LONGEST, read_expression
from creditloop.formula.tree import (
    Binary,
    Call,
    Choice,
    Interval,
    IsNull,
    Junction,
    Listed,
    Member,
    Minus,
    Name,
    Not,
    Null,
    Number,
    ParameterName,
    Text,
    Tree,
    Truth,
)
from creditloop.formula.writing import Writing
from creditloop.kernel.errors import PolicyError


def shown(tree: Tree) -> str:  # noqa: PLR0911, PLR0912  # one return for each part of the tree
    match tree:
        case Number(text=text) | Name(name=text):
            return text
        case Text(text=text):
            return f"'{text}'"
        case Truth(value=value):
            return str(value).lower()
        case Null():
            return "null"
        case ParameterName(name=name):
            return f"parameter.{name}"
        case Call(name=head, arguments=parts):
            return listed(head, *parts)
        case Minus(operand=part):
            return listed("minus", part)
        case Not(operand=part):
            return listed("not", part)
        case Binary(sign=head, left=left, right=right):
            return listed(head, left, right)
        case Junction(word=head, operands=parts):
            return listed(head, *parts)
        case Member(subject=part, items=items):
            return listed("member", part, *items)
        case Listed(subject=part, name=name):
            return f"(listed {name} {shown(part)})"
        case Interval(subject=part, low=low, high=high, low_open=low_open, high_open=high_open):
            return listed(f"interval {'(' if low_open else '['} {')' if high_open else ']'}", part, low, high)
        case IsNull(subject=part):
            return listed("is-null", part)
        case Choice(branches=branches, otherwise=otherwise):
            return listed("choice", *(part for branch in branches for part in branch), otherwise)


def listed(head: str, *parts: Tree) -> str:
    return f"({' '.join([head, *map(shown, parts)])})"


@pytest.mark.parametrize(("text", "expected"), pairs("grammar.txt"))
def test_a_text_is_read_or_refused_where_it_goes_wrong(text: str, expected: str) -> None:
    assert told(lambda: shown(read_expression(Writing(text)))) == expected


def test_an_error_names_the_file_and_the_line_within_a_longer_text() -> None:
    where = {"file": "policies/a.yaml", "line": 12, "field": "rows.0.when"}
    with pytest.raises(PolicyError) as raised:
        read_expression(Writing("a > 1\n  and b == 2", where))
    assert raised.value.where == {**where, "column": 9, "line_of_text": 2, "text": "a > 1\n  and b == 2"}
    assert raised.value.diagnostics().startswith("policies/a.yaml:12: not a sign of the language")


@pytest.mark.parametrize(
    "text", ["(" * 200, "not " * 200 + "a", "-(" * 150, "if a then 1 else " * 200 + "2", "a ?? " * 300 + "1"]
)
def test_deep_nesting_is_refused_not_crashed_on(text: str) -> None:
    with pytest.raises(PolicyError, match="nests too deep"):
        read_expression(Writing(text))


@pytest.mark.parametrize(
    "nested",
    [
        *(lambda n: "(" * n + "a" + ")" * n, lambda n: "not " * n + "a", lambda n: "-" * n + "a"),
        *(lambda n: "if a then 1 else " * n + "2", lambda n: "a ?? " * n + "1"),
        *(lambda n: "abs(" * n + "a" + ")" * n, lambda n: "a in [" * n + "1" + "]" * n),
    ],
)
def test_a_text_nests_as_deep_as_it_may_and_no_deeper(nested: Callable[[int], str]) -> None:
    read_expression(Writing(nested(DEEPEST - 1)))
    with pytest.raises(PolicyError, match="nests too deep") as raised:
        read_expression(Writing(nested(DEEPEST)))
    assert raised.value.expected == "at most 100 levels"


def test_long_junctions_are_flat_and_long_texts_refused() -> None:
    tree = read_expression(Writing(" and ".join(f"x{n}" for n in range(1000))))
    assert isinstance(tree, Junction)
    assert len(tree.operands) == 1000 > DEEPEST
    with pytest.raises(PolicyError, match="too long"):
        read_expression(Writing("a" * (LONGEST + 1)))
    assert read_expression(Writing("a" * LONGEST)) == Name("a" * 20_000)
