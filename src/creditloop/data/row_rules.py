"""Quality rules over a row (质量规则), in the bank's written language: compiled when a contract is read.

A rule of a table sees the table's own columns, its extras, and the columns of the contract's plain tables:
the same source row gave them. A name that several plain tables share is not seen from another table. Instants
are not seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from creditloop.data.contracts import Column, ColumnType, Effect, Extra, RowRule, Table
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.formula import Input, Kind, Step, compile_program
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError

_KINDS: Mapping[ColumnType, Kind] = {
    ColumnType.INTEGER: Kind.INTEGER,
    ColumnType.MONEY: Kind.MONEY,
    ColumnType.TEXT: Kind.TEXT,
    ColumnType.CODE: Kind.TEXT,
    ColumnType.BOOLEAN: Kind.BOOLEAN,
    ColumnType.DATE: Kind.DATE,
}


def with_rules(table: Table, *, node: Node, tables: Sequence[Table]) -> Table:
    """Return the table with the rules of its document entry, compiled over all columns they see.

    Raises: PolicyError with file and line for a rule that does not compile or is not a condition.
    """
    entries = node.mapping()
    if "rules" not in entries:
        return table
    nodes = entries["rules"].items()
    rules = tuple(_rule(item, table) for item in nodes)
    inputs = _inputs(table, tables, entries["rules"])
    _check_names(rules, nodes, taken={item.name for item in inputs})
    steps = [
        Step(name=rule.rule_id, text=rule.when, where=item.mapping()["when"].where, kind=Kind.BOOLEAN)
        for rule, item in zip(rules, nodes, strict=True)
    ]
    return replace(table, rules=rules, program=compile_program(inputs=inputs, steps=steps))


def _rule(node: Node, table: Table) -> RowRule:
    entries = node.mapping(
        required=["id", "when", "effect", "code", "field", "expected", "meaning"], optional=[]
    )
    return RowRule(
        rule_id=name_from_node(entries["id"]),
        when=entries["when"].text(),
        effect=Effect(entries["effect"].text(among=list(Effect))),
        code=name_from_node(entries["code"]),
        field=entries["field"].text(among=[column.name for column in table.columns]),
        expected=entries["expected"].text(),
        meaning=words_from_node(entries["meaning"]),
    )


def _check_names(rules: Sequence[RowRule], nodes: Sequence[Node], *, taken: set[str]) -> None:
    seen = set(taken)
    for rule, node in zip(rules, nodes, strict=True):
        if rule.rule_id in seen:
            raise node.fail("a rule needs an id of its own, not a column's", got=rule.rule_id)
        seen.add(rule.rule_id)


def _seen(table: Table, tables: Sequence[Table]) -> dict[str, Column | Extra]:
    own: dict[str, Column | Extra] = {column.name: column for column in table.columns}
    own |= {extra.name: extra for extra in table.extras}
    others = [column for other in tables if not other.repetitions for column in other.columns]
    names = [column.name for column in others]
    seen = {column.name: column for column in others if names.count(column.name) == 1}
    return {**seen, **own}


def _inputs(table: Table, tables: Sequence[Table], node: Node) -> list[Input]:
    try:
        return [
            Input(item.name, _KINDS[item.type], null=item.null_in_rules)
            for item in _seen(table, tables).values()
            if item.type in _KINDS
        ]
    except InputError as error:
        raise node.fail(
            "a rule cannot see a column of this name", got=error.got, expected=error.expected
        ) from error
