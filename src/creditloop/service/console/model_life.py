"""A model's life on its page (模型生命周期): who answers, what was found, who signed, every run on record."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.kernel.ids import is_same_name
from creditloop.kernel.storage import Connection
from creditloop.oversight import (
    SEVERITIES,
    FindingStep,
    Model,
    ModelAct,
    ModelFinding,
    count_scorings,
    find_model_acts,
    find_model_findings,
    find_model_runs,
    find_models,
    review_calendar,
)
from creditloop.service.console.days import business_day
from creditloop.service.console.visit import Record, Visit
from creditloop.service.overseeing.validating import ANSWERS, APPROVES, VALIDATES
from creditloop.service.work import Work


def life_day(visit: Visit, connection: Connection) -> date:
    """Return the day the register is shown as of: the one asked for, else the last on record anywhere.

    A person acts on the clock's day, which may be later than the last business date.
    """
    entries = (one.registered_on for one in find_models(connection, on=date.max))
    shown = business_day(visit, connection)
    return shown if visit.day("on") is not None else max([shown, *entries])


def life_record(visit: Visit, work: Work, *, card_hash: str, on: date) -> Record:
    """Return what is on record about a model as of a day, and what this person may do about it."""
    models = find_models(work.connection, on=on)
    model = next((one for one in models if one.card_hash == card_hash), None)
    days = {one.model.card_hash: one for one in review_calendar(models, on=on)}
    findings = find_model_findings(work.connection, card_hash=card_hash)
    return {
        "model": model,
        "review": days.get(card_hash),
        "findings": findings,
        "findings_open": sum(one.is_open for one in findings),
        "acts": find_model_acts(work.connection, card_hash=card_hash),
        "all_runs": find_model_runs(work.connection, card_hash=card_hash),
        "scorings": count_scorings(work.connection, card_hash=card_hash),
        "may": None if model is None else _may(visit, model, findings),
        "severities": SEVERITIES,
        "successors": [
            one
            for one in models
            if one.card_hash != card_hash
            and one.state != "retired"
            and model is not None
            and one.product == model.product
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneThing:
    """Something a person did about a model: what, on which day, in which words, and where it is on record.

    Attributes:
        what: `found`, a finding's step, or an act; `severity` is a finding's.
    """

    on: date
    card_hash: str
    what: str
    severity: str | None
    person: str
    text: str
    simulated: bool
    table: str
    batch_id: UUID


def done_things(connection: Connection) -> list[DoneThing]:
    """Return all that persons did about models, the latest first."""
    findings = find_model_findings(connection)
    steps = (_step(finding, step) for finding in findings for step in finding.steps)
    every = [*map(_found, findings), *steps, *map(_act, find_model_acts(connection))]
    latest_first = every[::-1]  # of one day what was recorded last stands above
    return sorted(latest_first, key=lambda one: one.on, reverse=True)


def _found(finding: ModelFinding) -> DoneThing:
    return DoneThing(
        on=finding.found_on,
        card_hash=finding.card_hash,
        what="found",
        severity=finding.severity,
        person=finding.validator,
        text=finding.text,
        simulated=finding.simulated,
        table="oversight.model_finding",
        batch_id=finding.batch_id,
    )


def _step(finding: ModelFinding, step: FindingStep) -> DoneThing:
    return DoneThing(
        on=step.done_on,
        card_hash=finding.card_hash,
        what=step.step,
        severity=None,
        person=step.person,
        text=step.text,
        simulated=step.simulated,
        table="oversight.model_finding_step",
        batch_id=step.batch_id,
    )


def _act(act: ModelAct) -> DoneThing:
    return DoneThing(
        on=act.done_on,
        card_hash=act.card_hash,
        what=act.act,
        severity=None,
        person=act.person,
        text=act.reason,
        simulated=act.simulated,
        table="oversight.model_act",
        batch_id=act.batch_id,
    )


def open_findings(findings: list[ModelFinding], models: tuple[Model, ...]) -> dict[str, tuple[int, int]]:
    """Count each model's open findings, and of them those of high severity."""
    found = {one.card_hash: (0, 0) for one in models}
    for one in findings:
        if one.is_open and one.card_hash in found:
            every, high = found[one.card_hash]
            found[one.card_hash] = (every + 1, high + (one.severity == "high"))
    return found


def _may(visit: Visit, model: Model, findings: list[ModelFinding]) -> Record:
    """Return which forms this person is shown: what they would be refused anyway is not offered."""
    login = visit.person.login
    used = model.state != "retired"
    validates = visit.allows(VALIDATES) and is_same_name(login, model.validator)
    approves = visit.allows(APPROVES) and used
    second = approves and not is_same_name(login, model.developer)
    return {
        "find": validates and used,
        "answer": [
            one
            for one in findings
            if one.is_open and visit.allows(ANSWERS) and not is_same_name(login, one.validator)
        ],
        "close": [one for one in findings if one.state == "answered" and validates],
        "sign": second,
        "live": second and model.state != "live",
        "retire": approves,
    }
