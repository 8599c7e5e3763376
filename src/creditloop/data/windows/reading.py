"""Read a document of window features: events of a contract's table, and families that name many features."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from creditloop.data.contracts import PARTY_ID, Column, ColumnType, Contract, Table, Words
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.data.windows.definitions import (
    OF_MEASURES,
    OF_MONTHS,
    Aggregate,
    Dimension,
    EventTable,
    Identifier,
    Measure,
    Quantity,
    Unit,
    Window,
    WindowFeature,
)
from creditloop.data.windows.naming import meaning_of, name_of, ratio_meaning
from creditloop.formula import Kind, check_name, placed
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError

_DAYS_MOST, _MONTHS_MOST = 3_660, 120
"""Longest windows: ten years."""
_NAME_MOST = 63
"""Longest name: that of a column of the database."""
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{_NAME_MOST - 1}}}")
_MEASURES = {ColumnType.MONEY: Kind.MONEY, ColumnType.INTEGER: Kind.INTEGER}
_NANO = frozenset({Aggregate.ENTROPY, Aggregate.DEVIATION})
_UNITS: Mapping[Aggregate, str] = {
    Aggregate.DAYS_SINCE_LAST: "day",
    Aggregate.DAYS_SINCE_FIRST: "day",
    Aggregate.MONTHS_ACTIVE: "month",
    Aggregate.LONGEST_RUN: "month",
    Aggregate.LONGEST_SILENCE: "month",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFeatureSet:
    """A document of window features, checked against the contract its events come under."""

    name: str
    title: Words
    contract: str
    contract_hash: str
    table: EventTable
    features: tuple[WindowFeature, ...]
    document: Document

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text: the version recorded with every value."""
        return self.document.hash


def read_window_features(document: Document, *, contract: Contract) -> WindowFeatureSet:
    """Read a document of window features over a table of a contract.

    Raises: PolicyError naming file, line and field: a table, column or value the contract does not have, an
        aggregate of something it cannot be of, a window out of range, a name given twice or too long.
    """
    entries = _entries(document)
    entries["contract"].text(among=[contract.name])
    name = name_from_node(entries["window_features"])
    table = _event_table(entries, contract)
    found: dict[str, WindowFeature] = {}
    for node in entries["families"].items():
        for feature in _family(node, table, prefix=name):
            _check_name(feature.name, found, node)
            found[feature.name] = feature
    if not found:
        raise entries["families"].fail("at least one family is needed", got="none")
    return WindowFeatureSet(
        name=name,
        title=words_from_node(entries["title"]),
        contract=contract.name,
        contract_hash=contract.document.hash,
        table=table,
        features=tuple(found.values()),
        document=document,
    )


def _check_name(name: str, others: Collection[str], node: Node) -> None:
    """Refuse a feature's name that is none: it is made of names and of the contract's coded values."""
    if name in others:
        raise node.fail("two features of one name", got=name)
    if not _NAME.fullmatch(name):
        raise node.fail(
            "not a name for a feature", got=name, expected=f"letters, digits and _, at most {_NAME_MOST}"
        )


def contract_named(document: Document) -> str:
    """Return the name of the contract a document of window features is over."""
    return _entries(document)["contract"].text()


def _entries(document: Document) -> dict[str, Node]:
    return document.root.mapping(
        required=["window_features", "contract", "table", "title", "events", "day", "families"],
        optional=["dimensions", "measures", "identifiers"],
    )


# events


def _event_table(entries: Mapping[str, Node], contract: Contract) -> EventTable:
    tables = {table.name: table for table in contract.tables}
    table = tables[entries["table"].text(among=sorted(tables))]
    day = _column(entries["day"], table, [ColumnType.DATE])
    return EventTable(
        name=table.name,
        party=PARTY_ID,
        day=day.name,
        known_at="known_at",
        meaning=words_from_node(entries["events"]),
        dimensions=tuple(
            Dimension(
                name=name,
                column=column.name,
                meaning=words,
                values={value: entry.meaning for value, entry in column.values.items()},
            )
            for name, column, words in _columns(entries, "dimensions", table, [ColumnType.CODE])
        ),
        measures=tuple(
            Measure(name=name, column=column.name, kind=_MEASURES[column.type], meaning=words)
            for name, column, words in _columns(entries, "measures", table, list(_MEASURES))
        ),
        identifiers=tuple(
            Identifier(name=name, column=column.name, meaning=words)
            for name, column, words in _columns(
                entries, "identifiers", table, [ColumnType.TEXT, ColumnType.CODE]
            )
        ),
    )


def _columns(
    entries: Mapping[str, Node], part: str, table: Table, types: Sequence[ColumnType]
) -> Iterator[tuple[str, Column, Words]]:
    """Give the columns of a part of the document, by the names and words they have in features."""
    if part in entries:
        for name, node in entries[part].mapping().items():
            _check_part(name, node)
            parts = node.mapping(required=["column", "called"], optional=[])
            yield name, _column(parts["column"], table, types), words_from_node(parts["called"])


def _check_part(name: str, node: Node) -> None:
    try:
        check_name(name, what="a part of features")
    except InputError as error:
        raise placed(error, node) from error


def _column(node: Node, table: Table, types: Sequence[ColumnType]) -> Column:
    column = table.column(node.text(among=[entry.name for entry in table.columns]))
    if column.type not in types:
        raise node.fail("the column is of another type", got=column.type, expected=[*types])
    if column.protected:
        raise node.fail("a protected attribute is in no feature", got=column.name)
    return column


# families


def _family(node: Node, table: EventTable, *, prefix: str) -> Iterator[WindowFeature]:
    parts = node.mapping(required=["aggregates"], optional=["of", "by", "days", "months", "trends", "shares"])
    windows = _windows(node, parts)
    cuts = _cuts(parts, table)
    quantities: list[Quantity] = []
    for entry in parts["aggregates"].items():
        aggregate = Aggregate(entry.text(among=list(Aggregate)))
        own = [window for window in windows if (window.unit is Unit.MONTH) == (aggregate in OF_MONTHS)]
        if not own:
            raise entry.fail(
                "the family has no window for this aggregate",
                got=aggregate,
                expected="months" if aggregate in OF_MONTHS else "days",
            )
        for of in _of(entry, aggregate, parts, table):
            free = [cut for cut in cuts if aggregate is not Aggregate.ENTROPY or of not in dict(cut)]
            quantities += [Quantity(aggregate, of, cut, window) for cut, window in product(free, own)]
    yield from (_feature(quantity, table, prefix) for quantity in quantities)
    yield from _ratios(parts, quantities, table, prefix)


def _windows(node: Node, parts: Mapping[str, Node]) -> list[Window]:
    found = [
        Window(unit, entry.integer(least=1, most=most))
        for part, unit, most in (("days", Unit.DAY, _DAYS_MOST), ("months", Unit.MONTH, _MONTHS_MOST))
        if part in parts
        for entry in parts[part].items()
    ]
    if not found:
        raise node.fail("a family has windows", got="none", expected="days, months")
    return found


def _cuts(parts: Mapping[str, Node], table: EventTable) -> list[tuple[tuple[str, str], ...]]:
    """Return every combination of values of the dimensions named together, all events first."""
    found: list[tuple[tuple[str, str], ...]] = [()]
    for node in parts["by"].items() if "by" in parts else []:
        chosen = [entry.text(among=[one.name for one in table.dimensions]) for entry in node.items()]
        named = [one for one in table.dimensions if one.name in chosen]
        found += list(product(*([(one.name, value) for value in one.values] for one in named)))
    return list(dict.fromkeys(found))


def _of(node: Node, aggregate: Aggregate, parts: Mapping[str, Node], table: EventTable) -> list[str | None]:
    """Return what an aggregate is taken of: those of the family's `of` that it can be of."""
    if aggregate in OF_MEASURES:
        known = [entry.name for entry in table.measures]
    elif aggregate is Aggregate.DISTINCT:
        known = [entry.name for entry in table.identifiers]
    elif aggregate is Aggregate.ENTROPY:
        known = [entry.name for entry in table.dimensions]
    else:
        return [None]
    everything = [entry.name for entry in table.parts]
    asked = [entry.text(among=everything) for entry in parts["of"].items()] if "of" in parts else []
    found: list[str | None] = [name for name in asked if name in known]
    if not found:
        raise node.fail("nothing this aggregate can be of", got=asked or "no `of`", expected=known)
    return found


def _feature(quantity: Quantity, table: EventTable, prefix: str) -> WindowFeature:
    kind, unit = Kind.INTEGER, _UNITS.get(quantity.aggregate)
    if quantity.aggregate in _NANO:
        kind = Kind.NANO
    elif quantity.aggregate in OF_MEASURES:
        kind, unit = table.measure(str(quantity.of)).kind, None
    return WindowFeature(
        name=name_of(quantity, prefix=prefix),
        kind=kind,
        unit=unit,
        meaning=meaning_of(quantity, table),
        quantities=(quantity,),
    )


def _ratios(
    parts: Mapping[str, Node], quantities: Sequence[Quantity], table: EventTable, prefix: str
) -> Iterator[WindowFeature]:
    """Give what is divided: a shorter window by a longer one, a cut by the same without one dimension."""
    known = set(quantities)
    for node in parts["trends"].items() if "trends" in parts else []:
        short, long = (entry.integer(least=1) for entry in node.items())
        for one in quantities:
            other = Quantity(one.aggregate, one.of, one.where, Window(one.window.unit, long))
            if one.window.size == short and other in known:
                yield _ratio(one, other, f"{name_of(one, prefix=prefix)}_of_{other.window}", table)
    for node in parts["shares"].items() if "shares" in parts else []:
        name = node.text(among=[entry.name for entry in table.dimensions])
        for one in quantities:
            rest = tuple(cut for cut in one.where if cut[0] != name)
            other = Quantity(one.aggregate, one.of, rest, one.window)
            if rest != one.where and other in known:
                yield _ratio(one, other, f"{name_of(one, prefix=prefix)}_by_{name}", table)


def _ratio(one: Quantity, other: Quantity, name: str, table: EventTable) -> WindowFeature:
    return WindowFeature(
        name=name,
        kind=Kind.NANO,
        unit=None,
        meaning=ratio_meaning(meaning_of(one, table), meaning_of(other, table)),
        quantities=(one, other),
    )
