"""Who executes a program over a frame: Polars, or DuckDB (批量执行的引擎)."""

from collections.abc import Sequence

import polars as pl

from creditloop.formula import Program, duckdb_columns, duckdb_engine, polars_columns
from creditloop.kernel.errors import InputError

POLARS, DUCKDB = "polars", "duckdb"
TARGETS = (POLARS, DUCKDB)
_ROW = "__row"
"""The column that keeps the rows in their order."""


def program_columns(
    program: Program, frame: pl.LazyFrame, *, steps: Sequence[str], target: str
) -> pl.LazyFrame:
    """Return the frame with value and state of these steps of the program, as the target computes them.

    Polars stays lazy; DuckDB is handed the frame, collected, and its answer stands beside the frame's rows.

    Raises: InputError for a target there is not.
    """
    if target == POLARS:
        return polars_columns(program, frame, steps=steps)
    if target == DUCKDB:
        return _by_duckdb(program, frame.collect(), steps).lazy()
    raise InputError("no such target", got=target, expected=list(TARGETS))


def _by_duckdb(program: Program, frame: pl.DataFrame, steps: Sequence[str]) -> pl.DataFrame:
    inputs = [entry.name for entry in program.inputs if entry.name in frame.columns]
    rows = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias(_ROW), *inputs)
    with duckdb_engine() as connection:
        relation = connection.from_arrow(rows.to_arrow())
        answered: pl.DataFrame = duckdb_columns(program, relation, steps=steps, keep=[_ROW]).pl()
    beside: pl.DataFrame = pl.concat([frame, answered.sort(_ROW).drop(_ROW)], how="horizontal")
    return beside
