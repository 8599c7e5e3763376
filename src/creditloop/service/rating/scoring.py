"""The arithmetic of a rating (评级计算), the same for one firm and for many: rows in, answers out.

A row has the portrait's features and dimension scores, and the facts that policies read. A learner has no
answer where its record is missing or its card refers the row; the fusion then has weights for the others.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.risk import Card, Scale
from creditloop.risk.fusion import SourceWeights
from creditloop.service.rating.documents import SCORE, RatingDocuments
from creditloop.service.rating.plan import LearnerPlan, OwnerPlan

Floats = npt.NDArray[np.float64]
NANO = 10**9
READ, NO_RECORD, NOT_READ = "read", "none", "not_read"
"""What is known of an owner's own record: it was read, there is none, nobody could read it."""


def learner_answers(documents: RatingDocuments, rows: pl.DataFrame) -> dict[str, Floats]:
    """Return the log-odds of bad by each learner, (n,) float; nan where it has no answer."""
    return {
        learner.name: learner_log_odds(learner, documents.cards[learner.name], rows)
        for learner in documents.plan.learners
    }


def learner_log_odds(learner: LearnerPlan, card: Card, rows: pl.DataFrame) -> Floats:
    """Return a learner's log-odds of bad, (n,) float: of its card's exact sum, where it has a record."""
    names = {entry.name for entry in card.inputs}
    read = rows.select(name for name in rows.columns if name.removesuffix("__state") in names)
    scored = card.score_frame(read, exact=True)
    units = scored["score_nano"].fill_null(0).to_numpy() // (NANO // 10**card.decimals)
    log_odds: Floats = -Scale.of(card.settings, decimals=card.decimals).log_odds_of_units(units)
    answered = scored["score_nano"].is_not_null() & ~lacks_record(learner, rows)
    return np.where(answered.to_numpy(), log_odds, np.nan)


def lacks_record(learner: LearnerPlan, rows: pl.DataFrame) -> pl.Series:
    """Tell of which rows the learner has no record: it is unknown, or empty."""
    if learner.record is None:
        return pl.Series([False]).new_from_index(0, rows.height)
    return (rows[learner.record].cast(pl.Int64) > 0).fill_null(value=False).not_()


def weights_used(documents: RatingDocuments, answers: Mapping[str, float]) -> SourceWeights | None:
    """Return the weights that hold for a row: of the first set all of whose learners answered."""
    there = {name for name, answer in answers.items() if not np.isnan(answer)}
    return next((one for one in documents.fusion.fusion.sets if set(one.sources) <= there), None)


def scored_frame(documents: RatingDocuments, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with `score`, whole points, null where no learner answers, and which learners do not.

    Args:
        rows: a column for each of the cards' features and of the records.
    """
    answers = learner_answers(documents, rows)
    fused = documents.fusion.fusion.log_odds(answers)
    known = ~np.isnan(fused)
    points = pl.Series(documents.scale.scores(-np.where(known, fused, 0.0)))
    score = pl.select(pl.when(pl.Series(known)).then(points).alias(SCORE)).to_series()
    told = [pl.Series(one.without, np.isnan(answers[one.name])) for one in documents.plan.learners]
    return rows.with_columns(score, *told)


def decided_frame(documents: RatingDocuments, rows: pl.DataFrame) -> pl.DataFrame:
    """Return scored rows with the outputs of the policies, each reading what earlier ones said.

    Args:
        rows: as `scored_frame` gives them, with a column for each fact that policies read. A null outcome is
            a case for a person.
    """
    decided = rows
    for policy in documents.policies:
        given = decided.select(entry.name for entry in policy.inputs)
        decided = decided.hstack(policy.judge_frame(given).select(list(policy.outputs)))
    return decided


def owner_facts(asked: OwnerPlan, owners: pl.DataFrame) -> pl.DataFrame:
    """Return what policies read of owners: `owner_record`, and `owner_overdue_fen` where there is one.

    Args:
        owners: columns of the features that are asked; null where nobody could read them.
    """
    record = (
        pl.when(pl.col(asked.record).is_null())
        .then(pl.lit(NOT_READ))
        .when(pl.col(asked.record) > 0)
        .then(pl.lit(READ))
        .otherwise(pl.lit(NO_RECORD))
    )
    overdue = pl.when(pl.col(asked.record) > 0).then(pl.col(asked.overdue))
    return owners.select(owner_record=record, owner_overdue_fen=overdue)
