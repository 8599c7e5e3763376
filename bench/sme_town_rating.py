"""Fit the rating of firms on a town: a card for each learner of the plan, and the weights that fuse them.

Pure: rows of a town in, documents out. How a row is scored is `creditloop.service.rating`, the same as for a
live firm; here cards are only fitted, out of fold for the fusion, and written as the texts that rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.data.derived import DerivedFeature
from creditloop.data.portraits import PortraitDefinition
from creditloop.kernel.documents import parse_document
from creditloop.risk import (
    Card,
    CardFeature,
    Direction,
    FitSettings,
    FittedCard,
    card_text,
    column_findings,
    fit_card,
    read_card,
)
from creditloop.risk.boosting import fold_of
from creditloop.risk.fusion import Fusion, fusion_text
from creditloop.risk.measures.outcomes import Floats
from creditloop.service.rating import LearnerPlan, RatingPlan, lacks_record, learner_log_odds

Fact = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedRating:
    """The cards and how they are fused.

    Attributes:
        cards: by learner, as texts; `out_of_fold`: (n,) log-odds of bad of the rows fitted on, by learner.
    """

    cards: Mapping[str, str]
    out_of_fold: Mapping[str, Floats]
    fusion: Fusion


def fit_rating(
    rows: pl.DataFrame,
    *,
    plan: RatingPlan,
    portrait: PortraitDefinition,
    settings: FitSettings,
    folds: int,
    seed: int,
    ridge: float,
    facts: Mapping[str, Fact],
) -> FittedRating:
    """Fit every learner and the fusion on a town's rows.

    Args:
        rows: as `sme_town_features.town_rows` gives them.
    """
    bad = rows["bad"].to_numpy()
    features = {one.name: [_feature(portrait, name) for name in one.features] for one in plan.learners}
    fold = fold_of(bad, folds=folds, seed=seed)
    learnt = {one.name: np.full(len(bad), np.nan) for one in plan.learners}
    for number in range(folds):
        own = fold == number
        for learner in plan.learners:
            text = _text(learner, plan, rows.filter(~own), features[learner.name], settings, facts)
            learnt[learner.name][own] = learner_log_odds(learner, _card(text), rows.filter(own))
    return FittedRating(
        cards={
            one.name: _text(one, plan, rows, features[one.name], settings, facts) for one in plan.learners
        },
        out_of_fold=learnt,
        fusion=Fusion.fitted(log_odds=learnt, bad=bad, ridge=ridge),
    )


def rating_texts(rating: FittedRating, *, plan: RatingPlan) -> dict[str, str]:
    """Return the texts of the cards and of the fusion that pins them, by the paths the plan names."""
    cards = {one.card: rating.cards[one.name] for one in plan.learners}
    hashes = {name: parse_document(text, path=name).hash for name, text in rating.cards.items()}
    title = {"zh": plan.title.zh, "en": plan.title.en}
    return {
        **cards,
        plan.fusion: fusion_text(rating.fusion, name=plan.name, title=title, learners=hashes),
    }


def _text(
    learner: LearnerPlan,
    plan: RatingPlan,
    rows: pl.DataFrame,
    features: Sequence[CardFeature],
    settings: FitSettings,
    facts: Mapping[str, Fact],
) -> str:
    return card_text(
        _fitted(learner, rows, features, settings),
        card=f"sme_{learner.name}",
        product=plan.product,
        title={"zh": learner.title.zh, "en": learner.title.en},
        facts=facts,
    )


def _card(text: str) -> Card:
    return read_card(parse_document(text, path="card.yaml"))


def _fitted(
    learner: LearnerPlan, rows: pl.DataFrame, features: Sequence[CardFeature], settings: FitSettings
) -> FittedCard:
    """Fit a card on the rows its learner has a record of, without columns that nothing can be fitted on."""
    known = rows.filter(~lacks_record(learner, rows))
    bad = known["bad"].to_numpy()
    faulty = {
        one.column for one in column_findings(frame=known, bad=bad, features=features) if one.leaves_out
    }
    kept = [one for one in features if one.name not in faulty]
    return fit_card(frame=known, bad=bad, features=kept, settings=settings)


def _feature(portrait: PortraitDefinition, name: str) -> CardFeature:
    told: DerivedFeature = next(one for one in portrait.draft.features if one.name == name)
    return CardFeature(
        name=name,
        kind=told.kind,
        direction=Direction(told.direction.value),
        zh=told.meaning.zh,
        en=told.meaning.en,
    )
