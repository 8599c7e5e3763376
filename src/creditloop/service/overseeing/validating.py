"""Persons act on models (模型验证与签署): each act by somebody who may, recorded and sealed."""

from datetime import date
from uuid import UUID

from creditloop.oversight import (
    Model,
    ModelAct,
    ModelFinding,
    answer_finding,
    close_finding,
    put_live,
    raise_finding,
    retire_model,
    sign_off_model,
)
from creditloop.service.persons import acting_person
from creditloop.service.work import Work

VALIDATES, ANSWERS, APPROVES = "validate_model", "propose_change", "approve_change"
"""What somebody must be allowed: to raise and close findings; to answer; to sign and retire."""


def raise_model_finding(
    work: Work,
    *,
    card_hash: str,
    validator: str,
    severity: str,
    text: str,
    found_on: date,
    due_on: date,
    simulated: bool = False,
) -> ModelFinding:
    """Record a finding of a model's validator.

    Raises: what `persons.acting_person` and `oversight.raise_finding` raise.
    """
    person = acting_person(work, name=validator, action=VALIDATES, simulated=simulated)
    finding = raise_finding(
        work.connection,
        card_hash=card_hash,
        validator=person,
        severity=severity,
        text=text,
        found_on=found_on,
        due_on=due_on,
        simulated=simulated,
        now=work.now,
    )
    work.recorded(finding.batch_id)
    return finding


def answer_model_finding(
    work: Work, *, finding_id: UUID, person: str, text: str, done_on: date, simulated: bool = False
) -> ModelFinding:
    """Record an answer to a finding.

    Raises: what `persons.acting_person` and `oversight.answer_finding` raise.
    """
    name = acting_person(work, name=person, action=ANSWERS, simulated=simulated)
    finding = answer_finding(
        work.connection,
        finding_id=finding_id,
        person=name,
        text=text,
        done_on=done_on,
        simulated=simulated,
        now=work.now,
    )
    return _kept(work, finding)


def close_model_finding(
    work: Work, *, finding_id: UUID, person: str, text: str, done_on: date, simulated: bool = False
) -> ModelFinding:
    """Record that a finding is closed by its validator.

    Raises: what `persons.acting_person` and `oversight.close_finding` raise.
    """
    name = acting_person(work, name=person, action=VALIDATES, simulated=simulated)
    finding = close_finding(
        work.connection,
        finding_id=finding_id,
        person=name,
        text=text,
        done_on=done_on,
        simulated=simulated,
        now=work.now,
    )
    return _kept(work, finding)


def sign_off(
    work: Work, *, card_hash: str, person: str, reason: str, on: date, simulated: bool = False
) -> tuple[ModelAct, Model]:
    """Record that somebody signed a model off, which is its review as well.

    Raises: what `persons.acting_person` and `oversight.sign_off_model` raise.
    """
    name = acting_person(work, name=person, action=APPROVES, simulated=simulated)
    act, model = sign_off_model(
        work.connection,
        card_hash=card_hash,
        person=name,
        reason=reason,
        on=on,
        simulated=simulated,
        now=work.now,
    )
    return _done(work, act, model)


def put_model_live(
    work: Work, *, card_hash: str, person: str, reason: str, on: date, simulated: bool = False
) -> tuple[ModelAct, Model]:
    """Record that somebody put a signed-off model live.

    Raises: what `persons.acting_person` and `oversight.put_live` raise.
    """
    name = acting_person(work, name=person, action=APPROVES, simulated=simulated)
    act, model = put_live(
        work.connection,
        card_hash=card_hash,
        person=name,
        reason=reason,
        on=on,
        simulated=simulated,
        now=work.now,
    )
    return _done(work, act, model)


def retire(
    work: Work,
    *,
    card_hash: str,
    person: str,
    reason: str,
    successor: str | None,
    on: date,
    simulated: bool = False,
) -> tuple[ModelAct, Model]:
    """Record that somebody retired a model.

    Raises: what `persons.acting_person` and `oversight.retire_model` raise.
    """
    name = acting_person(work, name=person, action=APPROVES, simulated=simulated)
    act, model = retire_model(
        work.connection,
        card_hash=card_hash,
        person=name,
        reason=reason,
        successor=successor,
        on=on,
        simulated=simulated,
        now=work.now,
    )
    return _done(work, act, model)


def _kept(work: Work, finding: ModelFinding) -> ModelFinding:
    work.recorded(finding.steps[-1].batch_id)
    return finding


def _done(work: Work, act: ModelAct, model: Model) -> tuple[ModelAct, Model]:
    work.recorded(act.batch_id)
    work.recorded(model.batch_id)
    return act, model
