"""Put together the record of a run: texts and whole numbers, which reports and model card are drawn from."""

from collections.abc import Sequence

from creditloop.kernel.documents import Source
from creditloop.service.modelling import examining
from creditloop.service.modelling.carding import ChosenCard
from creditloop.service.modelling.crossing import Crossed, costs
from creditloop.service.modelling.examining import Answers
from creditloop.service.modelling.figures import NANO, nano
from creditloop.service.modelling.findings import Findings
from creditloop.service.modelling.plans.plan import ModelPlan, TableData
from creditloop.service.modelling.sample import Sample
from creditloop.service.modelling.treatment import treatment
from creditloop.service.modelling.warnings import warnings_of


def run_record(
    *,
    plan: ModelPlan,
    sample: Sample,
    found: Findings,
    crossed: Sequence[Crossed],
    own: Crossed,
    chosen: ChosenCard,
    answers: Answers,
) -> dict[str, object]:
    """Return everything that was seen, as plain data: ratios in nano, days as texts."""
    card = chosen.card
    names = [entry.feature.name for entry in card.features]
    record: dict[str, object] = {
        "model": _said(plan),
        "sample": _counted(sample),
        "findings": _found(found, plan),
        "candidates": [one.as_record() for one in crossed],
        "costs": costs(crossed),
        "choice": {
            "chosen": chosen.kind.value,
            "prefer": [kind.value for kind in plan.choice.prefer],
            "within_nano": plan.choice.within_nano,
            "source": _source(plan.choice.source),
        },
        "card": {**_card(chosen), "rows_late_referred": examining.late_referred(sample, card)},
        "curves": examining.curves(answers, plan=plan),
        "grades": examining.grades(answers, plan=plan),
        "features": examining.feature_tables(sample, found, chosen, plan=plan),
        "stability": examining.stability(sample, card, time=plan.split.time),
        "by_time": examining.by_time(sample, answers, own.late, plan=plan),
        "by_segment": examining.by_segment(sample, answers, plan=plan),
        "fairness": treatment(sample, answers, names, plan=plan),
        "rejects": examining.rejects(sample, answers, card, plan=plan),
        "sources": _sources(plan),
    }
    return {**record, "warnings": warnings_of(record)}


def _said(plan: ModelPlan) -> dict[str, object]:
    target = plan.target
    bad: object = list(map(str, target.bad)) if target.above is None else f"> {target.above}"
    return {
        "name": plan.name,
        "product": plan.product,
        **{f"title_{key}": words for key, words in plan.title.as_record().items()},
        "owner": plan.owner,
        "developer": plan.developer,
        "fitted_on": plan.fitted_on.isoformat(),
        "plan": plan.document.path,
        "plan_hash": plan.document.hash,
        "use": plan.use.as_record(),
        "sample": plan.sample.as_record(),
        "limits": [words.as_record() for words in plan.limits],
        "target": {"column": target.column, "bad": bad, **target.meaning.as_record()},
        "observed_until": target.observed_until.isoformat(),
        "outcome_known_by": target.known_by.isoformat(),
        "data": plan.data.file if isinstance(plan.data, TableData) else plan.data.contract,
        "folds": plan.split.folds,
        "seed": plan.split.seed,
    }


def _counted(sample: Sample) -> dict[str, object]:
    early = ~sample.late
    bad = int(sample.bad[early].sum())
    late = int(sample.late.sum())
    return {
        "rows": int(early.sum()),
        "bad": bad,
        "bad_rate_nano": nano(bad / int(early.sum())),
        "rows_late": late,
        "bad_late": int(sample.bad[sample.late].sum()),
        "rows_rejected": 0 if sample.rejected is None else sample.rejected.height,
        "features_offered": len(sample.features),
        "sources": {name: list(columns) for name, columns in sample.sources.items()},
        "facts": dict(sample.facts),
    }


def _found(found: Findings, plan: ModelPlan) -> dict[str, object]:
    accepted = {entry.feature: entry.because.as_record() for entry in plan.accepted_leaks}
    return {
        "columns": [
            {
                "column": one.column,
                "fault": one.fault.value,
                "left_out": one.leaves_out,
                "zh": one.zh,
                "en": one.en,
            }
            for one in found.columns
        ],
        "directions": [
            {
                "feature": one.feature,
                "direction": one.direction.value,
                "follows": None if one.follows is None else one.follows.value,
                "iv_nano": one.iv_nano,
                "iv_free_nano": one.iv_free_nano,
            }
            for one in found.directions
        ],
        "leaks": [
            {
                "feature": leak.feature,
                "auc_alone_nano": nano(leak.auc_alone),
                "accepted": accepted.get(leak.feature),
                "evidence": [{"kind": each.kind, "zh": each.zh, "en": each.en} for each in leak.evidence],
            }
            for leak in found.leaks.leaks
        ],
        "noted": [
            {"feature": one.feature, "zh": one.evidence.zh, "en": one.evidence.en}
            for one in found.leaks.noted
        ],
        "row_order_tells": found.leaks.order_tells,
        "columns_bound": found.leaks.columns_bound,
        "features_left": len(found.features),
    }


def _card(chosen: ChosenCard) -> dict[str, object]:
    card = chosen.card
    unit = NANO // 10**card.decimals
    pairs = [
        {
            "features": list(pair.features),
            "points_least_nano": pair.least * unit,
            "points_most_nano": pair.most * unit,
        }
        for pair in card.pairs
    ]
    return {
        "hash": card.hash,
        "method": card.method.value,
        "base_nano": card.base * unit,
        "decimals": card.decimals,
        "score_least": card.score_least,
        "score_most": card.score_most,
        "scale": {
            "score_at": card.score_at,
            "odds_at": card.odds_at,
            "points_to_double_odds": card.points_to_double_odds,
        },
        "features": len(card.features),
        "pairs": pairs,
        "dropped": [{"name": one.name, "reason": one.reason.value} for one in card.dropped],
        "bands": examining.card_bands(card),
    }


def _source(source: Source) -> dict[str, object]:
    checked = None if source.checked is None else source.checked.isoformat()
    return {"title": source.title, "reference": source.reference, "checked": checked}


def _sources(plan: ModelPlan) -> list[dict[str, object]]:
    """Return where each number that decides comes from, by part of the plan."""
    made = plan.candidates
    given: dict[str, Source | None] = {
        "data": plan.data.origin if isinstance(plan.data, TableData) else None,
        "split": plan.split.source,
        "split.time": None if plan.split.time is None else plan.split.time.source,
        "scorecard": made.scorecard.source,
        "boosted_card": None if made.boosted_card is None else made.boosted_card.source,
        "fused": None if made.fused is None else made.fused.boost.source,
        "challenger": None if made.challenger is None else made.challenger.source,
        "choice": plan.choice.source,
        "validation": plan.validation.source,
        "grades": plan.grades.source,
        "fairness": None if plan.fairness is None else plan.fairness.source,
        "rejected": None if plan.rejected is None else plan.rejected.source,
    }
    return [{"part": part, **_source(source)} for part, source in given.items() if source is not None]
