"""A document that stands for itself is refused, whatever it is called; a card may have many parts."""

from datetime import date

import pytest

from creditloop.formula import python_function
from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, read_policy

HEAD = """\
policy: small
product: card
stage: admit
title: {zh: 小, en: small}
inputs: {x: {kind: integer}}
"""
AGAIN = HEAD + "steps:\n  - strategy: {id: s, document: ./b.yaml, gives: {f: f}}\n"
REASON = "reason: {code: A, zh: 甲, en: a}"


def read(text: str, path: str = "a.yaml", found_as: str | None = None) -> Policy:
    def find(asked: str) -> Document:
        return parse_document(AGAIN, path=found_as or asked)

    return read_policy(parse_document(text, path=path), rules_as_of=date(2024, 7, 1), find=find)


@pytest.mark.parametrize("found_as", [None, "elsewhere/c.yaml", "./b.yaml", "a.yaml"])
def test_a_strategy_that_comes_back_to_itself_is_refused(found_as: str | None) -> None:
    with pytest.raises(PolicyError, match="a strategy stands for itself"):
        read(AGAIN, found_as=found_as)


def test_a_card_may_have_more_parts_than_an_expression_may_nest() -> None:
    parts = ", ".join(f"{{id: p{n}, input: x, bins: [{{when: '-', points: {n}}}]}}" for n in range(250))
    card = read(HEAD + f"steps:\n  - scorecard: {{id: c, base: 1, output: points, parts: [{parts}]}}\n")
    assert card.decide({"x": 1}) == {"points": 1 + sum(range(250)), "refers": False}


def test_a_rule_may_be_taken_out_of_a_strategy_whatever_its_parts_are_called() -> None:
    inner = HEAD + "tables:" + table("t", "f: {kind: text}", "f: A", "f: B")
    text = HEAD + "steps:\n  - strategy: {id: s, document: ./b.yaml, gives: {f: f}}\n"
    read = read_policy(
        parse_document(text, path="a.yaml"),
        rules_as_of=date(2024, 7, 1),
        find=lambda asked: parse_document(inner, path=f"elsewhere/{asked}"),
    )
    decide = python_function(read.removable, steps=["f"])
    assert [decide({"x": 9, "removed_rule": taken})["f"].value for taken in (0, 1)] == ["A", "B"]


def table(name: str, outputs: str, then: str, otherwise: str, when: str = "x > 5") -> str:
    return f"""
  - id: {name}
    hit_policy: first
    outputs: {{{outputs}}}
    rows: [{{id: r, when: "{when}", then: {{{then}}}, {REASON}}}]
    otherwise: {{then: {{{otherwise}}}, {REASON}}}
"""


def test_a_list_that_is_called_as_a_later_table_s_column_is_refused() -> None:
    first = table("a", "t_row: {kind: text, collect: true}", "t_row: q", "t_row: n")
    with pytest.raises(PolicyError, match="a name that stands already"):
        read(HEAD + "tables:\n" + first + table("t", "o: {kind: text}", "o: A", "o: B"))


def switch(up: str, down: str) -> str:
    """Return a document whose switch gives `said`, so declared in its two branches."""

    def said(name: str, declared: str) -> str:
        rows = f"rows: [{{id: r, when: x > 5, then: {{said: a}}, {REASON}}}]"
        otherwise = f"otherwise: {{then: {{said: b}}, {REASON}}}"
        outputs = f"outputs: {{said: {{kind: text{declared}}}}}"
        return f"{{table: {{id: {name}, hit_policy: first, {outputs}, {rows}, {otherwise}}}}}"

    return f"""{HEAD}\
steps:
  - switch:
      id: way
      branches: [{{id: up, when: x > 0, steps: [{said("up", up)}]}}]
      otherwise: [{said("down", down)}]
"""


def test_a_switch_hands_on_the_values_its_branches_declare() -> None:
    text = switch(", values: [a, b]", ", values: [a, b, c]")
    assert read(text).outputs["said"].values == ("a", "b", "c")
    asks = "tables:" + table("t", "o: {kind: text}", "o: A", "o: B", when="said = 'd'")
    with pytest.raises(PolicyError, match="not among the declared values"):
        read(text + asks)
    undeclared = switch(", values: [a, b]", "")
    assert read(undeclared).outputs["said"].values is None
    assert read(undeclared + asks).decide({"x": 9})["o"] == "B"
