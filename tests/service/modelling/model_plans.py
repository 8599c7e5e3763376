"""A small simulated table with known faults, and plans over it, for tests of modelling."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from creditloop.kernel.documents import read_document
from creditloop.service.modelling import ModelPlan, read_model_plan

ROWS = 1_500
REJECTED = 200

BOOST = """
    folds: 2
    rounds_max: 30
    pairs_max: 2
    prebins_max: 8
    decimals: 1
    bands_max: 6
    share_min: 0.05
    score_at: 600
    odds_at: 20
    points_to_double_odds: 20
    seed: 7
    growths:
      - name: one
        leaves: 4
        learning_rate: 0.2
        feature_share: 1.0
        row_share: 1.0
        ridge: 1.0
        rows_min: 20
        weight_min: 0.001
    source: {title: a choice of the tests}
"""
DEEPER = "\n".join(f"  {line}" for line in BOOST.splitlines())

PLAN = f"""
model: small_card
product: credit_card
title: {{zh: 小卡, en: Small card}}
owner: tests
developer: tests
fitted_on: 2026-11-22
use: {{zh: 测试, en: for tests}}
sample: {{zh: 模拟, en: simulated}}
limits:
  - {{zh: 模拟数据, en: simulated data}}
data:
  table: rows.parquet
  origin: {{title: simulated}}
target:
  column: outcome
  bad: 1
  observed_until: 2025-12-31
  known_by: 2026-06-30
  meaning: {{zh: 逾期九十天, en: 90 days past due}}
columns:
  - {{column: Income, name: income, kind: money, direction: down,
     source: bank, meaning: {{zh: 收入, en: income}}}}
  - {{column: Use, name: use, kind: nano, direction: up,
     source: bank, meaning: {{zh: 额度使用率, en: use of the limit}}}}
  - {{column: Late, name: late, kind: integer, direction: none, special: [96],
     source: bureau, meaning: {{zh: 逾期次数, en: times late}}}}
  - {{column: Trade, name: trade, kind: text, direction: none,
     source: bureau, meaning: {{zh: 行业, en: trade}}}}
fairness:
  attributes:
    - {{column: Sex, meaning: {{zh: 性别, en: sex}}}}
  age: {{column: Age, bands: [30, 50]}}
  approve_share: 0.7
  impact_ratio_min: 0.8
  proxy_auc_min: 0.7
  counted_min: 50
  source: {{title: a choice of the tests}}
split:
  folds: 2
  seed: 3
  time:
    column: Month
    until: 2025-10-31
    psi_yellow: 0.1
    psi_red: 0.25
    source: {{title: a choice of the tests}}
  source: {{title: a choice of the tests}}
rejected:
  column: Decision
  value: rejected
  factors: [1, 2]
  bands: 3
  source: {{title: a choice of the tests}}
validation:
  segments:
    - {{column: Record, meaning: {{zh: 征信记录, en: bureau record}}}}
  bands: 5
  rows_min: 50
  outcomes_min: 10
  draws: 100
  source: {{title: a choice of the tests}}
candidates:
  scorecard:
    prebins_max: 16
    bins_max: 4
    share_min: 0.05
    iv_min: 0.01
    ridge: 0.0001
    bands_max: 6
    score_at: 600
    odds_at: 20
    points_to_double_odds: 20
    source: {{title: a choice of the tests}}
  boosted_card: {BOOST}
  fused:
    ridge: 0.000001
    boost: {DEEPER}
  challenger: {BOOST}
choice:
  prefer: [scorecard, boosted_card]
  within: 0.2
  source: {{title: a choice of the tests}}
grades: {{count: 3, share_min: 0.1, aim: iv, source: {{title: a choice of the tests}}}}
exports: {{table: cases, key: case_id}}
"""


def table() -> pl.DataFrame:
    """Simulated customers: income follows their wealth, use and times late their stress, and so does bad."""
    random = np.random.default_rng(11)
    count = ROWS + REJECTED
    wealth, stress = random.normal(size=(2, count))
    income = np.round(np.exp(9 + 0.5 * wealth - 0.2 * stress + 0.2 * random.normal(size=count)), 2)
    use = np.round(1 / (1 + np.exp(-stress - 0.4 * random.normal(size=count))), 4)
    late = np.where(random.random(count) < 0.05, 96, random.poisson(np.exp(0.5 * stress - 0.5)))
    bad = random.random(count) < 1 / (1 + np.exp(1.6 + 0.7 * wealth - 1.2 * stress))
    rejected = np.arange(count) >= ROWS
    return pl.DataFrame(
        {
            "Income": income,
            "Use": use,
            "Late": late,
            "Trade": random.choice(["shop", "farm", "works"], count),
            "Sex": random.choice(["f", "m"], count),
            "Age": random.integers(20, 70, count),
            "Record": [None if draw < 0.2 else "known" for draw in random.random(count)],
            "Month": [date(2025, 7 + number % 6, 1) for number in range(count)],
            "Decision": np.where(rejected, "rejected", "accepted"),
            "outcome": pl.Series(bad.astype(int)).set(pl.Series(rejected), None),
        }
    )


def plan_in(folder: Path, *, text: str = PLAN, rows: pl.DataFrame | None = None) -> ModelPlan:
    """Write plan and table into a folder, and read the plan."""
    (table() if rows is None else rows).write_parquet(folder / "rows.parquet")
    file = folder / "model.yaml"
    file.write_text(text, "utf-8")
    return read_model_plan(read_document(file, root=folder))


def changed(old: str, new: str) -> str:
    """The plan with one thing changed."""
    assert PLAN.count(old) >= 1, old
    return PLAN.replace(old, new, 1)


def scorecard_only() -> str:
    """The plan with the scorecard alone: quick."""
    start, end = PLAN.index("  boosted_card:"), PLAN.index("choice:")
    return (PLAN[:start] + PLAN[end:]).replace("[scorecard, boosted_card]", "[scorecard]")
