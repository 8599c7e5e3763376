"""Rate a firm (企业评级): its portrait, cards by dimension, their fusion, and the policies that decide on it.

`plan` is the bank's document that names all of these, `documents` reads what it names and refuses what does
not fit together, `opening` takes what is in force in a bank. `scoring` is the arithmetic, the same for one
firm and for a whole town: learners' answers, the fused score, the policies one after the other. `relations`
tells who owns a firm, who stands in for it and whom it supplies. `gathering` reads all of a live firm, its
relations by `related`, through the data room's `door`; `working` makes the rating with everything it rests
on, `tracing` leads from its features to the lines of files, and `recording` is the one plain record of it.
"""

from creditloop.service.rating.documents import (
    OUTCOME,
    SCORE,
    RatingDocuments,
    check_offered,
    read_rating_documents,
)
from creditloop.service.rating.door import Asking
from creditloop.service.rating.gathering import GatheredFirm, gather_firm
from creditloop.service.rating.opening import open_rating
from creditloop.service.rating.plan import (
    DimensionPlan,
    LearnerPlan,
    OfferedFeature,
    RatingPlan,
    read_rating_plan,
)
from creditloop.service.rating.recording import rating_record
from creditloop.service.rating.relations import (
    enhancement_of,
    guarantors_of,
    holding_on,
    owner_of,
    supplies_of,
)
from creditloop.service.rating.scoring import (
    decided_frame,
    lacks_record,
    learner_answers,
    learner_log_odds,
    owner_facts,
    scored_frame,
)
from creditloop.service.rating.tracing import traced_features
from creditloop.service.rating.working import FirmRating, rate_firm

__all__ = [
    "OUTCOME",
    "SCORE",
    "Asking",
    "DimensionPlan",
    "FirmRating",
    "GatheredFirm",
    "LearnerPlan",
    "OfferedFeature",
    "RatingDocuments",
    "RatingPlan",
    "check_offered",
    "decided_frame",
    "enhancement_of",
    "gather_firm",
    "guarantors_of",
    "holding_on",
    "lacks_record",
    "learner_answers",
    "learner_log_odds",
    "open_rating",
    "owner_facts",
    "owner_of",
    "rate_firm",
    "rating_record",
    "read_rating_documents",
    "read_rating_plan",
    "scored_frame",
    "supplies_of",
    "traced_features",
]
