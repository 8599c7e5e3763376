"""Who executes a program over a frame: Polars, or DuckDB (批量执行的引擎)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from creditloop.formula import Program, duckdb_columns, polars_columns
from creditloop.kernel.errors import InputError

POLARS, DUCKDB = "polars", "duckdb"
TARGETS = (POLARS, DUCKDB)
_ROW = "__row"
"""The column that keeps the rows in their order."""
_WIDE: Mapping[type[pl.DataType], str] = {pl.Int128: "HUGEINT", pl.UInt128: "UHUGEINT"}
"""Integers for which Arrow has no type: they are handed over as text, and read back."""


def program_columns(
    program: Program, frame: pl.LazyFrame, *, steps: Sequence[str], target: str
) -> pl.LazyFrame:
    """Return the frame with value and state of these steps of the program, as the target computes them.

    Polars stays lazy; DuckDB is handed the frame, collected, and its answer stands beside the frame's rows.

    Raises: InputError for a target there is not; for DuckDB, inputs whose names differ only in case.
    """
    if target == POLARS:
        return polars_columns(program, frame, steps=steps)
    if target == DUCKDB:
        return _by_duckdb(program, frame.collect(), steps).lazy()
    raise InputError("no such target", got=target, expected=list(TARGETS))


def _by_duckdb(program: Program, frame: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    inputs = [entry.name for entry in program.inputs if entry.name in frame.columns]
    counted = Counter(name.lower() for name in inputs)
    if alike := [name for name in inputs if counted[name.lower()] > 1]:
        raise InputError("inputs differ only in case", got=alike, expected="names that DuckDB can tell apart")
    rows = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(_ROW), *inputs)
    with duckdb.connect() as connection:
        answered: pl.DataFrame = duckdb_columns(
            program, _relation(connection, rows), steps=steps, keep=[_ROW]
        ).pl()
    beside: pl.DataFrame = pl.concat([frame, answered.sort(_ROW).drop(_ROW)], how="horizontal")
    return beside


def _relation(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> duckdb.DuckDBPyRelation:
    wide = {name: _WIDE[type(dtype)] for name, dtype in rows.schema.items() if type(dtype) in _WIDE}
    relation = connection.from_arrow(rows.with_columns(pl.col(list(wide)).cast(pl.String)).to_arrow())
    columns = [
        f'CAST("{name}" AS {wide[name]}) AS "{name}"' if name in wide else f'"{name}"'
        for name in rows.columns
    ]
    return relation.project(", ".join(columns))
