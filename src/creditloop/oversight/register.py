"""The model register (模型台账): each card that judges, who answers for it, when it is reviewed next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from creditloop.kernel.dates import add_months, check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.ids import content_id, is_same_name
from creditloop.kernel.storage import Connection, load_queries

_SQL = "creditloop.oversight"
REVIEW_MONTHS_MAX = 3
"""Longest time between two reviews of a model."""
STATES = ("draft", "published", "live", "retired")
MATERIALITIES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A card as it stands in the register; a change of state is a further entry.

    Attributes:
        card_hash: version of the card's text.
        purpose: what it judges, and for what.
        validator: who checked it; never its developer.
        registered_on: business date from which this entry counts.
        next_review_due: at most three months after `registered_on`.
    """

    card_hash: str
    name: str
    product: str
    purpose: str
    materiality: str
    owner: str
    developer: str
    validator: str
    state: str
    fitted_on: date
    registered_on: date
    next_review_due: date

    def __post_init__(self) -> None:
        """Refuse an entry nobody could answer for."""
        for field in ("card_hash", "name", "product", "purpose", "owner", "developer", "validator"):
            if not getattr(self, field).strip():
                raise InputError("a model in the register says all of itself", where={"field": field})
        if is_same_name(self.validator, self.developer):
            raise InputError(
                "a model is validated by somebody else than its developer",
                got=self.validator,
                where={"model": self.name},
            )
        for field, words in (("materiality", MATERIALITIES), ("state", STATES)):
            if getattr(self, field) not in words:
                raise InputError(
                    f"no such {field}", got=getattr(self, field), expected=words, where={"model": self.name}
                )
        latest = add_months(self.registered_on, REVIEW_MONTHS_MAX)
        if not self.registered_on < self.next_review_due <= latest:
            raise InputError(
                "the next review of a model is due within three months",
                got=self.next_review_due,
                expected=f"after {self.registered_on}, at most {latest}",
                where={"model": self.name},
            )
        if self.fitted_on > self.registered_on:
            raise InputError(
                "a model cannot be registered before it was fitted",
                got=self.registered_on,
                expected=f"{self.fitted_on} or later",
                where={"model": self.name},
            )

    @property
    def batch_id(self) -> UUID:
        """The id of this entry: the same card, day and state is the same entry."""
        return content_id("model", self.card_hash, self.registered_on, self.state)

    def as_record(self) -> dict[str, object]:
        """Return the entry as plain data, dates in ISO form."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name in self.__dataclass_fields__
            for value in (getattr(self, name),)
        }


def register_model(connection: Connection, *, model: Model, now: datetime) -> Model:
    """Add an entry to the register; the same one again returns the first.

    Raises: ConflictingRepeat if the card stands there in this state, from this day, with other words.
    """
    row = load_queries(_SQL).find_model(connection, batch_id=model.batch_id)
    if row is not None:
        first = _model(row)
        if first != model:
            raise ConflictingRepeat(
                "this card was registered with other words",
                got=model.as_record(),
                expected=first.as_record(),
                where={"model": model.name, "registered_on": model.registered_on},
            )
        return first
    values = {name: getattr(model, name) for name in model.__dataclass_fields__}
    load_queries(_SQL).insert_model(
        connection, batch_id=model.batch_id, recorded_at=check_aware(now, name="now"), **values
    )
    return model


def find_models(connection: Connection, *, on: date) -> list[Model]:
    """Return every model as it stood in the register on a business date, by product and name."""
    return [_model(row) for row in load_queries(_SQL).find_models(connection, on=on)]


def find_model(connection: Connection, *, card_hash: str, on: date) -> Model:
    """Return a model as it stood in the register on a business date.

    Raises: UnknownId if the card is not in the register on that day.
    """
    current = next((model for model in find_models(connection, on=on) if model.card_hash == card_hash), None)
    if current is None:
        raise UnknownId("this card is not in the register", got=card_hash, where={"on": on})
    return current


def review_model(connection: Connection, *, card_hash: str, state: str, on: date, now: datetime) -> Model:
    """Note that a model was reviewed on a day: its state from then on, the next review three months later.

    `life` signs models off and retires them; the database refuses a live entry that nobody signed off.

    Raises: UnknownId if the card is not in the register; what `register_model` raises.
    """
    current = find_model(connection, card_hash=card_hash, on=on)
    reviewed = replace(
        current, state=state, registered_on=on, next_review_due=add_months(on, REVIEW_MONTHS_MAX)
    )
    return register_model(connection, model=reviewed, now=now)


def hold_model(connection: Connection, *, card_hash: str) -> None:
    """Keep others from acting on a model until the transaction ends."""
    load_queries(_SQL).hold_model(connection, card_hash=card_hash)


def review_due(models: Sequence[Model], *, on: date) -> list[Model]:
    """Return the models whose review is due on a day or was due before; a retired one is not reviewed."""
    return [model for model in models if model.state != "retired" and model.next_review_due <= on]


def _model(row: Sequence[Any]) -> Model:
    return Model(**dict(zip(Model.__dataclass_fields__, row, strict=True)))
