"""Judge the rating and the policies of policies/sme_loan on a town that nothing was fitted on (simulated)."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.risk.card.card import points_column
from creditloop.risk.measures.intervals import auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.service.rating import (
    OUTCOME,
    SCORE,
    RatingDocuments,
    decided_frame,
    lacks_record,
    learner_answers,
    scored_frame,
)


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
        offered, used: features of it, and those in the card; `title` in both languages.
        fitted: AUC of its points in the card; None where none of its features is in it.
        portrait: AUC of its score in the portrait, an expert's points; unknown scores are left out.
    """

    title: str
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


def judge(rows: pl.DataFrame, *, documents: RatingDocuments) -> TownFigures:
    """Judge the cards, their fusion and the policies.

    Args:
        rows: as `sme_town_features.town_rows` gives them, of another town than the rating was fitted on.
    """
    bad = rows["bad"].to_numpy()
    six, bureau = documents.plan.learners
    answers = learner_answers(documents, rows)
    scored = scored_frame(documents, rows)
    if scored[SCORE].null_count():
        raise AssertionError("the first card answers about every row of a town")
    scores = scored[SCORE].to_numpy()
    recorded = ~lacks_record(bureau, rows).to_numpy()
    decided = decided_frame(documents, scored)
    return TownFigures(
        rows=rows.height,
        bad=int(bad.sum()),
        answers={
            "fused, all": _told(scores, bad),
            "fused, with a bureau record": _told(scores, bad, recorded),
            "six dimensions, all": _told(-answers[six.name], bad),
            "six dimensions, with a bureau record": _told(-answers[six.name], bad, recorded),
            "bureau, with a bureau record": _told(-answers[bureau.name], bad, recorded),
            "fused, without a bureau record": _told(scores, bad, ~recorded),
        },
        dimensions=_dimensions(rows, documents, bad),
        grades=_counted(decided, "grade"),
        outcomes=_counted(decided, OUTCOME),
        outcomes_no_bureau=_counted(decided.filter(pl.Series(~recorded)), OUTCOME),
    )


def _dimensions(rows: pl.DataFrame, documents: RatingDocuments, bad: Bools) -> dict[str, Dimensioned]:
    """Judge each dimension of the first learner: by its points in the card, and by the portrait's."""
    six = documents.plan.learners[0]
    card = documents.cards[six.name]
    working = card.score_frame(rows.select(entry.name for entry in card.inputs), working=True)
    found = {}
    for dimension in six.dimensions:
        own = [one.name for one in dimension.features]
        used = [entry.name for entry in card.inputs if entry.name in own]
        points = [working[points_column(name)].to_numpy() for name in used]
        score = rows[f"{dimension.name}_score"]
        found[dimension.name] = Dimensioned(
            title=f"{dimension.title.en} {dimension.title.zh}",
            offered=len(own),
            used=len(used),
            fitted=_told(np.sum(points, axis=0), bad) if used else None,
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
