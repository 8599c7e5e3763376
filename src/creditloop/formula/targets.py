"""Where a program can be executed, as one interface; the prover compares what the targets answer.

A new target (Spark) is a class with a name, `answers`, and `frame_answers` if it works on whole frames; it is
held to the same rows as the others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Protocol

import duckdb
import polars as pl

from creditloop.formula.duckdb_target import duckdb_engine, duckdb_sql
from creditloop.formula.forms import Op
from creditloop.formula.kinds import Value
from creditloop.formula.polars_dialect import DTYPES
from creditloop.formula.polars_target import polars_columns
from creditloop.formula.program import Program
from creditloop.formula.python_target import python_function
from creditloop.formula.row_frames import row_frames
from creditloop.formula.sql_dialect import quoted

Row = Mapping[str, object]
Answer = tuple[Value | int, ...]
"""Value and state of each step of a program, in order."""
_PLACE = "place"
"""The column that keeps the order of a frame's rows in DuckDB."""


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
        return _by_frames(program, rows, self.frame_answers)

    def frame_answers(self, program: Program, frame: pl.DataFrame) -> pl.DataFrame:
        """Return value and state of every step, `<step>` and `<step>__state`, for each row of the frame."""
        return polars_columns(program, frame).select(_columns(program))


class DuckdbTarget:
    """SQL over the same frames, in a session of its own for each frame.

    The sessions are of one DuckDB for the life of the process: to begin one takes as long as many rows.

    A frame whose columns are as declared is answered as programs are run. Any other is a few rows on which
    another text is tried: DuckDB then does not optimise, which would take longer than all the rest.
    """

    name = "duckdb"

    def answers(self, program: Program, rows: Sequence[Row]) -> list[Answer]:
        """Return the program's answer for each row, in order."""
        return _by_frames(program, rows, self.frame_answers)

    def frame_answers(self, program: Program, frame: pl.DataFrame) -> pl.DataFrame:
        """Return value and state of every step, `<step>` and `<step>__state`, for each row of the frame."""
        names = {entry.name: f"input_{index}" for index, entry in enumerate(program.inputs)}
        numbered = _numbered(program, names)
        places = pl.Series(_PLACE, range(frame.height), dtype=pl.Int64)
        inputs = [pl.col(name).alias(names[name]) for name in names if name in frame.columns]
        with _session() as connection:
            if not all(frame.schema.get(entry.name) == DTYPES[entry.kind] for entry in program.inputs):
                connection.execute("PRAGMA disable_optimizer")
            relation, schema = _registered(connection, frame.select(places, *inputs))
            sql = duckdb_sql(numbered, relation=relation, schema=schema, keep=[_PLACE])
            # into a table, since a relation is planned when it is made and again when it is read
            connection.execute(f"CREATE TEMP TABLE answers AS {sql}")
            found: pl.DataFrame = connection.sql(f"FROM answers ORDER BY {_PLACE}").pl()
        columns = zip(_columns(numbered), _columns(program), strict=True)
        return found.select(pl.col(own).alias(name) for own, name in columns)


TARGETS: tuple[Target, ...] = (PythonTarget(), PolarsTarget(), DuckdbTarget())
"""Every execution there is; a program is proven on all of them."""


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """Return the process's DuckDB; nothing is kept in it."""
    return duckdb_engine(threads=1)


@contextmanager
def _session() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a session of the process's DuckDB; its tables, its frames and its settings end with it."""
    try:
        with _engine().cursor() as session:
            session.execute("SET enable_progress_bar = false")
            yield session
    except (duckdb.FatalException, duckdb.InternalException):
        _engine.cache_clear()  # one that failed so answers nothing any more
        raise


def _by_frames(
    program: Program, rows: Sequence[Row], answers: Callable[[Program, pl.DataFrame], pl.DataFrame]
) -> list[Answer]:
    """Answer rows frame by frame: one for all rows whose values are of the declared types, others apart."""
    found: dict[int, Answer] = {}
    for part in row_frames(program, rows):
        found.update(zip(part.places, answers(program, part.frame).rows(), strict=True))
    return [found[index] for index in range(len(rows))]


def _columns(program: Program) -> list[str]:
    return [name for step in program.steps for name in (step.name, step.state_name)]


def _numbered(program: Program, names: Mapping[str, str]) -> Program:
    """Return the program with numbers for names, since DuckDB does not tell `a` from `A`."""
    return replace(
        program,
        inputs=tuple(replace(entry, name=names[entry.name]) for entry in program.inputs),
        steps=tuple(replace(step, name=f"step_{index}") for index, step in enumerate(program.steps)),
        operations=tuple(
            replace(operation, value=names[str(operation.value)]) if operation.op is Op.INPUT else operation
            for operation in program.operations
        ),
    )


def _registered(connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame) -> tuple[str, dict[str, str]]:
    """Hand a frame to DuckDB; Int128, for which Arrow has no type, goes as text and comes as HUGEINT.

    Returns: what stands after FROM, and its columns' types.
    """
    wide = {name for name, dtype in frame.schema.items() if dtype == pl.Int128}
    connection.register("given", frame.with_columns(pl.col(sorted(wide)).cast(pl.String)).to_arrow())
    columns = {name: quoted(name) for name in frame.columns}
    columns.update({name: f"CAST({quoted(name)} AS HUGEINT) AS {quoted(name)}" for name in wide})
    select = f"SELECT {', '.join(columns.values())} FROM given"
    described = connection.execute(f"DESCRIBE {select}").fetchall()
    return f"({select})", {str(name): str(type_) for name, type_, *_ in described}
