"""How the chosen card treats groups of people (公平性), and which of its features give them away (代理变量).

No model reads a protected attribute or the age. As if the safest share were approved: nobody is decided here.
"""

import numpy as np
import polars as pl

from creditloop.risk.probes import AttributeTreatment, GroupTreatment, find_proxies, report_fairness
from creditloop.service.modelling.examining import Answers
from creditloop.service.modelling.figures import NANO, nano
from creditloop.service.modelling.plans.plan import FairnessPlan, ModelPlan
from creditloop.service.modelling.sample import AGE_BAND, Sample

_GROUP_MIN, _GROUPS_MIN = 30, 2
"""What `find_proxies` needs of an attribute: so many rows in so many groups."""


def treatment(
    sample: Sample, answers: Answers, names: list[str], *, plan: ModelPlan
) -> dict[str, object] | None:
    """Return treatment of each group and proxies of each attribute; None where the plan protects nobody.

    Args:
        names: features that the chosen card reads.
    """
    fairness = plan.fairness
    if fairness is None:
        return None
    early = pl.Series(~sample.late)
    attributes = sample.attributes.filter(early)
    wanted = max(1, int(np.floor(len(answers.score) * fairness.approve_share_nano / NANO)))
    cutoff = int(np.sort(answers.score)[::-1][wanted - 1])
    treated = report_fairness(
        attributes=attributes,
        approved=answers.score >= cutoff,
        pd_nano=answers.pd_nano,
        bad=answers.bad,
        counted_min=fairness.counted_min,
    )
    return {
        "cutoff": cutoff,
        "approved": int((answers.score >= cutoff).sum()),
        "approve_share_nano": fairness.approve_share_nano,
        "impact_ratio_min_nano": fairness.impact_ratio_min_nano,
        "proxy_auc_min_nano": fairness.proxy_auc_min_nano,
        "attributes": [_attribute(one, fairness) for one in treated],
        "not_foretold": [name for name in attributes.columns if not _can_be_foretold(attributes[name])],
        "proxies": _proxies(sample.frame.filter(early).select(names), attributes, plan, fairness),
    }


def _proxies(
    features: pl.DataFrame, attributes: pl.DataFrame, plan: ModelPlan, fairness: FairnessPlan
) -> list[dict[str, object]]:
    asked = [name for name in attributes.columns if _can_be_foretold(attributes[name])]
    if not asked:
        return []
    found = find_proxies(
        features=features,
        attributes=attributes.select(asked),
        auc_min=fairness.proxy_auc_min_nano / NANO,
        seed=plan.split.seed,
    )
    words = _meanings(fairness)
    return [
        {
            "attribute": one.attribute,
            **words[one.attribute],
            "rows": one.rows,
            "auc_nano": nano(one.auc),
            "accuracy_nano": nano(one.accuracy),
            "accuracy_blind_nano": nano(one.accuracy_blind),
            "features": [
                {"feature": each.feature, "auc_nano": nano(each.auc), "named": each.named}
                for each in one.proxies[:5]
            ],
        }
        for one in found
    ]


def _can_be_foretold(groups: pl.Series) -> bool:
    """Whether there are two groups that the probe would tell apart."""
    counts = groups.fill_null("null").value_counts()["count"]
    return int((counts >= _GROUP_MIN).sum()) >= _GROUPS_MIN


def _meanings(fairness: FairnessPlan) -> dict[str, dict[str, str]]:
    words = {entry.column: entry.meaning.as_record() for entry in fairness.attributes}
    return {**words, AGE_BAND: {"zh": "年龄段", "en": "band of age"}}


def _attribute(one: AttributeTreatment, fairness: FairnessPlan) -> dict[str, object]:
    return {
        "attribute": one.attribute,
        **_meanings(fairness)[one.attribute],
        "best": one.best,
        "groups": [_group(each, fairness.impact_ratio_min_nano) for each in one.groups],
    }


def _group(one: GroupTreatment, least: int) -> dict[str, object]:
    below = one.impact_ratio_nano is not None and one.impact_ratio_nano < least
    return {
        "group": one.group,
        "rows": one.rows,
        "too_small": one.too_small,
        "approval_rate_nano": one.approval_rate_nano,
        "impact_ratio_nano": one.impact_ratio_nano,
        "below_limit": below and not one.too_small,
        "pd_mean_nano": one.pd_mean_nano,
        "bad_rate_nano": one.bad_rate_nano,
        "auc_nano": None if one.auc is None else nano(one.auc.estimate),
        "calibration_holds": one.calibration.holds,
    }
