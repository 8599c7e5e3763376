"""A small policy that is well formed, to be spoilt in one way at a time; and its cases."""

from datetime import date

from creditloop.kernel.documents import parse_document
from creditloop.risk import Policy, read_policy

TEXT = """\
policy: lateness
product: card
stage: monitor
title: {zh: 逾期, en: Lateness}
inputs:
  days: {kind: integer, unit: day, "null": refer}
  owed: {kind: money, unit: fen, "null": no_match}
parameters:
  late_over:
    kind: integer
    unit: day
    values:
      - {from: 2020-01-01, value: 5, source: {title: first rule}}
      - {from: 2024-01-01, value: 3, source: {title: second rule, reference: article 7, checked: 2024-02-01}}
  low:
    kind: money
    unit: fen
    values:
      - {from: 2020-01-01, value: "yuan(1.50)", source: {title: the bank's own choice}}
steps:
  - {name: over, kind: integer, value: days - parameter.late_over, meaning: {zh: 超出, en: days over}}
tables:
  - id: verdict
    hit_policy: first
    inputs:
      over: {kind: integer, "null": refer}
      owed: {kind: money, "null": no_match}
    outputs:
      tier: {kind: integer, values: [0, 1, 2]}
    rows:
      - {id: V_2, when: over > 0 and owed > parameter.low, then: {tier: 2}, reason: {code: A, zh: 逾, en: L}}
      - {id: V_1, when: "over > 0", then: {tier: 1}, reason: {code: V_1, zh: 小, en: late but small}}
    otherwise: {then: {tier: 0}, reason: {code: V_0, zh: 未逾, en: not late}}
  - id: name
    hit_policy: first
    inputs:
      tier: {kind: integer, "null": refer}
    outputs:
      word: {kind: text, values: [good, bad]}
    rows:
      - {id: N_1, when: tier >= 1, then: {word: bad}, reason: {code: N_1, zh: 坏, en: bad}}
    otherwise: {then: {word: good}, reason: {code: N_0, zh: 好, en: good}}
"""

CASES = """\
rules_as_of: 2024-06-30
cases:
  - {case: three days are not late, given: {days: 3, owed: 1000}, expect: {over: 0, tier: 0, word: good}}
  - {case: four are, given: {days: 4, owed: 1000}, expect: {tier: 2, verdict_row: V_2, word: bad}}
  - {case: a small debt, given: {days: 4, owed: 150}, expect: {tier: 1, word: bad}}
  - {case: owed is not known, given: {days: 4, owed: null}, expect: {tier: 1}}
  - {case: no days, given: {owed: 5}, expect: {over: null, tier: null, word: null, verdict_state: 3}}
"""


def policy(text: str = TEXT, *, on: date = date(2024, 6, 30)) -> Policy:
    """Read a policy from its text."""
    return read_policy(parse_document(text, path="lateness.yaml"), rules_as_of=on)


def line_of(text: str, part: str) -> int:
    """The line on which a part of a text begins, from 1."""
    return text.count("\n", 0, text.index(part)) + 1
