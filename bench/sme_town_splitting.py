"""What it costs to rate by a card for each dimension, fused, instead of one card over all six (simulated)."""

from dataclasses import dataclass, replace

import polars as pl
from bench.sme_town_rating import fit_rating

from creditloop.data.portraits import PortraitDefinition
from creditloop.kernel.documents import parse_document
from creditloop.risk import FitSettings, read_card
from creditloop.risk.measures.intervals import AucInterval, auc_interval
from creditloop.service.rating import LearnerPlan, RatingPlan, learner_log_odds


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """AUC of the first learner's features on the town judged: in one card; in a card a dimension, fused."""

    joint: AucInterval
    split: AucInterval
    cards: int


def splitting(
    rows: pl.DataFrame,
    unseen: pl.DataFrame,
    *,
    plan: RatingPlan,
    portrait: PortraitDefinition,
    settings: FitSettings,
    folds: int,
    seed: int,
    ridge: float,
) -> Splitting:
    """Fit both ways on the same rows and folds, and judge them on the same others."""
    whole = replace(plan, learners=plan.learners[:1])
    parts = replace(plan, learners=tuple(_of_dimension(plan.learners[0], at) for at in range(_count(plan))))
    bad = unseen["bad"].to_numpy()
    told = []
    for one in (whole, parts):
        fitted = fit_rating(
            rows,
            plan=one,
            portrait=portrait,
            settings=settings,
            folds=folds,
            seed=seed,
            ridge=ridge,
            facts={},
        )
        answers = {
            learner.name: learner_log_odds(
                learner, read_card(parse_document(fitted.cards[learner.name], path="card.yaml")), unseen
            )
            for learner in one.learners
        }
        told.append(auc_interval(score=-fitted.fusion.log_odds(answers), bad=bad))
    return Splitting(joint=told[0], split=told[1], cards=_count(plan))


def _count(plan: RatingPlan) -> int:
    return len(plan.learners[0].dimensions)


def _of_dimension(learner: LearnerPlan, at: int) -> LearnerPlan:
    own = learner.dimensions[at]
    return replace(learner, name=own.name, title=own.title, dimensions=(own,))
