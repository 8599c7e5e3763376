"""A policy (政策文件): named steps and decision tables over typed inputs, with numbers dated and sourced.

A strict subset of the strategy document: `inputs`, `parameters` (each a list of values by effective date,
every one with its source), `steps` (named expressions) and `tables`. Which values hold is fixed by the date
whose rules are asked for; a date before the first value is refused, nothing is guessed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.formula import Input, Kind, Parameter, Program, State, Step, compile_program, polars_columns
from creditloop.formula.documents import (
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    placed,
)
from creditloop.kernel.documents import Document, Node, Source, in_force, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk.table_reading import read_table
from creditloop.risk.tables import DecisionTable


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
        steps: the named expressions as one program, None if there are none.
    """

    name: str
    product: str
    stage: str
    document: Document
    rules_as_of: date
    inputs: tuple[Input, ...]
    parameters: tuple[DatedParameter, ...]
    steps: Program | None
    tables: tuple[DecisionTable, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex."""
        return self.document.hash

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
    return Policy(
        name=entries["policy"].text(),
        product=entries["product"].text(),
        stage=entries["stage"].text(),
        document=document,
        rules_as_of=rules_as_of,
        inputs=inputs,
        parameters=parameters,
        steps=_steps(entries["steps"], inputs, in_language) if "steps" in entries else None,
        tables=tuple(read_table(node, parameters=in_language) for node in entries["tables"].items()),
    )


def _parameter(name: str, node: Node, rules_as_of: date) -> DatedParameter:
    entries = node.mapping(required=["kind", "unit", "values"], optional=["meaning"])
    kind = kind_from_node(entries["kind"])
    for entry in entries["values"].items():
        entry.mapping(required=["from", "value", "source"], optional=[])
    chosen = in_force(entries["values"], on=rules_as_of).mapping()
    try:
        parameter = Parameter(
            name, kind, constant_from_node(chosen["value"], kind=kind), chosen["value"].where
        )
    except InputError as error:
        raise placed(error, node) from error
    return DatedParameter(
        parameter=parameter,
        since=chosen["from"].day(),
        unit=entries["unit"].text(),
        source=source_from_node(chosen["source"]),
    )


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


def _with_steps(frame: pl.DataFrame, program: Program) -> pl.DataFrame:
    computed = polars_columns(program, frame)
    return computed.select(
        *frame.columns,
        *(
            pl.when(pl.col(step.state_name) == State.OK.value).then(pl.col(step.name)).alias(step.name)
            for step in program.steps
        ),
    )
