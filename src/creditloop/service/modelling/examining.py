"""Look at the card that was chosen: does its pd hold, for whom, in time, and what does each feature say.

What is measured here is measured on rows the model never saw: answers out of fold for the rows that are
fitted on, answers of the whole card for later ones. All ratios are whole nano.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.risk import (
    Card,
    Scale,
    bin_feature,
    calibration_table,
    gains,
    grade_scores,
    ks,
    lift_table,
    psi,
    roc_points,
    woe_table,
)
from creditloop.risk.probes import (
    GroupFigures,
    InferredBand,
    infer_rejects,
    validate_by_segment,
    validate_by_time,
)
from creditloop.service.modelling.carding import ChosenCard
from creditloop.service.modelling.crossing import Crossed
from creditloop.service.modelling.figures import Floats, Ints, nano, pd_nano_of
from creditloop.service.modelling.findings import Findings, bin_limits
from creditloop.service.modelling.plans.plan import ModelPlan, RejectedPlan, TimePlan
from creditloop.service.modelling.sample import NO_RECORD, Bools, Sample

_CURVE_POINTS = 80
_ALERTS = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the chosen model says of the rows that are fitted on, out of fold.

    Attributes:
        log_odds: of bad; `pd_nano` and `score` (whole points, higher is safer) are made of it.
    """

    log_odds: Floats
    pd_nano: Ints
    score: Ints
    bad: Bools


def answers_of(crossed: Crossed, chosen: ChosenCard, sample: Sample) -> Answers:
    """Return the out-of-fold answers of the chosen kind, on the card's own scale."""
    scale = Scale.of(chosen.fitted.settings)
    return Answers(
        log_odds=crossed.out_of_fold,
        pd_nano=pd_nano_of(crossed.out_of_fold),
        score=scale.scores(-crossed.out_of_fold),
        bad=sample.bad[~sample.late],
    )


def curves(answers: Answers, *, plan: ModelPlan) -> dict[str, object]:
    """Return calibration, lift, the KS curve and what alerting the riskiest catches."""
    points = roc_points(score=answers.score, bad=answers.bad)
    step = max(1, len(points) // _CURVE_POINTS)
    widest = max(range(len(points)), key=lambda at: abs(points[at].share_bad - points[at].share_good))
    kept = [point for at, point in enumerate(points) if at % step == 0 or at in {widest, len(points) - 1}]
    found = ks(score=answers.score, bad=answers.bad)
    bands = plan.validation.bands
    calibrated = calibration_table(pd_nano=answers.pd_nano, bad=answers.bad, bands=bands)
    return {
        "calibration": [
            {
                **{"rows": band.rows, "bad": band.bad, "holds": band.holds},
                **{
                    f"{name}_nano": nano(getattr(band, name))
                    for name in ("expected", "observed", "low", "high")
                },
            }
            for band in calibrated
        ],
        "lift": [
            {
                "score_low": int(band.score_low),
                "score_high": int(band.score_high),
                "rows": band.rows,
                "bad": band.bad,
                "bad_rate_nano": nano(band.bad_rate),
                "lift_nano": nano(band.lift),
                "bad_captured_nano": nano(band.bad_captured),
            }
            for band in lift_table(score=answers.score, bad=answers.bad, bands=bands)
        ],
        "ks": {"ks_nano": nano(found.value), "score": int(found.score)},
        "curve": [{"good_nano": nano(point.share_good), "bad_nano": nano(point.share_bad)} for point in kept],
        "alerts": [
            {
                "share_nano": nano(one.share),
                "recall_nano": nano(one.recall),
                "precision_nano": nano(one.precision),
            }
            for one in gains(score=answers.score, bad=answers.bad, shares=_ALERTS)
        ],
    }


def grades(answers: Answers, *, plan: ModelPlan) -> list[dict[str, object]]:
    """Return the grades that the out-of-fold scores are cut into, the riskiest first."""
    made = grade_scores(
        score=answers.score,
        bad=answers.bad,
        grades=plan.grades.count,
        share_min_nano=plan.grades.share_min_nano,
        aim=plan.grades.aim,
    )
    return [
        {"low": one.low, "high": one.high, "rows": one.rows, "bad": one.bad, "bad_rate_nano": one.rate_nano}
        for one in made
    ]


def feature_tables(
    sample: Sample, found: Findings, chosen: ChosenCard, *, plan: ModelPlan
) -> list[dict[str, object]]:
    """Return every feature's bins with woe and information value, and its points in the chosen card."""
    early = ~sample.late
    frame, bad = sample.frame.filter(pl.Series(early)), sample.bad[early]
    limits = bin_limits(plan, rows=frame.height)
    taken = {entry.feature.name: entry for entry in chosen.card.features}
    dropped = {entry.name: entry.reason.value for entry in chosen.card.dropped}
    unit = 10 ** (9 - chosen.card.decimals)
    worth, tables = dict[str, int](), list[dict[str, object]]()
    for feature in found.features:
        binned = bin_feature(values=frame[feature.name], bad=bad, feature=feature, limits=limits)
        own = taken.get(feature.name)
        worth[feature.name] = binned.iv_nano
        points = [part.points * unit for part in own.bins] if own is not None else []
        tables.append(
            {
                "name": feature.name,
                "zh": feature.zh,
                "en": feature.en,
                "direction": feature.direction.value,
                "iv_nano": binned.iv_nano,
                "in_card": own is not None,
                "left_out": dropped.get(feature.name),
                "points_least_nano": min(points) if points else None,
                "points_most_nano": max(points) if points else None,
                "bins": [row._asdict() for row in woe_table(binned)] if len(binned.bins) > 1 else [],
            }
        )
    return sorted(tables, key=lambda entry: (-worth[str(entry["name"])], str(entry["name"])))


def stability(sample: Sample, chosen: Card, *, time: TimePlan | None) -> dict[str, object] | None:
    """Return the psi of score and features, later rows against earlier ones; None without later rows."""
    if time is None:
        return None
    moved = dict[str, int]()
    for name, bins in chosen.bin_counts(sample.frame.filter(pl.Series(sample.late))).items():
        counts = [one.expected for one in bins], [one.actual for one in bins]
        moved[name] = nano(psi(expected=counts[0], actual=counts[1]))
    order = sorted(moved, key=lambda name: (name != "score", -moved[name]))
    return {
        "until": str(time.until),
        "rows_late": int(sample.late.sum()),
        "yellow_nano": time.limits.yellow_nano,
        "red_nano": time.limits.red_nano,
        "parts": [
            {"name": name, "psi_nano": moved[name], "level": time.limits.level(moved[name])} for name in order
        ],
    }


def late_referred(sample: Sample, card: Card) -> int:
    """Count the later rows that the card leaves to a person: a value no row it was fitted on had.

    In figures out of time such a feature counts nothing.
    """
    if not sample.late.any():
        return 0
    later = sample.frame.filter(pl.Series(sample.late))
    return card.score_frame(later)["score"].null_count()


def by_time(
    sample: Sample, answers: Answers, late_log_odds: Floats | None, *, plan: ModelPlan
) -> list[dict[str, object]]:
    """Return the card's figures by month: out of fold for the earlier ones, out of time for the later."""
    if sample.months is None or late_log_odds is None:
        return []
    pds = np.empty(len(sample.bad), dtype=np.int64)
    pds[~sample.late], pds[sample.late] = answers.pd_nano, pd_nano_of(late_log_odds)
    months = sample.months
    texts = months.dt.strftime("%Y-%m") if months.dtype.is_temporal() else months
    check = plan.validation
    groups = validate_by_time(
        pd_nano=pds,
        bad=sample.bad,
        months=texts.to_list(),
        rows_min=check.rows_min,
        outcomes_min=check.outcomes_min,
        draws=check.draws,
        seed=plan.split.seed,
    )
    late = {str(each) for each in texts.filter(pl.Series(sample.late)).unique()}
    return [{**_group(one), "out_of_time": one.group in late} for one in groups]


def by_segment(sample: Sample, answers: Answers, *, plan: ModelPlan) -> list[dict[str, object]]:
    """Return the card's figures by the plan's segments; customers without a record are one of their own."""
    check, found = plan.validation, list[dict[str, object]]()
    early = sample.segments.filter(pl.Series(~sample.late))
    for entry in check.segments:
        groups = validate_by_segment(
            pd_nano=answers.pd_nano,
            bad=answers.bad,
            segments=early[entry.column].to_list(),
            no_record=NO_RECORD,
            rows_min=check.rows_min,
            outcomes_min=check.outcomes_min,
            draws=check.draws,
            seed=plan.split.seed,
        )
        meaning = entry.meaning.as_record()
        found.append({"column": entry.column, **meaning, "groups": [_group(one) for one in groups]})
    return found


def rejects(sample: Sample, answers: Answers, card: Card, *, plan: ModelPlan) -> dict[str, object] | None:
    """Return what those turned down might have been, as bands; None where the plan gives none."""
    given: RejectedPlan | None = plan.rejected
    if given is None or sample.rejected is None:
        return None
    scored = card.score_frame(sample.rejected)
    told = scored.filter(pl.col("pd_nano").is_not_null())
    inferred = infer_rejects(
        pd_accepted_nano=answers.pd_nano,
        bad=answers.bad,
        pd_rejected_nano=told["pd_nano"].to_numpy(),
        factors_nano=given.factors_nano,
        bands=given.bands,
        seed=plan.split.seed,
    )
    return {
        "accepted": inferred.accepted,
        "rejected": inferred.rejected,
        "not_scored": scored.height - told.height,
        "factors_nano": list(given.factors_nano),
        "bad_rate_accepted_nano": inferred.bad_rate_accepted_nano,
        "bad_rate_rejected": _band(inferred.bad_rate_rejected),
        "bad_rate_all": _band(inferred.bad_rate_all),
        "auc": _band(inferred.auc),
        "ks": _band(inferred.ks),
    }


def card_bands(card: Card) -> Sequence[dict[str, object]]:
    """Return the card's bands of the score with the pd each is given."""
    return [
        {"low": band.low, "high": band.high, "rows": band.rows, "bad": band.bad, "pd_nano": band.pd_nano}
        for band in card.bands
    ]


def _band(band: InferredBand) -> dict[str, int]:
    return {"least_nano": band.least_nano, "most_nano": band.most_nano}


def _group(one: GroupFigures) -> dict[str, object]:
    estimate = None if one.auc is None else one.auc
    return {
        "group": one.group,
        "rows": one.rows,
        "bad": one.bad,
        "too_small": one.too_small,
        "auc_nano": None if estimate is None else nano(estimate.estimate),
        "auc_low_nano": None if estimate is None else nano(estimate.low),
        "auc_high_nano": None if estimate is None else nano(estimate.high),
        "ks_nano": None if one.ks is None else nano(one.ks.estimate),
        "expected_nano": nano(one.calibration.expected),
        "observed_nano": nano(one.calibration.observed),
        "holds": one.calibration.holds,
        "brier_nano": nano(one.brier),
    }
