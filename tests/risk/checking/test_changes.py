"""What a sub-strategy hands back, why an entry is listed, which values an output has: differences, all."""

from datetime import date

import pytest

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import Policy, diff_strategies, read_policy

HEAD = """\
policy: small
product: card
stage: admit
title: {zh: 小, en: small}
inputs: {x: {kind: integer}}
"""
INNER = (
    HEAD
    + """\
tables:
  - id: rates
    hit_policy: first
    outputs: {rate: {kind: integer}, rate_high: {kind: integer}}
    rows: [{id: a, when: x > 5, then: {rate: 1, rate_high: 9}, reason: {code: A, zh: 甲, en: a}}]
    otherwise: {then: {rate: 2, rate_high: 8}, reason: {code: B, zh: 乙, en: b}}
"""
)
OUTER = (
    HEAD
    + """\
lists:
  listed:
    kind: text
    title: {zh: 名, en: listed}
    entries: [{value: A, from: 2024-01-01, reason: fraud, source: {title: s}}]
steps:
  - strategy: {id: price, document: ./inner.yaml, gives: {rate: rate}}
tables:
  - id: t
    hit_policy: first
    outputs: {o: {kind: text, values: [A, B]}}
    rows: [{id: a, when: rate > 5 and x > 1, then: {o: A}, reason: {code: A, zh: 甲, en: a}}]
    otherwise: {then: {o: B}, reason: {code: B, zh: 乙, en: b}}
"""
)


def read(text: str) -> Policy:
    def find(path: str) -> Document:
        return parse_document(INNER, path=path)

    return read_policy(parse_document(text, path="a.yaml"), rules_as_of=date(2024, 7, 1), find=find)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("gives: {rate: rate}", "gives: {rate: rate_high}", ("sub_strategy", "price.rate", "changed")),
        ("./inner.yaml", "./other.yaml", ("sub_strategy", "price", "changed")),
        ("reason: fraud", "reason: lawsuit", ("list", "listed", "entry added")),
        ("values: [A, B]", "values: [A, B, C]", ("output", "o", "changed")),
    ],
)
def test_it_is_told_beside_any_other_change(before: str, after: str, change: tuple[str, str, str]) -> None:
    text = OUTER.replace(before, after).replace("x > 1", "x > 2")
    told = [(each.part, each.id, each.what) for each in diff_strategies(read(OUTER), read(text)).changes]
    assert change in told and ("rule", "t.a", "condition") in told
