"""Read a decision table from a document and lower it to its program.

Each condition is a step `when_<row>`, each cell a step `<output>__<row>`; `matched` combines the
conditions, and for hit policy first a step named as each output picks the cell of the matched row.
"""

from collections.abc import Iterator, Sequence

from creditloop.formula import (
    Input,
    Parameter,
    Program,
    Step,
    cell_text,
    compile_program,
    completeness,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    python_function,
)
from creditloop.kernel.documents import Node
from creditloop.kernel.errors import InputError
from creditloop.risk.rules import OTHERWISE, Rule, name_from_node, reason_from_node, rule_from_node
from creditloop.risk.tables import MATCHED, DecisionTable, HitPolicy, Output, TableRow

ROWS_MAX = 62
"""Rows of a table of hit policy `collect`: its mask is one int64."""


def read_table(node: Node, *, parameters: Sequence[Parameter] = ()) -> DecisionTable:
    """Read a table: {id, hit_policy, inputs, outputs, rows, otherwise?}; see docs/formula.md.

    Raises: PolicyError naming file, line, field and column of what is wrong: a condition or cell that does
        not compile, a row without reason or cell, an id given twice, no `otherwise` but a case left open.
    """
    parts = node.mapping(required=["id", "hit_policy", "inputs", "outputs", "rows"], optional=[OTHERWISE])
    policy = HitPolicy(parts["hit_policy"].text(among=[policy.value for policy in HitPolicy]))
    inputs = inputs_from_node(parts["inputs"])
    outputs = tuple(_output(name, entry, inputs) for name, entry in parts["outputs"].mapping().items())
    rules = _rules(parts["rows"], policy)
    cells = [step for rule, row in rules for step in _cells(rule.id, row, outputs)]
    if OTHERWISE in parts:
        cells += _cells(OTHERWISE, parts[OTHERWISE], outputs)
    steps = [*(rule.step() for rule, _ in rules), _matched([rule for rule, _ in rules], policy), *cells]
    if policy is HitPolicy.FIRST:
        steps += [_chosen(output, [rule for rule, _ in rules], OTHERWISE in parts) for output in outputs]
    try:
        program = compile_program(inputs=inputs, steps=steps, parameters=parameters)
    except InputError as error:
        raise (
            error if error.where else node.fail(error.message, got=error.got, expected=error.expected)
        ) from error
    if OTHERWISE not in parts:
        _check_complete(parts["rows"], program, [rule for rule, _ in rules])
    return DecisionTable(
        id=name_from_node(parts["id"], what="table"),
        hit_policy=policy,
        outputs=outputs,
        rows=tuple(
            TableRow(rule=rule, step=rule.step_name, reads=program.step(rule.step_name).reads)
            for rule, _ in rules
        ),
        otherwise=_otherwise(parts[OTHERWISE]) if OTHERWISE in parts else None,
        program=program,
        function=python_function(program),
        version=program.hash,
    )


def _output(name: str, node: Node, inputs: Sequence[Input]) -> Output:
    if "__" in name or name == MATCHED or name.startswith("when_"):
        raise node.fail(
            "not a name for an output", got=name, expected=f"no `__`, not `{MATCHED}`, no `when_…`"
        )
    if name in {entry.name for entry in inputs}:
        raise node.fail("an output has the name of an input", got=name)
    parts = node.mapping(required=["kind"], optional=["values", "unit"])
    kind = kind_from_node(parts["kind"])
    values = (
        [constant_from_node(value, kind=kind) for value in parts["values"].items()]
        if "values" in parts
        else None
    )
    return Output(name, kind, tuple(values) if values is not None else None)


def _rules(node: Node, policy: HitPolicy) -> list[tuple[Rule, Node]]:
    rows = node.items()
    if not rows or (policy is HitPolicy.COLLECT and len(rows) > ROWS_MAX):
        raise node.fail(
            "a table has rows", got=len(rows), expected=f"1 to {ROWS_MAX}" if rows else "at least one"
        )
    found: dict[str, tuple[Rule, Node]] = {}
    for row in rows:
        row.mapping(required=["id", "when", "reason"], optional=["then"])
        rule = rule_from_node(row)
        if rule.id in found:
            raise row.fail("a row's id stands twice", got=rule.id)
        found[rule.id] = rule, row
    return list(found.values())


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


def _matched(rules: Sequence[Rule], policy: HitPolicy) -> Step:
    if policy is HitPolicy.COLLECT:
        return Step(
            MATCHED, " + ".join(f"(if {rule.step_name} then {1 << i} else 0)" for i, rule in enumerate(rules))
        )
    branches = (f"when {rule.step_name} then {ordinal}" for ordinal, rule in enumerate(rules, start=1))
    return Step(MATCHED, f"case {' '.join(branches)} else 0 end")


def _chosen(output: Output, rules: Sequence[Rule], has_otherwise: bool) -> Step:
    branches = (
        f"when {MATCHED} = {n} then {output.name}__{rule.id}" for n, rule in enumerate(rules, start=1)
    )
    last = f"{output.name}__{OTHERWISE}" if has_otherwise else "null"
    return Step(output.name, f"case {' '.join(branches)} else {last} end", kind=output.kind)


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
