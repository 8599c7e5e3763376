"""The candidates (候选模型): each kind of model, fitted on rows and asked for log-odds of bad of others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.risk import CardFeature, FittedCard, Scale, fit_card, place_values
from creditloop.risk.boosting import fit_boosted_card, fit_challenger
from creditloop.risk.fusion import Fusion
from creditloop.service.modelling.figures import Floats
from creditloop.service.modelling.findings import fit_features
from creditloop.service.modelling.plans.plan import CandidateKind, FusedPlan, ModelPlan
from creditloop.service.modelling.sample import Bools

NANO = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A candidate that was fitted.

    Attributes:
        card: what `card_text` writes; None for what is not one card.
        log_odds: of bad, of a frame's rows.
    """

    card: FittedCard | None
    log_odds: Callable[[pl.DataFrame], Floats]


def fit_candidate(
    kind: CandidateKind,
    *,
    frame: pl.DataFrame,
    bad: Bools,
    features: tuple[CardFeature, ...],
    plan: ModelPlan,
) -> Fitted:
    """Fit one kind of model.

    Raises: InputError as the fit does: no feature is left, too few of one outcome.
    """
    made = plan.candidates
    if kind is CandidateKind.BOOSTED_CARD and made.boosted_card is not None:
        joint = fit_boosted_card(frame=frame, bad=bad, features=features, settings=made.boosted_card)
        return Fitted(card=joint.card, log_odds=joint.log_odds)
    if kind is CandidateKind.CHALLENGER and made.challenger is not None:
        best = fit_challenger(frame=frame, bad=bad, features=features, settings=made.challenger)
        return Fitted(card=None, log_odds=best.log_odds)
    if kind is CandidateKind.FUSED and made.fused is not None:
        groups = source_groups(features, plan.sources)
        return _fused(frame, bad, groups, made.fused, plan=plan)
    card = fit_card(frame=frame, bad=bad, features=features, settings=made.scorecard)
    return Fitted(card=card, log_odds=lambda rows: card_log_odds(card, rows))


def card_log_odds(card: FittedCard, frame: pl.DataFrame) -> Floats:
    """Return the log-odds of bad by a scorecard; what has no bin, and would refer, counts nothing."""
    total = np.full(frame.height, card.base, dtype=np.int64)
    for entry in card.features:
        place = place_values(bins=entry.bins, feature=entry.feature, values=frame[entry.feature.name])
        points = np.array([*(part.points for part in entry.bins), 0], dtype=np.int64)  # -1 is the last
        total += points[place]
    return -Scale.of(card.settings).log_odds_of_units(total)


def source_groups(
    features: tuple[CardFeature, ...], sources: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[CardFeature, ...]]:
    """Return the features of each source that has any left."""
    groups = {
        source: tuple(feature for feature in features if feature.name in names)
        for source, names in sources.items()
    }
    return {source: found for source, found in groups.items() if found}


def _fused(
    frame: pl.DataFrame,
    bad: Bools,
    groups: Mapping[str, tuple[CardFeature, ...]],
    made: FusedPlan,
    *,
    plan: ModelPlan,
) -> Fitted:
    """Fit one boosted card a source, and weights for every set of sources that is there."""
    learners, learnt = {}, dict[str, Floats]()
    for source, features in groups.items():
        there = _there(frame, features)
        rows = frame.filter(pl.Series(there))
        sound = fit_features(rows, bad[there], features, plan=plan)
        learners[source] = fit_boosted_card(frame=rows, bad=bad[there], features=sound, settings=made.boost)
        learnt[source] = np.full(len(bad), np.nan)
        learnt[source][there] = learners[source].out_of_fold
    fusion = Fusion.fitted(log_odds=learnt, bad=bad, ridge=made.ridge_nano / NANO)
    prior = float(np.log(bad.sum() / (~bad).sum()))

    def answer(rows: pl.DataFrame) -> Floats:
        given = {
            source: np.where(_there(rows, groups[source]), learner.log_odds(rows), np.nan)
            for source, learner in learners.items()
        }
        return np.nan_to_num(fusion.log_odds(given), nan=prior)

    return Fitted(card=None, log_odds=answer)


def _there(frame: pl.DataFrame, features: tuple[CardFeature, ...]) -> Bools:
    names = [feature.name for feature in features]
    return frame.select(pl.any_horizontal(pl.col(names).is_not_null())).to_series().to_numpy()
