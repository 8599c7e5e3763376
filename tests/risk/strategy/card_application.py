"""A strategy with every kind of step, its sub-strategy, and how to read them."""

from datetime import date

from creditloop.kernel.documents import Document, parse_document
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Policy, read_policy

TEXT = """\
policy: card_application
product: card
stage: admit
title: {zh: 申请, en: application}
effective: {from: 2024-01-01, to: 2026-01-01}
ranking: {output: outcome, most: 2, source: {title: a test's own choice}}
inputs:
  age: {kind: integer, unit: year, meaning: {zh: 年龄, en: age}, path: customer.age}
  income: {kind: money}
  id_token: {kind: text}
  grade: {kind: text, values: [A, B, C], "null": no_match}
  lenders: {kind: integer, "null": no_match, source: bureau}
  score: {kind: integer, source: bureau}
sources:
  bureau: {title: {zh: 征信, en: bureau}, cost: yuan(2.00)}
decided_when: hard = 'decline'
parameters:
  limit_max:
    kind: money
    unit: fen
    values:
      - {from: 2020-01-01, value: yuan(50000), source: {title: a test's own choice}}
lists:
  blacklist:
    kind: text
    title: {zh: 黑名单, en: blacklist}
    entries:
      - {value: X1, from: 2024-01-01, reason: fraud, source: {title: the bank's own list}}
      - {value: X2, from: 2024-01-01, to: 2024-03-01, reason: mistake, source: {title: the bank's own list}}
steps:
  - {name: income_year, kind: money, value: income * 12, meaning: {zh: 年收入, en: yearly income}}
  - table:
      id: hard_rejects
      hit_policy: first
      outputs:
        hard: {kind: text, values: [decline, none]}
        hits: {kind: text, collect: true}
      rows:
        - id: young
          when: {age: "< 18"}
          then: {hard: decline, hits: young}
          reason: {code: YOUNG, zh: 未成年, en: under age, customer: {zh: 不符合年龄要求, en: too young}}
        - id: listed
          when: id_token in list.blacklist
          then: {hard: decline, hits: listed}
          reason: {code: LISTED, zh: 黑名单, en: on the blacklist}
        - id: old
          when: {age: "> 70", grade: "not A, B"}
          from: 2024-06-01
          then: {hard: decline, hits: old}
          reason: {code: OLD, zh: 超龄, en: too old}
      otherwise: {then: {hard: none, hits: none}, reason: {code: NO_HIT, zh: 无硬拒, en: no hard reject}}
  - scorecard:
      id: points
      base: 500
      output: card_points
      parts:
        - id: age
          input: age
          bins:
            - {when: "< 30", points: -20, reason: {code: AGE_LOW, zh: 年轻, en: young}}
            - {when: ">= 30", points: 30}
        - id: lenders
          input: lenders
          bins:
            - {when: "[0..2]", points: 10}
            - {when: "-", points: -40, reason: {code: MANY_LENDERS, zh: 多头, en: many lenders}}
          missing: {points: -5, reason: {code: LENDERS_UNKNOWN, zh: 未知, en: lenders not known}}
  - switch:
      id: channel
      branches:
        - id: low
          when: card_points < 500
          steps:
            - {name: factor, kind: nano, value: 0.5, meaning: {zh: 系数, en: factor}}
            - table:
                id: low_check
                hit_policy: first
                outputs: {route: {kind: text}}
                rows:
                  - id: far_below
                    when: score < 550
                    then: {route: manual}
                    reason: {code: FAR, zh: 低, en: far below}
                otherwise: {then: {route: auto}, reason: {code: LOW_OK, zh: 可, en: low but fine}}
      otherwise:
        - {name: factor, kind: nano, value: "1.0", meaning: {zh: 系数, en: factor}}
        - limit: {name: extra_fen, kind: money, value: income * 0.1, meaning: {zh: 加, en: extra}}
  - limit:
      name: limit_fen
      kind: money
      value: income_year * factor
      at_least: yuan(1050)
      at_most: parameter.limit_max
      step: {size: yuan(100), rounded: down}
      meaning: {zh: 额度, en: limit}
  - strategy:
      id: price
      document: ./pricing.yaml
      with: {amount: limit_fen}
      gives: {rate_annual_nano: rate}
tables:
  - id: decision
    hit_policy: first
    outputs:
      outcome: {kind: text, values: [approve, refer, decline]}
      note: {kind: money}
    rows:
      - id: rejected
        when: hard = 'decline'
        then: {outcome: decline, note: yuan(0)}
        reason: {code: HARD, zh: 硬拒, en: a hard reject}
      - id: low_score
        when: score < 600
        then: {outcome: decline, note: yuan(0)}
        reason: {code: LOW_SCORE, zh: 评分低, en: low score}
      - id: much
        when: limit_fen > yuan(40000)
        then: {outcome: refer, note: limit_fen - yuan(40000)}
        reason: {code: MUCH, zh: 额度高, en: a high limit}
    otherwise: {then: {outcome: approve, note: yuan(0)}, reason: {code: PASSED, zh: 通过, en: passed}}
"""
PRICING = """\
policy: pricing
product: card
stage: admit
title: {zh: 定价, en: price}
inputs:
  amount: {kind: money}
  score: {kind: integer}
parameters:
  limit_max:
    kind: nano
    unit: annual rate
    values: [{from: 2020-01-01, value: "0.24", source: {title: a test's own choice}}]
steps:
  - table:
      id: rate_table
      hit_policy: first
      outputs: {base_rate: {kind: nano}}
      rows:
        - id: good
          when: score >= 700
          then: {base_rate: 0.12}
          reason: {code: RATE_GOOD, zh: 优, en: good rate}
      otherwise: {then: {base_rate: 0.2}, reason: {code: RATE_STANDARD, zh: 标准, en: standard rate}}
  - limit:
      name: rate
      kind: nano
      value: "if amount > yuan(10000) then base_rate else base_rate + 0.08"
      at_most: parameter.limit_max
      meaning: {zh: 利率, en: rate}
"""
GOOD = {"age": 35, "income": 300_000, "id_token": "N1", "grade": "A", "lenders": 1, "score": 720}
RULES = date(2024, 7, 1)


def find(path: str, *, pricing: str = PRICING) -> Document:
    """Give the sub-strategy."""
    if path != "policies/pricing.yaml":
        raise PolicyError("no such document", where={"file": path})
    return parse_document(pricing, path=path)


def strategy(text: str = TEXT, *, on: date = RULES, pricing: str = PRICING) -> Policy:
    """Read the strategy, or a changed one."""
    document = parse_document(text, path="policies/application.yaml")
    return read_policy(document, rules_as_of=on, find=lambda path: find(path, pricing=pricing))
