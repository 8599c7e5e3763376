"""What the entries of a contract must be together, once each of them is well formed."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from creditloop.data.contracts import ClassRetention, Column, ColumnType, Contract, Moment, Table
from creditloop.data.identifiers import CLASS_MIN, SORTS, identifiers_of, token_name
from creditloop.data.moments import edge_of_day
from creditloop.data.purposes import PURPOSES
from creditloop.kernel.documents import Node

TABLE_NAME_MAX = 63
"""Longest name PostgreSQL keeps whole."""


def check_contract(contract: Contract) -> None:
    """Refuse a contract whose entries contradict each other.

    Raises: PolicyError with the line of one of the entries.
    """
    root = contract.document.root.mapping()
    _check_sources(contract, root)
    for name, node in root["tables"].mapping().items():
        table = contract.table(name)
        assert table is not None
        if len(f"{contract.name}_{name}") > TABLE_NAME_MAX:
            raise node.fail("the table's name with the contract's is too long", got=f"{contract.name}_{name}")
        _check_protected(table, node)
        _check_identifiers(table, node)
        _check_repetitions(contract, table, node)
        _check_moments(contract, table, node)
    for class_retention in contract.retention.by_class:
        _check_class_retention(contract, class_retention, root)
    _check_file_rules(contract, root)
    _check_totals(contract, root)


def column_uses(contract: Contract) -> Iterator[tuple[str, Table, Column]]:
    """Yield each column of the file with each table column that is loaded from it."""
    for table in contract.tables:
        for column in table.columns:
            if column.source is not None:
                yield column.source, table, column
            for each in table.repetitions:
                if column.name in each.sources:
                    yield each.sources[column.name], table, column


def _check_sources(contract: Contract, root: dict[str, Node]) -> None:
    first: dict[str, Column] = {}
    for source, table, column in column_uses(contract):
        node = root["tables"].mapping()[table.name].mapping()["columns"].mapping()[column.name]
        if source in contract.not_loaded:
            raise node.fail("this column of the file is both loaded and left out", got=source)
        if source == contract.party.source:
            raise node.fail("the party's column is party_id already", got=source)
        if source in first:
            raise node.fail(
                "this column of the file is loaded twice", got=source, expected=first[source].name
            )
        first[source] = column
    if contract.party.source in contract.not_loaded:
        raise root["not_loaded"].fail("the party's column cannot be left out", got=contract.party.source)


def _check_protected(table: Table, node: Node) -> None:
    for column in table.columns:
        deciding = sorted(name for name in column.purposes if PURPOSES[name].decides)
        if column.protected and deciding:
            raise (
                node.mapping()["columns"]
                .mapping()[column.name]
                .mapping()["purposes"]
                .fail(
                    f"{column.name!r} is a protected attribute: no purpose that decides may read it",
                    got=", ".join(deciding),
                    expected=sorted(name for name, purpose in PURPOSES.items() if not purpose.decides),
                )
            )


def _check_identifiers(table: Table, node: Node) -> None:
    names = {column.name for column in table.columns}
    for column in identifiers_of(table):
        place = node.mapping()["columns"].mapping()[column.name]
        if column.identifier not in SORTS:
            raise place.mapping()["identifier"].fail(
                "no such sort of identifier", got=column.identifier, expected=sorted(SORTS)
            )
        if column.sensitivity < CLASS_MIN:
            raise place.mapping()["sensitivity"].fail(
                "an identifier is of a higher class", got=column.sensitivity, expected=f">= {CLASS_MIN}"
            )
        if column.stated or column.values:
            raise place.fail("the contract's text would hold the identifier itself", got=column.name)
        if column.name in table.key:
            raise node.mapping()["key"].fail(
                "an identifier is encrypted and cannot be part of the key", got=column.name
            )
        if token_name(column) in names:
            raise place.fail("the identifier's token has the name of a column", got=token_name(column))


def _check_class_retention(contract: Contract, retention: ClassRetention, root: dict[str, Node]) -> None:
    """Refuse to empty what a row cannot be without: its key, its moments, what may not be null."""
    place = root["retention"].mapping()["by_class"].mapping()[str(retention.sensitivity)]
    emptied = [(table, column) for table in contract.tables for column in retention.columns_of(table)]
    found = {column.name for _, column in emptied}
    if not found or (missing := sorted((retention.columns or found) - found)):
        raise place.fail(
            "no column of this class that could be emptied",
            got=", ".join(missing) if found else f"class {retention.sensitivity}",
            expected=f"columns of class {retention.sensitivity}",
        )
    for table, column in emptied:
        if (reason := _kept_with_row(table, column)) is not None:
            raise place.fail(
                f"{column.name!r} cannot be emptied: {reason}",
                got=f"{table.name}.{column.name}",
                hint="name the columns of the class that are to be emptied under `columns`",
            )


def _kept_with_row(table: Table, column: Column) -> str | None:
    """Return why a column lasts as long as its row; None if it may go sooner."""
    if column.name in table.key:
        return "it is part of the key"
    if column.name in (table.occurred_at.column, table.known_at.column):
        return "it says when the row occurred or became known"
    if not column.null_allowed and column.identifier is None:
        return "it may not be null"
    return None


def _check_repetitions(contract: Contract, table: Table, node: Node) -> None:
    types = contract.source_types()
    own = {column.name: column.type for column in table.columns}
    extras = {extra.name: extra.type for extra in table.extras}
    for number, each in enumerate(table.repetitions):
        place = node.mapping()["repeat"].items()[number]
        for name, source in each.sources.items():
            if name in extras and types.get(source) is not extras[name]:
                raise place.fail(
                    f"the extra {name!r} reads a column that is not loaded, or has another type",
                    got=f"{source}: {types.get(source)}",
                    expected=extras[name],
                )
    keys = Counter(
        tuple(each.stated.get(name) for name in table.key if name in own) for each in table.repetitions
    )
    if any(count > 1 for count in keys.values()) and all(
        name not in own or table.column(name).stated for name in table.key
    ):
        raise node.mapping()["repeat"].fail("two repetitions state the same key", got=list(table.key))


def _check_moments(contract: Contract, table: Table, node: Node) -> None:
    days = [each.stated for each in table.repetitions] or [{}]
    for stated in days:
        occurred, known = (
            _stated_instant(moment, stated, contract) for moment in (table.occurred_at, table.known_at)
        )
        if occurred is not None and known is not None and known < occurred:
            raise node.mapping()["known_at"].fail(
                "known_at is before occurred_at", got=known.isoformat(), expected=f">= {occurred.isoformat()}"
            )


def _stated_instant(moment: Moment, stated: object, contract: Contract) -> datetime | None:
    value = moment.stated
    if moment.column is not None and isinstance(stated, dict):
        value = stated.get(moment.column)
    if value is None or isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return edge_of_day(value, edge=moment.edge, utc_offset_hours=contract.utc_offset_hours)


def _check_file_rules(contract: Contract, root: dict[str, Node]) -> None:
    loaded = contract.source_types()
    for number, rule in enumerate(contract.file_rules):
        if unknown := sorted(rule.columns - set(loaded)):
            raise root["file_rules"].items()[number].fail("not a loaded column of the file", got=unknown)


def _check_totals(contract: Contract, root: dict[str, Node]) -> None:
    types = contract.source_types()
    for column in contract.totals.sums:
        if types.get(column) not in {ColumnType.MONEY, ColumnType.INTEGER}:
            raise root["totals"].fail("a sum is stated of a column that is no loaded number", got=column)
