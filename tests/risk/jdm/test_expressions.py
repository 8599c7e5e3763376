from decimal import Decimal

import pytest

from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.tree import (
    Binary,
    Call,
    Interval,
    Listing,
    Literal,
    Method,
    Path,
    Reference,
    Template,
    Ternary,
    Unary,
)

A, B, C = Path(("a",)), Path(("b",)), Path(("c",))


def number(text):
    return Literal(Decimal(text))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1_000.5", number("1000.5")),
        ("2.5e-2", number("0.025")),
        ('"it\'s"', Literal("it's")),
        ("true", Literal(True)),
        ("null", Literal(None)),
        ("a.b.c", Path(("a", "b", "c"))),
        ("$.x", Reference(("x",))),
        ("a + b * c", Binary("+", A, Binary("*", B, C))),
        ("a - b - c", Binary("-", Binary("-", A, B), C)),
        ("a ^ b ^ c", Binary("^", A, Binary("^", B, C))),
        ("-a ^ b", Binary("^", Unary("-", A), B)),
        ("a ?? b + c", Binary("+", Binary("??", A, B), C)),
        ("not a and b", Binary("and", Unary("not", A), B)),
        ("!a or b", Binary("or", Unary("not", A), B)),
        ("not a == b", Binary("==", Unary("not", A), B)),
        ("a or b and c", Binary("or", A, Binary("and", B, C))),
        ("a not in [1]", Binary("not in", A, Listing((number("1"),)))),
        ("a in (1..2]", Binary("in", A, Interval(number("1"), number("2"), True, False))),
        ("a ? b : b ? a : c", Ternary(A, B, Ternary(B, A, C))),
        ("max([a, b])", Call("max", (Listing((A, B)),))),
        ("d(a).add(1, 'd')", Method(Call("d", (A,)), "add", (number("1"), Literal("d")))),
        ("`x ${a}`", Template((Literal("x "), A))),
    ],
)
def test_an_expression_is_read(text, tree):
    assert read_expression(text) == tree


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("filter(a, # > 1)", "closure"),
        ("#.x", "closure"),
        ("a[0]", "index or dynamic key"),
        ("{[a]: 1}", "index or dynamic key"),
        ("a = 1", "assignment"),
        ("$nodes.x", "value of another node"),
        ("a +", "not well formed"),
        ("(a", "not well formed"),
        ("a b", "not well formed"),
        ("'a", "not well formed"),
        ("a ? b", "not well formed"),
        ("", "not well formed"),
        ("`${a`", "not well formed"),
        ("(" * 70 + "a" + ")" * 70, "not well formed"),
    ],
)
def test_what_is_outside_is_refused_by_name(text, reason):
    with pytest.raises(PolicyError) as caught:
        read_expression(text)
    assert caught.value.where["reason"] == reason
