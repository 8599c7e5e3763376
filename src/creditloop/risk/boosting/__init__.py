"""Boosted models (提升模型): as a card that can be read, and as the challenger it is measured against.

A card is grown over numbers of bins (`encoding`, `columns`): from trees of at most two splits (`training`)
and from pairs cut crosswise (`crosses`), both sums of tables (`tables`), held to the directions stated
(`directions`). Added up, purified and rounded to whole units of points (`units`) they are a `FittedCard` like
any other (`cards`); so is an explainable boosting machine that was fitted elsewhere (`ebm`). `challenger`
grows trees of any depth: better at times and not to be read, it is what the card is compared with. `settings`
decide both; they are the bank's. LightGBM grows the trees, one thread and deterministic: the same rows and
settings give the same model. Not part of `creditloop.risk`'s public face, since it is heavy to import.
"""

from creditloop.risk.boosting.cards import BoostedCard, Learner, fit_boosted_card
from creditloop.risk.boosting.challenger import Challenger, RowScorer, TriedGrowth, fit_challenger
from creditloop.risk.boosting.ebm import ExplainableBoosting, compile_ebm
from creditloop.risk.boosting.settings import BoostSettings, Crossing, Growth, boost_settings_from_node
from creditloop.risk.boosting.training import fold_of

__all__ = [
    "BoostSettings",
    "BoostedCard",
    "Challenger",
    "Crossing",
    "ExplainableBoosting",
    "Growth",
    "Learner",
    "RowScorer",
    "TriedGrowth",
    "boost_settings_from_node",
    "compile_ebm",
    "fit_boosted_card",
    "fit_challenger",
    "fold_of",
]
