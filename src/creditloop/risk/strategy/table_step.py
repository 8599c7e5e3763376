"""Read a decision table as a step, and lower it into the document's program.

T stands for the table's id. Conditions are `T__when_<row>`, cells `T__<output>__<row>`; `T__matched` tells
the rows that count; the state of `T__decided` tells whether the table decides. One that does not gives null
for every output, which refers whatever reads it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from creditloop.formula import (
    Binary,
    Kind,
    Name,
    Null,
    NullPolicy,
    Number,
    Tree,
    Truth,
)
from creditloop.kernel.documents import Node
from creditloop.risk.lowering import (
    all_of,
    chosen_by_ordinal,
    if_then,
    is_there,
    is_written,
    masks_of,
    ordinal_of_first,
)
from creditloop.risk.rules import OTHERWISE
from creditloop.risk.strategy.space import Known, Space, check_free
from creditloop.risk.strategy.steps import RowStep, TableStep
from creditloop.risk.table_reading import TableWords, read_table_with
from creditloop.risk.tables import MATCHED, DecisionTable, HitPolicy, Output, TableRow


def read_table_step(node: Node, space: Space) -> TableStep:
    """Read a table and add it to the program.

    Raises: PolicyError naming file, line, field and column; see `risk.read_table`. Besides, a table that
        reads what is not before it, or gives a name that stands already.
    """
    words = TableWords(
        parameters=space.parameters,
        lists=space.lists,
        offered=space.offered(),
        rules_as_of=space.rules_as_of,
    )
    read = read_table_with(node, words=words)
    table = replace(read, id=space.document_prefix + read.id)
    _check_flow(table, space, node)
    return _Lowered(table, space, node).step()


def _check_flow(table: DecisionTable, space: Space, node: Node) -> None:
    """Check that the table reads what is there before it, as what it is, and that no name stands twice."""
    for entry in table.inputs:
        known = space.names.get(entry.name)
        if known is None or known.kind is not entry.kind:
            raise node.fail(
                f"the table {table.id!r} reads what the policy does not give it",
                got=f"{entry.name}, {entry.kind.value}",
                expected=f"{entry.name}, {known.kind.value}" if known else sorted(space.names),
            )
        if known.computed and entry.null is not NullPolicy.REFER:
            # null there also means that it could not be computed, which never counts as an answer
            raise node.fail(
                f"what the policy itself computes must refer when it is null: {entry.name!r}",
                got=entry.null.value,
                expected=NullPolicy.REFER.value,
            )
    computed = {name for name, known in space.names.items() if known.computed}
    if answered := sorted(table.program.nulls_answered & computed):
        raise node.fail(
            f"the table {table.id!r} asks whether what the policy itself computes is null",
            got=answered,
            hint="a null there also means that it could not be computed; ask it of the inputs",
        )
    for output in table.outputs:
        check_free(output.name, node)
    if twice := sorted(output.name for output in table.outputs if space.stands(output.name)):
        raise node.fail(f"the table {table.id!r} gives a name that stands already", got=twice)
    space.take_columns(table.id, [*table.marks, "row", "state"], node, what="the table")
    for output in table.outputs:
        if output.collect:
            space.draft.collected[space.document_prefix + output.name] = table.id


class _Lowered:
    """A table on its way into the program."""

    def __init__(self, table: DecisionTable, space: Space, node: Node) -> None:
        self._table = table
        self._space = space
        self._node = node
        self._reads: dict[str, str] = {}
        self._written: set[str] = set()

    def step(self) -> TableStep:
        """Add the table's steps; return what they are called."""
        table, space = self._table, self._space
        self._reads = {entry.name: self._read(entry.name) for entry in table.inputs}
        rows = tuple(self._row(entry) for entry in table.rows)
        otherwise = self._cells(table.otherwise) if table.otherwise is not None else None
        conditions = [row.condition for row in rows if row.condition is not None]
        if table.hit_policy is HitPolicy.FIRST:
            self._add(MATCHED, ordinal_of_first(conditions), kind=Kind.INTEGER)
        for base in [table.masks[0]] if table.masks else []:
            for name, tree in masks_of(base, conditions):
                self._add(name, tree, kind=Kind.INTEGER)
        given = {entry.name: space.names[entry.name].step for entry in table.inputs}
        gives = self._outputs(rows)
        return TableStep(
            id=table.id,
            table=table,
            rows=rows,
            otherwise=RowStep(row=OTHERWISE, condition=None, cells=otherwise, ordinal=0)
            if otherwise is not None
            else None,
            names={step.name: self._named(step.name) for step in table.program.steps} | gives,
            decided=self._named("decided"),
            gives=gives,
            given=given,
            reads=self._reads,
            path=space.path,
            where=self._node.where,
        )

    def _named(self, local: str) -> str:
        return f"{self._table.id}__{local}"

    def _add(
        self, local: str, tree: Tree, *, kind: Kind | None = None, null: NullPolicy | None = None
    ) -> str:
        text = f"{local} of the table {self._table.id}"
        return self._space.add(
            self._named(local), tree, text=text, kind=kind, where=self._node.where, null=null
        )

    def _read(self, name: str) -> str:
        entry = next(each for each in self._table.inputs if each.name == name)
        return self._space.passed(
            self._named(f"reads_{name}"),
            entry,
            self._space.names[name],
            tree=None,
            text=name,
            where=self._node.where,
        )

    def _row(self, entry: TableRow) -> RowStep:
        space = self._space
        space.draft.rules += 1
        ordinal = space.draft.rules
        tree = space.draft.condition(self._tree(entry.rule.when, entry.rule.where), ordinal)
        condition = space.add(
            self._named(entry.step),
            tree,
            text=entry.rule.when,
            kind=Kind.BOOLEAN,
            where=entry.rule.where,
            names=self._reads,
        )
        return RowStep(row=entry.rule.id, condition=condition, cells=self._cells(entry), ordinal=ordinal)

    def _cells(self, entry: TableRow) -> dict[str, str]:
        found = {}
        for output in self._table.outputs:
            text = self._table.program.step(entry.cell(output.name)).text
            tree = self._tree(text, entry.rule.where)
            name = self._space.add(
                self._named(entry.cell(output.name)),
                tree,
                text=text,
                kind=output.kind,
                where=entry.rule.where,
                null=NullPolicy.REFER,
                names=self._reads,
            )
            found[output.name] = name
            if is_written(tree):
                self._written.add(name)
        return found

    def _tree(self, text: str, where: Mapping[str, object]) -> Tree:
        return self._space.read(text, where)

    def _outputs(self, rows: tuple[RowStep, ...]) -> dict[str, str]:
        """Add `decided`, and for each output that is one value its step; return those by output."""
        single = [output for output in self._table.outputs if not output.collect]
        for output in single:
            self._add(f"chosen_{output.name}", self._chosen(output, rows), kind=output.kind)
        failing = [f"chosen_{output.name}" for output in single if self._can_fail(output, rows)]
        collected = list(self._collected(rows))
        self._decided(failing, collected)
        gives = {}
        for output in single:
            alone = not collected and not self._table.masks and set(failing) <= {f"chosen_{output.name}"}
            gives[output.name] = self._give(output, alone=alone)
        return gives

    def _give(self, output: Output, *, alone: bool) -> str:
        """Add an output: null where the table does not decide, also where only another output fails."""
        itself = Name(self._named(f"chosen_{output.name}"))
        tree = itself if alone else if_then(is_there(self._named("decided")), itself, Null())
        step = self._space.prefix + output.name
        text = f"{output.name} of the table {self._table.id}"
        self._space.add(step, tree, text=text, kind=output.kind, where=self._node.where)
        known = Known(kind=output.kind, step=step, computed=True, answer=True, values=output.values)
        self._space.give(output.name, known, self._node)
        return step

    def _chosen(self, output: Output, rows: tuple[RowStep, ...]) -> Tree:
        last = self._table.otherwise
        return chosen_by_ordinal(
            self._named(MATCHED),
            [row.cells[output.name] for row in rows],
            self._named(last.cell(output.name)) if last is not None else None,
        )

    def _decided(self, failing: list[str], collected: list[Tree]) -> None:
        """Add what has a value where the table decides, and the worst state met where it does not."""
        first = self._table.hit_policy is HitPolicy.FIRST
        told = [*([MATCHED] if first else []), *self._table.masks]
        simple = [*told, *failing][-1] if len(told) == 1 and len(failing) < 2 and not collected else None
        if simple is not None:
            self._add("decided", Name(self._named(simple)))
            return
        known = all_of([is_there(self._named(step)) for step in told])
        there = [*(is_there(self._named(step)) for step in failing), *collected]
        self._add("decided", if_then(known, all_of(there), Null()) if there else known)

    def _can_fail(self, output: Output, rows: tuple[RowStep, ...]) -> bool:
        cells = [row.cells[output.name] for row in rows]
        if self._table.otherwise is not None:
            cells.append(self._named(self._table.otherwise.cell(output.name)))
        return not all(cell in self._written for cell in cells)

    def _collected(self, rows: tuple[RowStep, ...]) -> Iterator[Tree]:
        """Give, for every cell that is collected where its row matches and can fail, that it is there."""
        for output in self._table.outputs if self._table.masks else ():
            if not output.collect:
                continue
            for row in rows:
                if row.cells[output.name] not in self._written and row.condition is not None:
                    cell = is_there(row.cells[output.name])
                    yield if_then(Name(row.condition), cell, Truth(True))
            last = self._table.otherwise
            if last is not None and self._named(last.cell(output.name)) not in self._written:
                none = all_of([_is_zero(self._named(mask)) for mask in self._table.masks])
                yield if_then(none, is_there(self._named(last.cell(output.name))), Truth(True))


def _is_zero(step: str) -> Tree:
    return Binary("=", Name(step), Number("0"))
