"""The queries that reduce events to cells: a few numbers for each party and cell of a grid (分格汇总).

The SQL is plain — a join, CASE, GROUP BY — so that another engine can be asked the same.
"""

from creditloop.data.windows.definitions import Aggregate, Band, Dimension, EventTable, Unit
from creditloop.data.windows.grids import Grid
from creditloop.data.windows.limits import LATEST_AGES, LATEST_STEP, LATEST_ZERO
from creditloop.formula import DUCKDB, sql_name

PLACE, CELL = "place", "cell"
"""A party's number in its batch, from 0, and the cell's in the grid, the bucket counting fastest."""
EVENTS, PARTIES, CUT = "events", "parties", "cut"
"""Relations: all events; the parties of a batch (place, party, as_of); its events, with ages and codes."""
_AGE = {Unit.DAY: "age_days", Unit.MONTH: "age_months"}


def cut_sql(table: EventTable) -> str:
    """Return the query of a batch's events: those that had happened and were known by the party's day.

    A fact that was corrected is there once: as it was told last by that day.

    Its columns: place, both ages, `d_<dimension>` codes from 0, the measures and identifiers by name.
    """
    columns = [
        f"p.{PLACE} AS {PLACE}",
        f"CAST(p.as_of - e.{sql_name(table.day)} AS INTEGER) AS {_AGE[Unit.DAY]}",
        f"CAST({_month('p.as_of')} - {_month('e.' + sql_name(table.day))} AS INTEGER) AS {_AGE[Unit.MONTH]}",
        *(_code(dimension) for dimension in table.dimensions),
        *(f"e.{sql_name(entry.column)} AS {sql_name('m_' + entry.name)}" for entry in table.measures),
        *(f"e.{sql_name(entry.column)} AS {sql_name('i_' + entry.name)}" for entry in table.identifiers),
    ]
    return (
        f"SELECT {', '.join(columns)} FROM {EVENTS} e JOIN {PARTIES} p ON e.{sql_name(table.party)} = p.party"
        f" WHERE e.{sql_name(table.day)} <= p.as_of AND e.{sql_name(table.known_at)} <= p.as_of"
        f"{_standing(table)}"
    )


def _standing(table: EventTable) -> str:
    if table.superseded is None:
        return ""
    column = f"e.{sql_name(table.superseded)}"
    return f" AND ({column} IS NULL OR {column} > p.as_of)"


def _month(day: str) -> str:
    return f"(12 * year({day}) + month({day}))"


def _code(dimension: Dimension) -> str:
    column, places = f"e.{sql_name(dimension.column)}", {value: n for n, value in enumerate(dimension.values)}
    if dimension.bands:
        start = "CASE"
        tests = [
            f"WHEN {_inside(column, band)} THEN {places[value]}" for value, band in dimension.bands.items()
        ]
    else:
        start = f"CASE {column}"
        tests = [
            f"WHEN {DUCKDB.text(code)} THEN {places[value]}"
            for code, value in dimension.codes.items()
            if value is not None
        ]
    return f"{start} {' '.join(tests)} ELSE {len(places)} END AS {sql_name('d_' + dimension.name)}"


def _inside(column: str, band: Band) -> str:
    least = [f"{column} >= {band.least}"] if band.least is not None else []
    most = [f"{column} <= {band.most}"] if band.most is not None else []
    return " AND ".join(least + most)


def cells_sql(grid: Grid, table: EventTable) -> str:
    """Return the query of a grid's cells that hold anything, each once: place, cell, and `cell_numbers`."""
    age = _AGE[grid.unit]
    shape = grid.shape(table)
    bucket = "CASE " + " ".join(f"WHEN {age} < {end} THEN {n}" for n, end in enumerate(grid.ends)) + " END"
    place = "0"
    for name, size in zip(grid.dimensions, shape[:-1], strict=True):
        place = f"({place} * {size} + {sql_name('d_' + name)})"
    inside = f"{age} < {grid.ends[-1]}"
    if grid.distinct is not None:
        identifier = sql_name("i_" + grid.distinct)
        dimensions = "".join(f", {sql_name('d_' + name)}" for name in grid.dimensions)
        first = (
            f"SELECT {PLACE}{dimensions}, min({age}) AS {age} FROM {CUT}"
            f" WHERE {inside} AND {identifier} IS NOT NULL GROUP BY {PLACE}{dimensions}, {identifier}"
        )
        relation = f"({first})"
    else:
        relation = f"{CUT} WHERE {inside}"
    cell = f"CAST({place} * {shape[-1]} + {bucket} AS INTEGER) AS {CELL}"
    keyed = f"SELECT *, {cell} FROM {relation}"
    told = "".join(f", {text} AS {sql_name(name)}" for name, text in cell_numbers(grid))
    return f"SELECT {PLACE}, {CELL}{told} FROM ({keyed}) GROUP BY {PLACE}, {CELL}"


def cell_numbers(grid: Grid) -> list[tuple[str, str]]:
    """Return what is told of a cell: name and SQL."""
    asked = grid.aggregates
    found = [("n", "CAST(count(*) AS BIGINT)")]
    if asked & {Aggregate.DAYS_SINCE_LAST}:
        found.append(("last", f"CAST(min({_AGE[Unit.DAY]}) AS BIGINT)"))
    if asked & {Aggregate.DAYS_SINCE_FIRST}:
        found.append(("first", f"CAST(max({_AGE[Unit.DAY]}) AS BIGINT)"))
    for name in grid.measures:
        column = sql_name("m_" + name)
        if asked & {Aggregate.SUM, Aggregate.MEAN, Aggregate.DEVIATION}:
            found.append((f"sum_{name}", f"CAST(coalesce(sum({column}), 0) AS BIGINT)"))
        if asked & {Aggregate.SUM, Aggregate.MEAN}:
            found.append((f"n_{name}", f"CAST(count({column}) AS BIGINT)"))
        if asked & {Aggregate.MAX}:
            found.append((f"max_{name}", f"CAST(max({column}) AS BIGINT)"))
        if asked & {Aggregate.LATEST}:
            day = f"CAST({LATEST_AGES} - {_AGE[Unit.DAY]} AS BIGINT) * {LATEST_STEP}"
            found.append((f"latest_{name}", f"CAST(max({day} + {LATEST_ZERO} + {column}) AS BIGINT)"))
        if asked & {Aggregate.MIN}:
            found.append((f"min_{name}", f"CAST(min({column}) AS BIGINT)"))
    return found
