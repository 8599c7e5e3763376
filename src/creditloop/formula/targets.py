"""Where a program can be executed, as one interface; the prover compares what the targets answer.

A new target (DuckDB, Spark) is a class with a name and `answers`; it is held to the same rows as the others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

import polars as pl

from creditloop.formula.kinds import Input, Value, is_of_kind
from creditloop.formula.polars_target import DTYPES, polars_columns
from creditloop.formula.program import Program
from creditloop.formula.python_target import python_function

Row = Mapping[str, object]
Answer = tuple[Value | int, ...]
"""Value and state of each step of a program, in order."""


class Target(Protocol):
    """Something that executes programs."""

    name: str

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        """Return the program's answer for each row, in order."""


class PythonTarget:
    """The generated function, row by row."""

    name = "python"

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        """Return the program's answer for each row, in order."""
        flat = python_function(program).flat
        return [flat(row) for row in rows]


class PolarsTarget:
    """Frames; rows whose values are of other types than declared go into frames of their own."""

    name = "polars"

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        """Return the program's answer for each row, in order."""
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for index, row in enumerate(rows):
            groups[tuple(_dtype(entry, row) for entry in program.inputs)].append(index)
        found: dict[int, Answer] = {}
        for dtypes, indexes in groups.items():
            answers = self._of_group(program, [rows[index] for index in indexes], dtypes)
            found.update(zip(indexes, answers, strict=True))
        return [found[index] for index in range(len(rows))]

    def _of_group(self, program: Program, rows: Sequence[Row], dtypes: tuple[object, ...]) -> list[Answer]:
        columns = [
            pl.Series(entry.name, [row[entry.name] for row in rows], dtype=dtype)
            for entry, dtype in zip(program.inputs, dtypes, strict=True)
            if isinstance(dtype, pl.DataType)
        ]
        frame = pl.DataFrame([pl.Series("__row", range(len(rows)), dtype=pl.Int64), *columns])
        names = [name for step in program.steps for name in (step.name, step.state_name)]
        return polars_columns(program, frame).select(names).rows()


def _dtype(declared: Input, row: Row) -> pl.DataType | None:
    """Return the type of column that can hold the row's value; None if the row does not have it."""
    if declared.name not in row:
        return None
    value = row[declared.name]
    if value is None or is_of_kind(value, declared.kind):
        return DTYPES[declared.kind]
    return _FOREIGN[type(value)]


_FOREIGN: Mapping[type, pl.DataType] = {
    int: pl.Int128(),
    float: pl.Float64(),
    str: pl.String(),
    bool: pl.Boolean(),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
}
