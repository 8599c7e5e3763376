"""Terms, rules and events as canonical text: what is stored, hashed and handed to auditors, and read back.

A value is an object of its fields; a field that has its default is left out, so that a text says what was
agreed and a later field with a default changes no old text. Rates are decimal text, dates ISO text, days of
a plan are columns. `text_of` and `from_text` are each other's inverse.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from creditloop.book.loans import events
from creditloop.book.loans.events import LoanEvent
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import BookError

T = TypeVar("T")


def text_of(value: object) -> str:
    """Return a dataclass value as canonical JSON text."""
    return canonical_bytes(_plain(value)).decode()


def from_text(kind: type[T], text: str) -> T:
    """Return the value of a kind that a text stands for.

    Raises: BookError naming the field if the text does not stand for such a value.
    """
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as error:
        raise BookError("a stored text is not JSON", got=str(error), where={"kind": kind.__name__}) from error
    found: T = _read(kind, loaded, kind.__name__)
    return found


def _kinds() -> dict[str, type[LoanEvent]]:
    found = (getattr(events, name) for name in dir(events))
    kinds = [
        each
        for each in found
        if isinstance(each, type) and issubclass(each, LoanEvent) and each is not LoanEvent
    ]
    return {_snake(each.__name__): each for each in kinds}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


EVENT_KINDS: Mapping[str, type[LoanEvent]] = MappingProxyType(_kinds())
"""The kinds of events by the name they are stored with."""
_OF_EVERY_EVENT = tuple(field.name for field in fields(LoanEvent))


def event_kind(event: LoanEvent) -> str:
    """Return the name an event's kind is stored with: `due_dates_moved` for `DueDatesMoved`."""
    return _snake(type(event).__name__)


def event_payload(event: LoanEvent) -> str:
    """Return what an event says besides its id, sequence and dates, as canonical text."""
    own = {
        field.name: _plain(getattr(event, field.name))
        for field in fields(event)
        if field.name not in _OF_EVERY_EVENT and not _is_default(field, getattr(event, field.name))
    }
    return canonical_bytes(own).decode()


def event_of(
    *, kind: str, event_id: str, sequence: int, value_date: date, booked_on: date, payload: str
) -> LoanEvent:
    """Return the event that was stored.

    Raises: BookError if there is no such kind, or the payload is not one of it.
    """
    if kind not in EVENT_KINDS:
        raise BookError("no such kind of loan event", got=kind, expected=sorted(EVENT_KINDS))
    head = {
        "id": event_id,
        "sequence": sequence,
        "value_date": value_date.isoformat(),
        "booked_on": booked_on.isoformat(),
    }
    found: LoanEvent = _read(EVENT_KINDS[kind], {**json.loads(payload), **head}, kind)
    return found


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if not _is_default(field, getattr(value, field.name))
        }
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return _plain_scalar(value)


def _plain_scalar(value: object) -> object:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _is_default(field: "Field[Any]", value: object) -> bool:
    if field.default is not MISSING:
        return bool(value == field.default)
    return field.default_factory is not MISSING and bool(value == field.default_factory())


@cache
def _fields_of(kind: type) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the types of a dataclass's fields, and the names of those that must be there."""
    required = frozenset(
        field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING
    )
    return get_type_hints(kind), required


def _read(kind: Any, value: Any, where: str) -> Any:
    """Return a loaded JSON value as a kind."""
    if get_origin(kind) is UnionType:
        kinds = [each for each in get_args(kind) if each is not NoneType]
        return None if value is None else _read(kinds[0], value, where)
    if is_dataclass(kind):
        return _read_fields(kind, value, where)
    if (origin := get_origin(kind)) is tuple:
        return _read_tuple(get_args(kind), value, where)
    if origin is not None:
        key_kind, inner = get_args(kind)
        found = {
            _read(key_kind, key, where): _read(inner, each, f"{where}.{key}") for key, each in value.items()
        }
        return MappingProxyType(found)
    for base, read in _READERS:
        if issubclass(kind, base):
            return read(kind, value, where)
    raise BookError("no such kind of stored value", got=kind, where={"field": where})


def _read_fields(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise BookError("a stored value is not an object", got=value, where={"field": where})
    kinds, required = _fields_of(kind)
    if unknown := sorted(set(value) - set(kinds)):
        raise BookError("a stored value has unknown fields", got=unknown, where={"field": where})
    if missing := sorted(required - set(value)):
        raise BookError("a stored value lacks fields", got=missing, where={"field": where})
    return kind(**{name: _read(kinds[name], each, f"{where}.{name}") for name, each in value.items()})


def _read_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise BookError("a stored value is not a list", got=value, where={"field": where})
    each = [kinds[0]] * len(value) if kinds[-1] is Ellipsis else list(kinds)
    if len(each) != len(value):
        raise BookError("a stored list has another length", got=len(value), where={"field": where})
    return tuple(
        _read(one, inner, f"{where}[{at}]") for at, (one, inner) in enumerate(zip(each, value, strict=True))
    )


def _text(kind: type, value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BookError("a stored value is not text", got=value, where={"field": where})
    return value


def _named(kind: Any, value: Any, where: str) -> Any:
    """Return a member of an enumeration that is stored by its name."""
    try:
        return kind[_text(kind, value, where).upper()]
    except KeyError as error:
        raise BookError("no such value", got=value, where={"field": where}) from error


def _valued(kind: Any, value: Any, where: str) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        raise BookError("no such value", got=value, where={"field": where}) from error


def _boolean(kind: type, value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise BookError("a stored value is not true or false", got=value, where={"field": where})
    return value


def _integer(kind: type, value: Any, where: str) -> int:
    """Return an integer; canonical text writes those beyond 2**53 as text."""
    if isinstance(value, bool) or not (
        isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit())
    ):
        raise BookError("a stored value is not an integer", got=value, where={"field": where})
    return int(value)


def _decimal(kind: type, value: Any, where: str) -> Decimal:
    try:
        found = Decimal(_text(kind, value, where))
    except InvalidOperation as error:
        raise BookError("a stored value is not a decimal", got=value, where={"field": where}) from error
    if not found.is_finite():
        raise BookError("a stored value is not a decimal", got=value, where={"field": where})
    return found


def _day(kind: type, value: Any, where: str) -> date:
    try:
        return date.fromisoformat(_text(kind, value, where))
    except ValueError as error:
        raise BookError("a stored value is not a date", got=value, where={"field": where}) from error


_READERS: tuple[tuple[type, Callable[[Any, Any, str], Any]], ...] = (
    (IntEnum, _named),
    (Enum, _valued),
    (bool, _boolean),
    (int, _integer),
    (str, _text),
    (Decimal, _decimal),
    (date, _day),
)
