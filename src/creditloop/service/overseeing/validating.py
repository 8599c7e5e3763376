"""Persons act on models (模型验证与签署): each act by somebody who may, recorded and sealed.

A sign-off is said (`ModelSignedOff`): a renewed model becomes a challenger of the strategy, see `renewing`.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from uuid import UUID

from creditloop.kernel.facts import Fact
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
    return _told(work, answer_finding, finding_id, name, text, done_on, simulated=simulated)


def close_model_finding(
    work: Work, *, finding_id: UUID, person: str, text: str, done_on: date, simulated: bool = False
) -> ModelFinding:
    """Record that a finding is closed by its validator.

    Raises: what `persons.acting_person` and `oversight.close_finding` raise.
    """
    name = acting_person(work, name=person, action=VALIDATES, simulated=simulated)
    return _told(work, close_finding, finding_id, name, text, done_on, simulated=simulated)


def sign_off(
    work: Work, *, card_hash: str, person: str, reason: str, on: date, simulated: bool = False
) -> tuple[ModelAct, Model]:
    """Record that somebody signed a model off, which is its review as well; say so (`ModelSignedOff`).

    Raises: what `persons.acting_person` and `oversight.sign_off_model` raise.
    """
    act, model = _acted(work, sign_off_model, card_hash, person, reason, on, simulated=simulated)
    work.say(_signed_off(work, act, model))
    return act, model


def put_model_live(
    work: Work, *, card_hash: str, person: str, reason: str, on: date, simulated: bool = False
) -> tuple[ModelAct, Model]:
    """Record that somebody put a signed-off model live.

    Raises: what `persons.acting_person` and `oversight.put_live` raise.
    """
    return _acted(work, put_live, card_hash, person, reason, on, simulated=simulated)


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
    step = partial(retire_model, successor=successor)
    return _acted(work, step, card_hash, person, reason, on, simulated=simulated)


def _told(
    work: Work,
    step: Callable[..., ModelFinding],
    finding_id: UUID,
    person: str,
    text: str,
    done_on: date,
    *,
    simulated: bool,
) -> ModelFinding:
    finding = step(
        work.connection,
        finding_id=finding_id,
        person=person,
        text=text,
        done_on=done_on,
        simulated=simulated,
        now=work.now,
    )
    work.recorded(finding.steps[-1].batch_id)
    return finding


def _acted(
    work: Work,
    step: Callable[..., tuple[ModelAct, Model]],
    card_hash: str,
    person: str,
    reason: str,
    on: date,
    *,
    simulated: bool,
) -> tuple[ModelAct, Model]:
    name = acting_person(work, name=person, action=APPROVES, simulated=simulated)
    act, model = step(
        work.connection,
        card_hash=card_hash,
        person=name,
        reason=reason,
        on=on,
        simulated=simulated,
        now=work.now,
    )
    work.recorded(act.batch_id)
    work.recorded(model.batch_id)
    return act, model


def _signed_off(work: Work, act: ModelAct, model: Model) -> Fact:
    return Fact(
        kind="ModelSignedOff",
        key=str(act.batch_id),
        occurred_at=datetime.combine(act.done_on, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "act": str(act.batch_id),
            "card": model.card_hash,
            "product": model.product,
            "done_on": act.done_on.isoformat(),
        },
    )
