"""The models of one fold: fitted on its training rows, judging the rows it leaves out.

- `scorecard`: bins, weights of evidence, logistic regression. White box.
- `joint_card`: boosted tables over features and pairs. White box.
- `stacked`: one boosted card a source where the description names sources, fused with weights for every set
  of sources; otherwise the scorecard and the joint card, fused. White box: sums of tables.
- `boosted`: LightGBM of any depth, the best of a stated, fixed search. Not to be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from conformance.credit.dataset import NANO, Sample

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import read_document
from creditloop.risk import (
    CardFeature,
    ColumnFinding,
    FitSettings,
    FittedCard,
    Scale,
    column_findings,
    fit_card,
    settings_from_node,
)
from creditloop.risk.binning import place_values
from creditloop.risk.boosting import (
    BoostedCard,
    BoostSettings,
    boost_settings_from_node,
    fit_boosted_card,
    fit_challenger,
    fold_of,
)
from creditloop.risk.fusion import Fusion
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

WHITE_BOX = {"scorecard": True, "joint_card": True, "stacked": True, "boosted": False}
"""The models in order, and whether each can be read."""
_SETTINGS = Path(__file__).with_name("settings.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSettings:
    """How the models are fitted, the same for every data set."""

    scorecard: FitSettings
    joint_card: BoostSettings
    boosted: BoostSettings
    fusion_ridge: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldAnswers:
    """What the models say of a fold's rows.

    Attributes:
        log_odds: of bad, by model, (rows,) float.
        left_out: features that nothing was fitted with, and why.
        told: further facts, by name: what was chosen, tables and cells of the card.
    """

    rows: Ints
    log_odds: Mapping[str, Floats]
    left_out: tuple[str, ...]
    told: Mapping[str, object]


def read_settings() -> SuiteSettings:
    """Read the settings of this suite."""
    parts = read_document(_SETTINGS, root=_SETTINGS.parent).root.mapping(
        required=["scorecard", "joint_card", "boosted", "fusion_ridge"], optional=[]
    )
    ridge = constant_from_node(parts["fusion_ridge"], kind=Kind.NANO)
    assert isinstance(ridge, int)
    return SuiteSettings(
        scorecard=settings_from_node(parts["scorecard"]),
        joint_card=boost_settings_from_node(parts["joint_card"]),
        boosted=boost_settings_from_node(parts["boosted"]),
        fusion_ridge=ridge / NANO,
    )


def judge_fold(sample: Sample, train: Ints, test: Ints, *, settings: SuiteSettings) -> FoldAnswers:
    """Fit every model on the training rows and judge the others."""
    frame, bad = sample.frame[train], sample.bad[train]
    found = _faulty(frame, bad, sample.features)
    features = _without(sample.features, found)
    unseen = sample.frame[test]
    card = _scorecard(frame, bad, features, settings)
    joint = fit_boosted_card(frame=frame, bad=bad, features=features, settings=settings.joint_card)
    challenger = fit_challenger(frame=frame, bad=bad, features=features, settings=settings.boosted)
    answers = {
        "scorecard": card_log_odds(card, unseen),
        "joint_card": joint.log_odds(unseen),
        "boosted": challenger.log_odds(unseen),
    }
    groups = _groups(sample, features)
    if groups:
        answers["stacked"] = _fused_sources(frame, bad, unseen, groups, settings)
    else:
        answers["stacked"] = _fused_cards(frame, bad, unseen, features, joint, answers, settings)
    return FoldAnswers(
        rows=test,
        log_odds={name: answers[name] for name in WHITE_BOX},
        left_out=tuple(f"{sample.columns.get(entry.column, entry.column)}: {entry.en}" for entry in found),
        told={
            "joint_card": _shape(joint),
            "boosted": {"chosen": challenger.chosen},
        },
    )


def card_log_odds(card: FittedCard, frame: pl.DataFrame) -> Floats:
    """Return the log-odds of bad by a scorecard; what has no bin, and would refer, counts nothing."""
    total = np.full(frame.height, card.base, dtype=np.int64)
    for entry in card.features:
        place = place_values(bins=entry.bins, feature=entry.feature, values=frame[entry.feature.name])
        points = np.array([*(part.points for part in entry.bins), 0], dtype=np.int64)  # -1 is the last
        total += points[place]
    return -Scale.of(card.settings).log_odds_of_units(total)


def _scorecard(
    frame: pl.DataFrame, bad: Bools, features: Sequence[CardFeature], settings: SuiteSettings
) -> FittedCard:
    """Fit a scorecard without the columns that these rows cannot bear, copies of another for one."""
    kept = _without(features, _faulty(frame, bad, features))
    return fit_card(frame=frame, bad=bad, features=kept, settings=settings.scorecard)


def _faulty(frame: pl.DataFrame, bad: Bools, features: Sequence[CardFeature]) -> list[ColumnFinding]:
    return [entry for entry in column_findings(frame=frame, bad=bad, features=features) if entry.leaves_out]


def _without(features: Sequence[CardFeature], found: Sequence[ColumnFinding]) -> list[CardFeature]:
    faulty = {entry.column for entry in found}
    return [entry for entry in features if entry.name not in faulty]


def _groups(sample: Sample, features: Sequence[CardFeature]) -> dict[str, list[CardFeature]]:
    groups = {
        source: [entry for entry in features if entry.name in names]
        for source, names in sample.sources.items()
    }
    return {source: found for source, found in groups.items() if found}


def _fused_sources(
    frame: pl.DataFrame,
    bad: Bools,
    unseen: pl.DataFrame,
    groups: Mapping[str, Sequence[CardFeature]],
    settings: SuiteSettings,
) -> Floats:
    """Return the answer of one boosted card a source; a source none of whose features is there is missing."""
    learnt, asked = dict[str, Floats](), dict[str, Floats]()
    for source, features in groups.items():
        there = _there(frame, features)
        rows = frame.filter(there)
        sound = _without(features, _faulty(rows, bad[there], features))
        learner = fit_boosted_card(frame=rows, bad=bad[there], features=sound, settings=settings.joint_card)
        learnt[source] = np.full(len(bad), np.nan)
        learnt[source][there] = learner.out_of_fold
        asked[source] = np.where(_there(unseen, features), learner.log_odds(unseen), np.nan)
    fusion = Fusion.fitted(log_odds=learnt, bad=bad, ridge=settings.fusion_ridge)
    prior = float(np.log(bad.sum() / (~bad).sum()))
    return np.nan_to_num(fusion.log_odds(asked), nan=prior)


def _fused_cards(
    frame: pl.DataFrame,
    bad: Bools,
    unseen: pl.DataFrame,
    features: Sequence[CardFeature],
    joint: BoostedCard,
    answers: Mapping[str, Floats],
    settings: SuiteSettings,
) -> Floats:
    """Return the answer of scorecard and joint card together, weighed by what they say out of fold."""
    boost = settings.joint_card
    fold = fold_of(bad, folds=boost.folds, seed=boost.seed)
    learnt = np.empty(len(bad))
    for number in range(boost.folds):
        own = fold == number
        card = _scorecard(frame.filter(~own), bad[~own], features, settings)
        learnt[own] = card_log_odds(card, frame.filter(own))
    fusion = Fusion.fitted(
        log_odds={"scorecard": learnt, "joint_card": joint.out_of_fold}, bad=bad, ridge=settings.fusion_ridge
    )
    return fusion.log_odds({"scorecard": answers["scorecard"], "joint_card": answers["joint_card"]})


def _there(frame: pl.DataFrame, features: Sequence[CardFeature]) -> Bools:
    names = [entry.name for entry in features]
    return frame.select(pl.any_horizontal(pl.col(names).is_not_null())).to_series().to_numpy()


def _shape(joint: BoostedCard) -> dict[str, object]:
    card = joint.card
    return {
        "learners": {one.name: {"rounds": one.rounds, "weight": one.weight} for one in joint.learners},
        "features": len(card.features),
        "pairs": len(card.pairs),
        "cells": sum(len(entry.bins) for entry in card.features)
        + sum(len(pair.rows) * len(pair.columns) for pair in card.pairs),
    }
