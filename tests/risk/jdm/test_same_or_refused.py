"""Constructs that could look taken over and mean something else: the same as in zen, or refused by name."""

import math
from decimal import Decimal

import pytest
from tests.risk.jdm.graphs import (
    FAILS,
    comparable,
    expression_node,
    graph_of,
    second_opinion,
    table_node,
    taken_over,
)

from creditloop.kernel.errors import PolicyError

REFUSED = object()


def ours(graph: dict, case: dict, *samples: dict) -> object:
    """Answer by the imported graph: its output; FAILS where the case refers; or REFUSED."""
    try:
        answer = taken_over(graph, *samples).evaluate(case)
    except PolicyError as error:
        assert "reason" in error.where, error.diagnostics()
        return REFUSED
    return FAILS if answer.refers else comparable(answer.output)


def of(*entries: tuple[str, str]) -> dict:
    return graph_of(expression_node("x", *entries))


@pytest.mark.parametrize(
    ("expression", "case"),
    [
        ("x * (1 / 3)", {"x": 300}),
        ("x * (2 / 3)", {"x": 3}),
        ("x * (1 / 7) * 7", {"x": 3}),
        ("-(1 / 3) * x", {"x": 3}),
        ("-(x / 3) * 3", {"x": 1.5}),
        ("x + 1 / 3", {"x": 3}),
        ("(x + 1) / 3 * 3", {"x": 3}),
        ("{\"'a'\": x}", {"x": 1}),
        ('{"a.b": x, "a b": 2}', {"x": 1}),
        ("string(-0.0)", {}),
        ("string(1.10)", {}),
        ('isNumeric("-1.5")', {}),
        ('isNumeric("abc")', {}),
        ("`a${1}`", {}),
    ],
)
def test_it_is_the_same(expression: str, case: dict) -> None:
    graph = of(("r", expression))
    sample = dict.fromkeys(case, 1.5)
    assert ours(graph, case, case, sample) == comparable(second_opinion(graph, case))


@pytest.mark.parametrize(
    ("expression", "case"),
    [
        ("x > 0.0000000006", {"x": 1e-09}),
        ("x == 0.0000000006", {"x": 1e-09}),
        ("x in [0.1234567891..2]", {"x": 1}),
        ("x in [0.1234567891, 2]", {"x": 1}),
        ("x > 1 / 3", {"x": 1}),
        ("x * 1e-10", {"x": 3}),
        ("x * (0.00001 * 0.00001)", {"x": 3}),
        ("x % (1 / 3)", {"x": 3}),
        ("x > 1e5000", {"x": 3}),
        ("x > 1e999999 * 1e999999", {"x": 3}),
        ("{a: x, a: 2}", {"x": 1}),
        ("１ + x", {"x": 1}),
        ('isNumeric(" 1")', {}),
        ('isNumeric("1_000")', {}),
        ('isNumeric("1e30")', {}),
        ('isNumeric("99999999999999999999999999999999")', {}),
        ("string(1 / 3)", {}),
        ('"a" + 1', {}),
        ("2 ^ 1e99", {}),
    ],
)
def test_what_would_come_out_otherwise_is_refused(expression: str, case: dict) -> None:
    assert ours(of(("r", expression)), case, case, dict.fromkeys(case, 1.5)) is REFUSED


@pytest.mark.parametrize(
    "entries",
    [
        (("a", "x"), ("a.b", "2")),
        (("a", "null"), ("a.b", "1")),
        (("r", "  "),),
        ((" a", "x"),),
    ],
)
def test_an_entry_zen_reads_otherwise_is_refused(entries: tuple[tuple[str, str], ...]) -> None:
    assert ours(of(*entries), {"x": 1}, {"x": 1}) is REFUSED


@pytest.mark.parametrize("entries", [(("a", "{b: 1}"), ("a.c", "2")), (("a.b", "1"), ("a", "2"))])
def test_an_entry_may_add_to_an_object_or_replace_it(entries: tuple[tuple[str, str], ...]) -> None:
    graph = of(*entries)
    assert ours(graph, {"x": 1}, {"x": 1}) == comparable(second_opinion(graph, {"x": 1}))


def test_a_rule_with_anything_but_texts_is_refused() -> None:
    graph = graph_of(table_node("t", ["x"], ["o"], ["> 5", "1"]))
    graph["nodes"][1]["content"]["rules"][0]["_disabled"] = True
    assert second_opinion(graph, {"x": 6}) is FAILS
    assert ours(graph, {"x": 6}, {"x": 6}) is REFUSED


@pytest.mark.parametrize("text", ["\va", "a\f", "\u00a0a"])
def test_white_space_that_only_zen_trims_refers(text: str) -> None:
    graph = of(("r", "trim(t)"))
    assert second_opinion(graph, {"t": text}) == {"r": "a"}
    assert ours(graph, {"t": text}, {"t": "a"}) is FAILS


def test_a_number_of_more_places_than_nine_refers_however_many_it_has() -> None:
    imported = taken_over(of(("r", "x == 1")), {"x": 1.5})
    assert imported.evaluate({"x": Decimal("1.00000000000000000000000000000000001")}).refers
    assert imported.evaluate({"x": Decimal("1.000000000")}).output == {"r": True}
    assert imported.evaluate({"x": 10**5000}).refers
    assert imported.evaluate({"x": Decimal("1e999999")}).refers


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_no_number_refers_or_is_refused_as_a_sample(number: float, kind: str) -> None:
    schema = f'{{"type": "object", "properties": {{"x": {{"type": "{kind}"}}}}}}'
    graph = graph_of(expression_node("x", ("r", "x > 1")), schema=schema)
    assert taken_over(graph).evaluate({"x": number}).refers
    assert ours(of(("r", "x > 1")), {"x": 1}, {"x": number}) is REFUSED


@pytest.mark.parametrize(
    "schema",
    [
        '{"properties": {"x": {"type": "number"}, "y": false}}',
        '{"properties": {"x": {"type": "number", "minimum": "5"}}}',
        '{"properties": {"x": {"type": "number", "minimum": true}}}',
        '{"properties": {"x": {"type": "number", "enum": 5}}}',
        '{"properties": {"x": {"type": "number"}}, "required": "x"}',
        '{"properties": {"x": {"type": "array", "items": 5}}}',
        '{"properties": [], "type": "object"}',
    ],
)
def test_a_schema_that_is_none_is_refused_not_passed_over(schema: str) -> None:
    graph = graph_of(expression_node("x", ("r", "x > 1")), schema=schema)
    assert ours(graph, {"x": 2, "y": 1}, {"x": 2}) is REFUSED


@pytest.mark.parametrize(
    "expression",
    [
        " or ".join(f"x > {n}" for n in range(2_000)),
        " or ".join(f"x == {n}" for n in range(2_000)),
        " and ".join(f"x > {n}" for n in range(100)),
        "+".join(["x"] * 2_000),
        "+".join(["1"] * 2_000),
        "x > 1 ? 1 : " * 2_000 + "2",
        "not " * 50 + "(x > 1)",
        "(" * 2_000 + "x",
    ],
    ids=["or", "or of values", "and", "sum", "written sum", "choice", "not", "brackets"],
)
def test_what_is_too_large_or_too_deep_is_refused_by_name(expression: str) -> None:
    assert ours(of(("r", expression)), {"x": 1}, {"x": 1}) is REFUSED
