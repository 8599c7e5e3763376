"""A small strategy, a plan over it and a handful of cases whose figures can be counted by hand."""

from datetime import date

import polars as pl

from creditloop.kernel.documents import Document, parse_document
from creditloop.risk import Policy, read_policy
from creditloop.risk.backtest import BacktestPlan, read_backtest_plan

RULES = date(2024, 1, 1)
STRATEGY = """\
policy: small_loans
product: loan
stage: admit
title: {zh: 小额, en: small loans}
inputs:
  score: {kind: integer, "null": refer}
  lenders: {kind: integer, "null": no_match}
  wanted: {kind: money, "null": refer}
parameters:
  score_min:
    kind: integer
    unit: point
    values:
      - {from: 2020-01-01, value: 500, source: {title: a choice of this test}}
  lenders_max:
    kind: integer
    unit: lender
    values:
      - from: 2020-01-01
        value: 6
        source: {title: a choice of this test}
  limit_max:
    kind: money
    unit: fen
    values:
      - {from: 2020-01-01, value: yuan(2000), source: {title: a choice of this test}}
tables:
  - id: outcome
    hit_policy: first
    inputs:
      score: {kind: integer, "null": refer}
      lenders: {kind: integer, "null": no_match}
      wanted: {kind: money, "null": refer}
    outputs:
      outcome: {kind: text, values: [approve, refer, decline]}
      limit: {kind: money}
    rows:
      - id: many
        when: lenders > parameter.lenders_max
        then: {outcome: decline, limit: yuan(0)}
        reason: {code: L, zh: 多头, en: many lenders}
      - id: friend
        when: lenders = 0 and score >= 480
        then: {outcome: approve, limit: yuan(100)}
        reason: {code: F, zh: 熟客, en: no other lender}
      - id: low
        when: score < parameter.score_min
        then: {outcome: decline, limit: yuan(0)}
        reason: {code: S, zh: 低分, en: low score}
      - id: both
        when: score < 550 and lenders > 3
        then: {outcome: decline, limit: yuan(0)}
        reason: {code: B, zh: 双弱, en: both weak}
      - id: large
        when: wanted > parameter.limit_max
        then: {outcome: refer, limit: yuan(0)}
        reason: {code: W, zh: 大额, en: a large wish}
    otherwise: {then: {outcome: approve, limit: wanted}, reason: {code: OK, zh: 通过, en: approved}}
"""
PLAN = """\
backtest: small_loans_2023
title: {zh: 小额回测, en: small loans tested}
simulated: true
rules_as_of: 2024-01-01
cases: {path: cases.parquet, key: id}
strategy: strategy.yaml
outcome:
  column: late
  bad: {zh: 放款后六期内逾期 30 天以上, en: more than 30 days late within six instalments}
  population: through_the_door
decision: {output: outcome, approves: [approve], refers: [refer], declines: [decline]}
columns:
  months: {kind: integer, "null": no_match}
month: month
segments: [channel]
parameters:
  lgd:
    kind: nano
    unit: ratio
    values: [{from: 2020-01-01, value: 0.5, source: {title: a choice of this test}}]
  margin:
    kind: nano
    unit: ratio
    values: [{from: 2020-01-01, value: 0.1, source: {title: a choice of this test}}]
  double:
    kind: nano
    unit: ratio
    values: [{from: 2020-01-01, value: 2.0, source: {title: a choice of this test}}]
  half:
    kind: nano
    unit: ratio
    values: [{from: 2020-01-01, value: 0.5, source: {title: a choice of this test}}]
  bad_max:
    kind: nano
    unit: ratio
    values: [{from: 2020-01-01, value: 0.3, source: {title: a choice of this test}}]
  loss_max:
    kind: money
    unit: fen
    values: [{from: 2020-01-01, value: yuan(90000), source: {title: a choice of this test}}]
money:
  amount: limit
  loss: "if bad then amount * parameter.lgd else yuan(0)"
  profit: amount * parameter.margin - loss
score: {column: score}
assumptions: [double]
bootstrap: {draws: 200, seed: 7}
optimise:
  objective: approvals
  constraints: {bad_rate_at_most: bad_max}
  moves:
    - {parameter: score_min, over: score}
  split: {salt: t, choose_share: half}
  effective_from: 2024-02-01
"""
ROWS = [
    # id, score, lenders, wanted (fen), late, months, month, channel
    ("a", 600, 1, 100_000, False, 9, "2023-01", "web"),  # approved
    ("b", 600, 9, 100_000, True, 9, "2023-01", "web"),  # many alone
    ("c", 450, 9, 100_000, True, 9, "2023-01", "shop"),  # many, and low behind it
    ("d", 450, 1, 100_000, False, 9, "2023-01", "shop"),  # low alone
    ("e", 490, 0, 100_000, True, 9, "2023-02", "shop"),  # friend: approved before low
    ("f", 490, 7, 100_000, None, 9, "2023-02", None),  # many, low and both
    ("g", 530, 5, 100_000, False, 9, "2023-02", "web"),  # both alone
    ("h", 600, 1, 900_000, True, 9, "2023-02", "web"),  # referred: large
    ("i", None, 1, 100_000, False, 9, "2023-02", "web"),  # referred: low cannot be evaluated
    ("j", 600, None, 50_000, True, 2, "2023-02", "web"),  # approved; not mature where that is asked
    ("k", 600, 8, 900_000, False, 9, "2023-02", "web"),  # many; without it referred
    ("l", 490, 1, 60_000, None, 9, "2023-02", "web"),  # low alone, outcome unknown
]
SCHEMA = {
    "id": pl.String,
    "score": pl.Int64,
    "lenders": pl.Int64,
    "wanted": pl.Int64,
    "late": pl.Boolean,
    "months": pl.Int64,
    "month": pl.String,
    "channel": pl.String,
}


def cases(rows: object = ROWS) -> pl.DataFrame:
    """The cases as a frame."""
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")  # type: ignore[arg-type]


def document(text: str = STRATEGY) -> Document:
    """The strategy's text as a document."""
    return parse_document(text, path="strategy.yaml")


def strategy(text: str = STRATEGY) -> Policy:
    """The strategy as in force."""
    return read_policy(document(text), rules_as_of=RULES)


def plan(text: str = PLAN) -> BacktestPlan:
    """The plan."""
    return read_backtest_plan(parse_document(text, path="plan.yaml"))


def without(rule: str) -> str:
    """The strategy's text without the row of a rule."""
    lines = STRATEGY.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if line.endswith(f"- id: {rule}\n"))
    return "".join(lines[:place] + lines[place + 4 :])
