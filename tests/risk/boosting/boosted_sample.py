"""A sample with planted truth: two features matter alone, two only together, one not at all."""

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Source
from creditloop.risk import CardFeature, Direction
from creditloop.risk.boosting import BoostSettings, Crossing, Growth

ROWS = 4_000
SOURCE = Source(title="a choice of these tests", reference=None, checked=None)


def feature(name, kind=Kind.INTEGER, direction=Direction.NONE, special=()):
    return CardFeature(name=name, kind=kind, direction=direction, zh=name, en=name, special=special)


FEATURES = (
    feature("late", direction=Direction.UP),
    feature("word", kind=Kind.TEXT),
    feature("left"),
    feature("right"),
    feature("noise", kind=Kind.NANO),
)


def sample(*, rows=ROWS, seed=3):
    """Return a frame and its outcomes: left and right matter where both are high, or both low."""
    draw = np.random.default_rng(seed)
    late, left, right = draw.integers(0, 6, rows), draw.integers(0, 10, rows), draw.integers(0, 10, rows)
    word = draw.choice(["shop", "farm", "mill"], rows)
    together = np.where((left < 5) == (right < 5), 1.0, -1.0)
    log_odds = -2.2 + 0.5 * late + 0.8 * (word == "farm") + 0.9 * together
    bad = draw.random(rows) < 1 / (1 + np.exp(-log_odds))
    frame = pl.DataFrame(
        {
            "late": pl.Series(late).replace(5, None),
            "word": word,
            "left": left,
            "right": right,
            "noise": draw.integers(-(10**9), 10**9, rows),
        }
    )
    return frame, bad


def settings(**changed):
    """Return settings that fit in a second."""
    values = {
        "folds": 3,
        "rounds_max": 150,
        "pairs_max": 3,
        "prebins_max": 16,
        "decimals": 2,
        "bands_max": 8,
        "share_min_nano": 20_000_000,
        "score_at": 600,
        "odds_at": 20,
        "points_to_double_odds": 20,
        "seed": 5,
        "growths": (growth(),),
        "crossing": crossing(),
        "source": SOURCE,
    }
    return BoostSettings(**{**values, **changed})


def growth(**changed):
    values = {
        "name": "keen",
        "leaves": 4,
        "learning_rate": 0.1,
        "feature_share": 0.8,
        "row_share": 0.8,
        "ridge": 1.0,
        "rows_min": 10,
        "weight_min": 0.1,
    }
    return Growth(**{**values, **changed})


def crossing(**changed):
    values = {
        "mains": growth(name="crosswise", leaves=2),
        "pairs_max": 4,
        "bins": 8,
        "learning_rate": 0.2,
        "ridge": 0.001,
        "weight_min": 1.0,
        "rounds_max": 60,
        "patience": 5,
    }
    return Crossing(**{**values, **changed})
