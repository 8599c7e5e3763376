"""Probes (探测): questions put to a table or to a model's answers, before anybody relies on them.

`find_leaks` names features that know what they should not, `find_drift` tells whether samples differ,
`report_fairness` and `find_proxies` how groups of people are treated and what gives them away,
`infer_rejects` what those without an outcome might have been; `validate_by_time`, `validate_by_segment` and
`calibrated_to` are the measures a validator needs beside them.

Data flow: a frame and outcomes in, frozen records out; nothing is drawn, printed or stored. The learner in
`learning` is LightGBM, so this face is not part of `risk`'s own: who needs it enters here.
"""

from creditloop.risk.measures.calibration import calibrated_to
from creditloop.risk.measures.intervals import AucInterval, auc_interval
from creditloop.risk.measures.validation import GroupFigures, validate_by_segment, validate_by_time
from creditloop.risk.probes.drift import DriftReport, FeatureDrift, MonthDrift, PsiLimits, find_drift
from creditloop.risk.probes.fairness import AttributeTreatment, GroupTreatment, bands_of, report_fairness
from creditloop.risk.probes.leaks import Leak, LeakEvidence, LeakReport, Noted, Repeats, find_leaks
from creditloop.risk.probes.proxies import AttributeProxies, Proxy, find_proxies
from creditloop.risk.probes.rejects import (
    InferredBand,
    InferredFigures,
    RejectInference,
    augmented_sample,
    infer_rejects,
)

__all__ = [
    "AttributeProxies",
    "AttributeTreatment",
    "AucInterval",
    "DriftReport",
    "FeatureDrift",
    "GroupFigures",
    "GroupTreatment",
    "InferredBand",
    "InferredFigures",
    "Leak",
    "LeakEvidence",
    "LeakReport",
    "MonthDrift",
    "Noted",
    "Proxy",
    "PsiLimits",
    "RejectInference",
    "Repeats",
    "auc_interval",
    "augmented_sample",
    "bands_of",
    "calibrated_to",
    "find_drift",
    "find_leaks",
    "find_proxies",
    "infer_rejects",
    "report_fairness",
    "validate_by_segment",
    "validate_by_time",
]
