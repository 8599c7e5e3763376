"""The card (评分卡): the one artefact that every white-box model is written as, read from, and scored by.

`parts` and `pairs` are what it consists of: features with bins and their points, tables of two features,
bands of the score with a pd, and the `settings` it was fitted by, with their source; `scaling` is what points
mean. `text` writes a fitted model as a document for people; `reading` reads it back, strictly; the document's
SHA-256 is the card's version. `card` scores one case (`tables`, by the places of `placing`) or a frame
(`frames`) by the same tables; `working` tells what each feature did and what it cost. `moves` finds the
shortest way to a score, `partial` a part of one, `grades` where scores are best cut.
A case that cannot be scored refers (转人工); it never gets a score by default.
"""

from creditloop.risk.card.card import BinCount, Card
from creditloop.risk.card.grades import Grade, GradeAim, grade_scores
from creditloop.risk.card.moves import BinMove, Counterfactual, counterfactual
from creditloop.risk.card.pairs import PairTable
from creditloop.risk.card.partial import PartialPoints, partial_points
from creditloop.risk.card.parts import (
    CardMethod,
    DroppedFeature,
    FittedCard,
    FittedFeature,
    LeftOut,
    ScoreBand,
)
from creditloop.risk.card.reading import read_card
from creditloop.risk.card.scaling import Scale, points_text
from creditloop.risk.card.settings import (
    FitSettings,
    LearnerSettings,
    learner_settings_from_node,
    settings_from_node,
)
from creditloop.risk.card.text import card_text
from creditloop.risk.card.working import CardPart, CardScore, PairPart

__all__ = [
    "BinCount",
    "BinMove",
    "Card",
    "CardMethod",
    "CardPart",
    "CardScore",
    "Counterfactual",
    "DroppedFeature",
    "FitSettings",
    "FittedCard",
    "FittedFeature",
    "Grade",
    "GradeAim",
    "LearnerSettings",
    "LeftOut",
    "PairPart",
    "PairTable",
    "PartialPoints",
    "Scale",
    "ScoreBand",
    "card_text",
    "counterfactual",
    "grade_scores",
    "learner_settings_from_node",
    "partial_points",
    "points_text",
    "read_card",
    "settings_from_node",
]
