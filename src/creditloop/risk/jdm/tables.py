"""Write a decision table of a graph as a table of ours (决策表转换).

A cell in which zen would raise does not match there, so every condition also says what must be there; where
an input's null policy `no_match` says the same, it is left to that. A row whose output would raise does not
match either. Where no row matches or a cell is empty, JDM has nothing: our table gives a filler and a
second output that says `given`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm import tree
from creditloop.risk.jdm.cells import read_cell
from creditloop.risk.jdm.contexts import (
    EMPTY,
    Context,
    Given,
    Nothing,
    RowField,
    Rows,
    Scalar,
    found,
    written,
)
from creditloop.risk.jdm.documents import plain
from creditloop.risk.jdm.drafting import CellNames, Draft, common_kind, of_scalar, or_filler
from creditloop.risk.jdm.expressions import read_expression
from creditloop.risk.jdm.graph import Column, TableNode, TableRule
from creditloop.risk.jdm.literals import folded
from creditloop.risk.jdm.lowered import AND, ATOM, Lowered, Test, all_of, filler, joined
from creditloop.risk.jdm.lowering import Lowering
from creditloop.risk.jdm.refusals import Refusal, outside, placed_in


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row lowered: its id, its conditions, and the value of each output; None where the cell is empty."""

    id: str
    rule: TableRule
    tests: tuple[Test, ...]
    values: tuple[Lowered | None, ...]
    written: tuple[tree.Expression | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """An output lowered: its column, names, kind, and what holds where a row leaves it out."""

    column: Column
    path: tuple[str, ...]
    name: str
    known: str | None
    kind: Kind
    before: Lowered | None


def draft_table(draft: Draft, node: TableNode, context: Context, *, active: str, before: Context) -> Context:
    """Write a table and return what it puts out.

    Args:
        context: what its cells read.
        active: the condition under which the node runs; empty: always.
        before: what stood where its output is laid over; an output a row leaves out keeps it.
    Raises: PolicyError by name, with column and row, for what is not taken over.
    """
    if node.collect and any(column.collect for column in node.outputs):
        raise outside(Refusal.SHAPE, "a collected column in a table that collects rows")
    identifier = draft.name([node.name], table=True)
    rows = list(_rows(draft, node, context))
    whens = [_when(draft, row, active) for row in rows]
    complete = "true" in whens
    _check_collected(node, rows)
    before = before if complete or node.collect else _replaced(draft, node, before)
    flags: dict[tuple[bool, ...], str] = {}
    outputs = [
        _output(draft, node, index, rows, complete, before, flags) for index in range(len(node.outputs))
    ]
    _write(draft, node, identifier, rows, whens, outputs, complete)
    count = " + ".join(f"(if {when} then 1 else 0)" for when in whens) or "0"
    if node.collect:
        fields = tuple(RowField(output.name, output.known, output.path) for output in outputs)
        return Rows(identifier, fields, count, nothing_if_empty=False)
    given: Context = EMPTY
    for index, output in enumerate(outputs):
        empty = frozenset(place for place, row in enumerate(rows) if row.values[index] is None)
        given = written(given, output.path, _given(identifier, output, empty))
    return given


def _given(identifier: str, output: _Output, empty: frozenset[int]) -> Context:
    if output.column.collect:
        return Rows(identifier, (RowField(output.name, output.known, (), empty),), "", nothing_if_empty=True)
    return Scalar(output.name, output.kind, output.known)


# rows


def _rows(draft: Draft, node: TableNode, context: Context) -> Iterator[_Row]:
    kinds = [_told_kind(draft, node, column, context) for column in node.outputs]
    taken: set[str] = set()
    for number, rule in enumerate(node.rules, start=1):
        tests: list[Sequence[Test]] = []
        for column in node.inputs:
            try:
                tests.append(_cell_tests(draft, context, column, rule.cells.get(column.id, "")))
            except PolicyError as error:
                placed_in(error, row=number, field=column.field or column.id, text=rule.cells.get(column.id))
                raise
        values, trees = [], []
        for column, kind in zip(node.outputs, kinds, strict=True):
            written_cell = _output_tree(column, rule)
            trees.append(written_cell)
            value = (
                None
                if written_cell is None
                else _output_value(draft, context, column, written_cell, kind, number)
            )
            values.append(value)
            tests.append(value.needs if value is not None else ())
        yield _Row(
            id=_row_id(rule, number, taken),
            rule=rule,
            tests=joined(*tests),
            values=tuple(values),
            written=tuple(trees),
        )


def _row_id(rule: TableRule, number: int, taken: set[str]) -> str:
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in rule.id).strip("_")
    while "__" in name:
        name = name.replace("__", "_")
    name = name if name and not name[0].isdigit() else f"r_{name}" if name else f"r_{number}"
    name = name if name not in taken and name != "otherwise" else f"{name}_{number}"
    taken.add(name)
    return name


def _cell_tests(draft: Draft, context: Context, column: Column, cell: str) -> Sequence[Test]:
    """Return the conditions of one cell; an empty one has none."""
    if not cell.strip():
        return ()
    if column.field is None:
        lowering = Lowering(CellNames(draft, context, None))
        return lowering.condition(read_expression(cell)).conditions
    subject = read_expression(column.field) if column.field != "$" else context
    expression = read_cell(cell)
    assert expression is not None, "the cell is not empty"
    return Lowering(CellNames(draft, context, subject)).condition(expression).conditions


def _output_tree(column: Column, rule: TableRule) -> tree.Expression | None:
    cell = rule.cells.get(column.id, "")
    return read_expression(cell) if cell.strip() else None


def _told_kind(draft: Draft, node: TableNode, column: Column, context: Context) -> Kind | None:
    """Return the kind the cells of an output agree on; None where all are empty or null."""
    kinds = []
    for number, rule in enumerate(node.rules, start=1):
        cell = _output_tree(column, rule)
        if cell is not None and not (isinstance(cell, tree.Literal) and cell.value is None):
            kinds.append(_output_value(draft, context, column, cell, None, number).kind)
    return common_kind(kinds, what=column.field or column.id) if kinds else None


def _output_value(
    draft: Draft, context: Context, column: Column, cell: tree.Expression, kind: Kind | None, number: int
) -> Lowered:
    try:
        return Lowering(CellNames(draft, context, None)).value(cell, want=kind)
    except PolicyError as error:
        placed_in(error, row=number, field=column.field)
        raise


def _when(draft: Draft, row: _Row, active: str) -> str:
    """Write a row's condition; presence is left to `null: no_match` where that says the same."""
    answered = frozenset[str]().union(*(test.inputs for test in row.tests)) - draft.strict
    tests = [test for test in row.tests if test.asks is None or test.asks not in answered]
    runs = [Test(active, ATOM if " " not in active else AND - 1)] if active else []
    return all_of([*runs, *tests]).text


# outputs


def _output(
    draft: Draft,
    node: TableNode,
    index: int,
    rows: Sequence[_Row],
    complete: bool,
    before: Context,
    flags: dict[tuple[bool, ...], str],
) -> _Output:
    """Lower an output; those that are given in the same rows share the flag that tells (`flags`)."""
    column = node.outputs[index]
    path = tuple(str(column.field).split("."))
    absent = not complete or any(row.values[index] is None for row in rows)
    earlier = None
    if absent and not node.collect and not column.collect:
        earlier = _before(draft, found(before, path), path)
    elif column.collect and not complete:
        _closed(draft, found(before, path), path)
    kinds = [value.kind for row in rows if (value := row.values[index]) is not None]
    if earlier is not None and earlier.kind not in kinds:
        kinds.append(earlier.kind)
    kind = common_kind(kinds or [Kind.TEXT], what=".".join(path))
    open_ended = absent and (earlier is None or bool(earlier.known))
    unsure = any(value is not None and value.known for value in (row.values[index] for row in rows))
    name = draft.name(path)
    known = None
    if unsure or (open_ended and earlier is not None):
        known = draft.name((*path, "given"))
    elif open_ended:
        where = (column.collect, *(row.values[index] is not None for row in rows))
        known = flags.setdefault(where, "") or draft.name((*path, "given"))
        flags[where] = known
    return _Output(column=column, path=path, name=name, known=known, kind=kind, before=earlier)


def _check_collected(node: TableNode, rows: Sequence[_Row]) -> None:
    """Refuse rows that may fail beside a collected column: zen leaves out only the cell that fails."""
    collects = any(column.collect for column in node.outputs)
    if (
        collects
        and len(rows) > 1
        and any(value is not None and value.needs for row in rows for value in row.values)
    ):
        raise outside(Refusal.SHAPE, "a row that may fail beside a collected column")


def _replaced(draft: Draft, node: TableNode, before: Context) -> Context:
    """Return what outputs are laid over: at a path of its own, a table that gives nothing leaves nothing."""
    if node.flow.output_path is None:
        return before
    _closed(draft, before, node.flow.output_path)
    return Nothing()


def _closed(draft: Draft, context: Context, path: tuple[str, ...]) -> None:
    """Let nothing stand where a table may give nothing; refuse what the graph itself has put there."""
    match context:
        case Nothing():
            return
        case Given(path=given) if given:
            draft.closed.add(given)
        case _:
            raise outside(Refusal.MERGE, f"{'.'.join(path)} is laid over what was there, or left as it was")


def _before(draft: Draft, context: Context, path: tuple[str, ...]) -> Lowered | None:
    """Return what an output keeps where a row leaves it out, if its kind is known; else none may have it."""
    match context:
        case Nothing():
            return None
        case Scalar() as scalar:
            return of_scalar(scalar)
        case Given(path=given):
            if any(True for _ in draft.kinds.values_at(given)):
                return draft.input(given, want=None)
            draft.closed.add(given)
            return None
    raise outside(Refusal.MERGE, f"{'.'.join(path)} is laid over a list or an object, or left as it was")


def _cells(
    output: _Output, value: Lowered | None, cell: tree.Expression | None
) -> Iterator[tuple[str, object]]:
    """Give the cells of an output in one row: the value, and where it has one the flag."""
    kept = value if value is not None else output.before
    if kept is None:
        yield output.name, _cell(Lowered(text=filler(output.kind), kind=output.kind), None, output.kind)
    else:
        yield output.name, _cell(kept, folded(cell) if cell is not None else None, output.kind)
    if output.known is not None:
        yield output.known, plain(all_of(kept.known).text if kept is not None else "false")


def _cell(value: Lowered, constant: Decimal | str | bool | None, kind: Kind) -> object:
    text = or_filler(value)
    if kind is not Kind.TEXT:
        return plain(text)
    if isinstance(constant, str) and constant and not constant.startswith("="):
        return constant
    return f"= {text}"


def _write(
    draft: Draft,
    node: TableNode,
    identifier: str,
    rows: Sequence[_Row],
    whens: Sequence[str],
    outputs: Sequence[_Output],
    complete: bool,
) -> None:
    columns: dict[str, dict[str, object]] = {}
    for output in outputs:
        collected = {"collect": True} if output.column.collect else {}
        columns[output.name] = {"kind": output.kind.value, **collected}
        if output.known is not None:
            columns[output.known] = {"kind": Kind.BOOLEAN.value, **collected}
    listed = [
        _row(node, identifier, *each, outputs, number)
        for number, each in enumerate(zip(rows, whens, strict=True), start=1)
    ]
    otherwise: Mapping[str, object] = {
        "then": dict(cell for output in outputs for cell in _cells(output, None, None)),
        "reason": _reason(identifier, "none", f"no row of {node.name} matches", f"{node.name} 无行命中"),
    }
    last = whens.index("true") if complete else 0
    if last and not node.collect and not any(column.collect for column in node.outputs):
        # the first row that always matches is what holds otherwise; rows after it are never asked
        otherwise = {key: listed[last][key] for key in ("then", "reason")}
        listed = listed[:last]
    table: dict[str, object] = {
        "id": identifier,
        "hit_policy": "collect" if node.collect else "first",
        "outputs": columns,
        "rows": listed,
        "otherwise": otherwise,
    }
    draft.steps.append({"table": table})


def _row(
    node: TableNode, identifier: str, row: _Row, when: str, outputs: Sequence[_Output], number: int
) -> Mapping[str, object]:
    cells = [
        cell
        for output, value, written_cell in zip(outputs, row.values, row.written, strict=True)
        for cell in _cells(output, value, written_cell)
    ]
    said = " ".join(row.rule.description.split())
    english, chinese = (
        f"{text}: {said}" if said else text
        for text in (f"row {number} of {node.name}", f"{node.name} 第 {number} 行")
    )
    return {
        "id": row.id,
        "when": when,
        "then": dict(cells),
        "reason": _reason(identifier, row.id, english, chinese),
    }


def _reason(identifier: str, row: str, english: str, chinese: str) -> Mapping[str, str]:
    return {"code": f"{identifier}_{row}".upper(), "zh": chinese, "en": english}
