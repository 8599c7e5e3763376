"""A policy (政策文件): named steps and decision tables over typed inputs, with numbers dated and sourced.

A strict subset of the strategy document: `inputs`, `parameters` (each a list of values by effective date,
every one with its source), `steps` (named expressions) and `tables`. Which values hold is fixed by the date
whose rules are asked for; a date before the first value is refused, nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.formula import (
    Input,
    Kind,
    NullPolicy,
    Parameter,
    Program,
    PythonFunction,
    State,
    Step,
    compile_program,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    placed,
    polars_columns,
    python_function,
)
from creditloop.kernel.documents import Document, Node, Source, in_force, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.judging import Judgement, judge_case
from creditloop.risk.table_reading import read_table
from creditloop.risk.tables import DecisionTable, HitPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedParameter:
    """A number in force, the day it came into force, and where it is from."""

    parameter: Parameter
    since: date
    unit: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy as in force on a date.

    Attributes:
        document: the text; `hash` of it is the version recorded with every verdict.
        inputs: what a case must give; a table may read steps and earlier outputs besides.
        steps: the named expressions as one program, None if there are none; `function` executes it online.
    """

    name: str
    product: str
    stage: str
    document: Document
    rules_as_of: date
    inputs: tuple[Input, ...]
    parameters: tuple[DatedParameter, ...]
    steps: Program | None
    function: PythonFunction | None
    tables: tuple[DecisionTable, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex."""
        return self.document.hash

    def judge(self, row: Mapping[str, object]) -> Judgement:
        """Judge one case with its whole working; the same answer as `judge_frame` gives of the row.

        Args:
            row: a plain value for each input: int (fen, nano), str, bool, date, None; other keys are ignored.
                An absent key is a broken input and refers what needs it.
        """
        given = {entry.name: row[entry.name] for entry in self.inputs if entry.name in row}
        return judge_case(given, steps=self.function, tables=self.tables)

    def judge_frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Judge every row: steps first, then the tables, in the order of the document.

        Args:
            frame: a column for each input; see `formula.polars_columns` for what they may hold.
        Returns: the frame with a column for each step (null where it could not be evaluated) and for each
            table its outputs (null where the case refers), `<table>_row`, `<table>_state`.
        """
        judged = frame if self.steps is None else _with_steps(frame, self.steps)
        for table in self.tables:
            judged = table.decide_frame(judged)
        return judged


def read_policy(document: Document, *, rules_as_of: date) -> Policy:
    """Read a policy as in force on a date.

    Raises: PolicyError naming file, line and field: an unknown key, an expression or table that does not
        compile, a number without source, or none in force on the date.
    """
    required = ["policy", "product", "stage", "title", "inputs", "tables"]
    entries = document.root.mapping(required=required, optional=["parameters", "steps"])
    entries["title"].mapping(required=["zh", "en"], optional=[])
    given = entries["parameters"].mapping() if "parameters" in entries else {}
    parameters = tuple(_parameter(name, node, rules_as_of) for name, node in given.items())
    inputs = inputs_from_node(entries["inputs"])
    in_language = [entry.parameter for entry in parameters]
    steps = _steps(entries["steps"], inputs, in_language) if "steps" in entries else None
    tables = [(read_table(node, parameters=in_language), node) for node in entries["tables"].items()]
    _check_flow(inputs, steps, tables)
    return Policy(
        name=entries["policy"].text(),
        product=entries["product"].text(),
        stage=entries["stage"].text(),
        document=document,
        rules_as_of=rules_as_of,
        inputs=inputs,
        parameters=parameters,
        steps=steps,
        function=python_function(steps) if steps is not None else None,
        tables=tuple(table for table, _ in tables),
    )


def _parameter(name: str, node: Node, rules_as_of: date) -> DatedParameter:
    entries = node.mapping(required=["kind", "unit", "values"], optional=["meaning"])
    kind = kind_from_node(entries["kind"])
    listed = [_dated(name, kind, entry, unit=entries["unit"].text()) for entry in entries["values"].items()]
    since = in_force(entries["values"], on=rules_as_of).mapping()["from"].day()
    return next(entry for entry in listed if entry.since == since)


def _dated(name: str, kind: Kind, node: Node, *, unit: str) -> DatedParameter:
    """Read one value of a parameter; those not in force are checked as well, their day will come."""
    parts = node.mapping(required=["from", "value", "source"], optional=[])
    value = parts["value"]
    try:
        parameter = Parameter(name, kind, constant_from_node(value, kind=kind), value.where)
    except InputError as error:
        raise placed(error, node) from error
    source = source_from_node(parts["source"])
    return DatedParameter(parameter=parameter, since=parts["from"].day(), unit=unit, source=source)


def _steps(listed: Node, inputs: Sequence[Input], parameters: Sequence[Parameter]) -> Program:
    steps = []
    for node in listed.items():
        parts = node.mapping(required=["name", "kind", "value", "meaning"], optional=[])
        value = parts["value"]
        text = str(value.value) if isinstance(value.value, int) else value.text()
        kind: Kind = kind_from_node(parts["kind"])
        steps.append(Step(parts["name"].text(), text, value.where, kind))
    try:
        return compile_program(inputs=inputs, steps=steps, parameters=parameters)
    except InputError as error:
        raise placed(error, listed) from error


def _check_flow(
    inputs: Sequence[Input], steps: Program | None, tables: Sequence[tuple[DecisionTable, Node]]
) -> None:
    """Check that each table reads what is there before it, as what it is, and that no name stands twice."""
    given = {entry.name: entry.kind for entry in inputs}
    made = {step.name: step.kind for step in steps.steps} if steps is not None else {}
    taken = {*given, *made}
    for table, node in tables:
        for entry in table.inputs:
            known = (given | made).get(entry.name)
            if known is not entry.kind:
                raise node.fail(
                    f"the table {table.id!r} reads what the policy does not give it",
                    got=f"{entry.name}, {entry.kind.value}",
                    expected=f"{entry.name}, {known.value}" if known else sorted(given | made),
                )
            if entry.name in made and entry.null is not NullPolicy.REFER:
                # null there also means that it could not be computed, which never counts as an answer
                raise node.fail(
                    f"what the policy itself computes must refer when it is null: {entry.name!r}",
                    got=entry.null.value,
                    expected=NullPolicy.REFER.value,
                )
        if answered := sorted(table.program.nulls_answered & made.keys()):
            raise node.fail(
                f"the table {table.id!r} asks whether what the policy itself computes is null",
                got=answered,
                hint="a null there also means that it could not be computed; ask it of the inputs",
            )
        outputs = {output.name: output.kind for output in table.outputs}
        added = {*outputs, *(f"{table.id}_{part}" for part in ("matched", "row", "state"))}
        if twice := sorted(added & taken):
            raise node.fail(f"the table {table.id!r} gives a name that stands already", got=twice)
        taken |= added
        if table.hit_policy is HitPolicy.FIRST:  # of the other a list comes out, which no table can read
            made |= outputs


def _with_steps(frame: pl.DataFrame, program: Program) -> pl.DataFrame:
    computed = polars_columns(program, frame)
    return computed.select(
        *frame.columns,
        *(
            pl.when(pl.col(step.state_name) == State.OK.value).then(pl.col(step.name)).alias(step.name)
            for step in program.steps
        ),
    )
