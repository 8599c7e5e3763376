"""A small sample to fit on, and a card written by hand, to be spoilt in one way at a time."""

from datetime import date

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Source, parse_document
from creditloop.risk import Card, CardFeature, Direction, FitSettings, read_card

SETTINGS = FitSettings(
    prebins_max=32,
    bins_max=5,
    share_min_nano=50_000_000,
    iv_min_nano=20_000_000,
    ridge_nano=100_000,
    bands_max=8,
    score_at=600,
    odds_at=20,
    points_to_double_odds=20,
    source=Source(title="a choice of this test", reference=None, checked=date(2026, 11, 22)),
)
FEATURES = (
    CardFeature(name="late", kind=Kind.INTEGER, direction=Direction.UP, zh="逾期月数", en="months late"),
    CardFeature(name="use", kind=Kind.NANO, direction=Direction.UP, zh="额度使用率", en="use of the limit"),
    CardFeature(name="limit", kind=Kind.MONEY, direction=Direction.DOWN, zh="额度", en="limit"),
    CardFeature(name="work", kind=Kind.TEXT, direction=Direction.NONE, zh="职业", en="work"),
    CardFeature(name="owner", kind=Kind.BOOLEAN, direction=Direction.NONE, zh="自有住房", en="owns a home"),
    CardFeature(name="noise", kind=Kind.INTEGER, direction=Direction.NONE, zh="噪声", en="noise"),
)


def sample(rows: int = 4_000, seed: int = 5) -> tuple[pl.DataFrame, np.ndarray]:
    """Draw customers whose outcome depends on all features but `noise`, some values missing."""
    rng = np.random.default_rng(seed)
    late = rng.poisson(0.4, rows)
    use = rng.beta(2, 2, rows)
    limit = rng.integers(1, 60, rows) * 1_000_000
    work = rng.choice(["clerk", "farmer", "it's", "teacher", "other"], rows, p=[0.4, 0.3, 0.17, 0.1, 0.03])
    owner = rng.random(rows) < 0.4
    risk = -2.2 + 0.9 * late + 1.8 * (use - 0.5) - limit / 6e7 + 0.8 * (work == "farmer") - 0.7 * owner
    bad = rng.random(rows) < 1 / (1 + np.exp(-risk))
    frame = pl.DataFrame(
        {
            "late": late,
            "use": (use * 1e9).astype(np.int64),
            "limit": limit,
            "work": work,
            "owner": owner,
            "noise": rng.integers(0, 1000, rows),
        }
    )
    gone = {"use": 0.1, "limit": 0.002}
    return frame.with_columns(
        pl.when(pl.Series(rng.random(rows) >= share)).then(pl.col(name)).alias(name)
        for name, share in gone.items()
    ), bad


TEXT = """\
card: small
product: credit_card
title: {zh: 小卡, en: Small card}
facts: {data: made up, checked: 2026-11-22}
scale: {base: 600, score_at: 600, odds_at: 20, points_to_double_odds: 20}
sample: {rows: 100, bad: 20}
settings:
  prebins_max: 64
  bins_max: 6
  bands_max: 20
  score_at: 600
  odds_at: 20
  points_to_double_odds: 20
  share_min: 0.05
  iv_min: 0.02
  ridge: 0.0001
  source: {title: a choice of this test, checked: 2026-11-22}
features:
  - name: late
    kind: integer
    meaning: {zh: 逾期月数, en: months late}
    direction: up
    iv: 0.5
    coefficient: 0.9
    bins:
      - {from: null, to: 1, rows: 70, bad: 5, woe: 1.178654996, points: 31}
      - {from: 1, to: 3, rows: 20, bad: 8, woe: -0.980829253, points: -25}
      - {from: 3, to: null, rows: 10, bad: 7, woe: -2.233592222, points: -58}
  - name: use
    kind: nano
    meaning: {zh: 额度使用率, en: use of the limit}
    direction: none
    iv: 0.2
    coefficient: 0.7
    bins:
      - {from: null, to: 0.5, rows: 60, bad: 9, woe: 0.348306694, points: 7}
      - {from: 0.5, to: null, rows: 30, bad: 6, woe: 0.0, points: 0}
      - {missing: true, rows: 10, bad: 5, woe: -1.386294361, points: -28}
  - name: work
    kind: text
    meaning: {zh: 职业, en: work}
    direction: none
    iv: 0.1
    coefficient: 0.5
    bins:
      - {values: [teacher, "it's"], rows: 60, bad: 8, woe: 0.485507816, points: 7}
      - {values: [clerk], rows: 40, bad: 12, woe: -0.538996501, points: -8}
dropped:
  - {name: noise, iv: 0.001, reason: iv_below}
bands:
  - {from: null, to: 560, rows: 20, bad: 12, pd: 0.6}
  - {from: 560, to: 620, rows: 30, bad: 6, pd: 0.2}
  - {from: 620, to: null, rows: 50, bad: 2, pd: 0.04}
"""


def card(text: str = TEXT) -> Card:
    """Read a card from its text."""
    return read_card(parse_document(text, path="small.yaml"))
