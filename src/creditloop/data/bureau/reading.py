"""From a class whose fields name their places (`places`) to a reader of the report's elements.

A reader is compiled once. It takes an element as a dictionary (whether it was JSON or XML), refuses keys that
are missing or were never seen, and gives the value; a fault carries its path upwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, get_type_hints

from creditloop.data.bureau.fault import Fault, shown
from creditloop.data.bureau.not_loaded import NOT_LOADED
from creditloop.data.bureau.places import Place, Presence, Shape
from creditloop.data.bureau.record import read_record
from creditloop.data.bureau.scalars import EMPTY, TEXT_MAX, Convert, count, text

Read = Callable[[Any], Any]
_REMEMBERED = 1 << 14
"""Values each door remembers."""
_SECRET = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How one class is read; `lists` are the keys, here and below, at which lists stand."""

    read: Read
    lists: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A field: its key, its quick door and its strict one, and whether its key must be there."""

    key: str
    quick: Read
    strict: Read
    required: bool


def compile_reader(of: type, *, path: tuple[str, ...] = (), prefix: str = "") -> Reader:
    """Compile a class into its reader.

    Args:
        path: where its element stands, without indices; finds what is not loaded there.
        prefix: what its own keys begin with.
    """
    lists: set[str] = set()
    plan: list[Step] = []
    for hint in get_type_hints(of, include_extras=True).values():
        place: Place = hint.__metadata__[0]
        key = prefix + place.keys[0]
        below = (*path, key, *place.keys[1:])
        convert = _convert(place, path=below, lists=lists)
        for depth in range(len(place.keys) - 1, 0, -1):
            convert = _through(convert, place.keys[depth], place, path=(*path, key, *place.keys[1:depth]))
        strict = _present(convert, filled=place.presence is Presence.FILLED, empty=_empty(place))
        required = place.presence is not Presence.OPTIONAL
        plan.append(Step(key=key, quick=_quick(strict, place), strict=strict, required=required))
    return Reader(read=_element(of, plan, skipped=_skipped(path)), lists=frozenset(lists))


def _skipped(path: tuple[str, ...]) -> frozenset[str]:
    """Name the keys of an element that are known and not loaded."""
    parents = ((*parent, key) for *parent, key in (place.split(".") for place in NOT_LOADED))
    return frozenset(place[-1] for place in parents if place[:-1] == path)


def _empty(place: Place) -> Any:
    return () if place.shape in {Shape.PARTS, Shape.COUNTED, Shape.SCALARS} else None


@cache
def _present(convert: Read, *, filled: bool, empty: Any) -> Read:
    """Make the strict door of a key that is there: nothing in it is an empty value, or refused."""

    def strict(raw: Any) -> Any:
        if raw is None or (type(raw) is str and raw in EMPTY):
            if filled:
                raise Fault("is empty", got=shown(raw), expected="a value")
            return empty
        return convert(raw)

    return strict


def _quick(strict: Read, place: Place) -> Read:
    """Let a door remember what it gave, for what repeats and names nobody; texts are not kept."""
    if place.shape is not Shape.SCALAR or place.secret:
        return strict
    return _plain_text(strict) if place.convert is text else _remembering(strict)


@cache
def _remembering(strict: Read) -> Read:
    """Make the one remembering door of all fields with the same strict one."""
    return lru_cache(maxsize=_REMEMBERED)(strict)


def _plain_text(strict: Read) -> Read:
    """Let through at once what is plainly a text; the strict door judges everything else."""

    def quick(raw: Any) -> Any:
        if type(raw) is str and len(raw) <= TEXT_MAX and raw.isprintable() and raw.strip() not in EMPTY:
            return raw
        return strict(raw)

    return quick


def _element(of: Callable[..., Any], plan: list[Step], *, skipped: frozenset[str]) -> Read:
    """Make the reader of an element: all its fields in one go, and only if that fails one by one."""
    doors = [(step.key, step.quick) for step in plan]
    required = frozenset(step.key for step in plan if step.required)
    every = frozenset(step.key for step in plan)
    known = skipped | every

    def read(raw: Any) -> Any:
        if type(raw) is not dict:
            raise Fault("is not an element", got=shown(raw), expected="an element with parts")
        get = raw.get
        try:
            values = [quick(get(key)) for key, quick in doors]
        except (Fault, TypeError):  # what a quick door cannot remember is no text
            values = []
        if values and (raw.keys() == every or (required.issubset(raw) and raw.keys() <= known)):
            return of(*values)
        return of(*_one_by_one(raw, plan, known))

    return read


def _one_by_one(raw: Mapping[str, Any], plan: list[Step], known: frozenset[str]) -> list[Any]:
    """Read an element's fields by their strict doors, so that a fault knows its key."""
    values = []
    for step in plan:
        try:
            if step.required and step.key not in raw:
                raise Fault("is missing", got="nothing", expected="the key must be there")
            values.append(step.strict(raw.get(step.key)))
        except Fault as fault:
            raise fault.at(step.key) from None
    for key in raw:
        if key not in known:
            expected = "one of " + " ".join(step.key for step in plan)
            raise Fault("is a key never seen", got="the key", expected=expected).at(key)
    return values


def _convert(place: Place, *, path: tuple[str, ...], lists: set[str]) -> Read:
    """Make the door of what stands at a place."""
    if place.shape is Shape.RECORD:
        keys = place.record
        assert keys is not None, "a record names its keys"
        lists.add(keys.items)
        return lambda raw: read_record(raw, keys)
    if place.of is None:
        convert = place.convert
        assert convert is not None, "a scalar has a door"
        if place.shape is Shape.SCALARS:
            lists.add(path[-1])
            return _each(convert)
        return _hiding(convert) if place.secret else convert
    if place.shape is Shape.COUNTED:
        return _counted(place, path=path, lists=lists)
    reader = compile_reader(place.of, path=path)
    lists |= reader.lists
    if place.shape is Shape.PART:
        return reader.read
    lists.add(path[-1])
    return _each(reader.read)


def _each(read: Read) -> Read:
    """Read a list, item by item."""

    def items(raw: Any) -> tuple[Any, ...]:
        if type(raw) is not list:
            raise Fault("is not a list", got=shown(raw), expected="a list")
        values = []
        try:
            for item in raw:
                values.append(read(item))
        except Fault as fault:
            raise fault.at(len(values)) from None
        return tuple(values)

    return items


def _through(read: Read, key: str, place: Place, *, path: tuple[str, ...]) -> Read:
    """Read what stands at the one key of an element that holds nothing else; no such key is nothing."""
    skipped = _skipped(path)
    empty = () if place.shape is Shape.PARTS else None

    def inside(raw: Any) -> Any:
        if type(raw) is not dict:
            raise Fault("is not an element", got=shown(raw), expected=f"an element with {key}")
        if unknown := [other for other in raw if other != key and other not in skipped]:
            raise Fault("is a key never seen", got="the key", expected=key).at(unknown[0])
        one = raw.get(key)
        if one is None or (type(one) is str and one in EMPTY):
            if place.presence is Presence.FILLED:
                raise Fault("is missing", got="nothing", expected="the key must be there").at(key)
            return empty
        try:
            return read(one)
        except Fault as fault:
            raise fault.at(key) from None

    return inside


def _counted(place: Place, *, path: tuple[str, ...], lists: set[str]) -> Read:
    """Read an element of a count and a list, and hold the one against the other."""
    assert place.of is not None, "a counted list has items"
    own = path[-1]
    key, list_key = f"{own}S01", f"{own}H"
    reader = compile_reader(place.of, path=(*path, list_key), prefix=place.item_prefix)
    lists |= {*reader.lists, list_key}
    counts = _present(count, filled=True, empty=None)
    each = _present(_each(reader.read), filled=False, empty=())
    plan = [
        Step(key=key, quick=counts, strict=counts, required=True),
        Step(key=list_key, quick=each, strict=each, required=False),
    ]
    read = _element(lambda stated, items: (stated, items), plan, skipped=frozenset())

    def items(raw: Any) -> Any:
        stated, found = read(raw)
        if stated != len(found):
            what = "the count is not the number of items"
            raise Fault(what, got=str(stated), expected=str(len(found)), rule="count_equals_items").at(key)
        return found

    return items


def _hiding(convert: Convert) -> Read:
    """Keep what was found out of the error."""

    def hidden(raw: Any) -> Any:
        try:
            return convert(raw)
        except Fault as fault:
            fault.got = _SECRET
            raise

    return hidden
