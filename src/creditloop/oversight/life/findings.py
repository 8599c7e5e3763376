"""Findings of a model's validation (验证发现): its validator raises and closes them, others answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.ids import content_id, is_same_name
from creditloop.kernel.storage import Connection, load_queries
from creditloop.oversight.register import find_model, hold_model

_SQL = "creditloop.oversight"
SEVERITIES = ("high", "medium", "low")
"""How grave a finding is; an open high one keeps a model from becoming live."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingStep:
    """What became of a finding: `answered` or `closed`, by whom, in which words."""

    batch_id: UUID
    step: str
    person: str
    text: str
    done_on: date
    simulated: bool

    def as_record(self) -> dict[str, object]:
        """Return the step as plain data."""
        return _plain(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFinding:
    """What a validator holds against a model.

    Attributes:
        batch_id: the finding's id.
        text: what is wrong, in the validator's words.
        due_on: by when it is to be answered and closed.
        steps: its answers in order, and that it was closed.
    """

    batch_id: UUID
    card_hash: str
    validator: str
    severity: str
    text: str
    found_on: date
    due_on: date
    simulated: bool
    steps: tuple[FindingStep, ...] = ()

    @property
    def state(self) -> str:
        """`open`, `answered` or `closed`; an answered finding is not closed yet."""
        return self.steps[-1].step if self.steps else "open"

    @property
    def is_open(self) -> bool:
        """Whether the validator has not closed it."""
        return self.state != "closed"

    def is_overdue(self, *, on: date) -> bool:
        """Whether it should have been closed before a day and was not."""
        return self.is_open and self.due_on < on

    def as_record(self) -> dict[str, object]:
        """Return the finding as plain data, with its state and steps."""
        steps = [step.as_record() for step in self.steps]
        return {"finding": str(self.batch_id), **_plain(self), "state": self.state, "steps": steps}


def raise_finding(
    connection: Connection,
    *,
    card_hash: str,
    validator: str,
    severity: str,
    text: str,
    found_on: date,
    due_on: date,
    simulated: bool,
    now: datetime,
) -> ModelFinding:
    """Record a finding on a model in the register; the same one again returns the first.

    Raises: UnknownId if the card is not in the register on that day; InputError if it is not the model's
        validator who finds it, nothing is said, there is no such severity, or it is due before it is found;
        OutOfOrder if the model is retired; ConflictingRepeat if it was raised with another due day.
    """
    hold_model(connection, card_hash=card_hash)
    model = find_model(connection, card_hash=card_hash, on=found_on)
    if model.state == "retired":
        raise OutOfOrder("a retired model is not validated any more", got=model.name)
    if not is_same_name(validator, model.validator):
        raise InputError(
            "a finding is raised by the model's validator", got=validator, expected=model.validator
        )
    if severity not in SEVERITIES:
        raise InputError("no such severity of a finding", got=severity, expected=SEVERITIES)
    if due_on < found_on:
        raise InputError("a finding is due before it was found", got=due_on, expected=f">= {found_on}")
    _check_said(text)
    made = ModelFinding(
        batch_id=content_id("model_finding", card_hash, model.validator, severity, text, found_on),
        card_hash=card_hash,
        validator=model.validator,
        severity=severity,
        text=text,
        found_on=found_on,
        due_on=due_on,
        simulated=simulated,
    )
    first = next(iter(_found(connection, batch_id=made.batch_id)), None)
    if first is None:
        values = {name: getattr(made, name) for name in made.__dataclass_fields__ if name != "steps"}
        recorded_at = check_aware(now, name="now")
        load_queries(_SQL).insert_model_finding(connection, recorded_at=recorded_at, **values)
        return made
    if (first.due_on, first.simulated) != (due_on, simulated):
        raise ConflictingRepeat(
            "this finding was raised with another due day", got=due_on, expected=first.due_on
        )
    return first


def find_model_findings(connection: Connection, *, card_hash: str | None = None) -> list[ModelFinding]:
    """Return the findings on a model, or on all, with what became of them; the oldest first."""
    return _found(connection, card_hash=card_hash)


def find_model_finding(connection: Connection, *, finding_id: UUID) -> ModelFinding:
    """Return one finding.

    Raises: UnknownId if there is none.
    """
    found = _found(connection, batch_id=finding_id)
    if not found:
        raise UnknownId("no such finding on a model", got=finding_id)
    return found[0]


def answer_finding(
    connection: Connection,
    *,
    finding_id: UUID,
    person: str,
    text: str,
    done_on: date,
    simulated: bool,
    now: datetime,
) -> ModelFinding:
    """Record an answer to a finding (整改答复), by anybody but its validator; it stays open.

    Raises: UnknownId if there is no such finding; InputError if the validator answers, nothing is said or it
        is before the finding; OutOfOrder if it is closed; ConflictingRepeat if a script said it and a person
        repeats it, or the other way round.
    """
    finding = _held(connection, finding_id)
    if is_same_name(person, finding.validator):
        raise InputError("a finding is answered by somebody else than its validator", got=person)
    return _step(connection, finding, "answered", person, text, done_on, simulated=simulated, now=now)


def close_finding(
    connection: Connection,
    *,
    finding_id: UUID,
    person: str,
    text: str,
    done_on: date,
    simulated: bool,
    now: datetime,
) -> ModelFinding:
    """Close a finding: its validator alone does, and says why.

    Raises: as `answer_finding`, but InputError if it is not the validator; OutOfOrder if nobody answered it.
    """
    finding = _held(connection, finding_id)
    if not is_same_name(person, finding.validator):
        raise InputError("a finding is closed by its validator alone", got=person, expected=finding.validator)
    if not finding.steps:
        raise OutOfOrder("a finding is answered before it is closed", got="open", expected="answered")
    validator = finding.validator
    return _step(connection, finding, "closed", validator, text, done_on, simulated=simulated, now=now)


def _held(connection: Connection, finding_id: UUID) -> ModelFinding:
    """Return a finding, and keep others from acting on its model until the transaction ends."""
    hold_model(connection, card_hash=find_model_finding(connection, finding_id=finding_id).card_hash)
    return find_model_finding(connection, finding_id=finding_id)


def _step(
    connection: Connection,
    finding: ModelFinding,
    step: str,
    person: str,
    text: str,
    done_on: date,
    *,
    simulated: bool,
    now: datetime,
) -> ModelFinding:
    _check_said(text)
    latest = finding.steps[-1].done_on if finding.steps else finding.found_on
    batch_id = content_id("model_finding_step", str(finding.batch_id), step, person, text, done_on)
    first = next((one for one in finding.steps if one.batch_id == batch_id), None)
    if first is not None and first.simulated != simulated:
        raise ConflictingRepeat(
            "this was said before, by a script or by a person", got=simulated, expected=first.simulated
        )
    if first is not None:
        return finding
    if not finding.is_open:
        raise OutOfOrder(
            "this finding is closed", got=finding.state, where={"finding": str(finding.batch_id)}
        )
    if done_on < latest:
        raise InputError("a finding's steps follow each other", got=done_on, expected=f">= {latest}")
    load_queries(_SQL).insert_model_finding_step(
        connection,
        batch_id=batch_id,
        finding_id=finding.batch_id,
        validator=finding.validator,
        step_no=len(finding.steps),
        step=step,
        person=person,
        text=text,
        done_on=done_on,
        simulated=simulated,
        recorded_at=check_aware(now, name="now"),
    )
    return find_model_finding(connection, finding_id=finding.batch_id)


def _check_said(text: str) -> None:
    if not text.strip():
        raise InputError("a finding says what it is about", got=repr(text))


def _found(
    connection: Connection, *, card_hash: str | None = None, batch_id: UUID | None = None
) -> list[ModelFinding]:
    queries = load_queries(_SQL)
    steps: dict[UUID, list[FindingStep]] = {}
    for finding, *told in queries.find_model_finding_steps(
        connection, card_hash=card_hash, batch_id=batch_id
    ):
        names = FindingStep.__dataclass_fields__
        steps.setdefault(finding, []).append(FindingStep(**dict(zip(names, told, strict=True))))
    rows = queries.find_model_findings(connection, card_hash=card_hash, batch_id=batch_id)
    return [_finding(row, steps) for row in rows]


def _finding(row: Sequence[Any], steps: dict[UUID, list[FindingStep]]) -> ModelFinding:
    names = [name for name in ModelFinding.__dataclass_fields__ if name != "steps"]
    told = dict(zip(names, row, strict=True))
    return ModelFinding(**told, steps=tuple(steps.get(told["batch_id"], ())))


def _plain(value: FindingStep | ModelFinding) -> dict[str, object]:
    names = [name for name in value.__dataclass_fields__ if name not in {"batch_id", "steps"}]
    found = {name: getattr(value, name) for name in names}
    return {name: one.isoformat() if isinstance(one, date) else one for name, one in found.items()}
