import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.risk.jdm.graphs import comparable, second_opinion

from creditloop.formula import Kind
from creditloop.formula.samples import random_rows, samples_of
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import read_policy
from creditloop.risk.jdm import export_policy, import_graph
from creditloop.risk.jdm.writing import EXTENSION

DOCUMENT = """
policy: card
product: card
stage: admit
title: {zh: 申请, en: application}
inputs:
  age: {kind: integer, path: customer.age}
  income: {kind: money, path: customer.income}
  city: {kind: text, "null": no_match}
  opened: {kind: date}
  rate: {kind: nano}
lists:
  cities:
    kind: text
    title: {zh: 城市, en: cities}
    entries: [{value: A, from: 2020-01-01, reason: ours, source: {title: list}}]
steps:
  - {name: share, kind: nano, value: income / yuan(10000), meaning: {zh: 占比, en: share}}
  - name: months
    kind: integer
    value: months_between(opened, date('2025-01-01'))
    meaning: {zh: 月, en: months}
  - table:
      id: hard
      hit_policy: first
      outputs: {outcome: {kind: text, values: [approve, decline]}, cut: {kind: money}}
      rows:
        - id: young
          when: {age: "< 18"}
          then: {outcome: decline, cut: yuan(0)}
          reason: {code: YOUNG, zh: 小, en: "it's young"}
        - id: far
          when: city not in list.cities and months < 6
          then: {outcome: decline, cut: income * rate}
          reason: {code: FAR, zh: 远, en: far}
      otherwise:
        then: {outcome: approve, cut: "floor(income * 0.33, yuan(100))"}
        reason: {code: OK, zh: 好, en: fine}
  - scorecard:
      id: points
      base: 500
      output: card_points
      parts:
        - id: age
          input: age
          bins: [{when: "< 30", points: -20}, {when: ">= 30", points: 30}]
          missing: {points: -5}
  - switch:
      id: way
      branches:
        - id: low
          when: card_points < 500
          steps: [{name: factor, kind: nano, value: 0.5, meaning: {zh: 系数, en: factor}}]
      otherwise: [{name: factor, kind: nano, value: 1.25, meaning: {zh: 系数, en: factor}}]
  - limit:
      name: granted
      kind: money
      value: cut * factor
      at_most: yuan(5000)
      step: {size: yuan(100), rounded: down}
      meaning: {zh: 额度, en: limit}
"""


@pytest.fixture
def policy():
    return read_policy(parse_document(DOCUMENT, path="card.yaml"), rules_as_of=date(2025, 1, 1))


def taken_back(graph):
    return import_graph(
        json.loads(json.dumps(graph)), name="x", product="x", stage="x", rules_as_of=date(2020, 1, 1)
    )


def test_out_and_in_again_is_the_same_program(policy):
    back = taken_back(export_policy(policy).graph)
    assert back.policy.version == policy.version
    assert back.policy.document.text == DOCUMENT
    assert back.policy.rules_as_of == date(2025, 1, 1)


def test_every_policy_of_the_house_goes_out_and_in_again():
    folder = Path(__file__).parents[3] / "policies"
    told = 0
    for file in sorted(folder.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if "cases" in file.parts or "\ntables:" not in text:
            continue
        policy = read_policy(parse_document(text, path=file.name), rules_as_of=date(2025, 8, 1))
        assert taken_back(export_policy(policy).graph).policy.version == policy.version
        told += 1
    assert told > 10


def test_the_exported_graph_decides_as_we_do_where_nothing_is_missing(policy):
    graph = export_policy(policy).graph
    told = 0
    for row in random_rows(samples_of(policy.program, seed=7), 200):
        row |= {"opened": date(2024, 6, 15) + timedelta(days=int(row["age"] or 0) % 400)}
        if None in row.values() or any(
            isinstance(value, int) and abs(value) > 10**12 for value in row.values()
        ):
            continue
        case = {"city": row["city"], "opened": row["opened"].isoformat(), "rate": row["rate"] / 10**9}
        case["customer"] = {"age": row["age"], "income": row["income"]}
        decided = policy.decide(row)
        other = second_opinion(graph, case)
        for name, output in policy.outputs.items():
            value = decided[name]
            wanted = round(value / 10**9, 9) if output.kind is Kind.NANO and value is not None else value
            assert decided["refers"] or comparable(other[name]) == comparable(wanted), (name, row)
        told += 1
    assert told > 5


def test_what_others_would_decide_differently_is_told_by_name(policy):
    warnings = "\n".join(export_policy(policy).warnings)
    for name in ("input age: null is `refer`", "table hard: a row that cannot be evaluated", "list cities"):
        assert name in warnings
    assert "input city" not in warnings


def test_a_graph_changed_after_the_export_is_refused_but_may_be_moved_about(policy):
    graph = json.loads(json.dumps(export_policy(policy).graph))
    graph["nodes"][1]["position"] = {"x": -5, "y": 7}
    assert taken_back(graph).policy.version == policy.version
    graph["nodes"][1]["content"]["expressions"][0]["value"] = "1"
    with pytest.raises(PolicyError, match="extension that does not belong"):
        taken_back(graph)
    graph[EXTENSION] = "?"
    with pytest.raises(PolicyError, match="extension that does not belong"):
        taken_back(graph)


def test_a_taken_back_policy_answers_json(policy):
    back = taken_back(export_policy(policy).graph)
    case = {"customer": {"age": 40, "income": 1_000_000}, "city": "A", "opened": "2020-01-01", "rate": 0.1}
    output = back.evaluate(case).output
    assert (output["outcome"], output["granted"]) == ("approve", 410_000)
    assert back.evaluate(case | {"customer": {"age": None, "income": 5}}).refers


def test_a_text_zen_cannot_write_is_refused():
    text = DOCUMENT.replace("values: [approve, decline]", 'values: [approve, decline, "\'a\\""]').replace(
        "then: {outcome: approve,", 'then: {outcome: "\'a\\"",'
    )
    with pytest.raises(PolicyError):
        export_policy(read_policy(parse_document(text, path="x.yaml"), rules_as_of=date(2025, 1, 1)))
