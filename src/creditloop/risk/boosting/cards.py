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
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from lightgbm import Booster

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import PREBINS_MAX, BinLimits, CardFeature, ColumnFinding
from creditloop.risk.binning.bins import nano_from_float
from creditloop.risk.boosting.columns import TreeColumn, matrix_of, tree_columns
from creditloop.risk.boosting.crosses import cross
from creditloop.risk.boosting.directions import directed, ordered, seen_steps
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
from creditloop.risk.card.parts import CardMethod, DroppedFeature, FittedCard, ScoreBand
from creditloop.risk.card.scaling import Scale
from creditloop.risk.card.settings import LearnerSettings
from creditloop.risk.fitting.bands import score_bands
from creditloop.risk.fitting.sample import checked_columns
from creditloop.risk.fusion import positive_weights
from creditloop.risk.measures.outcomes import Bools, Floats, Ints, checked_bad, checked_both_classes

_RIDGE = 1e-6
"""Keeps the learners' weights finite; it moves nothing else."""
_LAST_BITS = 1e-8
"""Log-odds that the arithmetic may lose where thousands of trees are added up."""


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
        findings: columns that were left out since they have one value or none, and those whose rare words
            are one group.
    """

    card: FittedCard
    units: UnitTables
    out_of_fold: Floats
    fold: npt.NDArray[np.int64]
    learners: tuple[Learner, ...]
    findings: tuple[ColumnFinding, ...]

    def log_odds(self, frame: pl.DataFrame) -> Floats:
        """Return the log-odds of bad of a frame's rows, (n,) float, also of rows the card would refer.

        For measuring: a missing value, or a word, that the sample never had adds nothing here.
        """
        scale = Scale.of(self.card.settings, decimals=self.card.decimals)
        return -scale.log_odds_of_units(self.units.total(frame))


class _Coded(NamedTuple):
    """The sample as learners read it.

    Attributes:
        codes: (n, features) numbers of pre-bins; `fold`: (n,) of each row.
        steps: of each feature, which way badness may go from bin to bin.
        columns, matrix: what trees read.
    """

    encoding: Encoding
    codes: Ints
    bad: Bools
    fold: Ints
    steps: Sequence[Ints]
    columns: Sequence[TreeColumn]
    matrix: Floats

    @classmethod
    def of(cls, encoding: Encoding, codes: Ints, bad: Bools, fold: Ints) -> Self:
        """Return the sample with the steps that directions stated, and rates seen, ask for."""
        steps = [seen_steps(*each) for each in zip(encoding.features, encoding.bins, strict=True)]
        columns = tree_columns(steps, ordered=[ordered(bins) for bins in encoding.bins])
        return cls(encoding, codes, bad, fold, steps, columns, matrix_of(columns, codes))


class _Learnt(NamedTuple):
    """A learner as tables."""

    name: str
    rounds: int
    loss: float
    out_of_fold: Floats
    tables: AdditiveTables


def fit_boosted_card(
    *, frame: pl.DataFrame, bad: npt.ArrayLike, features: Sequence[CardFeature], settings: BoostSettings
) -> BoostedCard:
    """Fit a card of boosted tables (提升卡) on a sample.

    Directions stated are held to, see `directions`: all else being the same, the score never goes against
    one. `none` and `free` say nothing here, and special codes and the missing stand outside every order.

    Args:
        frame: a column for each feature, null where it is missing.
        bad: (n,) of 0/1 or booleans, none missing.
    Raises: InputError as `fit_card`, and for fewer bads or goods than folds.
    """
    outcomes = checked_both_classes(checked_bad(bad))
    check_folds(outcomes, settings.folds)
    columns = checked_columns(frame, outcomes, features, prebins_max=settings.prebins_max)
    encoding, codes = encoded(frame, outcomes, features=columns.features, prebins_max=settings.prebins_max)
    fold = fold_of(outcomes, folds=settings.folds, seed=settings.seed)
    sample = _Coded.of(encoding, codes, outcomes, fold)
    learnt = _learnt(sample, settings)
    answers = np.column_stack([one.out_of_fold for one in learnt])
    intercept, weights = positive_weights(answers, outcomes, ridge=_RIDGE)
    if not weights.any():
        raise InputError("no feature is left: out of fold nothing tells bad from good better than chance")
    out_of_fold = intercept + answers @ weights
    told = _learner_settings(settings, learnt, weights)
    scale = Scale.of(told, decimals=settings.decimals)
    tables = _added(learnt, weights, sample)
    units = UnitTables.rounded(encoding, tables, codes, scale=scale, intercept=intercept)
    limits = BinLimits.of_share(
        prebins_max=PREBINS_MAX,
        bins_max=settings.bands_max,
        share_min_nano=settings.share_min_nano,
        rows=len(outcomes),
    )
    bands = score_bands(scale.scores(-out_of_fold), outcomes, limits=limits)
    return BoostedCard(
        card=_card(units, codes, outcomes, bands, columns.dropped, told),
        units=units,
        out_of_fold=out_of_fold,
        fold=fold,
        findings=columns.findings,
        learners=tuple(
            Learner(name=one.name, loss=one.loss, rounds=one.rounds, weight=weight)
            for one, weight in zip(learnt, weights.tolist(), strict=True)
        ),
    )


def _added(learnt: Sequence[_Learnt], weights: Floats, sample: _Coded) -> AdditiveTables:
    """Return the learners' tables as one, each table going as stated."""
    parts = [(weight, one.tables) for weight, one in zip(weights.tolist(), learnt, strict=True)]
    tables, bent = directed(purified(weighted_sum(parts), sample.codes), sample.steps, sample.codes)
    assert max(bent.values(), default=0.0) < _LAST_BITS, "learners go as stated, each of them"
    return tables


def _card(
    units: UnitTables,
    codes: Ints,
    bad: Bools,
    bands: tuple[ScoreBand, ...],
    left_out: tuple[DroppedFeature, ...],
    settings: LearnerSettings,
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
        dropped=(*left_out, *dropped),
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


def _learnt(sample: _Coded, settings: BoostSettings) -> list[_Learnt]:
    """Grow every learner of the settings on the same folds."""
    free = Constraints(depth=CARD_DEPTH, columns=sample.columns)
    held = replace(free, pairs=_pairs(sample, free, settings))

    def trees(growth: Growth, constraints: Constraints) -> Grown:
        return grow(
            sample.matrix,
            sample.bad,
            sample.fold,
            growth=growth,
            constraints=constraints,
            rounds_max=settings.rounds_max,
            seed=settings.seed,
        )

    found = [_of_trees(growth.name, trees(growth, held), sample) for growth in settings.growths]
    if settings.crossing is not None and settings.pairs_max:
        mains = trees(settings.crossing.mains, replace(free, depth=1))
        found.append(_crosswise(mains, sample, settings.crossing))
    return found


def _of_trees(name: str, grown: Grown, sample: _Coded) -> _Learnt:
    tables = _mean([_tables_of(model, grown.rounds, sample.columns) for model in grown.models])
    return _Learnt(name, grown.rounds, grown.loss, grown.out_of_fold, tables)


def _crosswise(grown: Grown, sample: _Coded, crossing: Crossing) -> _Learnt:
    """Cut pairs from where trees of one split, tables of one feature, left off."""
    alone = [_tables_of(model, grown.rounds, sample.columns) for model in grown.models]
    crossed = cross(
        sample.codes,
        sample.bad,
        encoding=sample.encoding,
        steps=sample.steps,
        alone=alone,
        fold=sample.fold,
        crossing=crossing,
    )
    tables = _mean(alone)
    return _Learnt(
        crossing.mains.name,
        crossed.rounds,
        crossed.loss,
        crossed.out_of_fold,
        AdditiveTables(tables.base, tables.mains, crossed.pairs),
    )


def _pairs(sample: _Coded, free: Constraints, settings: BoostSettings) -> list[Pair] | None:
    """Return the pairs that get a table; None where all of them may."""
    features = len(sample.steps)
    if features * (features - 1) // 2 <= settings.pairs_max:
        return None
    return worthy_pairs(
        sample.matrix,
        sample.bad,
        growth=settings.growths[0],
        constraints=free,
        count=settings.pairs_max,
        rounds_max=settings.rounds_max,
        seed=settings.seed,
    )


def _mean(tables: Sequence[AdditiveTables]) -> AdditiveTables:
    return weighted_sum([(1 / len(tables), one) for one in tables])


def _tables_of(model: Booster, rounds: int, columns: Sequence[TreeColumn]) -> AdditiveTables:
    total = TableSum(columns)
    for tree in trees_of(model, rounds=rounds):
        total.add(tree)
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
