"""Whole graphs: whatever is taken over answers as zen does, or refers; what is not, is refused by name."""

import copy
import json
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.risk.jdm.graphs import (
    FAILS,
    expression_node,
    graph_of,
    second_opinion,
    switch_node,
    table_node,
    taken_over,
)

import zen
from creditloop.kernel.errors import PolicyError

SAMPLE = {"a": 1.5, "b": 2, "s": "x", "t": "x", "o": {"k": 1.5, "m": 1}, "p": {"q": 1}}
FREE = {key: value for key, value in SAMPLE.items() if key != "p"}


def told(value: object) -> object:
    """A value in which null, absent and an object of nothing are one, and numbers have nine places."""
    match value:
        case dict():
            inner = {key: told(each) for key, each in value.items()}
            return {key: each for key, each in inner.items() if each is not None and each != {}}
        case list():
            return [told(each) for each in value]
        case bool():
            return str(value)
        case int() | float():
            return round(value, 9)
        case _:
            return value


def agree(graph: dict, *cases: dict, sample: dict = SAMPLE, inner: dict | None = None) -> str:
    """Hold a graph, with its sub-decision, against zen; return "refused", "refers" (some case) or "same"."""
    try:
        imported = taken_over(graph, sample, decisions={"inner": inner} if inner is not None else {})
    except PolicyError as error:
        assert "reason" in error.where, error.diagnostics()
        return "refused"
    refers = False
    for case in cases:
        answer, other = imported.evaluate(case), asked(graph, case, inner)
        refers = refers or bool(answer.refers)
        assert answer.refers or other is not FAILS, (graph, case, answer)
        assert answer.refers or told(answer.output) == told(other), (graph, case, answer, other)
    return "refers" if refers else "same"


def asked(graph: dict, case: dict, inner: dict | None) -> object:
    if inner is None:
        return second_opinion(graph, case)
    engine = zen.ZenEngine({"loader": lambda _: json.dumps(inner)})
    try:
        return engine.create_decision(json.dumps(graph)).evaluate(copy.deepcopy(case))["result"]
    except RuntimeError:
        return FAILS


def decision_node(name: str, **content: object) -> dict:
    return {"id": name, "type": "decisionNode", "name": name, "content": {"key": "inner", **content}}


THROUGH = {"passThrough": True}
ALWAYS_FIRST = graph_of(
    switch_node("w", "", "a > 1", "b == null"),
    expression_node("one", ("r", "1")),
    expression_node("two", ("q", "2")),
    expression_node("three", ("r", "3")),
    edges=["in>w", "w:0>one", "w:1>two", "w:2>three"],
)


def test_no_branch_runs_behind_one_that_always_does() -> None:
    assert agree(ALWAYS_FIRST, {"a": 2, "b": None}, {"a": 0, "b": 1}) == "same"


def test_a_list_without_rows_is_a_list() -> None:
    graph = graph_of(table_node("t", ["a"], ["r"], ["> 5", "1"], hitPolicy="collect"))
    assert taken_over(graph, SAMPLE).evaluate({"a": 1}).output == [] == second_opinion(graph, {"a": 1})


def test_a_collected_cell_that_gives_nothing_stands_in_the_list_and_an_empty_one_does_not() -> None:
    rows = [["> 0", "b"], ["> 0", ""], ["> 0", "7"]]
    graph = graph_of(table_node("t", ["a"], ["g[]"], *rows))
    assert agree(graph, {"a": 1, "b": None}, {"a": 1, "b": 2}, {"a": 0, "b": 2}) == "same"
    assert taken_over(graph, SAMPLE).evaluate({"a": 1, "b": None}).output == {"g": [None, 7]}


@pytest.mark.parametrize("entry", [("o", "p"), ("o", "{k: a}"), ("o.z", "p")])
def test_an_object_laid_over_another_is_joined_or_refers(entry: tuple[str, str]) -> None:
    graph = graph_of(expression_node("x", entry, **THROUGH))
    cases = [
        {"a": 1, "o": {"k": 1}, "p": {"q": 2}},
        {"a": 1, "o": {"k": 1}, "p": None},
        {"a": 1, "p": {"q": 2}},
    ]
    assert agree(graph, *cases) in {"same", "refers"}


def test_a_part_that_is_read_must_be_an_object() -> None:
    graph = graph_of(expression_node("x", ("r", "k ?? 5"), inputField="o"))
    imported = taken_over(graph, SAMPLE)
    for value in (5, [1], "s", True):
        assert imported.evaluate({"o": value}).refers and second_opinion(graph, {"o": value}) is FAILS
    assert agree(graph, {"o": {"k": 1}}, {"o": None}, {}) == "same"


@pytest.mark.parametrize(
    "graph",
    [
        graph_of(expression_node("x", ("r", "1")), expression_node("y", ("q", "k"), inputField="r")),
        graph_of(
            table_node("t", ["a"], ["p.q"], ["> 5", "1"], **THROUGH),
            table_node("u", ["b"], ["q"], ["> 5", "1"], outputPath="p", **THROUGH),
        ),
        graph_of(
            table_node("t", ["a"], ["g[]"], ["> 5", "1"]),
            table_node("u", ["b"], ["g[]"], ["> 5", "1"], **THROUGH),
        ),
        graph_of(table_node("t", ["s", "a"], ["g[]", "v"], ["'x'", "", "1", "a * 2"], ["", "", "2", "3"])),
    ],
    ids=["part of a number", "nothing over an object", "nothing over a list", "failing beside a list"],
)
def test_what_zen_puts_together_otherwise_is_refused(graph: dict) -> None:
    assert agree(graph) == "refused"


BRANCH = graph_of(switch_node("w", "a > 1"), expression_node("x", ("r", "1")), edges=["in>w", "w:0>x"])
NULLS = graph_of(expression_node("x", ("b", "p"), ("r", "1")))


def test_a_sub_decision_that_may_come_to_no_end_is_refused() -> None:
    assert agree(graph_of(decision_node("d")), inner=BRANCH) == "refused"
    always = copy.deepcopy(BRANCH)
    always["nodes"][1]["content"]["statements"][0]["condition"] = ""
    assert agree(graph_of(decision_node("d")), {"a": 0}, {"a": 2}, inner=always) == "same"


def test_a_null_of_a_sub_decision_does_not_hide_what_the_case_has() -> None:
    graph = graph_of(decision_node("d", **THROUGH))
    assert agree(graph, {"a": 1, "b": 2}, {"a": 1, "b": 2, "p": {"q": 1}}, inner=NULLS) == "refers"
    assert agree(graph, {"a": 1}, {"a": 1, "p": {"q": 1}}, inner=NULLS) == "same"
    before = graph_of(expression_node("y", ("b", "a"), **THROUGH), decision_node("d", **THROUGH))
    assert agree(before, {"a": 1}, {"a": 1, "p": {"q": 1}}, inner=NULLS) == "refers"
    assert agree(before, {}, {"b": 2}, inner=NULLS) == "same"


# any graph

_VALUES = (
    *("a", "b", "o.k", "s", "1", "2.5", '"u"', "null", "a + 1", "a > 1 ? b : 2", 's ?? "z"', "a ?? 7", "o"),
    *("p.q", "p", "{k: a}", 't == "x"', "a in [1..3]", "b == null", "1/4", "not (a > 1)", "a / b", "$.r0"),
)
_KEYS = ("r0", "r1", "a", "p.q", "o.k", "o", "s")
_TESTS = ("> 1", "< 2", "[0..2]", "", "1, 2", "not in [1,2]", "!= 1", "null", "> b", ">= 0 and <= 3")
_TEXTS = ('"x"', '"x","y"', '!= "x"', "", 'contains($, "x")', "null")
_WHOLE = ("a > 1", "b == null", 's == "x" and a > 0', "", "true")
_CELLS = ("1", "2", "", "a", "a * 2", "3", "null")
_BRANCHES = ("a > 1", "b == null", "a < b", 's == "x"', "", "o.k == 1")
_CASE = {"a": (0, 1, 2, 3.5, None), "b": (0, 2, -1, None), "s": ("x", "y", "", None), "t": ("x", None)}


def _flow(draw: random.Random) -> dict:
    flow: dict[str, object] = {"passThrough": draw.random() < 0.5}
    if draw.random() < 0.15:
        flow["inputField"] = draw.choice(["o", "p", "a"])
    return flow | ({"outputPath": draw.choice(["p", "p.q", "a", "o.z"])} if draw.random() < 0.2 else {})


def _node(draw: random.Random, name: str) -> dict:
    if draw.random() < 0.45:
        entries = [(draw.choice(_KEYS), draw.choice(_VALUES)) for _ in range(draw.randint(1, 3))]
        return expression_node(name, *entries, **_flow(draw))
    asked = draw.sample(["a", "b", "s", "o.k", "a + 1", ""], draw.randint(1, 2))
    given = draw.sample(["r0", "r1", "a", "p.q", "o.k", "g[]"], draw.randint(1, 2))
    cells = {"s": _TEXTS, "": _WHOLE}
    rows = [
        [draw.choice(cells.get(field, _TESTS)) for field in asked] + [draw.choice(_CELLS) for _ in given]
        for _ in range(draw.randint(1, 3))
    ]
    policy = draw.choice(["first", "first", "collect"])
    return table_node(name, asked, given, *rows, hitPolicy=policy, **_flow(draw))


def any_graph(draw: random.Random) -> dict:
    """A chain of nodes, some of them behind a switch."""
    nodes, edges, last = list[dict](), list[str](), ["in"]
    for at in range(draw.randint(1, 3)):
        if draw.random() < 0.3:
            conditions = [draw.choice(_BRANCHES) for _ in range(draw.randint(1, 3))]
            policy = draw.choice(["first", "first", "collect"])
            nodes.append(switch_node(f"w{at}", *conditions, hit_policy=policy))
            edges += [f"{name}>w{at}" for name in last]
            inner = [_node(draw, f"n{at}{place}") for place in range(len(conditions))]
            edges += [f"w{at}:{place}>{node['id']}" for place, node in enumerate(inner)]
        else:
            inner = [_node(draw, f"n{at}")]
            edges += [f"{name}>n{at}" for name in last]
        nodes += inner
        last = [node["id"] for node in inner]
    return graph_of(*nodes, edges=edges)


def any_case(draw: random.Random) -> dict:
    """A case in which anything may be null or absent."""
    case = {name: draw.choice(values) for name, values in _CASE.items() if draw.random() < 0.9}
    return case | ({"o": {"k": draw.choice([0, 1, 2.5])}} if draw.random() < 0.7 else {})


def test_any_graph_answers_as_zen_refers_or_is_refused_by_name() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        draw = random.Random(seed)
        graph, sample = any_graph(draw), draw.choice([SAMPLE, FREE])
        seen[agree(graph, *(any_case(draw) for _ in range(6)), sample=sample)] += 1

    check()
    assert seen["same"] > 50 and seen["refers"] > 10


def test_any_sub_decision_answers_as_zen_refers_or_is_refused_by_name() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        draw = random.Random(seed)
        first = [_node(draw, "first")] if draw.random() < 0.5 else []
        last = [_node(draw, "last")] if draw.random() < 0.5 else []
        graph = graph_of(*first, decision_node("d", **_flow(draw)), *last)
        cases = [any_case(draw) for _ in range(4)]
        seen[agree(graph, *cases, inner=any_graph(draw))] += 1

    check()
    assert seen["same"] > 10 and seen["refers"] > 5
