"""An exported strategy read back answers as the strategy does, and refers where it does."""

import copy
from datetime import date

import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, read_policy
from creditloop.risk.jdm import ImportedGraph, export_policy, import_graph

DAY = date(2024, 7, 1)
TEXT = """\
policy: small
product: card
stage: admit
title: {zh: 小, en: small}
inputs: {x: {kind: integer}, y: {kind: integer}}
steps:
  - limit: {name: most, kind: integer, value: x, at_most: y, meaning: {zh: 限, en: most}}
  - scorecard:
      id: card
      base: 9223372036854775807
      output: points
      parts: [{id: x, input: x, bins: [{when: "> 9", points: 1}, {when: "-", points: -1}]}]
  - switch:
      id: way
      branches:
        - id: up
          when: x > 0
          steps:
            - table:
                id: inner
                hit_policy: first
                outputs: {said: {kind: text}}
                rows: [{id: r, when: y > 0, then: {said: yes}, reason: {code: A, zh: 甲, en: a}}]
                otherwise: {then: {said: no}, reason: {code: B, zh: 乙, en: b}}
      otherwise:
        - {name: said, kind: text, value: "'none'", meaning: {zh: 说, en: said}}
"""


def policy() -> Policy:
    return read_policy(parse_document(TEXT, path="small.yaml"), rules_as_of=DAY)


def read_back(graph: dict) -> ImportedGraph:
    return import_graph(graph, name="small", product="card", stage="admit", rules_as_of=DAY)


@pytest.mark.parametrize("x", [None, -1, 1, 10, 2**63])
@pytest.mark.parametrize("y", [None, -1, 1])
def test_it_refers_exactly_where_the_strategy_refers(x: int | None, y: int | None) -> None:
    own, case = policy(), {"x": x, "y": y}
    answer = read_back(export_policy(own).graph).evaluate(case)
    decided = own.decide(case)
    assert bool(answer.refers) == decided["refers"]
    if not answer.refers:
        assert answer.output == {name: decided[name] for name in ("most", "points", "said")}


@pytest.mark.parametrize(
    "changed",
    [
        {"document": {"path": "small.yaml", "text": TEXT.replace("x > 0", "x > 100")}},
        {"rules_as_of": "2025-01-01"},
        {"document": {"path": "small.yaml", "text": 5}},
        {"documents": 5},
        {"drawing": "0"},
    ],
)
def test_a_document_changed_in_an_exported_graph_is_refused(changed: dict) -> None:
    graph = copy.deepcopy(export_policy(policy()).graph)
    assert read_back(graph).policy.version == policy().version
    graph["_creditloop"] |= changed
    with pytest.raises(PolicyError, match="extension that does not belong"):
        read_back(graph)
