"""Rows of plain values as frames: one for the rows of declared types, one for each other pattern of types.

A frame's column has one type, a row's value may have any. What a row lacks, its frame lacks.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from creditloop.formula.kinds import Input, all_of_kind, is_of_kind
from creditloop.formula.polars_dialect import DTYPES
from creditloop.formula.program import Program

Row = Mapping[str, object]

_ABSENT = object()
_PLACE = "__place"
"""The column of places; no input can be called so."""
_FOREIGN: Mapping[type, pl.DataType] = {
    int: pl.Int128(),
    float: pl.Float64(),
    str: pl.String(),
    bool: pl.Boolean(),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
}


@dataclass(frozen=True, slots=True)
class RowFrame:
    """Some of the rows as a frame, and the places they have among all, which are a column of it as well."""

    places: Sequence[int]
    frame: pl.DataFrame


def row_frames(program: Program, rows: Sequence[Row]) -> list[RowFrame]:
    """Put the values a program reads into frames; every row is in exactly one."""
    columns = {entry.name: [row.get(entry.name, _ABSENT) for row in rows] for entry in program.inputs}
    irregular = [entry for entry in program.inputs if not all_of_kind(columns[entry.name], entry.kind)]
    groups: dict[tuple[pl.DataType | None, ...], list[int]] = defaultdict(list)
    for place in range(len(rows)):
        groups[tuple(_dtype(entry, columns[entry.name][place]) for entry in irregular)].append(place)
    names = [entry.name for entry in irregular]
    return [
        RowFrame(places, _frame(program, columns, places, dict(zip(names, dtypes, strict=True))))
        for dtypes, places in groups.items()
    ]


def _frame(
    program: Program,
    columns: Mapping[str, Sequence[object]],
    places: Sequence[int],
    irregular: Mapping[str, pl.DataType | None],
) -> pl.DataFrame:
    series = [pl.Series(_PLACE, places, pl.Int64)]  # so that a frame without inputs has its rows
    for entry in program.inputs:
        dtype, values = irregular.get(entry.name, DTYPES[entry.kind]), columns[entry.name]
        if dtype is not None:
            own = values if len(places) == len(values) else [values[place] for place in places]
            series.append(pl.Series(entry.name, own, dtype=dtype))
    return pl.DataFrame(series)


def _dtype(declared: Input, value: object) -> pl.DataType | None:
    """Return the type of column that can hold the value; None if there is none."""
    if value is _ABSENT:
        return None
    if value is None or is_of_kind(value, declared.kind):
        return DTYPES[declared.kind]
    return _FOREIGN[type(value)]
