"""From a class whose fields name their places (`places`) to a reader of the report's elements.

A reader is compiled once, and reads a report in two ways that share every door. The strict way takes
dictionaries, lists and texts, whether they were JSON or XML, and its faults know where they are. The quick
way takes a form: records with exactly the declared keys, into which JSON is decoded at once. Whatever the
quick way does not like is read again the strict way, which finds the fault, or that there is none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, get_origin

from msgspec import UNSET
from msgspec.structs import astuple

from creditloop.data.bureau.reading.fault import Fault, shown
from creditloop.data.bureau.reading.forms import list_of, make_form
from creditloop.data.bureau.reading.places import Place, Presence, RecordKeys, Shape, places_of
from creditloop.data.bureau.reading.record import quick_record, read_record
from creditloop.data.bureau.reading.scalars import EMPTY, TEXT_MAX, Convert, count, text

Read = Callable[[Any], Any]
_REMEMBERED = 1 << 14
"""Values each door remembers."""
_SECRET = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How what stands at a place is read: strictly from plain data, and quickly from a form.

    Attributes:
        many: reads what stands at this place in many forms at once, where that is quicker than one by one.
    """

    strict: Read
    form: Any
    quick: Read
    many: Callable[[list[Any]], Iterable[Any]] | None = None

    def each(self, forms: list[Any]) -> Iterable[Any]:
        """Read forms one after the other, or all at once."""
        return map(self.quick, forms) if self.many is None else self.many(forms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A field: its key, its door, and whether its key must be there."""

    key: str
    door: Door
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How a report of a class is read.

    Attributes:
        lists: the keys at which lists stand.
        skipped: the keys that are known and not loaded, wherever they stand.
    """

    door: Door
    lists: frozenset[str]
    skipped: frozenset[str]


def compile_reader(of: type, *, not_loaded: Iterable[str]) -> Reader:
    """Compile the class of a whole report into its reader.

    Args:
        not_loaded: paths, without indices, of what is known and skipped unread.
    """
    compiler = _Compiler(not_loaded)
    door = compiler.of_class(of, path=())
    skipped = frozenset().union(*compiler.skipped.values())
    return Reader(door=door, lists=frozenset(compiler.lists), skipped=skipped)


class _Compiler:
    """Compiles classes and gathers the keys of lists; knows what is skipped where."""

    def __init__(self, not_loaded: Iterable[str]) -> None:
        self.lists: set[str] = set()
        self.skipped: Mapping[tuple[str, ...], frozenset[str]] = _by_parent(not_loaded)

    def of_class(self, of: type, *, path: tuple[str, ...], prefix: str = "") -> Door:
        """Make the door of an element; `prefix` is what its own keys begin with."""
        steps = [self._step(place, path=path) for place in places_of(of, prefix=prefix).values()]
        return _element(get_origin(of) or of, steps, skipped=self._skipped(path))

    def _skipped(self, path: tuple[str, ...]) -> frozenset[str]:
        return self.skipped.get(path, frozenset())

    def _step(self, place: Place, *, path: tuple[str, ...]) -> Step:
        door = self._door(place, path=(*path, *place.keys))
        for depth in range(len(place.keys) - 1, 0, -1):
            outer = (*path, *place.keys[:depth])
            door = _through(door, place.keys[depth], place, skipped=self._skipped(outer))
        return Step(
            key=place.keys[0], door=_present(door, place), required=place.presence is not Presence.OPTIONAL
        )

    def _door(self, place: Place, *, path: tuple[str, ...]) -> Door:
        """Make the door of what stands at a place."""
        if place.shape is Shape.RECORD:
            assert place.record is not None, "a record names its keys"
            self.lists.add(place.record.items)
            return _record(place.record)
        if place.of is None:
            assert place.convert is not None, "a scalar has a door"
            convert = _hiding(place.convert) if place.secret else place.convert
            door = Door(strict=convert, form=str, quick=convert)
            if place.shape is Shape.SCALAR:
                return door
        elif place.shape is Shape.COUNTED:
            return self._counted(place, path=path)
        else:
            door = self.of_class(place.of, path=path, prefix=place.prefix)
            if place.shape is Shape.PART:
                return door
        self.lists.add(path[-1])
        return _each(door)

    def _counted(self, place: Place, *, path: tuple[str, ...]) -> Door:
        """Make the door of a list inside an element that states how many items it has."""
        assert place.of is not None, "a counted list has items"
        own = path[-1]
        counted, listed = f"{own}S01", f"{own}H"
        self.lists.add(listed)
        items = _each(self.of_class(place.of, path=(*path, listed), prefix=place.prefix))
        strict = _strict(count, filled=True, empty=None)
        each = Door(
            strict=_strict(items.strict, filled=False, empty=()),
            form=items.form | str | None,
            quick=_formed(items.quick, filled=False, empty=()),
        )
        steps = [
            Step(key=counted, door=Door(strict=strict, form=str, quick=strict), required=True),
            Step(key=listed, door=each, required=False),
        ]
        both = _element(lambda stated, found: (stated, found), steps, skipped=frozenset())
        return Door(
            strict=_as_many(both.strict, counted), form=both.form, quick=_as_many(both.quick, counted)
        )


def _by_parent(not_loaded: Iterable[str]) -> Mapping[tuple[str, ...], frozenset[str]]:
    """Group paths by the element they stand in."""
    keys: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for place in not_loaded:
        *parent, key = place.split(".")
        keys[tuple(parent)].add(key)
    return {parent: frozenset(inside) for parent, inside in keys.items()}


def _record(keys: RecordKeys) -> Door:
    form, quick = quick_record(keys)
    return Door(strict=lambda raw: read_record(raw, keys), form=form, quick=quick)


def _present(door: Door, place: Place) -> Door:
    """Let a door say what nothing at its place means: an empty value, or a fault."""
    filled = place.presence is Presence.FILLED
    empty = () if place.shape in {Shape.PARTS, Shape.COUNTED, Shape.SCALARS} else None
    strict = _strict(door.strict, filled=filled, empty=empty)
    if place.shape is Shape.SCALAR and len(place.keys) == 1:
        quick = _remembered(strict, place)
        return Door(strict=_texts_first(quick, strict), form=str | None, quick=quick)
    quick = _formed(door.quick, filled=filled, empty=empty)
    many = _formed_many(door, quick) if place.shape is Shape.PART and len(place.keys) == 1 else None
    return Door(strict=strict, form=door.form | str | None, quick=quick, many=many)


@cache
def _strict(convert: Read, *, filled: bool, empty: Any) -> Read:
    """Make the strict door of a key that is there: nothing in it is an empty value, or refused."""

    def strict(raw: Any) -> Any:
        if raw is None or raw is UNSET or (type(raw) is str and raw in EMPTY):
            if filled:
                raise Fault("is empty", got=shown(raw), expected="a value")
            return empty
        return convert(raw)

    return strict


def _formed(quick: Read, *, filled: bool, empty: Any) -> Read:
    """Let a quick door say what nothing at its place means; a text is no form."""

    def formed(form: Any) -> Any:
        if type(form) is not str and form is not None and form is not UNSET:
            return quick(form)
        if filled or (form and form not in EMPTY):
            raise Fault("is not an element", got=shown(form), expected="an element with parts")
        return empty

    return formed


def _formed_many(door: Door, quick: Read) -> Callable[[list[Any]], Iterable[Any]]:
    """Read parts that are all there at once, else each by its quick door."""

    def many(forms: list[Any]) -> Iterable[Any]:
        return door.each(forms) if {*map(type, forms)} == {door.form} else map(quick, forms)

    return many


def _texts_first(quick: Read, strict: Read) -> Read:
    """Let a door remember texts; what is neither a text nor nothing cannot be remembered, and is a fault."""

    def door(raw: Any) -> Any:
        return quick(raw) if raw is None or type(raw) is str else strict(raw)

    return door


def _remembered(strict: Read, place: Place) -> Read:
    """Let a door remember what it gave, for what repeats and names nobody; texts are not kept."""
    if place.secret:
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


def _element(of: Callable[..., Any], steps: list[Step], *, skipped: frozenset[str]) -> Door:
    """Make the door of an element: its fields one by one, or a form's all in one go."""
    known = skipped | {step.key for step in steps}

    def strict(raw: Any) -> Any:
        if type(raw) is not dict:
            raise Fault("is not an element", got=shown(raw), expected="an element with parts")
        return of(*_one_by_one(raw, steps, known))

    doors = [step.door.quick for step in steps]
    columns = [(attrgetter(step.key), step.door) for step in steps]

    def quick(form: Any) -> Any:
        return of(*[door(value) for door, value in zip(doors, astuple(form), strict=False)])

    def many(forms: list[Any]) -> Iterable[Any]:
        return map(of, *[door.each([*map(value_of, forms)]) for value_of, door in columns])

    return Door(strict=strict, form=_form(of, steps, skipped), quick=quick, many=many)


def _form(of: Callable[..., Any], steps: list[Step], skipped: frozenset[str]) -> Any:
    """Make the record an element is decoded into: its fields in order, then what is skipped."""
    fields = [(step.key, step.door.form, step.required) for step in steps]
    skipping = [(key, Any, False) for key in sorted(skipped)]
    return make_form(getattr(of, "__name__", "element"), [*fields, *skipping])


def _one_by_one(raw: Mapping[str, Any], steps: list[Step], known: frozenset[str]) -> list[Any]:
    """Read an element's fields by their strict doors, so that a fault knows its key."""
    values = []
    for step in steps:
        try:
            if step.required and step.key not in raw:
                raise Fault("is missing", got="nothing", expected="the key must be there")
            values.append(step.door.strict(raw.get(step.key)))
        except Fault as fault:
            raise fault.at(step.key) from None
    for key in raw:
        if key not in known:
            expected = "one of " + " ".join(step.key for step in steps)
            raise Fault("is a key never seen", got="the key", expected=expected).at(key)
    return values


def _each(door: Door) -> Door:
    """Read a list, item by item."""

    def strict(raw: Any) -> tuple[Any, ...]:
        if type(raw) is not list:
            raise Fault("is not a list", got=shown(raw), expected="a list")
        values: list[Any] = []
        try:
            for item in raw:
                values.append(door.strict(item))
        except Fault as fault:
            raise fault.at(len(values)) from None
        return tuple(values)

    return Door(strict=strict, form=list_of(door.form), quick=lambda form: tuple(door.each(form)))


def _through(door: Door, key: str, place: Place, *, skipped: frozenset[str]) -> Door:
    """Read what stands at the one key of an element that holds nothing else; no such key is nothing."""
    empty = () if place.shape is Shape.PARTS else None
    filled = place.presence is Presence.FILLED

    def strict(raw: Any) -> Any:
        if type(raw) is not dict:
            raise Fault("is not an element", got=shown(raw), expected=f"an element with {key}")
        if unknown := [other for other in raw if other != key and other not in skipped]:
            raise Fault("is a key never seen", got="the key", expected=key).at(unknown[0])
        one = raw.get(key)
        if one is None or (type(one) is str and one in EMPTY):
            if filled:
                raise Fault("is missing", got="nothing", expected="the key must be there").at(key)
            return empty
        try:
            return door.strict(one)
        except Fault as fault:
            raise fault.at(key) from None

    inner = Door(
        strict=door.strict,
        form=door.form | str | None,
        quick=_formed(door.quick, filled=filled, empty=empty),
    )
    form = _form(door.strict, [Step(key=key, door=inner, required=False)], skipped)
    return Door(strict=strict, form=form, quick=lambda form: inner.quick(getattr(form, key)))


def _as_many(read: Read, key: str) -> Read:
    """Hold a stated count against the items there are."""

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
