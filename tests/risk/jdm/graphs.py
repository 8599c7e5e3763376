"""Small decision graphs for tests, and a second opinion on them."""

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import zen
from creditloop.risk.jdm import ImportedGraph, import_graph

FAILS = object()
"""What the second opinion says where it raises."""
_ENGINE = zen.ZenEngine({})


def expression_node(name: str, *entries: tuple[str, str], **content) -> dict:
    listed = [{"id": f"{name}{i}", "key": key, "value": value} for i, (key, value) in enumerate(entries)]
    return {"id": name, "type": "expressionNode", "name": name, "content": {"expressions": listed, **content}}


def table_node(
    name: str, inputs: Sequence[str], outputs: Sequence[str], *rows: Sequence[str], **content
) -> dict:
    """A table; each row is its input cells, then its output cells."""
    ins = [{"id": f"i{i}", "name": f"i{i}", "field": field} for i, field in enumerate(inputs)]
    outs = [{"id": f"o{i}", "name": f"o{i}", "field": field} for i, field in enumerate(outputs)]
    columns = [column["id"] for column in (*ins, *outs)]
    rules = [{"_id": f"r{n}", **dict(zip(columns, row, strict=True))} for n, row in enumerate(rows, start=1)]
    base = {"hitPolicy": "first", "inputs": ins, "outputs": outs, "rules": rules}
    return {"id": name, "type": "decisionTableNode", "name": name, "content": base | content}


def switch_node(name: str, *conditions: str, hit_policy: str = "first") -> dict:
    statements = [{"id": f"{name}{i}", "condition": text} for i, text in enumerate(conditions)]
    return {
        "id": name,
        "type": "switchNode",
        "name": name,
        "content": {"hitPolicy": hit_policy, "statements": statements},
    }


def graph_of(*nodes: dict, edges: Sequence[str] = (), schema: str = "") -> dict:
    """A graph; without edges (`a>b`, `switch:1>b` from a statement) the nodes stand in a row."""
    every = [{"id": "in", "type": "inputNode", "name": "in", "content": {"schema": schema}}, *nodes]
    ways = [way.split(">") for way in edges] or [[one["id"], other["id"]] for one, other in pairwise(every)]
    listed = []
    for number, (source, target) in enumerate(ways):
        name, _, statement = source.partition(":")
        handle = {"sourceHandle": f"{name}{statement}"} if statement else {}
        listed.append({"id": f"e{number}", "type": "edge", "sourceId": name, "targetId": target, **handle})
    return {"nodes": every, "edges": listed}


def taken_over(graph: Mapping[str, object], *samples: Mapping[str, object], **more) -> ImportedGraph:
    return import_graph(
        graph,
        name="test",
        product="card",
        stage="admit",
        rules_as_of=date(2025, 1, 1),
        samples=samples,
        **more,
    )


def second_opinion(graph: Mapping[str, object], case: Mapping[str, object]) -> object:
    try:
        return _ENGINE.create_decision(json.dumps(graph)).evaluate(copy.deepcopy(dict(case)))["result"]
    except RuntimeError:
        return FAILS


def comparable(value: object) -> object:
    """A JSON value in which what JDM does not tell apart is equal."""
    match value:
        case dict():
            return {key: comparable(inner) for key, inner in value.items() if inner is not None}
        case list():
            return [comparable(inner) for inner in value]
        case bool():
            return str(value)
        case int() | float():
            return round(value, 9)
        case _:
            return value
