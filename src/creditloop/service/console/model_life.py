"""A model's life on its page (模型生命周期): who answers, what was found, who signed, every run on record."""

from datetime import date

from creditloop.oversight import (
    Model,
    ModelFinding,
    find_model_acts,
    find_model_findings,
    find_model_runs,
    find_models,
    review_calendar,
)
from creditloop.service.console.visit import Record
from creditloop.service.work import Work


def life_record(work: Work, *, card_hash: str, on: date) -> Record:
    """Return what is on record about a model as of a day: entry, findings, acts, runs, next review."""
    models = find_models(work.connection, on=on)
    days = {one.model.card_hash: one for one in review_calendar(models, on=on)}
    findings = find_model_findings(work.connection, card_hash=card_hash)
    return {
        "model": next((one for one in models if one.card_hash == card_hash), None),
        "review": days.get(card_hash),
        "findings": findings,
        "findings_open": sum(one.is_open for one in findings),
        "acts": find_model_acts(work.connection, card_hash=card_hash),
        "all_runs": find_model_runs(work.connection, card_hash=card_hash),
    }


def open_findings(findings: list[ModelFinding], models: tuple[Model, ...]) -> dict[str, tuple[int, int]]:
    """Count each model's open findings, and of them those of high severity."""
    found = {one.card_hash: (0, 0) for one in models}
    for one in findings:
        if one.is_open and one.card_hash in found:
            every, high = found[one.card_hash]
            found[one.card_hash] = (every + 1, high + (one.severity == "high"))
    return found
