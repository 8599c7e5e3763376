"""A small card, the bank's own policies, and customers to decide about."""

import random
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.admit import Mandates, ReviewRules, review_rules
from creditloop.formula import Kind
from creditloop.kernel.documents import Document, Source, parse_document, read_document
from creditloop.risk import (
    Card,
    CardFeature,
    Direction,
    FitSettings,
    Policy,
    card_text,
    fit_card,
    read_card,
    read_policy,
)

REPOSITORY = Path(__file__).parents[2]
ADMIT = REPOSITORY / "policies" / "credit_card" / "admit"
RULES = date(2024, 6, 30)
SETTINGS = FitSettings(
    prebins_max=16,
    bins_max=4,
    share_min_nano=50_000_000,
    iv_min_nano=0,
    ridge_nano=100_000,
    bands_max=10,
    score_at=600,
    odds_at=20,
    points_to_double_odds=20,
    source=Source(title="made up for tests", reference=None, checked=None),
)
SCHEMA = {
    "party_id": pl.String,
    "limit_fen": pl.Int64,
    "owed_0_fen": pl.Int64,
    "late_now": pl.Boolean,
    "has_bill": pl.Boolean,
    "utilisation_mean": pl.Int64,
    "months_late_max": pl.Int64,
    "opened_on": pl.Date,
}


def document(text: str, path: str = "policies/credit_card/admit/made_up.yaml") -> Document:
    return parse_document(text, path=path)


def policy_of(name: str) -> Policy:
    return read_policy(read_document(ADMIT / f"{name}.yaml", root=REPOSITORY), rules_as_of=RULES)


def mandates() -> Mandates:
    return Mandates(policy=policy_of("mandates"))


def customers(count: int, *, seed: int, holes: bool = False) -> pl.DataFrame:
    """Customers drawn with a seed; with holes, values are missing here and there."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        limit = draw.choice([10_000, 50_000, 99_000, 100_000, 210_000, 500_000, 800_000]) * 100
        use = draw.choice([0, 100_000_000, 200_000_000, 500_000_000, 900_000_000, 1_100_000_000])
        row: dict[str, object] = {
            "party_id": f"p{number:05}",
            "limit_fen": limit,
            "owed_0_fen": limit * use // 10**9,
            "late_now": draw.random() < 0.1,
            "has_bill": draw.random() < 0.9,
            "utilisation_mean": use,
            "months_late_max": draw.choice([0, 0, 0, 0, 1, 2, 3]),
            "opened_on": date(2000, 1, 1 + number % 28),
        }
        if holes and draw.random() < 0.3:
            row[draw.choice([name for name in SCHEMA if name != "party_id"])] = None
        rows.append(row)
    return pl.DataFrame(rows, schema=SCHEMA)


def card(
    *, product: str = "credit_card", features: tuple[str, ...] = ("utilisation_mean", "months_late_max")
) -> Card:
    """A card fitted on customers who go bad the more the more they use and the later they were."""
    frame = customers(3_000, seed=1)
    draw = random.Random(2)
    bad = [
        draw.random() < 0.05 + 0.3 * row["utilisation_mean"] / 10**9 + 0.12 * row["months_late_max"]
        for row in frame.iter_rows(named=True)
    ]
    kinds = {"utilisation_mean": Kind.NANO, "months_late_max": Kind.INTEGER, "limit_fen": Kind.MONEY}
    fitted = fit_card(
        frame=frame,
        bad=pl.Series(bad),
        features=[
            CardFeature(name=name, kind=kinds[name], direction=Direction.UP, zh="特征", en=name)
            for name in features
        ],
        settings=SETTINGS,
    )
    text = card_text(fitted, card="made_up", product=product, title={"zh": "卡", "en": "card"}, facts={})
    return read_card(parse_document(text, path="cards/made_up.yaml"))


CARD = card()


def rules(policy: Policy | None = None) -> ReviewRules:
    return review_rules(policy=policy_of("limit_review") if policy is None else policy, card=CARD)


LOAN_TEXT = """\
policy: application
product: credit_card
stage: admit
title: {zh: 申请, en: Application}
inputs:
  amount_fen: {kind: money, unit: fen, "null": refer}
  opened_on: {kind: date, "null": refer}
  score: {kind: integer, "null": refer}
tables:
  - id: reasons
    hit_policy: collect
    inputs:
      amount_fen: {kind: money, unit: fen, "null": refer}
      score: {kind: integer, "null": refer}
    outputs:
      flag: {kind: text}
    rows:
      - {id: F_1, when: "score < 540", then: {flag: low}, reason: {code: LOW, zh: 分低, en: low score}}
      - id: F_2
        when: "amount_fen > yuan(5000)"
        then: {flag: large}
        reason: {code: LARGE, zh: 金额大, en: large}
    otherwise: {then: {flag: none}, reason: {code: FINE, zh: 无, en: nothing}}
  - id: verdict
    hit_policy: first
    inputs:
      score: {kind: integer, "null": refer}
      opened_on: {kind: date, "null": refer}
    outputs:
      outcome: {kind: text, values: [approve, refer, decline]}
    rows:
      - {id: V_1, when: "score < 540", then: {outcome: decline}, reason: {code: V_1, zh: 拒绝, en: declined}}
      - id: V_2
        when: "opened_on > date('2000-01-20')"
        then: {outcome: refer}
        reason: {code: V_2, zh: 新, en: new}
    otherwise: {then: {outcome: approve}, reason: {code: V_0, zh: 通过, en: approved}}
"""
"""A policy of another kind: for applications, without scope, grade, limit or price."""


def loan_rules() -> ReviewRules:
    return rules(read_policy(document(LOAN_TEXT), rules_as_of=RULES))


def applications(count: int, *, seed: int, holes: bool = False) -> pl.DataFrame:
    return customers(count, seed=seed, holes=holes).with_columns(amount_fen=pl.col("limit_fen") // 50)
