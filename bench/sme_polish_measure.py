"""What the five dimensions tell of Polish companies, out of fold: alone, fused, one missing, and jointly.

1 the rows are cut into folds; what is judged was never fitted on
2 in each fold a boosted card a dimension, and one over all columns, is fitted on the other folds
3 the dimensions' answers are fused: weights for each set of dimensions, from answers the cards' own inner
  folds gave out of fold
4 a dimension that is missing is left out of the fusion, which then answers by the weights of the others

All of it is done twice: with the directions stated held to, and free of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
from bench.sme_polish_study import NANO, CompanySample, Ratio, SmeStudy
from sklearn.model_selection import StratifiedKFold

from creditloop.risk.binning import direction_findings
from creditloop.risk.boosting import BoostedCard, fit_boosted_card
from creditloop.risk.card import GradeAim, Scale, grade_scores
from creditloop.risk.fusion import Fusion
from creditloop.risk.measures.discrimination import auc, ks
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

VARIANTS = {"free": False, "held": True}
"""Whether cards are held to the directions stated."""
JOINT, FUSED = "joint", "fused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldAnswer:
    """Log-odds of bad of one fold's rows, by what is judged: a dimension, `fused`, `without …`, `joint`."""

    rows: Ints
    log_odds: Mapping[str, Floats]
    weights: Mapping[str, int]


def without(dimension: str) -> str:
    """Return what the fusion is called when a dimension is missing."""
    return f"without {dimension}"


def measure(study: SmeStudy, sample: CompanySample, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Fit and judge; return the figures of the page, in plain data.

    Args:
        say: is told how far it is.
    """
    variants = {}
    for name, held in VARIANTS.items():
        folds = []
        for number, (train, test) in enumerate(_parted(study, sample.bad), start=1):
            folds.append(judge_fold(study, sample, train, test, held=held))
            say(f"{name}: fold {number} of {study.folds}")
        variants[name] = _figures(study, sample.bad, folds)
    features = [ratio.feature(held=True) for ratio in study.ratios]
    limits = study.limits(len(sample.bad))
    against = direction_findings(frame=sample.frame, bad=sample.bad, features=features, limits=limits)
    return {
        "rows": len(sample.bad),
        "bad": int(sample.bad.sum()),
        "repeated": sample.frame.height - sample.frame.n_unique(),
        "variants": variants,
        "against": [
            {"name": one.feature, "stated": one.direction.value, "follows": one.follows and one.follows.value}
            for one in against
        ],
    }


def judge_fold(study: SmeStudy, sample: CompanySample, train: Ints, test: Ints, *, held: bool) -> FoldAnswer:
    """Fit the cards on some rows and judge others."""
    learnt, asked = dict[str, Floats](), dict[str, Floats]()
    for dimension in study.dimensions:
        card = _card(study, sample, train, study.of_dimension(dimension.name), held=held)
        learnt[dimension.name] = card.out_of_fold
        asked[dimension.name] = card.log_odds(sample.frame[test])
    fusion = Fusion.fitted(log_odds=learnt, bad=sample.bad[train], ridge=study.fusion_ridge)
    joint = _card(study, sample, train, study.ratios, held=held)
    answers = dict(asked)
    answers[FUSED] = fusion.log_odds(asked)
    for name in asked:
        answers[without(name)] = fusion.log_odds({key: asked[key] for key in asked if key != name})
    answers[JOINT] = joint.log_odds(sample.frame[test])
    whole = next(one for one in fusion.sets if len(one.sources) == len(study.dimensions))
    weights = dict(zip(whole.sources, whole.weights_nano, strict=True))
    return FoldAnswer(rows=test, log_odds=answers, weights=weights)


def _card(
    study: SmeStudy, sample: CompanySample, rows: Ints, ratios: list[Ratio] | tuple[Ratio, ...], *, held: bool
) -> BoostedCard:
    features = [ratio.feature(held=held) for ratio in ratios]
    return fit_boosted_card(
        frame=sample.frame[rows], bad=sample.bad[rows], features=features, settings=study.card
    )


def _parted(study: SmeStudy, bad: Bools) -> list[tuple[Ints, Ints]]:
    folds = StratifiedKFold(study.folds, shuffle=True, random_state=study.seed)
    return list(folds.split(np.zeros(len(bad)), bad))


def _figures(study: SmeStudy, bad: Bools, folds: list[FoldAnswer]) -> dict[str, Any]:
    """Put the folds together: AUC and KS of each answer, mean weights, grades of the fused rating."""
    fused = np.empty(len(bad))
    for fold in folds:
        fused[fold.rows] = fold.log_odds[FUSED]
    card = study.card
    scale = Scale(
        score_at=card.score_at,
        odds_at=card.odds_at,
        points_to_double_odds=card.points_to_double_odds,
    )
    scores = scale.scores(-fused)
    grades = grade_scores(
        score=scores,
        bad=bad,
        grades=study.grades_max,
        share_min_nano=study.grade_share_nano,
        aim=GradeAim.IV,
    )
    return {
        "judged": {name: _judged(bad, folds, name) for name in folds[0].log_odds},
        "weights": {
            one.name: round(fmean(fold.weights[one.name] for fold in folds) / NANO, 3)
            for one in study.dimensions
        },
        "grades": [
            {"scores": grade.label, "rows": grade.rows, "bad": grade.bad} for grade in reversed(grades)
        ],
    }


def _judged(bad: Bools, folds: list[FoldAnswer], name: str) -> dict[str, float]:
    found = [auc(score=-fold.log_odds[name], bad=bad[fold.rows]) for fold in folds]
    separated = [ks(score=-fold.log_odds[name], bad=bad[fold.rows]).value for fold in folds]
    return {
        "auc": round(fmean(found), 4),
        "auc_sd": round(stdev(found), 4),
        "ks": round(fmean(separated), 4),
    }
