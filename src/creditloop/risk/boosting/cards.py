"""A boosted model as a card (提升卡): additive tables of points over features and pairs, nothing else.

1. Every feature is cut into pre-bins; learners read only their numbers (`encoding`).
2. Learners are grown by folds: trees of at most two splits over features and the pairs worth a table, in each
   way of growing offered (`training`), and tables of one feature with pairs cut crosswise (`crosses`).
3. Each is a sum of tables (`tables`). They are added with weights fitted on their out-of-fold answers, which
   also set the log-odds right: points double the odds on rows the model never saw.
4. The sum is freed of what belongs elsewhere and turned into whole units of points, once (`units`).
5. Bands of the score get the bad rate seen out of fold as their pd.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import CardFeature, Direction
from creditloop.risk.binning.bins import NANO, nano_from_float
from creditloop.risk.binning.merging import BinLimits
from creditloop.risk.boosting.crosses import cross
from creditloop.risk.boosting.encoding import Encoding, encoded
from creditloop.risk.boosting.settings import BoostSettings, Crossing, Growth
from creditloop.risk.boosting.tables import AdditiveTables, Pair, TableSum, purified, weighted_sum
from creditloop.risk.boosting.training import (
    CARD_DEPTH,
    Constraints,
    Grown,
    fold_of,
    grow,
    trees_of,
    worthy_pairs,
)
from creditloop.risk.boosting.units import UnitTables, card_parts
from creditloop.risk.card.parts import CardMethod, FittedCard, ScoreBand
from creditloop.risk.card.scaling import Scale
from creditloop.risk.card.settings import LearnerSettings
from creditloop.risk.fitting.bands import score_bands
from creditloop.risk.fusion import positive_weights
from creditloop.risk.measures.outcomes import Bools, Floats, Ints, checked_bad, checked_both_classes

_RIDGE = 1e-6
"""Keeps the learners' weights finite; it moves nothing else."""
_PREBINS_OF_SCORE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """One learner of a card, and how it did.

    Attributes:
        loss: mean out-of-fold negative log-likelihood; `rounds`: trees, or cuts of each pair, of a model.
        weight: of its tables in the card, >= 0.
    """

    name: str
    loss: float
    rounds: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedCard:
    """A fitted card, and what is known of how it was fitted.

    Attributes:
        card: what `card_text` writes as the document.
        units: the same tables as arrays, for scoring frames at once.
        out_of_fold: (n,) float, log-odds of bad of each row of the sample by models that never saw it.
        fold: (n,) int, the fold of each row.
        learners: in the order of the settings, the crosswise one last.
    """

    card: FittedCard
    units: UnitTables
    out_of_fold: Floats
    fold: npt.NDArray[np.int64]
    learners: tuple[Learner, ...]

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """Return the log-odds of bad of a frame's rows, (n,) float, also of rows the card would refer.

        For measuring: a missing value, or a word, that the sample never had adds nothing here.
        """
        scale = Scale.of(self.card.settings, decimals=self.card.decimals)
        return -scale.log_odds_of_units(self.units.total(frame))


def fit_boosted_card(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, features: Sequence[CardFeature], settings: BoostSettings
) -> BoostedCard:
    """Fit a card of boosted tables (提升卡) on a sample.

    A direction `up` or `down` is held to; such a feature is in no pair that is cut crosswise.

    Args:
        frame: a column for each feature, null where it is missing.
        bad: (n,) of 0/1 or booleans, none missing.
    Raises: InputError for one class only, fewer bads or goods than folds, a column that is absent or not of
        its kind, a direction beside special codes, or if no feature tells anything.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    check_folds(outcomes, settings.folds)
    encoding, codes = encoded(frame, outcomes, features=features, prebins_max=settings.prebins_max)
    fold = fold_of(outcomes, folds=settings.folds, seed=settings.seed)
    learnt = _learnt(codes, outcomes, fold, encoding, settings)
    answers = np.column_stack([one.out_of_fold for one in learnt])
    intercept, weights = positive_weights(answers, outcomes, ridge=_RIDGE)
    if not weights.any():
        raise InputError("no feature is left: out of fold nothing tells bad from good better than chance")
    parts = [(weight, one.tables) for weight, one in zip(weights.tolist(), learnt, strict=True)]
    tables = purified(weighted_sum(parts), codes)
    out_of_fold = intercept + answers @ weights
    scale = Scale(
        score_at=settings.score_at,
        odds_at=settings.odds_at,
        points_to_double_odds=settings.points_to_double_odds,
        decimals=settings.decimals,
    )
    units = UnitTables.rounded(encoding, tables, codes, scale=scale, intercept=intercept)
    limits = BinLimits(
        prebins_max=_PREBINS_OF_SCORE,
        bins_max=settings.bands_max,
        rows_min=-(-len(outcomes) * settings.share_min_nano // NANO),
    )
    bands = score_bands(scale.scores(-out_of_fold), outcomes, limits=limits)
    return BoostedCard(
        card=_card(units, codes, outcomes, bands, _learner_settings(settings, learnt, weights)),
        units=units,
        out_of_fold=out_of_fold,
        fold=fold,
        learners=tuple(
            Learner(name=one.name, loss=one.loss, rounds=one.rounds, weight=weight)
            for one, weight in zip(learnt, weights.tolist(), strict=True)
        ),
    )


def _card(
    units: UnitTables, codes: Ints, bad: Bools, bands: tuple[ScoreBand, ...], settings: LearnerSettings
) -> FittedCard:
    """Return the tables as a card."""
    features, pairs, dropped = card_parts(units, codes, bad)
    if not features:
        raise InputError("no feature is left: none tells good from bad by these settings")
    return FittedCard(
        base=units.base,
        rows=len(bad),
        bad=int(bad.sum()),
        features=features,
        dropped=dropped,
        bands=bands,
        settings=settings,
        pairs=pairs,
        decimals=units.decimals,
        method=CardMethod.BOOSTED,
    )


def check_folds(bad: Bools, folds: int) -> None:
    """Refuse a sample that has fewer bads, or fewer goods, than folds."""
    least = min(int(bad.sum()), int((~bad).sum()))
    if least < folds:
        raise InputError(
            "the sample has too few of one outcome to be cut into folds", got=least, expected=f">= {folds}"
        )


class _Learnt(NamedTuple):
    """A learner as tables."""

    name: str
    rounds: int
    loss: float
    out_of_fold: Floats
    tables: AdditiveTables


def _learnt(
    codes: Ints, bad: Bools, fold: Ints, encoding: Encoding, settings: BoostSettings
) -> list[_Learnt]:
    """Grow every learner of the settings on the same folds."""
    matrix = encoding.matrix(codes)
    free = Constraints(depth=CARD_DEPTH, directions=[_sense(entry) for entry in encoding.features])
    held = replace(free, pairs=_pairs(matrix, bad, free, settings))

    def trees(growth: Growth, constraints: Constraints) -> Grown:
        return grow(
            matrix,
            bad,
            fold,
            growth=growth,
            constraints=constraints,
            rounds_max=settings.rounds_max,
            seed=settings.seed,
        )

    found = [_of_trees(growth.name, trees(growth, held), encoding) for growth in settings.growths]
    if settings.crossing is not None and settings.pairs_max:
        mains = trees(settings.crossing.mains, replace(free, depth=1))
        found.append(_crosswise(mains, matrix, codes, bad, encoding, settings.crossing))
    return found


def _of_trees(name: str, grown: Grown, encoding: Encoding) -> _Learnt:
    return _Learnt(name, grown.rounds, grown.loss, grown.out_of_fold, _averaged(grown, encoding))


def _crosswise(
    mains: Grown, matrix: Floats, codes: Ints, bad: Bools, encoding: Encoding, crossing: Crossing
) -> _Learnt:
    starts = np.stack(
        [model.predict(matrix, raw_score=True, num_iteration=mains.rounds) for model in mains.models]
    )
    free = [number for number, feature in enumerate(encoding.features) if not _sense(feature)]
    crossed = cross(
        codes, bad, encoding=encoding, free=free, starts=starts, fold=mains.fold, crossing=crossing
    )
    tables = _averaged(mains, encoding)
    return _Learnt(
        crossing.mains.name,
        crossed.rounds,
        crossed.loss,
        crossed.out_of_fold,
        AdditiveTables(tables.base, tables.mains, crossed.pairs),
    )


def _pairs(matrix: Floats, bad: Bools, free: Constraints, settings: BoostSettings) -> list[Pair] | None:
    """Return the pairs that get a table; None where all of them may."""
    count = matrix.shape[1] * (matrix.shape[1] - 1) // 2
    if count <= settings.pairs_max:
        return None
    return worthy_pairs(
        matrix,
        bad,
        growth=settings.growths[0],
        constraints=free,
        count=settings.pairs_max,
        rounds_max=settings.rounds_max,
        seed=settings.seed,
    )


def _sense(feature: CardFeature) -> int:
    """Return 1 where badness rises with the feature, -1 where it falls, 0 where it may do either."""
    sense = {Direction.UP: 1, Direction.DOWN: -1}.get(feature.direction, 0)
    if sense and feature.special:
        raise InputError(
            f"trees cannot be held to the direction of {feature.name} beside its special codes",
            got=feature.direction.value,
            expected=Direction.NONE.value,
        )
    return sense


def _averaged(grown: Grown, encoding: Encoding) -> AdditiveTables:
    total = TableSum(encoding.sizes)
    for model in grown.models:
        for tree in trees_of(model, rounds=grown.rounds):
            total.add(tree, weight=1 / len(grown.models))
    return total.tables()


def _learner_settings(settings: BoostSettings, learnt: Sequence[_Learnt], weights: Floats) -> LearnerSettings:
    """Return what a reader of the card must know to fit it again: sizes, and each learner's part in it."""
    parts = {
        key: value
        for one, weight in zip(learnt, weights.tolist(), strict=True)
        for key, value in (
            (f"{one.name}_rounds", one.rounds),
            (f"{one.name}_weight_nano", nano_from_float(weight)),
        )
    }
    sizes = {name: getattr(settings, name) for name in ("folds", "pairs_max", "prebins_max", "seed")}
    return LearnerSettings(
        score_at=settings.score_at,
        odds_at=settings.odds_at,
        points_to_double_odds=settings.points_to_double_odds,
        learner={**sizes, **parts},
        source=settings.source,
    )
