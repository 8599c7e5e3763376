"""What persons do about a model (模型签署、上线与退役): sign it off, put it live, retire it.

A sign-off is also the review of the model: the register has a further entry from that day, the next review
three months on. Putting live is no review. Who signs off or puts live is never the developer; nothing
becomes live unsigned or with an open high finding, and the database refuses it as well. What is done is done
on the day of the model's last entry or later: otherwise it would change nothing of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder
from creditloop.kernel.ids import content_id, is_same_name
from creditloop.kernel.storage import Connection, load_queries
from creditloop.oversight.life.findings import find_model_findings
from creditloop.oversight.register import Model, find_model, hold_model, register_model, review_model

_SQL = "creditloop.oversight"
ACTS = ("signed_off", "put_live", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAct:
    """What a person did about a model, on which day, and why.

    Attributes:
        developer: of the model, who is never the person of a sign-off or of putting live.
        successor: card that judges instead of a retired one; None where none does.
    """

    batch_id: UUID
    card_hash: str
    act: str
    developer: str
    person: str
    reason: str
    successor: str | None
    done_on: date
    simulated: bool

    def as_record(self) -> dict[str, object]:
        """Return the act as plain data."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return found | {"batch_id": str(self.batch_id), "done_on": self.done_on.isoformat()}


def find_model_acts(connection: Connection, *, card_hash: str | None = None) -> list[ModelAct]:
    """Return what persons did about a model, or about all, the oldest first."""
    return [_act(row) for row in load_queries(_SQL).find_model_acts(connection, card_hash=card_hash)]


def sign_off_model(
    connection: Connection,
    *,
    card_hash: str,
    person: str,
    reason: str,
    on: date,
    simulated: bool,
    now: datetime,
) -> tuple[ModelAct, Model]:
    """Sign a model off (验收签署): somebody who did not develop it says it may be used; a review, too.

    Returns: the act, and the register's entry from that day on; one that is of that very day stays as it is.
    Raises: UnknownId if the card is not in the register on the day; InputError if its developer signs, or
        nobody says why; OutOfOrder if it is retired, has an open high finding or a later entry;
        ConflictingRepeat if somebody else signed on the same day, or for another reason.
    """
    model = _held(connection, card_hash, on)
    _check_second_person(model, person)
    _check_no_high_finding(connection, model, on)
    act = _record(connection, model, "signed_off", person, reason, on, simulated=simulated, now=now)
    if model.registered_on == on:
        return act, model
    return act, review_model(connection, card_hash=card_hash, state=model.state, on=on, now=now)


def put_live(
    connection: Connection,
    *,
    card_hash: str,
    person: str,
    reason: str,
    on: date,
    simulated: bool,
    now: datetime,
) -> tuple[ModelAct, Model]:
    """Put a signed-off model live (上线); its next review stays when it is.

    Raises: as `sign_off_model`, and OutOfOrder if nobody signed it off until that day, or its review is due.
    """
    model = _held(connection, card_hash, on)
    _check_second_person(model, person)
    _check_no_high_finding(connection, model, on)
    signed = [one for one in find_model_acts(connection, card_hash=card_hash) if one.act == "signed_off"]
    if not any(one.done_on <= on for one in signed):
        raise OutOfOrder(
            "a model becomes live only when it is signed off",
            got=model.state,
            expected=f"a sign-off until {on}",
            where={"model": model.name, "card": card_hash},
            hint=f"creditloop models sign-off {card_hash}",
        )
    _check_reviewed(model, on)
    act = _record(connection, model, "put_live", person, reason, on, simulated=simulated, now=now)
    if model.state == "live" and model.registered_on == on:
        return act, model
    return act, register_model(connection, model=replace(model, state="live", registered_on=on), now=now)


def retire_model(
    connection: Connection,
    *,
    card_hash: str,
    person: str,
    reason: str,
    successor: str | None,
    on: date,
    simulated: bool,
    now: datetime,
) -> tuple[ModelAct, Model]:
    """Retire a model (退役), saying why and which card judges instead; it is not reviewed any more.

    Raises: UnknownId if it or its successor is not in the register on the day; InputError if it succeeds
        itself or nobody says why; OutOfOrder if the successor is retired or the model has a later entry;
        ConflictingRepeat if it was retired otherwise.
    """
    hold_model(connection, card_hash=card_hash)
    model = find_model(connection, card_hash=card_hash, on=on)
    if successor == card_hash:
        raise InputError("a model does not succeed itself", got=successor, where={"model": model.name})
    if successor is not None:
        _model_in_use(connection, successor, on)
    act = _record(connection, model, "retired", person, reason, on, successor, simulated=simulated, now=now)
    if model.state == "retired":
        return act, model
    return act, review_model(connection, card_hash=card_hash, state="retired", on=on, now=now)


def _held(connection: Connection, card_hash: str, on: date) -> Model:
    """Return a model in use, and keep others from acting on it until the transaction ends."""
    hold_model(connection, card_hash=card_hash)
    return _model_in_use(connection, card_hash, on)


def _model_in_use(connection: Connection, card_hash: str, on: date) -> Model:
    model = find_model(connection, card_hash=card_hash, on=on)
    if model.state == "retired":
        raise OutOfOrder("this model is retired", got=model.name, where={"card": card_hash, "on": on})
    return model


def _check_second_person(model: Model, person: str) -> None:
    if is_same_name(person, model.developer):
        raise InputError(
            "a model is signed off and put live by somebody else than its developer",
            got=person,
            where={"model": model.name},
        )


def _check_reviewed(model: Model, on: date) -> None:
    if model.next_review_due <= on:
        raise OutOfOrder(
            "a model whose review is due is signed off before it becomes live",
            got=model.next_review_due,
            expected=f"> {on}",
            where={"model": model.name, "card": model.card_hash},
            hint=f"creditloop models sign-off {model.card_hash}",
        )


def _check_latest(connection: Connection, model: Model, on: date) -> None:
    """Refuse a day before the model's last entry: what is done then would change nothing of today."""
    latest = find_model(connection, card_hash=model.card_hash, on=date.max)
    if on < latest.registered_on:
        raise OutOfOrder(
            "the model has a later entry in the register",
            got=on,
            expected=f">= {latest.registered_on}",
            where={"model": model.name, "state": latest.state},
        )


def _check_no_high_finding(connection: Connection, model: Model, on: date) -> None:
    findings = find_model_findings(connection, card_hash=model.card_hash)
    high = [one for one in findings if one.severity == "high" and one.is_open and one.found_on <= on]
    if high:
        raise OutOfOrder(
            "a model with an open finding of high severity is not signed off and not put live",
            got=[str(one.batch_id) for one in high],
            expected="closed by the validator",
            where={"model": model.name, "card": model.card_hash},
            hint=f"creditloop models show {model.card_hash}",
        )


def _record(
    connection: Connection,
    model: Model,
    act: str,
    person: str,
    reason: str,
    on: date,
    successor: str | None = None,
    *,
    simulated: bool,
    now: datetime,
) -> ModelAct:
    if not person.strip() or not reason.strip():
        raise InputError(
            "what is done about a model has a person and a reason", got=f"{person!r}, {reason!r}"
        )
    made = ModelAct(
        batch_id=content_id("model_act", model.card_hash, act, on),
        card_hash=model.card_hash,
        act=act,
        developer=model.developer,
        person=person,
        reason=reason,
        successor=successor,
        done_on=on,
        simulated=simulated,
    )
    earlier = [one for one in find_model_acts(connection, card_hash=model.card_hash) if one.act == act]
    once = act == "retired"
    first = next((one for one in earlier if once or one.done_on == on), None)
    if first is None:
        _check_latest(connection, model, on)
        values = {name: getattr(made, name) for name in made.__dataclass_fields__}
        recorded_at = check_aware(now, name="now")
        load_queries(_SQL).insert_model_act(connection, recorded_at=recorded_at, **values)
        return made
    if first != made:
        raise ConflictingRepeat(
            f"this was done by somebody else, for another reason or on another day: {act}",
            got=made.as_record(),
            expected=first.as_record(),
            where={"model": model.name},
        )
    return first


def _act(row: Sequence[Any]) -> ModelAct:
    return ModelAct(**dict(zip(ModelAct.__dataclass_fields__, row, strict=True)))
