"""Which kind each input of a graph is: by its JSON schema, by rows of cases, by how it is used (变量类型).

JDM has no kinds, our language has nothing else. What a schema or the rows say comes first; where they are
silent, the literals an input is compared with decide. Rows that disagree with each other or the schema,
lists, objects and what nobody says anything about are refused by name. A number that is whole in every row
is an integer; a fraction given later refers, it is never cut.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite

from creditloop.formula import Kind
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.refusals import Refusal, outside

PathParts = tuple[str, ...]
_SCHEMA_KINDS = {
    "integer": Kind.INTEGER,
    "number": Kind.NANO,
    "string": Kind.TEXT,
    "boolean": Kind.BOOLEAN,
}
_TEXT_FUNCTIONS = frozenset({"upper", "lower", "trim", "startsWith", "endsWith", "contains", "len"})
_NUMBER_FUNCTIONS = frozenset({"abs", "floor", "ceil", "round", "trunc", "min", "max", "sum"})
_ARITHMETIC = frozenset({"-", "*", "/", "%", "^"})


class InputKinds:
    """What is known of the kinds of inputs.

    Args:
        schema: of the input node, see `read_schema`.
        samples: cases as they come in.
        used: kinds told by how a path is used, see `kinds_in_use`.
    """

    def __init__(
        self,
        *,
        schema: Mapping[str, object] | None = None,
        samples: Sequence[Mapping[str, object]] = (),
        used: Mapping[PathParts, frozenset[Kind]] | None = None,
    ) -> None:
        self._schema = schema
        self._samples = samples
        self._used = used or {}

    def kind_of(self, path: PathParts) -> Kind:
        """Return the kind of an input.

        Raises: PolicyError by name: the kind is not known, kinds disagree, or it is a list or an object.
        """
        sampled = {_kind_of_value(value, path) for value in self.values_at(path)} - {None}
        kinds = {kind for kind in sampled if kind is not None}
        if (declared := self._declared(path)) is not None:
            kinds.add(declared)
        if not kinds:
            kinds = set(self._used.get(path, frozenset()))
        if kinds == {Kind.INTEGER, Kind.NANO}:
            return Kind.NANO
        if len(kinds) == 1:
            return kinds.pop()
        shown = ".".join(path)
        if kinds:
            raise outside(Refusal.KIND_CONFLICT, f"{shown}: {', '.join(sorted(kinds))}")
        raise outside(Refusal.KIND_UNKNOWN, shown)

    def tells(self, path: PathParts) -> bool:
        """Whether rows, schema or use say anything about an input."""
        return (
            any(True for _ in self.values_at(path)) or self._declared(path) is not None or path in self._used
        )

    def values_at(self, path: PathParts) -> Iterator[object]:
        """Give what the rows hold at a path, where they hold something."""
        for sample in self._samples:
            value = value_at(sample, path)
            if value is not None:
                yield value

    def _declared(self, path: PathParts) -> Kind | None:
        schema: object = self._schema
        for part in path:
            properties = schema.get("properties") if isinstance(schema, Mapping) else None
            schema = properties.get(part) if isinstance(properties, Mapping) else None
        kind = schema.get("type") if isinstance(schema, Mapping) else None
        if kind == "array":
            raise outside(Refusal.ARRAY, ".".join(path))
        return _SCHEMA_KINDS.get(kind) if isinstance(kind, str) else None


def value_at(context: object, path: PathParts) -> object:
    """Return what a JSON object holds at a path; None where there is nothing, or null."""
    for part in path:
        if not isinstance(context, Mapping):
            return None
        context = context.get(part)
    return context


def kinds_in_use(
    expressions: Iterable[tuple[tree.Expression, tree.Expression | None]],
) -> dict[PathParts, frozenset[Kind]]:
    """Tell kinds by use: what a path is compared with, computed with, or handed to.

    Args:
        expressions: each with what `$` stands for in it, None where nothing does.
    """
    found: dict[PathParts, set[Kind]] = {}
    for expression, subject in expressions:
        for part in _all_parts(expression):
            for used, kind in _uses(part):
                actual = subject if isinstance(used, tree.Reference) and not used.parts else used
                if isinstance(actual, tree.Path):
                    found.setdefault(actual.parts, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _all_parts(expression: tree.Expression) -> Iterator[tree.Expression]:
    yield expression
    for part in tree.parts_of(expression):
        yield from _all_parts(part)


def _uses(part: tree.Expression) -> Iterator[tuple[tree.Expression, Kind]]:
    """Give the direct parts of an expression whose kind it tells."""
    match part:
        case tree.Binary(sign=sign, left=left, right=right) if sign in _ARITHMETIC:
            yield from ((left, Kind.NANO), (right, Kind.NANO))
        case tree.Binary(sign="and" | "or", left=left, right=right):
            yield from ((left, Kind.BOOLEAN), (right, Kind.BOOLEAN))
        case tree.Binary(left=left, right=right):
            yield from ((left, kind) for kind in _told_by(right))
            yield from ((right, kind) for kind in _told_by(left))
        case tree.Unary(sign=sign, operand=operand):
            yield operand, Kind.BOOLEAN if sign == "not" else Kind.NANO
        case tree.Ternary(condition=condition):
            yield condition, Kind.BOOLEAN
        case tree.Call(name=name, arguments=arguments):
            kind = Kind.TEXT if name in _TEXT_FUNCTIONS | {"d", "date"} else Kind.NANO
            if name in _TEXT_FUNCTIONS | _NUMBER_FUNCTIONS | {"d", "date"}:
                items = (
                    arguments[0].items if arguments and isinstance(arguments[0], tree.Listing) else arguments
                )
                yield from ((item, kind) for item in items)


def _told_by(other: tree.Expression) -> Iterator[Kind]:
    match other:
        case tree.Literal(value=value) if value is not None:
            yield _kind_of_literal(value)
        case tree.Listing(items=items):
            yield from (kind for item in items for kind in _told_by(item))
        case tree.Interval(low=low):
            yield from _told_by(low)
        case tree.Binary(sign=sign) if sign in _ARITHMETIC:
            yield Kind.NANO


def _kind_of_literal(value: Decimal | str | bool) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOLEAN
    return Kind.TEXT if isinstance(value, str) else Kind.NANO


def _kind_of_value(value: object, path: PathParts) -> Kind | None:
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, float | Decimal) and not isfinite(value):
        raise outside(Refusal.KIND_CONFLICT, f"{'.'.join(path)}: {value} is no number")
    if isinstance(value, int) or (isinstance(value, float | Decimal) and value % 1 == 0):
        return Kind.INTEGER
    if isinstance(value, float | Decimal):
        return Kind.NANO
    if isinstance(value, str):
        return Kind.TEXT
    raise outside(Refusal.ARRAY if isinstance(value, list) else Refusal.OBJECT, ".".join(path))
