"""A rating of made-up firms over the small portrait: cards of trade and of filings, two short policies."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from creditloop.data.portraits import PortraitDefinition
from creditloop.formula import Kind
from creditloop.kernel.documents import parse_document
from creditloop.risk import (
    CardFeature,
    Direction,
    FitSettings,
    card_text,
    fit_card,
    read_policy,
    settings_from_node,
)
from creditloop.risk.fusion import Fusion, SourceWeights, fusion_text
from creditloop.service.rating import RatingDocuments, RatingPlan, read_rating_documents, read_rating_plan

RULES = date(2025, 6, 30)
NANO = 10**9
PLAN = """firm_rating: small_rating
product: small_loan
title: {zh: 小评级, en: small rating}
simulated: true
portrait: features/portraits/small.yaml
owner: {record: buyers_count, overdue: filings_owed}
guarantee_steps_max: {steps: 4, source: {title: this test}}
fusion: rating/fusion.yaml
policies: [rating/grade.yaml, rating/approval.yaml]
learners:
  - name: trade
    title: {zh: 经营卡, en: card of trade}
    card: rating/trade.yaml
    without: no_trade
    dimensions:
      - name: sales
        title: {zh: 销售, en: sales}
        features:
          - {names: [buyers_count], why: {zh: 客户, en: buyers}}
          - {names: [invoiced_to_declared], why: {zh: 相符, en: agreement}}
  - name: filings
    title: {zh: 税务卡, en: card of filings}
    card: rating/filings.yaml
    record: buyers_count
    without: no_filings
    dimensions:
      - name: tax
        title: {zh: 税务, en: tax}
        features: [{names: [filings_owed], why: {zh: 欠税, en: owed}}]
"""
GRADE = """policy: small_grade
product: small_loan
stage: admit
title: {zh: 小评级, en: small grade}
inputs:
  score: {kind: integer, "null": refer}
  no_filings: {kind: boolean, "null": refer}
  sales_score: {kind: integer, "null": no_match}
tables:
  - id: grade
    hit_policy: first
    outputs:
      grade: {kind: text, values: [good, poor]}
    rows:
      - id: G1
        when: "score >= 500 or sales_score >= 900"
        then: {grade: good}
        reason: {code: G1, zh: 好, en: good}
    otherwise: {then: {grade: poor}, reason: {code: G0, zh: 差, en: poor}}
"""
APPROVAL = """policy: small_approval
product: small_loan
stage: admit
title: {zh: 小审批, en: small approval}
inputs:
  grade: {kind: text, values: [good, poor], "null": refer}
  region: {kind: text, "null": refer}
  taxpayer_class: {kind: text, "null": no_match}
  enhancement: {kind: text, values: [none, owner, firm, mutual], "null": refer}
  supplies: {kind: boolean, "null": refer}
  owner_record: {kind: text, values: [read, none, not_read], "null": refer}
  sources_stale: {kind: integer, "null": refer}
tables:
  - id: approval
    hit_policy: first
    outputs:
      outcome: {kind: text, values: [approve, refer, decline]}
    rows:
      - id: A1
        when: "grade = 'poor' or enhancement = 'mutual'"
        then: {outcome: decline}
        reason: {code: A1, zh: 差, en: poor}
      - id: A2
        when: "supplies or taxpayer_class = 'd'"
        then: {outcome: refer}
        reason: {code: A2, zh: 查, en: look}
    otherwise: {then: {outcome: approve}, reason: {code: A0, zh: 可, en: yes}}
"""
SETTINGS = """prebins_max: 8
bins_max: 3
share_min: 0.05
iv_min: 0.01
ridge: 0.001
bands_max: 4
score_at: 600
odds_at: 20
points_to_double_odds: 20
source: {title: this test}
"""
FEATURES = {
    "trade": [
        ("buyers_count", Kind.INTEGER, Direction.DOWN),
        ("invoiced_to_declared", Kind.NANO, Direction.NONE),
    ],
    "filings": [("filings_owed", Kind.INTEGER, Direction.UP)],
}


def plan_of(text: str = PLAN) -> RatingPlan:
    """Read the plan, or a changed one."""
    return read_rating_plan(parse_document(text, path="rating/plan.yaml"))


def town() -> pl.DataFrame:
    """Made-up firms: few buyers, owed filings and sales that do not agree go with badness; nulls of each."""
    draw = np.random.default_rng(11)
    rows = 600
    buyers, owed = draw.integers(0, 12, rows), draw.integers(0, 4, rows)
    ratio = draw.integers(5, 30, rows) * (NANO // 10)
    chance = 1 / (1 + np.exp(2.2 - 0.5 * owed + 0.15 * buyers - 0.3 * (ratio > 2 * NANO)))
    frame = pl.DataFrame(
        {
            "buyers_count": buyers,
            "invoiced_to_declared": ratio,
            "filings_owed": owed,
            "bad": draw.random(rows) < chance,
        }
    )
    gone = pl.Series(draw.random(rows) < 0.2)
    return frame.with_columns(
        pl.when(~gone).then(pl.col(name)).alias(name) for name in frame.columns if name != "bad"
    )


def texts() -> dict[str, str]:
    """Every document of the rating by its path: fitted cards, the fusion that pins them, policies, plan."""
    rows, plan = town(), plan_of()
    settings: FitSettings = settings_from_node(parse_document(SETTINGS, path="settings.yaml").root)
    cards = {
        learner.name: card_text(
            fit_card(
                frame=rows,
                bad=rows["bad"].to_numpy(),
                features=[
                    CardFeature(name=name, kind=kind, direction=way, zh=name, en=name)
                    for name, kind, way in FEATURES[learner.name]
                ],
                settings=settings,
            ),
            card=learner.name,
            product=plan.product,
            title={"zh": learner.title.zh, "en": learner.title.en},
            facts={"simulated": True, "portrait_hash": "another"},
        )
        for learner in plan.learners
    }
    fusion = Fusion(
        sources=("trade", "filings"),
        sets=(
            SourceWeights(
                sources=("trade", "filings"),
                intercept_nano=250_000_000,
                weights_nano=(700_000_000, 500_000_000),
                rows=480,
            ),
            SourceWeights(sources=("trade",), intercept_nano=-100_000_000, weights_nano=(NANO,), rows=600),
        ),
    )
    hashes = {name: parse_document(text, path=name).hash for name, text in cards.items()}
    return {
        **{f"rating/{name}.yaml": text for name, text in cards.items()},
        "rating/fusion.yaml": fusion_text(
            fusion, name="small_fusion", title={"zh": "融合", "en": "fusion"}, learners=hashes
        ),
        "rating/grade.yaml": GRADE,
        "rating/approval.yaml": APPROVAL,
        "rating/plan.yaml": PLAN,
    }


def documents_of(
    portrait: PortraitDefinition, given: Mapping[str, str], *, plan: RatingPlan | None = None
) -> RatingDocuments:
    """Read the rating of these texts."""
    return read_rating_documents(
        plan_of(given["rating/plan.yaml"]) if plan is None else plan,
        portrait=portrait,
        find=lambda path: parse_document(given[path], path=path),
        find_policy=lambda path: read_policy(parse_document(given[path], path=path), rules_as_of=RULES),
    )


def write_rating(folder: Path) -> None:
    """Write the documents into a bank's folder."""
    (folder / "rating").mkdir()
    for path, text in texts().items():
        (folder / path).write_text(text, "utf-8")
