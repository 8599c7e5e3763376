"""Judge the rating and the policies of policies/sme_loan on a town that nothing was fitted on (simulated)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from bench.sme_town_features import SIX, AbilityFeatures
from bench.sme_town_rating import BUREAU_CARD, SIX_CARD, SmeRating, feature_points

from creditloop.kernel.documents import read_document
from creditloop.risk import Policy, read_policy
from creditloop.risk.measures.intervals import auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

POLICIES = "policies/sme_loan/admit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How well something tells bads from goods, of how many rows, with a 95 % interval."""

    rows: int
    bad: int
    auc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensioned:
    """A dimension of the rating.

    Attributes:
        offered, used: features of it, and those in the card.
        fitted: AUC of its points in the card; None where none of its features is in it.
        portrait: AUC of its score in the portrait, an expert's points; unknown scores are left out.
    """

    offered: int
    used: int
    fitted: Told | None
    portrait: Told


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFigures:
    """What the page tells.

    Attributes:
        answers: AUC by what is judged; `outcomes`: rows and bads by outcome, and by grade.
    """

    rows: int
    bad: int
    answers: dict[str, Told]
    dimensions: dict[str, Dimensioned]
    grades: dict[str, tuple[int, int]]
    outcomes: dict[str, tuple[int, int]]
    outcomes_no_bureau: dict[str, tuple[int, int]]


def judge(
    rows: pl.DataFrame, *, rating: SmeRating, ability: AbilityFeatures, root: Path, on: date
) -> TownFigures:
    """Judge the cards, their fusion and the three policies.

    Args:
        rows: as `sme_town_features.town_rows` gives them, of another town than the rating was fitted on.
        on: the day whose rules are used.
    """
    bad = rows["bad"].to_numpy()
    answers = rating.log_odds(rows)
    scores = rating.scores(rows)
    recorded = ~rows["no_bureau"].to_numpy()
    decided = decided_rows(rows, scores, root=root, on=on)
    return TownFigures(
        rows=rows.height,
        bad=int(bad.sum()),
        answers={
            "fused, all": _told(scores, bad),
            "fused, with a bureau record": _told(scores, bad, recorded),
            "six dimensions, with a bureau record": _told(-answers[SIX_CARD], bad, recorded),
            "bureau, with a bureau record": _told(-answers[BUREAU_CARD], bad, recorded),
            "fused, without a bureau record": _told(scores, bad, ~recorded),
        },
        dimensions=_dimensions(rows, rating, ability, bad),
        grades=_counted(decided, "grade"),
        outcomes=_counted(decided, "outcome"),
        outcomes_no_bureau=_counted(decided.filter(pl.col("no_bureau")), "outcome"),
    )


def decided_rows(rows: pl.DataFrame, scores: Ints, *, root: Path, on: date) -> pl.DataFrame:
    """Put rows through filter rules, rating and approval; a null outcome is a case for a person."""

    def policy(name: str) -> Policy:
        return read_policy(read_document(root / POLICIES / f"{name}.yaml", root=root), rules_as_of=on)

    scored = rows.with_columns(score=pl.Series(scores))
    for name, outputs in (
        ("filter_rules", ["filter_result"]),
        ("quantitative_rating", ["rated_from", "grade"]),
        ("approval", ["outcome"]),
    ):
        read = policy(name)
        given = scored.select(entry.name for entry in read.program.inputs)
        scored = scored.hstack(read.judge_frame(given).select(outputs))
    return scored


def _dimensions(
    rows: pl.DataFrame, rating: SmeRating, ability: AbilityFeatures, bad: Bools
) -> dict[str, Dimensioned]:
    points = feature_points(rating.cards[SIX_CARD], rows)
    found = {}
    for name in SIX:
        own = [feature for feature, dimension in ability.dimension.items() if dimension == name]
        used = [points[feature] for feature in own if feature in points]
        score = rows[f"{name}_score"]
        found[name] = Dimensioned(
            offered=len(own),
            used=len(used),
            fitted=_told(np.sum(used, axis=0), bad) if used else None,
            portrait=_told(score.fill_null(0).to_numpy(), bad, score.is_not_null().to_numpy()),
        )
    return found


def _told(score: Ints | Floats, bad: Bools, rows: Bools | None = None) -> Told:
    own = np.ones(len(bad), dtype=np.bool_) if rows is None else rows
    interval = auc_interval(score=score[own], bad=bad[own])
    return Told(
        rows=int(own.sum()),
        bad=int(bad[own].sum()),
        auc=interval.estimate,
        low=interval.low,
        high=interval.high,
    )


def _counted(rows: pl.DataFrame, column: str) -> dict[str, tuple[int, int]]:
    """Count rows and bads by an output; what could not be decided is `none`, a case for a person."""
    counted = rows.group_by(pl.col(column).fill_null("none")).agg(pl.len(), pl.col("bad").sum()).sort(column)
    return {word: (count, bads) for word, count, bads in counted.iter_rows()}
