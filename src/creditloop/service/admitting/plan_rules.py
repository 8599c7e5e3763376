"""What a plan decides by (计划所依据的规则): contract, features, strategy and card, mandates."""

from dataclasses import dataclass

from creditloop.admit import Mandates, ReviewRules
from creditloop.data import Contract
from creditloop.data.features import FeatureSet


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """All that a plan decides by, as in force on its rules date."""

    contract: Contract
    features: FeatureSet
    rules: ReviewRules
    mandates: Mandates | None
