"""The rating of firms: a card over six dimensions, a card of what the bureau tells, and both fused.

Pure: rows of a town in, cards and answers out. A firm without a bureau record (信贷白户) has no answer of the
bureau's card; the fusion has weights for that, fitted on the answers of the other alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from bench.sme_town_features import AbilityFeatures

from creditloop.risk import (
    CardFeature,
    Direction,
    FitSettings,
    FittedCard,
    Scale,
    card_text,
    column_findings,
    fit_card,
)
from creditloop.risk.binning import place_values
from creditloop.risk.binning.bins import NANO
from creditloop.risk.boosting import fold_of
from creditloop.risk.fusion import Fusion
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

SIX_CARD, BUREAU_CARD = "six_dimensions", "bureau"
"""The two learners, as the fusion names them."""
Fact = str | int | bool
_TITLES = {
    SIX_CARD: {"zh": "小微企业六维评分卡（模拟）", "en": "card of six dimensions of small firms (simulated)"},
    BUREAU_CARD: {
        "zh": "小微企业征信评分卡（模拟）",
        "en": "card of small firms at the credit bureau (simulated)",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmeRating:
    """The two cards and how they are fused.

    Attributes:
        cards: by learner; `fusion`: weights where both answer, and where one does.
    """

    cards: Mapping[str, FittedCard]
    fusion: Fusion
    scale: Scale

    def log_odds(self, rows: pl.DataFrame) -> dict[str, Floats]:
        """Return the log-odds of bad by each learner, (n,) float; nan where it has no answer."""
        return {name: _answer(name, card, rows) for name, card in self.cards.items()}

    def scores(self, rows: pl.DataFrame) -> Ints:
        """Return the rating in whole points, higher is safer."""
        return self.scale.scores(-self.fusion.log_odds(self.log_odds(rows)))


def fit_rating(
    rows: pl.DataFrame,
    *,
    ability: AbilityFeatures,
    settings: FitSettings,
    folds: int,
    seed: int,
    ridge: float,
) -> SmeRating:
    """Fit both cards and the fusion on a town's rows.

    Args:
        rows: as `sme_town_features.town_rows` gives them.
    """
    bad = rows["bad"].to_numpy()
    offered = {SIX_CARD: list(ability.dimension), BUREAU_CARD: list(ability.bureau)}
    features = {name: [_feature(ability, each) for each in names] for name, names in offered.items()}
    fold = fold_of(bad, folds=folds, seed=seed)
    learnt = {name: np.full(len(bad), np.nan) for name in features}
    for number in range(folds):
        own = fold == number
        for name, entries in features.items():
            card = _card(name, rows.filter(~own), entries, settings)
            learnt[name][own] = _answer(name, card, rows.filter(own))
    return SmeRating(
        cards={name: _card(name, rows, entries, settings) for name, entries in features.items()},
        fusion=Fusion.fitted(log_odds=learnt, bad=bad, ridge=ridge),
        scale=Scale.of(settings),
    )


def feature_points(card: FittedCard, rows: pl.DataFrame) -> dict[str, Ints]:
    """Return what each feature of a card gives each row, (n,) points; what has no bin gives 0."""
    found = {}
    for entry in card.features:
        place = place_values(bins=entry.bins, feature=entry.feature, values=rows[entry.feature.name])
        points = np.array([*(part.points for part in entry.bins), 0], dtype=np.int64)  # -1 is the last
        found[entry.feature.name] = points[place]
    return found


def _answer(name: str, card: FittedCard, rows: pl.DataFrame) -> Floats:
    total = sum(feature_points(card, rows).values(), np.full(rows.height, card.base, dtype=np.int64))
    answer: Floats = -Scale.of(card.settings).log_odds_of_units(total)
    return np.where(_lacks(name, rows), np.nan, answer)


def _lacks(name: str, rows: pl.DataFrame) -> Bools:
    """Tell which rows a learner knows nothing of: the bureau's of those without a record there."""
    if name == BUREAU_CARD:
        return rows["no_bureau"].to_numpy()
    return np.zeros(rows.height, dtype=np.bool_)


def _card(
    name: str, rows: pl.DataFrame, features: Sequence[CardFeature], settings: FitSettings
) -> FittedCard:
    """Fit a card on the rows its learner knows, without columns that nothing can be fitted on."""
    known = rows.filter(pl.Series(~_lacks(name, rows)))
    bad = known["bad"].to_numpy()
    faulty = {
        one.column for one in column_findings(frame=known, bad=bad, features=features) if one.leaves_out
    }
    kept = [one for one in features if one.name not in faulty]
    return fit_card(frame=known, bad=bad, features=kept, settings=settings)


def _feature(ability: AbilityFeatures, name: str) -> CardFeature:
    told = ability.described(name)
    return CardFeature(
        name=name,
        kind=told.kind,
        direction=Direction(told.direction.value),
        zh=told.meaning.zh,
        en=told.meaning.en,
    )


def rating_card_text(name: str, rating: SmeRating, *, facts: Mapping[str, Fact]) -> str:
    """Return the card of a learner as its document."""
    return card_text(
        rating.cards[name],
        card=f"sme_{name}",
        product="sme_loan",
        title=_TITLES[name],
        facts=facts,
    )


def fusion_text(rating: SmeRating) -> str:
    """Return the weights as a document: an entry for each set of learners that may answer."""
    scale = rating.scale
    lines = [
        "# Weights of the cards' log-odds of bad, by which of them answer (多源融合权重). Simulated.",
        "# Where the bureau has no record of a firm the entry of the other card alone holds (信贷白户).",
        "fusion: sme_rating",
        "simulated: true",
        f"scale: {{score_at: {scale.score_at}, odds_at: {scale.odds_at}, "
        f"points_to_double_odds: {scale.points_to_double_odds}}}",
        "sets:",
    ]
    for entry in rating.fusion.sets:
        weights = ", ".join(
            f"{name}: {weight / NANO:.6f}"
            for name, weight in zip(entry.sources, entry.weights_nano, strict=True)
        )
        told = f"rows: {entry.rows}, intercept: {entry.intercept_nano / NANO:.6f}, weights: {{{weights}}}"
        lines.append(f"  - {{{told}}}")
    return "\n".join([*lines, ""])
