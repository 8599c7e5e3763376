"""What a graph's own JSON schema asks of a case; a case that does not keep it refers (输入校验).

The keywords that schemas of decision graphs use: types, properties, required, enum, const, bounds and
items. One with another keyword that decides something is refused when the graph is taken over.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from creditloop.risk.jdm.refusals import Refusal, outside

_TYPES: Mapping[str, Callable[[object], bool]] = {
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0  # of infinity nan
    ),
}
_BOUNDS: Mapping[str, Callable[[float, float], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_DECIDING = {"type", "properties", "required", "enum", "const", "items", *_BOUNDS}
_FORMS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "type": ((str, list), "a text or a list"),
    "properties": (Mapping, "an object"),
    "required": (list, "a list"),
    "enum": (list, "a list"),
    **dict.fromkeys(_BOUNDS, ((int, float), "a number")),
}
"""What stands under a keyword."""
_SAYING = {"title", "description", "default", "examples", "$schema", "$id", "$comment", "format"}


def read_schema(schema: object) -> Mapping[str, object]:
    """Read a schema, given as an object or as its text; empty where there is none.

    Raises: PolicyError by name for a schema that is not well formed, or a keyword that is not taken over.
    """
    if isinstance(schema, str):
        try:
            schema = json.loads(schema) if schema.strip() else None
        except ValueError as error:
            raise outside(Refusal.SCHEMA, str(error), where={"field": "schema"}) from error
    if not isinstance(schema, Mapping):
        return {}
    _check_keywords(schema)
    return schema


def _check_keywords(schema: Mapping[str, object]) -> None:
    if unknown := sorted(set(schema) - _DECIDING - _SAYING):
        raise outside(Refusal.SCHEMA, ", ".join(unknown), where={"field": "schema"})
    for keyword, (kinds, expected) in _FORMS.items():
        if keyword in schema and (
            isinstance(schema[keyword], bool) or not isinstance(schema[keyword], kinds)
        ):
            detail = f"{keyword}: {schema[keyword]!r}, expected {expected}"
            raise outside(Refusal.SCHEMA, detail, where={"field": "schema"})
    properties = schema.get("properties")
    inner = list(properties.values()) if isinstance(properties, Mapping) else []
    for part in (*inner, *([schema["items"]] if "items" in schema else [])):
        if isinstance(part, Mapping):
            _check_keywords(part)
        elif part is not True:
            raise outside(Refusal.SCHEMA, f"a part that is no schema: {part!r}", where={"field": "schema"})


def schema_faults(schema: Mapping[str, object], value: object, *, path: str = "") -> Iterator[str]:
    """Give what in a case does not keep the schema, by path."""
    shown = path or "the case"
    wanted = schema.get("type")
    types = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    if types and not any(str(kind) in _TYPES and _TYPES[str(kind)](value) for kind in types):
        yield f"{shown} is not of type {', '.join(map(str, types))}"
        return
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_same(value, choice) for choice in choices):
        yield f"{shown} is not among its values"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{shown} is not its value"
    for keyword, keeps in _BOUNDS.items():
        bound = schema.get(keyword)
        if isinstance(bound, int | float) and isinstance(value, int | float) and not keeps(value, bound):
            yield f"{shown} is out of bounds"
    yield from _inside(schema, value, path)


def _inside(schema: Mapping[str, object], value: object, path: str) -> Iterator[str]:
    properties, required, items = (schema.get(key) for key in ("properties", "required", "items"))
    if isinstance(value, Mapping):
        for name in required if isinstance(required, list) else []:
            if value.get(name) is None:  # null and absent are one
                yield f"{_under(path, str(name))} is missing"
        for name, part in properties.items() if isinstance(properties, Mapping) else []:
            if value.get(name) is not None and isinstance(part, Mapping):
                yield from schema_faults(part, value[name], path=_under(path, str(name)))
    if isinstance(value, list) and isinstance(items, Mapping):
        for number, item in enumerate(value):
            yield from schema_faults(items, item, path=_under(path, str(number)))


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
