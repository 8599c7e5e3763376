"""How a value says where in the report its fields stand: each field names the key it is read from.

`number: Annotated[str, text("PD01AI01", FILLED)]` is a field read from the key PD01AI01 of the element the
value is made from. A key with dots goes through elements that hold nothing else. `reading` turns a class
with such fields into a reader.

Presence follows the published structure: [0..1] is OPTIONAL; [1..1] must be there, and is FILLED where an
empty value has no meaning (our judgement), else STATED: there, and perhaps empty.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from creditloop.data.bureau.reading import scalars
from creditloop.data.bureau.reading.code_table import CodeTable


class Presence(Enum):
    """Whether a key must be there, and whether its value may be empty."""

    OPTIONAL = "optional"
    STATED = "stated"
    FILLED = "filled"


OPTIONAL, STATED, FILLED = Presence.OPTIONAL, Presence.STATED, Presence.FILLED


class Shape(Enum):
    """What stands at a key."""

    SCALAR = "a text"
    SCALARS = "a list of texts"
    PART = "an element"
    PARTS = "a list of elements"
    COUNTED = "an element with a count and a list"
    RECORD = "an element with a month-by-month record"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKeys:
    """Keys of a repayment record; `count` and `overdue` are empty where the record has none.

    Attributes:
        statuses: what a month's status may be.
        frame: all keys of the record itself; item: all keys of one of its months.
        known: the codes of `statuses`; status_door: the door of one.
    """

    first: str
    last: str
    items: str
    month: str
    status: str
    count: str = ""
    overdue: str = ""
    months_max: int
    statuses: CodeTable
    frame: frozenset[str] = field(init=False)
    item: frozenset[str] = field(init=False)
    known: frozenset[str] = field(init=False)
    status_door: scalars.Convert = field(init=False)

    def __post_init__(self) -> None:
        """Gather the keys of each level."""
        frame = {self.first, self.last, self.items, self.count} - {""}
        object.__setattr__(self, "frame", frozenset(frame))
        object.__setattr__(self, "item", frozenset({self.month, self.status, self.overdue} - {""}))
        object.__setattr__(self, "known", frozenset(self.statuses.codes))
        object.__setattr__(self, "status_door", scalars.code_of(self.statuses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a field stands, and what is read there.

    Attributes:
        keys: from the element the value is made from to the field's own.
        convert: the door of a scalar.
        of: the class of a part, or of the items of a list.
        prefixed: whether the keys of what stands there begin with the key it stands at: a class that is read
            under several keys names only how its own keys go on.
        record: keys of a repayment record.
        secret: whether an error must not show what was found.
    """

    keys: tuple[str, ...]
    presence: Presence
    shape: Shape
    convert: scalars.Convert | None = None
    of: type | None = None
    prefixed: bool = False
    record: RecordKeys | None = None
    secret: bool = False

    @property
    def prefix(self) -> str:
        """What the keys of elements there begin with, besides what their class says."""
        return self.keys[-1] if self.prefixed else ""


def places_of(of: type, *, prefix: str = "") -> dict[str, Place]:
    """Return where each field of a class stands, by the field's name; their keys begin with `prefix`."""
    hints = get_type_hints(get_origin(of) or of, include_extras=True)
    return {name: _placed(hint.__metadata__[0], of, prefix) for name, hint in hints.items()}


def _placed(place: Place, of: type, prefix: str) -> Place:
    first, *others = place.keys
    own_part = place.shape is Shape.PART and place.of is None
    made_for = get_args(of)[0] if own_part else place.of
    return replace(place, keys=(prefix + first, *others), of=made_for)


def _at(key: str, presence: Presence, shape: Shape, **more: Any) -> Place:
    return Place(keys=tuple(key.split(".")), presence=presence, shape=shape, **more)


def text(key: str, presence: Presence = STATED, *, secret: bool = False) -> Place:
    """Declare a text."""
    return _at(key, presence, Shape.SCALAR, convert=scalars.text, secret=secret)


def code(key: str, table: CodeTable, presence: Presence = STATED) -> Place:
    """Declare a code of a table."""
    return _at(key, presence, Shape.SCALAR, convert=scalars.code_of(table))


def codes(key: str, table: CodeTable) -> Place:
    """Declare a list of codes of a table, perhaps empty."""
    return _at(key, STATED, Shape.SCALARS, convert=scalars.code_of(table))


def value(key: str, convert: scalars.Convert, presence: Presence = STATED) -> Place:
    """Declare a value read by one of the doors in `scalars`."""
    return _at(key, presence, Shape.SCALAR, convert=convert)


def part(key: str, of: type, presence: Presence = STATED) -> Place:
    """Declare an element that is a value of its own."""
    return _at(key, presence, Shape.PART, of=of)


def own_part(key: str, presence: Presence = STATED) -> Place:
    """Declare an element of the class that a generic one is made for: a Penalty in `Noted[Penalty]`."""
    return _at(key, presence, Shape.PART)


def parts(key: str, of: type, presence: Presence = STATED, *, prefixed: bool = False) -> Place:
    """Declare a list of elements, perhaps empty; unless OPTIONAL, the section that holds it must be there."""
    return _at(key, presence, Shape.PARTS, of=of, prefixed=prefixed)


def counted(key: str, of: type, *, prefixed: bool = False) -> Place:
    """Declare an optional element with a count (key + S01) and a list (key + H) of that many elements."""
    return _at(key, OPTIONAL, Shape.COUNTED, of=of, prefixed=prefixed)


def record(key: str, keys: RecordKeys) -> Place:
    """Declare an optional repayment record."""
    return _at(key, OPTIONAL, Shape.RECORD, record=keys)
