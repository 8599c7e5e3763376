"""Parts of the risk report that tell how the models do: figures, calibration, stability, fairness, alarms."""

from collections.abc import Mapping, Sequence

from creditloop.data import Contract
from creditloop.oversight import SCORE, Metric, Model, ModelRun, find_metrics, find_model_runs, find_models
from creditloop.risk import Card
from creditloop.service.compiled import compiled_card, compiled_policy
from creditloop.service.overseeing.comparing import FIRST, outcomes_of_plan
from creditloop.service.overseeing.measuring import alarms_of
from creditloop.service.overseeing.oversight_plan import OversightPlan
from creditloop.service.work import Work

Record = dict[str, object]
Figures = Mapping[tuple[str, str], Metric]
_ATTRIBUTE_ZH = {"sex": "性别", "marriage": "婚姻", "education": "教育", "age_band": "年龄"}
_ALL = "everybody=all"


def model_part(work: Work, *, plan: OversightPlan) -> Record | None:
    """Return the card's entry in the register, its discrimination, calibration and stability."""
    model = _registered(work, plan)
    if model is None:
        return None
    runs = _runs(work, plan, model.card_hash)
    performance = [run for run in runs if run.kind == "performance"]
    figures = _figures(work, performance[-1]) if performance else {}
    card = compiled_card(work.adopted(model.card_hash))
    return {
        "entry": model.as_record(),
        "outcomes": _outcomes(figures, plan),
        "calibration": _calibration(figures),
        "psi": _stability(work, [run for run in runs if run.kind == "stability"], card),
    }


def fairness_part(work: Work, *, plan: OversightPlan) -> Record | None:
    """Return how each group is treated, with the registered card and with the one without the limit."""
    model = _registered(work, plan)
    runs = {
        run.card_hash: run
        for run in find_model_runs(work.connection)
        if run.kind == "fairness" and run.product == plan.product and run.dates == plan.known
    }
    others = [run for card_hash, run in runs.items() if model is None or card_hash != model.card_hash]
    if model is None or model.card_hash not in runs or not others:
        return None
    both = [_figures(work, runs[model.card_hash]), _figures(work, others[-1])]
    hashes = (model.card_hash, others[-1].card_hash)
    words = (("含额度特征", "with the limit"), ("不含额度特征", "without the limit"))
    contract = work.contract(plan.review.contract)
    segments = [segment for name, segment in both[0] if name == "approval_rate" and segment != _ALL]
    return {
        "counted_min": plan.fairness.counted_min,
        "cards": [
            {"zh": zh, "en": en, "hash": card_hash} | _card_line(work, figures, card_hash)
            for (zh, en), card_hash, figures in zip(words, hashes, both, strict=True)
        ],
        "groups": [
            _group_words(work, plan, contract, segment)
            | {"segment": segment, "cells": [_cell(figures, segment) for figures in both]}
            for segment in segments
        ],
    }


def alarms_part(work: Work, *, plan: OversightPlan) -> list[Record]:
    """Return what is yellow or red about the registered card, red first, then by day."""
    model = _registered(work, plan)
    runs = [] if model is None else _runs(work, plan, model.card_hash)
    raised = [
        alarm.as_record() | {"business_date": run.dates.business_date.isoformat(), "kind": run.kind}
        for run in runs
        for alarm in alarms_of(work, run=run)
        if run.kind != "fairness" or alarm.field == "approval_ratio"
    ]
    return sorted(raised, key=lambda alarm: (alarm["level"] != "red", str(alarm["business_date"])))


def _registered(work: Work, plan: OversightPlan) -> Model | None:
    models = find_models(work.connection, on=plan.outcomes_known_on)
    ours = [model for model in models if model.product == plan.product and model.state != "retired"]
    return max(ours, key=lambda model: model.registered_on) if ours else None


def _runs(work: Work, plan: OversightPlan, card_hash: str) -> list[ModelRun]:
    """Return the card's measurements; of one kind, day and population the last recorded."""
    rules = plan.review.dates.rules_as_of
    latest = {
        (run.kind, run.dates.business_date, run.population): run
        for run in find_model_runs(work.connection, card_hash=card_hash)
        if run.dates.rules_as_of == rules
    }
    return list(latest.values())


def _figures(work: Work, run: ModelRun) -> dict[tuple[str, str], Metric]:
    found = find_metrics(work.connection, batch_id=run.batch_id)
    return {(metric.name, metric.segment): metric for metric in found}


def _outcomes(figures: Figures, plan: OversightPlan) -> list[Record]:
    return [
        {
            "zh": zh,
            "en": en,
            "rows": figures["auc", name].denominator,
            "auc_level": figures["auc", name].level,
            "ks_level": figures["ks", name].level,
            **{each: _value(figures, each, name) for each in ("bad_rate", "auc", "ks", "brier")},
        }
        for name, (zh, en) in outcomes_of_plan(plan.review).items()
        if ("auc", name) in figures
    ]


def _calibration(figures: Figures) -> list[Record]:
    segments = [segment for name, segment in figures if name == "calibration_gap"]
    return [
        {
            "band": segment.rpartition("/")[2],
            "rows": figures["bad_rate", segment].denominator,
            "level": figures["calibration_gap", segment].level,
            **{each: _value(figures, each, segment) for each in ("pd_mean", "bad_rate", "calibration_gap")},
        }
        for segment in segments
    ]


def _stability(work: Work, runs: Sequence[ModelRun], card: Card) -> Record:
    words = {scored.feature.name: scored.feature.zh for scored in card.features}
    by_month = {run.dates.business_date: _figures(work, run) for run in runs}
    rows = [("psi_score", SCORE, "评分")] + [("psi_feature", name, zh) for name, zh in words.items()]
    cells = [
        {
            "name": name,
            "zh": zh,
            "cells": [
                None
                if (kind, name) not in figures
                else {"value_nano": _value(figures, kind, name), "level": figures[kind, name].level}
                for figures in by_month.values()
            ],
        }
        for kind, name, zh in rows
    ]
    return {"months": [month.isoformat() for month in by_month], "rows": cells if by_month else []}


def _card_line(work: Work, figures: Figures, card_hash: str) -> Record:
    ratios = [
        metric.value_nano
        for (name, segment), metric in figures.items()
        if name == "approval_ratio" and metric.level != "none" and metric.value_nano is not None
    ]
    return {
        "features": len(compiled_card(work.adopted(card_hash)).features),
        "approved": figures["approval_rate", _ALL].numerator,
        "bad_rate_nano": _value(figures, "bad_rate_approved", _ALL),
        "auc": _value(figures, "auc", FIRST),
        "ks": _value(figures, "ks", FIRST),
        "lowest_ratio_nano": min(ratios) if ratios else None,
    }


def _cell(figures: Figures, segment: str) -> Record:
    """Return a group's figures with one card; a group the other card has and this has not is empty."""
    if ("approval_rate", segment) not in figures:
        return {"cases": 0, "level": "none"} | dict.fromkeys(
            ("approval_rate", "approval_ratio", "bad_rate_approved", "score_mean", "auc_within")
        )
    return {
        "cases": figures["approval_rate", segment].denominator,
        "level": figures["approval_ratio", segment].level,
        **{
            each: _value(figures, each, segment)
            for each in ("approval_rate", "approval_ratio", "bad_rate_approved", "score_mean", "auc_within")
        },
    }


def _group_words(work: Work, plan: OversightPlan, contract: Contract, segment: str) -> Record:
    attribute, _, group = segment.partition("=")
    table = contract.table(plan.fairness.table)
    described = None
    if table is not None and attribute in plan.fairness.attributes:
        described = table.column(attribute).values.get(group)
    if described is not None:
        code = "" if described.documented else f" {group}"  # several share one meaning: nobody knows
        zh, en = described.meaning.zh + code, described.meaning.en
    else:
        zh, en = _band_words(work, plan).get(group, (group, group))
    return {"attribute_zh": _ATTRIBUTE_ZH.get(attribute, attribute), "zh": zh, "en": en}


def _band_words(work: Work, plan: OversightPlan) -> dict[str, tuple[str, str]]:
    """Return the age bands' wording: what each row of the band's policy gives, and its reason."""
    if plan.fairness.age_band is None:
        return {}
    document = work.places.document(plan.fairness.age_band)
    policy = compiled_policy(document, rules_as_of=plan.review.dates.rules_as_of)
    words = {}
    for table in policy.tables:
        for row in (*table.rows, *([table.otherwise] if table.otherwise is not None else [])):
            for output in table.outputs:
                told = table.program.step(row.cell(output.name)).text.strip("'\"")
                words[told] = (row.rule.reason.zh, row.rule.reason.en)
    return words


def _value(figures: Figures, name: str, segment: str) -> int | None:
    metric = figures.get((name, segment))
    return None if metric is None else metric.value_nano
