"""Learners fused by stacking (多源融合): one learner a source, weights for every set of sources there may be.

`weights` fits them on out-of-fold answers and adds answers up; `text` writes them as a document and reads it
back. What is done when a source is missing is not left to chance: it stands in the weights of the sources
that are there. The learners are not known here: a card, a boosted model or a partner's score are each a
column of log-odds, named by the hash of their own document.
"""

from creditloop.risk.fusion.text import FusionDocument, fusion_text, read_fusion
from creditloop.risk.fusion.weights import SOURCES_MAX, Fusion, SourceWeights, positive_weights

__all__ = [
    "SOURCES_MAX",
    "Fusion",
    "FusionDocument",
    "SourceWeights",
    "fusion_text",
    "positive_weights",
    "read_fusion",
]
