"""Read a document of window features: events of a contract's table, and families that name many features."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditloop.data.contracts import PARTY_ID, Column, ColumnType, Contract, Table, Words
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.data.windows.definitions import (
    SUPERSEDED_AT,
    Band,
    Dimension,
    EventTable,
    Identifier,
    Measure,
    WindowFeature,
)
from creditloop.data.windows.families import family_features
from creditloop.formula import Kind, check_name, placed
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError

_NAME_MOST = 63
"""Longest name: that of a column of the database."""
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{_NAME_MOST - 1}}}")
_NUMBERS = (ColumnType.MONEY, ColumnType.INTEGER)


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


def read_window_features(
    document: Document, *, contract: Contract, corrected: bool = True
) -> WindowFeatureSet:
    """Read a document of window features over a table of a contract.

    Args:
        corrected: whether the events have a column `superseded_at`, of facts that were corrected later; say
            no only of events that never are.
    Raises: PolicyError naming file, line and field: a table, column or value the contract does not have, an
        aggregate of something it cannot be of, a window out of range, a name given twice or too long.
    """
    entries = _entries(document)
    entries["contract"].text(among=[contract.name])
    name = name_from_node(entries["window_features"])
    table = _event_table(entries, contract, corrected=corrected)
    found: dict[str, WindowFeature] = {}
    for node in entries["families"].items():
        own: set[str] = set()
        for feature in family_features(node, table, prefix=name):
            if feature.name in own or found.get(feature.name, feature) != feature:
                raise node.fail("two features of one name", got=feature.name)
            _check_name(feature.name, node)
            own.add(feature.name)
            found[feature.name] = feature  # families may ask for the same: it is there once
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


def _check_name(name: str, node: Node) -> None:
    """Refuse a feature's name that is none: it is made of names and of the contract's coded values."""
    if not _NAME.fullmatch(name):
        raise node.fail(
            "not a name for a feature", got=name, expected=f"letters, digits and _, at most {_NAME_MOST}"
        )


def contract_named(document: Document) -> str:
    """Return the name of the contract a document of window features is over."""
    return _entries(document)["contract"].text()


def document_named(document: Document) -> str:
    """Return what a document of window features calls itself."""
    return name_from_node(_entries(document)["window_features"])


def _entries(document: Document) -> dict[str, Node]:
    return document.root.mapping(
        required=["window_features", "contract", "table", "title", "events", "day", "families"],
        optional=["dimensions", "measures", "identifiers"],
    )


# events


def _event_table(entries: Mapping[str, Node], contract: Contract, *, corrected: bool) -> EventTable:
    tables = {table.name: table for table in contract.tables}
    table = tables[entries["table"].text(among=sorted(tables))]
    day = _column(entries["day"], table, [ColumnType.DATE])
    return EventTable(
        name=table.name,
        party=PARTY_ID,
        day=day.name,
        known_at="known_at",
        superseded=SUPERSEDED_AT if corrected else None,
        meaning=words_from_node(entries["events"]),
        dimensions=tuple(_dimension(*given, table) for given in _parts(entries, "dimensions")),
        measures=tuple(_measure(*given, table) for given in _parts(entries, "measures")),
        identifiers=tuple(_identifier(*given, table) for given in _parts(entries, "identifiers")),
    )


def _parts(entries: Mapping[str, Node], part: str) -> Iterator[tuple[str, Node]]:
    """Give what a part of the document names; no name may be given in two parts."""
    for name, node in entries[part].mapping().items() if part in entries else ():
        _check_part(name, node)
        earlier = [one for one in ("dimensions", "measures", "identifiers") if one in entries and one != part]
        if any(name in entries[one].mapping() for one in earlier):
            raise node.fail("two parts of one name", got=name)
        yield name, node


def _dimension(name: str, node: Node, table: Table) -> Dimension:
    parts = node.mapping(required=["column", "called"], optional=["groups", "bands", "prefix"])
    banded = "bands" in parts
    column = _column(parts["column"], table, _NUMBERS if banded else [ColumnType.CODE])
    values = {value: entry.meaning for value, entry in column.values.items()}
    codes: dict[str, str | None] = {value: value for value in values}
    bands: dict[str, Band] = {}
    if banded:
        values, bands = _bands(parts["bands"])
    elif "groups" in parts:
        values, codes = _groups(parts["groups"], codes)
    return Dimension(
        name=name,
        column=column.name,
        meaning=words_from_node(parts["called"]),
        values=values,
        codes=codes,
        bands=bands,
        prefix=parts["prefix"].text() if "prefix" in parts else "",
    )


def _groups(node: Node, codes: Collection[str]) -> tuple[dict[str, Words], dict[str, str | None]]:
    """Read groups of codes; a code is in one group or in none."""
    values: dict[str, Words] = {}
    found: dict[str, str | None] = dict.fromkeys(codes)
    for name, group in node.mapping().items():
        _check_part(name, group)
        parts = group.mapping(required=["of", "called"], optional=[])
        values[name] = words_from_node(parts["called"])
        for entry in parts["of"].items():
            code = entry.text(among=list(codes))
            if found[code] is not None:
                raise entry.fail("a code in two groups", got=code, expected=f"in {found[code]} only")
            found[code] = name
    return values, found


def _bands(node: Node) -> tuple[dict[str, Words], dict[str, Band]]:
    """Read bands of a number, of which no two overlap."""
    values: dict[str, Words] = {}
    found: dict[str, Band] = {}
    for name, entry in node.mapping().items():
        _check_part(name, entry)
        parts = entry.mapping(required=["called"], optional=["least", "most"])
        least, most = (parts[end].integer() if end in parts else None for end in ("least", "most"))
        band = Band(least, most)
        if least is None and most is None:
            raise entry.fail("a band has an end", got="none", expected="least, most")
        if least is not None and most is not None and least > most:
            raise entry.fail("a band without numbers", got=f"{least} to {most}")
        if any(band.overlaps(other) for other in found.values()):
            raise entry.fail("two bands have numbers in common", got=name)
        values[name], found[name] = words_from_node(parts["called"]), band
    return values, found


def _measure(name: str, node: Node, table: Table) -> Measure:
    parts = node.mapping(required=["column", "called"], optional=[])
    column = _column(parts["column"], table, _NUMBERS)
    kind = Kind.MONEY if column.type is ColumnType.MONEY else Kind.INTEGER
    return Measure(
        name=name,
        column=column.name,
        kind=Kind.NANO if column.unit == "nano" else kind,
        meaning=words_from_node(parts["called"]),
        unit=column.unit or name,
    )


def _identifier(name: str, node: Node, table: Table) -> Identifier:
    parts = node.mapping(required=["column", "called"], optional=[])
    column = _column(parts["column"], table, [ColumnType.TEXT, ColumnType.CODE])
    return Identifier(name=name, column=column.name, meaning=words_from_node(parts["called"]))


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
