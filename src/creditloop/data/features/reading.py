"""Read a document of features: every name checked against the contract, every expression compiled."""

from collections.abc import Mapping, Sequence

from creditloop.data.contracts import PARTY_ID, Column, ColumnType, Contract, Effect, Table
from creditloop.data.features.definitions import Direction, Feature, FeatureSet, InputColumn, Role
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.formula import (
    Input,
    Kind,
    Program,
    Step,
    compile_program,
    kind_from_node,
    placed,
    python_function,
)
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError

_KINDS: Mapping[ColumnType, Kind] = {
    ColumnType.INTEGER: Kind.INTEGER,
    ColumnType.MONEY: Kind.MONEY,
    ColumnType.TEXT: Kind.TEXT,
    ColumnType.CODE: Kind.TEXT,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.DATE: Kind.DATE,
}
"""What a column's values are in the language; an instant has no kind there."""


def read_features(document: Document, *, contract: Contract) -> FeatureSet:
    """Read a document of features (特征定义) over the tables of a contract.

    Raises: PolicyError naming file, line and field: a table or column the contract does not have, a table
        with several rows a party and no order, an expression that does not compile, an unknown key.
    """
    entries = document.root.mapping(
        required=["feature_set", "contract", "title", "inputs", "features"], optional=["tables"]
    )
    entries["contract"].text(among=[contract.name])
    by = _orders(entries["tables"], contract) if "tables" in entries else {}
    read = [_input(name, node, contract, by) for name, node in _some(entries["inputs"]).items()]
    steps = entries["features"].items()
    features = tuple(_feature(node) for node in steps)
    if not features:
        raise entries["features"].fail("at least one feature is needed", got="none")
    program = _program([entry for _, entry in read], features, entries["features"])
    return FeatureSet(
        name=name_from_node(entries["feature_set"]),
        title=words_from_node(entries["title"]),
        contract=contract.name,
        contract_hash=contract.document.hash,
        inputs=tuple(column for column, _ in read),
        by=by,
        features=features,
        program=program,
        function=python_function(program),
        document=document,
    )


def _some(node: Node) -> dict[str, Node]:
    entries = node.mapping()
    if not entries:
        raise node.fail("at least one input is needed", got="none")
    return entries


def _orders(node: Node, contract: Contract) -> dict[str, str]:
    """Read which date column puts a table's rows in order; with the party it must name a row."""
    found = {}
    for name, inner in node.mapping().items():
        table = _table(inner, name, contract)
        by = inner.mapping(required=["by"], optional=[])["by"]
        if table.key != (PARTY_ID, by.text()) or table.column(by.text()).type is not ColumnType.DATE:
            raise by.fail(
                "rows can be counted back by the date column of a key of two only",
                got=by.text(),
                expected=f"a date column; the key of {name} is {', '.join(table.key)}",
            )
        found[name] = by.text()
    return found


def _table(node: Node, name: str, contract: Contract) -> Table:
    table = contract.table(name)
    if table is None:
        raise node.fail(
            f"the contract {contract.name!r} has no such table",
            got=name,
            expected=[each.name for each in contract.tables],
        )
    return table


def _input(name: str, node: Node, contract: Contract, by: Mapping[str, str]) -> tuple[InputColumn, Input]:
    parts = node.mapping(required=["table", "column"], optional=["back"])
    table = _table(parts["table"], parts["table"].text(), contract)
    names = [column.name for column in table.columns]
    column = table.column(parts["column"].text(among=names))
    back = parts["back"].integer(least=0) if "back" in parts else None
    if (table.name in by) != (back is not None):
        hint = (
            "say `back: 0` for the newest row"
            if back is None
            else "say under `tables` which column orders it"
        )
        raise node.fail(
            "`back` goes with a table that is in order, and only with one", got=table.name, hint=hint
        )
    if back is None and table.key != (PARTY_ID,):
        raise node.fail("the table has several rows a party", got=table.name, expected="`tables` and `back`")
    if column.type not in _KINDS:
        raise parts["column"].fail("a column of this type has no place in the language", got=column.type)
    kind = _KINDS[column.type]
    try:
        entry = Input(name, kind, values=_values(column), unit=column.unit if kind is Kind.INTEGER else None)
    except InputError as error:
        raise placed(error, node) from error
    return InputColumn(name=name, table=table.name, column=column.name, back=back, kind=kind), entry


def _values(column: Column) -> tuple[str, ...] | None:
    """Return the only values a coded text can have, so that a comparison with another is refused."""
    if _KINDS[column.type] is Kind.TEXT and column.unlisted is Effect.REJECT:
        return tuple(column.values)
    return None


def _feature(node: Node) -> Feature:
    parts = node.mapping(
        required=["name", "kind", "value", "meaning", "direction", "role"], optional=["unit"]
    )
    return Feature(
        name=parts["name"].text(),
        kind=kind_from_node(parts["kind"]),
        text=parts["value"].text(),
        unit=parts["unit"].text() if "unit" in parts else None,
        meaning=words_from_node(parts["meaning"]),
        direction=Direction(parts["direction"].text(among=list(Direction))),
        role=Role(parts["role"].text(among=list(Role))),
    )


def _program(inputs: Sequence[Input], features: Sequence[Feature], listed: Node) -> Program:
    steps = [
        Step(feature.name, feature.text, node.mapping()["value"].where, feature.kind)
        for feature, node in zip(features, listed.items(), strict=True)
    ]
    for name in (*(entry.name for entry in inputs), *(step.name for step in steps)):
        if name == PARTY_ID:
            raise listed.fail("a name every frame has already", got=name)
    try:
        return compile_program(inputs=inputs, steps=steps)
    except InputError as error:
        raise placed(error, listed) from error
