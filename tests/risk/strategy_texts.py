"""A strategy with every kind of step, sound, to be spoilt in one way at a time."""

from datetime import date

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import Policy, read_policy

TEXT = """\
policy: card_application
product: card
stage: admit
title: {zh: 申请, en: application}
inputs:
  age: {kind: integer, unit: year}
  income: {kind: money}
  id_token: {kind: text}
  lenders: {kind: integer, "null": no_match}
  score: {kind: integer}
parameters:
  age_min:
    kind: integer
    unit: year
    values:
      - {from: 2020-01-01, value: 18, source: {title: the law}}
      - {from: 2024-01-01, value: 20, source: {title: the bank's own choice}}
  limit_max:
    kind: money
    unit: fen
    values:
      - {from: 2020-01-01, value: "yuan(50000)", source: {title: the bank's own choice}}
lists:
  blacklist:
    kind: text
    title: {zh: 黑名单, en: blacklist}
    entries:
      - {value: X, from: 2024-01-01, reason: fraud, source: {title: the police}}
steps:
  - {name: income_year, kind: money, value: income * 12, meaning: {zh: 年收入, en: yearly income}}
  - table:
      id: hard
      hit_policy: first
      outputs: {hard: {kind: text, values: [decline, none]}}
      rows:
        - {id: young, when: age < parameter.age_min, then: {hard: decline},
           reason: {code: YOUNG, zh: 年幼, en: young}}
        - {id: listed, when: id_token in list.blacklist, then: {hard: decline},
           reason: {code: LISTED, zh: 名单, en: on a list}}
      otherwise: {then: {hard: none}, reason: {code: NONE, zh: 无, en: nothing}}
  - scorecard:
      id: points
      base: 500
      output: card_points
      parts:
        - {id: score, input: score, bins: [{when: "< 600", points: -20}, {when: ">= 600", points: 30}]}
  - switch:
      id: channel
      branches:
        - id: low
          when: card_points < 500
          steps:
            - {name: factor, kind: nano, value: 0.5, meaning: {zh: 系数, en: factor}}
      otherwise:
        - {name: factor, kind: nano, value: 1.0, meaning: {zh: 系数, en: factor}}
  - limit:
      name: limit_fen
      kind: money
      value: income_year * factor
      at_most: parameter.limit_max
      step: {size: yuan(100), rounded: down}
      meaning: {zh: 额度, en: limit}
tables:
  - id: final
    hit_policy: first
    outputs: {outcome: {kind: text, values: [approve, refer, decline]}}
    rows:
      - {id: F_1, when: hard = 'decline', then: {outcome: decline},
         reason: {code: HARD, zh: 硬拒, en: hard rejection}}
      - {id: F_2, when: lenders > 5, then: {outcome: refer}, reason: {code: MANY, zh: 多头, en: many lenders}}
    otherwise: {then: {outcome: approve}, reason: {code: PASSED, zh: 通过, en: no rule objects}}
"""


def document(text: str = TEXT, *, path: str = "policies/card/admit/card_application.yaml") -> Document:
    """The document of a text."""
    return parse_document(text, path=path)


def strategy(text: str = TEXT, *, on: date = date(2024, 6, 30)) -> Policy:
    """Read a strategy from its text."""
    return read_policy(document(text), rules_as_of=on)


def line_of(part: str, text: str = TEXT) -> int:
    """The line on which a part of a text begins, from 1."""
    return text.count("\n", 0, text.index(part)) + 1
