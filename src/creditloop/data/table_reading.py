"""Read the tables of a contract: columns, repetitions, moments. Faults are told with their line."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime

from creditloop.data.contracts import (
    GIVEN_COLUMNS,
    PARTY_ID,
    CodeValue,
    Column,
    ColumnType,
    Edge,
    Effect,
    Extra,
    Moment,
    Repetition,
    Stated,
    Table,
    Words,
)
from creditloop.data.purposes import SENSITIVITY_MAX, SENSITIVITY_MIN
from creditloop.formula import NullPolicy
from creditloop.kernel.documents import Node

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_COLUMN_REQUIRED = ["from", "type", "sensitivity", "personal", "protected", "purposes", "meaning", "null"]
_COLUMN_OPTIONAL = ["unit", "identifier", "values", "undocumented", "unlisted", "null_in_rules"]
_FROM_REPEAT = "(repeat)"
_FROM_STATED = "(stated)"


def words_from_node(node: Node) -> Words:
    """Read a text given in both languages: {zh, en}."""
    entries = node.mapping(required=["zh", "en"], optional=[])
    return Words(zh=entries["zh"].text(), en=entries["en"].text())


def name_from_node(node: Node) -> str:
    """Read a name that can also name a database table or column."""
    return _checked_name(node.text(), node)


def purposes_from_node(node: Node, *, allowed: Collection[str]) -> frozenset[str]:
    """Read which purposes may read a column; at least one, each declared by the contract."""
    names = [item.text(among=sorted(allowed)) for item in node.items()]
    if not names:
        raise node.fail("a column without a purpose does not load", got="none", expected=sorted(allowed))
    return frozenset(names)


def table_from_node(node: Node, *, name: str, purposes: Collection[str]) -> Table:
    """Read one table of a contract, but for its rules: they see columns of other tables (`row_rules`)."""
    _checked_name(name, node)
    entries = node.mapping(
        required=["kind", "meaning", "columns", "key", "occurred_at", "known_at"],
        optional=["repeat", "extras", "rules"],
    )
    _check_kind(entries)
    columns = {key: _column(inner, key, purposes) for key, inner in entries["columns"].mapping().items()}
    extras = {key: _extra(inner, key) for key, inner in _optional_mapping(entries, "extras").items()}
    for key in extras:
        if key in columns:
            raise entries["extras"].fail("an extra has the name of a column", got=key)
    return Table(
        name=name,
        meaning=words_from_node(entries["meaning"]),
        columns=tuple(columns.values()),
        extras=tuple(extras.values()),
        repetitions=_repetitions(entries, columns, extras),
        key=_key(entries["key"], columns),
        occurred_at=_moment(entries["occurred_at"], columns),
        known_at=_moment(entries["known_at"], columns),
        rules=(),
        program=None,
    )


def _checked_name(name: str, node: Node) -> str:
    if not _NAME.fullmatch(name):
        raise node.fail("not a name", got=name, expected="small letters, digits and _, at most 41")
    return name


def _check_kind(entries: Mapping[str, Node]) -> None:
    repeats = entries["kind"].text(among=["plain", "repeat"]) == "repeat"
    if repeats != ("repeat" in entries):
        raise entries["kind"].fail("`repeat:` stands in tables of kind repeat, and only there")


def _optional_mapping(entries: Mapping[str, Node], key: str) -> dict[str, Node]:
    return entries[key].mapping() if key in entries else {}


def _column(node: Node, name: str, purposes: Collection[str]) -> Column:
    _checked_name(name, node)
    if name in GIVEN_COLUMNS:
        raise node.fail("every table has this column by itself", got=name)
    if "sensitivity" not in node.mapping():
        raise node.fail(f"the column {name!r} has no sensitivity class: an unclassified column does not load")
    entries = node.mapping(required=_COLUMN_REQUIRED, optional=_COLUMN_OPTIONAL)
    column_type = _type(entries["type"])
    source = entries["from"].text()
    if (column_type is ColumnType.MONEY) != name.endswith("_fen"):
        raise node.fail("a money column's name ends in _fen, and no other's does", got=name)
    return Column(
        name=name,
        source=None if source in {_FROM_REPEAT, _FROM_STATED} else source,
        stated=source == _FROM_STATED,
        type=column_type,
        unit=entries["unit"].text() if "unit" in entries else None,
        identifier=_identifier(entries["identifier"], column_type) if "identifier" in entries else None,
        sensitivity=entries["sensitivity"].integer(least=SENSITIVITY_MIN, most=SENSITIVITY_MAX),
        personal=entries["personal"].boolean(),
        protected=entries["protected"].boolean(),
        purposes=purposes_from_node(entries["purposes"], allowed=purposes),
        meaning=words_from_node(entries["meaning"]),
        null_allowed=entries["null"].boolean(),
        values=_values(entries, column_type),
        unlisted=_unlisted(entries, node, column_type),
        null_in_rules=_null_policy(entries["null_in_rules"])
        if "null_in_rules" in entries
        else NullPolicy.REFER,
    )


def _identifier(node: Node, column_type: ColumnType) -> str:
    if column_type is not ColumnType.TEXT:
        raise node.fail("only a text names somebody", got=column_type, expected=ColumnType.TEXT)
    return name_from_node(node)


def _values(entries: Mapping[str, Node], column_type: ColumnType) -> dict[str, CodeValue]:
    listed = {}
    for key, documented in (("values", True), ("undocumented", False)):
        for value, meaning in _optional_mapping(entries, key).items():
            if value in listed:
                raise meaning.fail("this value is listed twice", got=value)
            if column_type is ColumnType.INTEGER and not re.fullmatch(r"-?(0|[1-9]\d*)", value):
                raise meaning.fail("not a value of an integer column", got=value)
            listed[value] = CodeValue(meaning=words_from_node(meaning), documented=documented)
    return listed


def _unlisted(entries: Mapping[str, Node], node: Node, column_type: ColumnType) -> Effect | None:
    listed = "values" in entries or "undocumented" in entries
    if listed != ("unlisted" in entries):
        raise node.fail("`values` and `unlisted` go together: say what happens to a value that is not listed")
    if column_type is ColumnType.CODE and not listed:
        raise node.fail("a code needs its `values`")
    if listed and column_type not in {ColumnType.CODE, ColumnType.INTEGER, ColumnType.TEXT}:
        raise node.fail("only codes, integers and texts have listed values", got=column_type)
    return _effect(entries["unlisted"]) if listed else None


def _effect(node: Node) -> Effect:
    return Effect(node.text(among=list(Effect)))


def _type(node: Node) -> ColumnType:
    return ColumnType(node.text(among=list(ColumnType)))


def _null_policy(node: Node) -> NullPolicy:
    return NullPolicy(node.text(among=list(NullPolicy)))


def _extra(node: Node, name: str) -> Extra:
    _checked_name(name, node)
    entries = node.mapping(required=["type", "meaning", "null_in_rules"], optional=[])
    return Extra(
        name=name,
        type=_type(entries["type"]),
        meaning=words_from_node(entries["meaning"]),
        null_in_rules=_null_policy(entries["null_in_rules"]),
    )


def _repetitions(
    entries: Mapping[str, Node], columns: Mapping[str, Column], extras: Mapping[str, Extra]
) -> tuple[Repetition, ...]:
    stated = {name for name, column in columns.items() if column.stated}
    named = {name for name, column in columns.items() if column.source is None} - stated
    if "repeat" not in entries:
        if alone := sorted(stated | named | set(extras)):
            raise entries["columns"].fail("only a repeated table has such names", got=alone)
        return ()
    found = []
    for item in entries["repeat"].items():
        inner = item.mapping(required=["stated", "from"], optional=[])
        values = inner["stated"].mapping(required=sorted(stated), optional=[])
        sources = inner["from"].mapping(required=sorted(named), optional=sorted(extras))
        found.append(
            Repetition(
                stated={name: _stated(node, columns[name].type) for name, node in values.items()},
                sources={name: node.text() for name, node in sources.items()},
            )
        )
    if not found:
        raise entries["repeat"].fail("at least one repetition is needed", got="none")
    return tuple(found)


def _stated(node: Node, column_type: ColumnType) -> Stated:
    match column_type:
        case ColumnType.INTEGER:
            return node.integer()
        case ColumnType.DATE:
            return node.day()
        case ColumnType.BOOLEAN:
            return node.boolean()
        case ColumnType.TEXT | ColumnType.CODE:
            return node.text()
        case ColumnType.MONEY | ColumnType.INSTANT:
            raise node.fail("a repetition cannot state such a value", got=column_type)


def _key(node: Node, columns: Mapping[str, Column]) -> tuple[str, ...]:
    names = tuple(item.text(among=[PARTY_ID, *columns]) for item in node.items())
    if names[:1] != (PARTY_ID,) or len(set(names)) != len(names):
        raise node.fail("a key begins with party_id and names no column twice", got=list(names))
    for name in names[1:]:
        if columns[name].null_allowed:
            raise node.fail("a column of the key cannot be null", got=name)
    return names


def _moment(node: Node, columns: Mapping[str, Column]) -> Moment:
    entries = node.mapping(optional=list(Edge))
    if len(entries) != 1:
        raise node.fail("say exactly one of at, start_of, end_of", got=sorted(entries))
    edge, inner = next((Edge(key), entry) for key, entry in entries.items())
    if isinstance(inner.value, date) and edge is not Edge.AT:
        return Moment(edge=edge, column=None, stated=inner.day())
    wanted = ColumnType.INSTANT if edge is Edge.AT else ColumnType.DATE
    column = columns.get(inner.text())
    if column is not None and column.type is wanted and not column.null_allowed:
        return Moment(edge=edge, column=column.name, stated=None)
    if column is not None or edge is not Edge.AT:
        raise inner.fail(f"not a column of type {wanted} without nulls", got=inner.text())
    return Moment(edge=edge, column=None, stated=_instant(inner))


def _instant(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text())
    except ValueError as error:
        raise node.fail("neither an instant column without nulls nor an instant", got=node.text()) from error
    if moment.tzinfo is None:
        raise node.fail(
            "an instant needs its time zone", got=node.text(), expected="2005-06-30T00:00:00+08:00"
        )
    return moment
