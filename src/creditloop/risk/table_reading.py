"""Read a decision table from a document and lower it to its program.

Each condition is a step `when_<row>`, each cell a step `<output>__<row>`; `matched` tells the row that
decides (hit policy first) or all that match, and for hit policy first a step named as each output picks the
cell of the matched row. An output that collects is told by `mask`: all rows that match.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from creditloop.formula import (
    Input,
    ListOfValues,
    Parameter,
    Program,
    Step,
    Writing,
    cell_text,
    compile_program,
    completeness,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    python_function,
    read_expression,
)
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.cells import condition_from_cells
from creditloop.risk.lowering import chosen_by_ordinal, masks_of, names_in, ordinal_of_first
from creditloop.risk.rules import OTHERWISE, Rule, name_from_node, reason_from_node, rule_from_node
from creditloop.risk.tables import MASK, MATCHED, DecisionTable, HitPolicy, Output, TableRow

_OWN_STEPS = (MATCHED, MASK, "decided")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWords:
    """What the texts of a table may use.

    Attributes:
        offered: the names it may read if it declares no inputs of its own; None: it must declare them.
        rules_as_of: the day whose rows are taken; None: rows have no dates.
    """

    parameters: Sequence[Parameter] = ()
    lists: Sequence[ListOfValues] = ()
    offered: Sequence[Input] | None = None
    rules_as_of: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    rule: Rule
    node: Node
    since: date | None
    until: date | None

    def in_force(self, on: date | None) -> bool:
        return on is None or ((self.since or on) <= on and (self.until is None or on < self.until))


def read_table(
    node: Node, *, parameters: Sequence[Parameter] = (), lists: Sequence[ListOfValues] = ()
) -> DecisionTable:
    """Read a table on its own: {id, hit_policy, inputs, outputs, rows, otherwise?}; see docs/formula.md.

    Raises: PolicyError naming file, line, field and column of what is wrong: a condition or cell that does
        not compile, a row without reason or cell, an id given twice, no `otherwise` but a case left open.
    """
    return read_table_with(node, words=TableWords(parameters=parameters, lists=lists))


def read_table_with(node: Node, *, words: TableWords) -> DecisionTable:
    """Read a table of a document, which may read what is before it and have rows with dates.

    Raises: what `read_table` raises; a table without a row in force.
    """
    declared = words.offered is None
    optional = [OTHERWISE] if declared else [OTHERWISE, "inputs"]
    required = ["id", "hit_policy", *(["inputs"] if declared else []), "outputs", "rows"]
    parts = node.mapping(required=required, optional=optional)
    policy = HitPolicy(parts["hit_policy"].text(among=[policy.value for policy in HitPolicy]))
    inputs = inputs_from_node(parts["inputs"]) if "inputs" in parts else tuple(words.offered or ())
    taken = {entry.name for entry in inputs} if "inputs" in parts else set[str]()
    outputs = tuple(_output(name, entry, taken, policy) for name, entry in parts["outputs"].mapping().items())
    rows = _rows(parts["rows"], words, {entry.name: entry for entry in inputs})
    valid = [row for row in rows if row.in_force(words.rules_as_of)]
    if not valid:
        raise parts["rows"].fail("no row is in force on this date", got=words.rules_as_of)
    otherwise = parts.get(OTHERWISE)
    if len(valid) < len(rows):  # the others are checked as well, their day will come
        _program(
            node, rows, otherwise, policy, outputs, _read(inputs, rows, otherwise, outputs, parts), words
        )
    read = _read(inputs, valid, otherwise, outputs, parts)
    program = _program(node, valid, otherwise, policy, outputs, read, words)
    if otherwise is None:
        _check_complete(parts["rows"], program, [row.rule for row in valid])
    return DecisionTable(
        id=name_from_node(parts["id"], what="table"),
        hit_policy=policy,
        outputs=outputs,
        rows=tuple(
            TableRow(rule=row.rule, step=row.rule.step_name, reads=program.step(row.rule.step_name).reads)
            for row in valid
        ),
        otherwise=_otherwise(otherwise) if otherwise is not None else None,
        program=program,
        function=python_function(program),
        version=program.hash,
        where=node.where,
    )


def _output(name: str, node: Node, inputs: set[str], policy: HitPolicy) -> Output:
    if "__" in name or name in _OWN_STEPS or name.startswith(("when_", *(f"{own}_" for own in _OWN_STEPS))):
        raise node.fail(
            "not a name for an output", got=name, expected=f"no `__`, not `{MATCHED}`, no `when_…`"
        )
    if name in inputs:
        raise node.fail("an output has the name of an input", got=name)
    parts = node.mapping(required=["kind"], optional=["values", "unit", "collect"])
    kind = kind_from_node(parts["kind"])
    values = (
        [constant_from_node(value, kind=kind) for value in parts["values"].items()]
        if "values" in parts
        else None
    )
    collect = parts["collect"].boolean() if "collect" in parts else policy is HitPolicy.COLLECT
    if policy is HitPolicy.COLLECT and not collect:
        raise parts["collect"].fail("a table of hit policy collect collects every output", got=False)
    return Output(name, kind, tuple(values) if values is not None else None, collect)


def _rows(node: Node, words: TableWords, names: Mapping[str, Input]) -> list[_Row]:
    rows = node.items()
    if not rows:
        raise node.fail("a table has rows", got=0, expected="at least one")
    found: dict[str, _Row] = {}
    dates = ["from", "to"] if words.rules_as_of is not None else []
    for row in rows:
        parts = row.mapping(required=["id", "when", "reason"], optional=["then", *dates])
        rule = rule_from_node(row, condition=_cells_condition(parts["when"], words, names))
        if rule.id in found:
            raise row.fail("a row's id stands twice", got=rule.id)
        since = parts["from"].day() if "from" in parts else None
        until = parts["to"].day() if "to" in parts else None
        if since is not None and until is not None and until <= since:
            raise parts["to"].fail("a row ends before it begins", got=until, expected=f"> {since}")
        found[rule.id] = _Row(rule=rule, node=row, since=since, until=until)
    return list(found.values())


def _cells_condition(when: Node, words: TableWords, names: Mapping[str, Input]) -> str | None:
    if not isinstance(when.value, dict):
        return None
    return condition_from_cells(when, names=names, parameters=words.parameters, lists=words.lists)


def _read(
    inputs: Sequence[Input],
    rows: Sequence[_Row],
    otherwise: Node | None,
    outputs: Sequence[Output],
    parts: Mapping[str, Node],
) -> tuple[Input, ...]:
    """Return the inputs of the table: those it declares, else those of the offered ones that it names."""
    if "inputs" in parts:
        return tuple(inputs)
    steps = [row.rule.step() for row in rows]
    for row in rows:
        steps += _cells(row.rule.id, row.node, outputs)
    if otherwise is not None:
        steps += _cells(OTHERWISE, otherwise, outputs)
    named = {name for step in steps for name in names_in(read_expression(Writing(step.text, step.where)))}
    known = {entry.name for entry in inputs}
    unknown = named - known
    return tuple(entry for entry in inputs if unknown or entry.name in named)  # all, for the error's hint


def _program(
    node: Node,
    rows: Sequence[_Row],
    otherwise: Node | None,
    policy: HitPolicy,
    outputs: Sequence[Output],
    inputs: Sequence[Input],
    words: TableWords,
) -> Program:
    conditions = [row.rule.step_name for row in rows]
    cells = [step for row in rows for step in _cells(row.rule.id, row.node, outputs)]
    if otherwise is not None:
        cells += _cells(OTHERWISE, otherwise, outputs)
    told = list[Step]()
    if policy is HitPolicy.FIRST:
        told.append(
            Step(MATCHED, "the ordinal of the first row that matches", tree=ordinal_of_first(conditions))
        )
    if policy is HitPolicy.COLLECT or any(output.collect for output in outputs):
        base = MATCHED if policy is HitPolicy.COLLECT else MASK
        told += [Step(name, "the rows that match", tree=tree) for name, tree in masks_of(base, conditions)]
    chosen = [
        _chosen(output, [row.rule for row in rows], otherwise is not None)
        for output in outputs
        if not output.collect
    ]
    try:
        return compile_program(
            inputs=inputs,
            steps=[*(row.rule.step() for row in rows), *told, *cells, *chosen],
            parameters=words.parameters,
            lists=words.lists,
        )
    except InputError as error:
        raise (
            error if error.where else node.fail(error.message, got=error.got, expected=error.expected)
        ) from error


def _cells(row_id: str, row: Node, outputs: Sequence[Output]) -> Iterator[Step]:
    """Give the cells of a row as steps; every output has one."""
    parts = row.mapping()
    if "then" not in parts and not outputs:
        return
    names = [output.name for output in outputs]
    cells = row.mapping(required=["then"])["then"].mapping(required=names, optional=[])
    for output in outputs:
        cell = cells[output.name]
        if output.values is not None and constant_from_node(cell, kind=output.kind) not in output.values:
            raise cell.fail("not among the declared values", got=cell.value, expected=list(output.values))
        yield Step(f"{output.name}__{row_id}", cell_text(cell, kind=output.kind), cell.where, output.kind)


def _chosen(output: Output, rules: Sequence[Rule], has_otherwise: bool) -> Step:
    cells = [f"{output.name}__{rule.id}" for rule in rules]
    tree = chosen_by_ordinal(MATCHED, cells, f"{output.name}__{OTHERWISE}" if has_otherwise else None)
    return Step(output.name, f"{output.name} of the row that decides", kind=output.kind, tree=tree)


def _otherwise(node: Node) -> TableRow:
    parts = node.mapping(required=["reason"], optional=["then"])
    rule = Rule(id=OTHERWISE, when="true", reason=reason_from_node(parts["reason"]), where=node.where)
    return TableRow(rule=rule, step=MATCHED, reads=())


def _check_complete(rows: Node, program: Program, rules: Sequence[Rule]) -> None:
    told = completeness(program, conditions=[rule.step_name for rule in rules])
    if not told.proven:
        got = f"no row answers {dict(told.gap)}" if told.gap is not None else told.why
        raise rows.fail(
            "the table has no `otherwise` and is not proven complete", got=got, hint="add `otherwise`"
        )
