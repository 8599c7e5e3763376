"""Small strategies with a switch, a card and a sub-strategy, each around one thing that can go wrong."""

from datetime import date

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import Policy, read_policy

HEAD = """\
policy: small
product: card
stage: admit
title: {zh: 小, en: small}
inputs:
  age: {kind: integer}
  grade: {kind: text}
  income: {kind: money}
"""
BRANCHES = (
    HEAD
    + """\
steps:
  - switch:
      id: way
      branches:
        - id: young
          when: age < 30
          steps:
            - {name: extra, kind: integer, value: 1, meaning: {zh: 加, en: extra}}
            - scorecard:
                id: card
                base: 100
                output: points
                parts:
                  - id: age
                    input: age
                    bins:
                      - {when: "< 50", points: -9, reason: {code: AGE, zh: 年龄, en: age}}
                      - {when: "-", points: 0}
      otherwise:
        - {name: points, kind: integer, value: 100, meaning: {zh: 分, en: points}}
  - table:
      id: final
      hit_policy: first
      outputs: {outcome: {kind: text, values: [approve, decline]}}
      rows:
        - id: low
          when: CONDITION
          then: {outcome: decline}
          reason: {code: LOW, zh: 低, en: low}
      otherwise: {then: {outcome: approve}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
)
TWO_OUTPUTS = (
    HEAD
    + """\
tables:
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text, values: [approve, decline]}, share: {kind: money}}
    rows:
      - {id: graded, when: "grade = 'A'", then: {outcome: approve, share: income * 2},
         reason: {code: GRADED, zh: 级, en: graded}}
      - {id: aged, when: age > 70, then: {outcome: decline, share: yuan(0)},
         reason: {code: OLD, zh: 老, en: old}}
    otherwise: {then: {outcome: approve, share: yuan(1)}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
)
INNER = (
    HEAD
    + """\
tables:
  - id: notes
    hit_policy: collect
    outputs: {note: {kind: text}}
    rows:
      - {id: old, when: age > 70, then: {note: old}, reason: {code: OLD, zh: 老, en: old}}
    otherwise: {then: {note: none}, reason: {code: NONE, zh: 无, en: none}}
  - id: level
    hit_policy: first
    outputs: {level: {kind: integer}}
    rows:
      - {id: old, when: age > 70, then: {level: 2}, reason: {code: OLD, zh: 老, en: old}}
    otherwise: {then: {level: 1}, reason: {code: NONE, zh: 无, en: none}}
"""
)
OUTER = (
    HEAD
    + """\
steps:
  - switch:
      id: way
      branches:
        - id: rich
          when: income > yuan(100)
          steps:
            - strategy: {id: inner, document: ./inner.yaml, gives: {height: level}}
      otherwise:
        - {name: height, kind: integer, value: 0, meaning: {zh: 高, en: height}}
"""
)


def find(path: str) -> Document:
    return parse_document(INNER, path=path)


def small(text: str) -> Policy:
    """Read a small strategy."""
    return read_policy(parse_document(text, path="small.yaml"), rules_as_of=date(2024, 1, 1), find=find)
