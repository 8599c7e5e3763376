import json

import pytest
from tests.risk.jdm.graphs import (
    FAILS,
    comparable,
    expression_node,
    graph_of,
    second_opinion,
    switch_node,
    table_node,
    taken_over,
)

from creditloop.formula import prove
from creditloop.kernel.errors import PolicyError

FEE = graph_of(
    table_node(
        "pricing", ["country"], ["fee", "percent"], ["'US'", "0.5", "1"], ["'CA'", "1", ""], passThrough=True
    ),
    switch_node("open", "percent == null", ""),
    expression_node("vars", ("cat", "n * 2"), passThrough=True),
    table_node("late", ["n"], ["percent"], ["> 5", "cat"], passThrough=True),
    {"id": "out", "type": "outputNode", "name": "out", "content": {}},
    edges=["in>pricing", "pricing>open", "open:0>vars", "vars>late", "late>out", "open:1>out"],
)
NESTED = graph_of(
    expression_node(
        "part", ("full", "`${first} ${last}`"), inputField="person", outputPath="person", passThrough=True
    ),
    expression_node("copy", ("who", "person"), ("o", "{a: person.full, b: 1}"), passThrough=True),
)
COLLECT = graph_of(
    table_node("why", ["n"], ["text", "points"], ["> 1", "'a'", "1"], ["> 2", "'b'", ""], hitPolicy="collect",
               outputPath="reasons", passThrough=True),
    expression_node("many", ("count", "len(reasons)"), ("reasons", "reasons")),
)  # fmt: skip
TAGS = graph_of(
    table_node("t", ["n"], ["first", "tags[]"], ["> 1", "1", "'a'"], ["> 0", "2", "'b'"], ["> 3", "3", ""])
)
QUOTIENT = graph_of(
    expression_node("q", ("use", "a / b")),
    expression_node("r", ("thousands", "use * 1000"), ("more", "use > 0.3")),
)
BRANCHES = graph_of(
    switch_node("s", "n > 5", "n > 2", "", hit_policy="collect"),
    expression_node("x", ("big", "1")),
    expression_node("y", ("middle", "n")),
    expression_node("z", ("any", "true")),
    edges=["in>s", "s:0>x", "s:1>y", "s:2>z"],
)
CASES = {
    "fee": (FEE, [{"country": "US", "n": 3}, {"country": "CA", "n": 9}, {"country": "DE", "n": 1}, {"n": 7}]),
    "nested": (NESTED, [{"person": {"first": "A", "last": "B", "age": 3}, "more": [1]}]),
    "collect": (COLLECT, [{"n": 0}, {"n": 2}, {"n": 3}, {"n": None}, {}]),
    "tags": (TAGS, [{"n": -1}, {"n": 1}, {"n": 2}, {"n": 5}, {"n": None}]),
    "quotient": (QUOTIENT, [{"a": 1, "b": 3}, {"a": 2, "b": 7}, {"a": 0, "b": 5}]),
    "branches": (BRANCHES, [{"n": 9}, {"n": 3}, {"n": 1}, {"n": None}]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_imported_graph_answers_as_zen_does(name):
    graph, cases = CASES[name]
    imported = taken_over(graph, *cases)
    for case in cases:
        answer = imported.evaluate(case)
        assert not answer.refers, case
        assert comparable(answer.output) == comparable(second_opinion(graph, case)), case


@pytest.mark.parametrize("name", CASES)
def test_an_imported_document_is_the_same_in_every_target(name):
    graph, cases = CASES[name]
    proof = prove(taken_over(graph, *cases).policy.program, rows=200, seed=1)
    assert proof.holds and proof.differences == 0


def test_the_document_reads_as_a_person_would_write_it():
    graph = graph_of(
        table_node("grade", ["age", "city"], ["g"], ["< 30", "'A', 'B'", "'young'"], ["", "", "'other'"])
    )
    text = taken_over(graph, {"age": 5, "city": "A"}).text
    assert "when: age < 30 and city in ['A', 'B']" in text
    assert "g: young" in text and "null': no_match" in text and "path: age" in text


def test_a_quotient_is_rounded_once_not_at_every_name():
    answer = taken_over(QUOTIENT, {"a": 1, "b": 3}).evaluate({"a": 1, "b": 3})
    assert answer.output == {"thousands": 333.333333333, "more": True}


@pytest.mark.parametrize(
    "case", [{"a": None, "b": 1}, {"b": 1}, {"a": 1, "b": 0}, {"a": "x", "b": 1}, {"a": 1e-12, "b": 1}]
)
def test_what_cannot_be_evaluated_refers_and_says_why(case):
    answer = taken_over(QUOTIENT, {"a": 1.5, "b": 3}).evaluate(case)
    assert answer.output is None and answer.refers


def test_a_row_zen_would_skip_for_a_null_is_skipped_and_no_not_turns_it_into_a_match():
    graph = graph_of(table_node("t", [""], ["x"], ["not (n > 5) or m > 1", "1"], ["", "2"]))
    imported = taken_over(graph, {"n": 1, "m": 1})
    for case in ({"n": None, "m": 9}, {"n": 1}, {"n": 9, "m": None}, {"n": 9, "m": 2}):
        assert imported.evaluate(case).output == second_opinion(graph, case), case


def test_a_path_a_table_falls_back_on_must_not_be_given():
    graph = graph_of(table_node("t", ["n"], ["x"], ["> 5", "1"], passThrough=True))
    imported = taken_over(graph, {"n": 1})
    assert imported.evaluate({"n": 1}).output == {"n": 1}
    assert imported.evaluate({"n": 1, "x": 3}).refers == ("x must not be given",)
    told = taken_over(graph, {"n": 1, "x": 3})
    assert told.evaluate({"n": 1, "x": 3}).output == {"n": 1, "x": 3}


def test_a_text_function_of_what_is_not_ascii_refers():
    graph = graph_of(expression_node("x", ("long", "len(name) > 2"), ("same", "name == 'é'")))
    imported = taken_over(graph, {"name": "abc"})
    assert imported.evaluate({"name": "abc"}).output == {"long": True, "same": False}
    assert imported.evaluate({"name": "é"}).refers
    assert second_opinion(graph, {"name": "éa"})["long"] is True  # it counts bytes: this is why


def test_a_case_that_does_not_keep_the_schema_refers():
    schema = {
        "type": "object",
        "required": ["n"],
        "properties": {"n": {"type": "number"}, "k": {"enum": ["a"]}},
    }
    graph = graph_of(expression_node("x", ("m", "(n ?? 0) + 1")), schema=json.dumps(schema))
    imported = taken_over(graph)
    assert imported.evaluate({"n": 1.5, "k": None}).output == {"m": 2.5}
    for case in ({}, {"n": "1"}, {"n": 1, "k": "b"}):
        assert imported.evaluate(case).refers
        assert second_opinion(graph, case) is FAILS


def test_a_sub_decision_is_put_in_its_place():
    inner = graph_of(expression_node("double", ("twice", "n * 2")))
    node = {
        "id": "sub",
        "type": "decisionNode",
        "name": "sub",
        "content": {"key": "inner.json", "passThrough": True},
    }
    graph = graph_of(node, expression_node("after", ("more", "twice + n"), passThrough=True))
    imported = taken_over(graph, {"n": 2}, decisions={"inner.json": inner})
    assert imported.evaluate({"n": 2}).output == {"n": 2, "twice": 4, "more": 6}
    with pytest.raises(PolicyError) as caught:
        taken_over(graph, {"n": 2})
    assert caught.value.where["reason"] == "sub-decision is not given"


def test_a_decision_that_names_itself_is_refused():
    graph = graph_of({"id": "sub", "type": "decisionNode", "name": "sub", "content": {"key": "me"}})
    with pytest.raises(PolicyError, match="shape of the graph"):
        taken_over(graph, decisions={"me": graph})


@pytest.mark.parametrize(
    ("expression", "case", "reason"),
    [
        ("n + 1", {"n": [1]}, "array as a value"),
        ("n + 1", {"n": {"a": 1}}, "object as a value"),
        ("n == 'a'", {"n": 1}, "kinds do not go together"),
        ("n > 'a'", {}, "kinds do not go together"),
        ("n == m", {}, "kind of an input is not known"),
        ("n ? 1 : 2", {"n": 1}, "kinds do not go together"),
        ("true ? 1 : 'a'", {}, "kinds do not go together"),
        ("n ^ 2", {"n": 1}, "power"),
        ("n / 0", {"n": 1}, "division by a written zero"),
        ("n % 0", {"n": 1}, "division by a written zero"),
        ("rand(5)", {}, "random number"),
        ("matches(n, 'a')", {"n": "a"}, "pattern"),
        ("'no ' + n", {"n": 1}, "number written as text"),
        ("`no ${n}`", {"n": 1}, "number written as text"),
        ("number(n)", {"n": "1"}, "type test or conversion"),
        ("d(n)", {"n": "2025-01-01T10:00:00Z"}, "time of day or time zone"),
        ("date('now')", {}, "clock"),
        ("d()", {}, "clock"),
        ("d('2025-01-01').endOf('day')", {}, "time of day or time zone"),
        ("d('2025-02-30')", {}, "calendar function"),
        ("[1, 2]", {}, "array as a value"),
        ("n in m", {"n": 1, "m": [1]}, "array as a value"),
        ("unheard(n)", {"n": 1}, "function that is not known"),
        ("upper('é')", {}, "function that is not known"),
        ("round(n, m)", {"n": 1, "m": 1}, "function that is not known"),
        ("{a: 1}.b", {}, "not well formed"),
        ("abs()", {}, "not well formed"),
    ],
)  # fmt: skip
def test_what_has_no_exact_counterpart_is_refused_by_name(expression, case, reason):
    with pytest.raises(PolicyError) as caught:
        taken_over(graph_of(expression_node("x", ("k", expression))), case)
    where = caught.value.where
    assert (where["reason"], where["node"], where["field"], where["text"]) == (reason, "x", "k", expression)


def test_branches_that_may_both_write_are_refused():
    graph = graph_of(
        expression_node("x", ("a", "1")),
        expression_node("y", ("a", "2")),
        {"id": "o", "type": "outputNode", "name": "o", "content": {}},
        edges=["in>x", "in>y", "x>o", "y>o"],
    )
    with pytest.raises(PolicyError, match="branches that may both write"):
        taken_over(graph)


def test_a_fault_in_a_cell_names_node_row_and_column():
    graph = graph_of(table_node("t", ["n"], ["x"], ["> 1", "1"], ["> ", "2"]))
    with pytest.raises(PolicyError) as caught:
        taken_over(graph, {"n": 1})
    where = caught.value.where
    assert (where["node"], where["row"], where["field"], where["text"]) == ("t", 2, "n", "> ")
