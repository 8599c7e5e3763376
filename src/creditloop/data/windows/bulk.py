"""Window features of many parties: events reduced to cells in DuckDB, rolled up in NumPy, batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data.windows.cells import CUT, EVENTS, PARTIES, PLACE, cell_numbers, cells_sql, cut_sql
from creditloop.data.windows.definitions import EventTable, Quantity, WindowFeature
from creditloop.data.windows.grids import Grid, grid_of_each, grids_for
from creditloop.data.windows.integers import Integers, ratios_nano
from creditloop.data.windows.limits import check_asked, check_size
from creditloop.data.windows.roll_up import Column, RolledUp
from creditloop.formula import duckdb_engine, sql_name
from creditloop.kernel.errors import InputError

_NUMBERS = 20_000_000
"""Numbers held at a time, of one grid's cells or of the answer: by them parties are put in batches."""

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
AS_OF = "as_of"
"""The column of parties that says the day each is asked about."""


def window_batches(
    *, table: EventTable, features: Sequence[WindowFeature], events: str | pa.Table, parties: pa.Table
) -> Iterator[pa.Table]:
    """Compute features of parties, some at a time.

    Args:
        events: a table, or a relation as SQL after FROM (`read_parquet('…')`), read once for each batch: that
            costs little where it is sorted by party.
        parties: the party's column and `as_of` (a date), one row each, in the order of the answer.
    Returns: tables of the party, `as_of`, and a column (int64) a feature.
    Raises: InputError if no feature is asked for, naming a column that is not there, of another type or, of
        parties, null, or a measure too large to be added up; duckdb.Error for a relation that is not there.
    """
    check_asked(features)
    _check_parties(parties, table)
    quantities = list(dict.fromkeys(one for feature in features for one in feature.quantities))
    grids = grids_for(quantities, table)
    asked = [list[Quantity]() for _ in grids]
    for quantity, place in grid_of_each(quantities, grids).items():
        asked[place].append(quantity)
    size = _batch_size(grids, table, len(features))
    with events_engine(table, events) as engine:
        for begin in range(0, parties.num_rows, size):
            batch = parties.slice(begin, size)
            columns = _columns(engine, table, batch, zip(grids, asked, strict=True))
            yield pa.table(
                {
                    table.party: batch[table.party],
                    AS_OF: batch[AS_OF],
                    **{feature.name: _array(feature, columns) for feature in features},
                }
            )


@contextmanager
def events_engine(table: EventTable, events: str | pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine that has the events, checked to have the columns of their table.

    Raises: InputError naming a column that is not there, or of another type.
    """
    with duckdb_engine() as engine:
        if isinstance(events, str):
            engine.execute(f"CREATE VIEW {EVENTS} AS SELECT * FROM {events}")
        else:
            engine.register(EVENTS, events)
        _check_columns(engine, table)
        yield engine


def write_window_features(
    target: Path,
    *,
    table: EventTable,
    features: Sequence[WindowFeature],
    events: str | pa.Table,
    parties: pa.Table,
    progress: Callable[[int], None] = lambda parties: None,
) -> None:
    """Write the features of parties to a Parquet file, a batch being computed while another is written.

    The file is there only when it is whole. Integers are stored as differences: smallest and fastest.

    Args:
        events, parties: as of `window_batches`.
        progress: is told how many parties are done.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    batches = window_batches(table=table, features=features, events=events, parties=parties)
    encodings = {feature.name: "DELTA_BINARY_PACKED" for feature in features}
    schema = pa.schema(
        [parties.schema.field(table.party), parties.schema.field(AS_OF)]
        + [pa.field(feature.name, pa.int64()) for feature in features]
    )
    done = 0
    try:
        with (
            ThreadPoolExecutor(1) as pool,
            pq.ParquetWriter(
                unfinished,
                schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=False,
                column_encoding=encodings,
            ) as writer,
        ):
            writing = pool.submit(int)
            for batch in batches:
                writing.result()
                progress(done)
                writing = pool.submit(writer.write_table, batch)
                done += batch.num_rows
            writing.result()
            progress(done)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(target)


def _check_parties(parties: pa.Table, table: EventTable) -> None:
    """Refuse parties without a name or a day, who would look like parties without events."""
    for column in (table.party, AS_OF):
        if column not in parties.column_names or parties[column].null_count:
            raise InputError(
                "every party has a name and a day it is asked about",
                got="no such column" if column not in parties.column_names else "nulls",
                where={"field": column},
            )


def _check_columns(engine: duckdb.DuckDBPyConnection, table: EventTable) -> None:
    """Refuse events that lack a column, or have one of another type than it is declared."""
    given = {str(name): str(told) for name, told, *_ in engine.execute(f"DESCRIBE {EVENTS}").fetchall()}
    expected = {table.party: {"VARCHAR"}, table.day: {"DATE"}, table.known_at: {"DATE"}}
    expected |= {table.superseded: {"DATE"}} if table.superseded else {}
    for dimension in table.dimensions:
        expected[dimension.column] = set(_INTEGERS) if dimension.bands else {"VARCHAR"}
    expected |= {measure.column: set(_INTEGERS) for measure in table.measures}
    expected |= {identifier.column: {"VARCHAR", *_INTEGERS} for identifier in table.identifiers}
    for column, types in expected.items():
        if given.get(column) not in types:
            raise InputError(
                "the events' column is of another type" if column in given else "the events lack a column",
                got=given.get(column, sorted(given)),
                expected=sorted(types) if column in given else column,
                where={"table": table.name, "field": column},
            )


def _batch_size(grids: Sequence[Grid], table: EventTable, features: int) -> int:
    held = (int(np.prod(grid.shape(table))) * len(cell_numbers(grid)) for grid in grids)
    return max(1, _NUMBERS // max(features, *held))


def _columns(
    engine: duckdb.DuckDBPyConnection,
    table: EventTable,
    batch: pa.Table,
    asked: Iterable[tuple[Grid, Sequence[Quantity]]],
) -> dict[Quantity, Column]:
    _cut(engine, table, batch)
    found: dict[Quantity, Column] = {}
    for grid, quantities in asked:
        cells = engine.sql(cells_sql(grid, table)).to_arrow_table()
        rolled = RolledUp(grid, table, cells, batch.num_rows)
        found |= {quantity: rolled.column(quantity) for quantity in quantities}
    return found


def _cut(engine: duckdb.DuckDBPyConnection, table: EventTable, batch: pa.Table) -> None:
    """Put the batch's events aside, those of its range of parties only being read."""
    places = pa.array(np.arange(batch.num_rows, dtype=np.int32))
    given = pa.table({PLACE: places, "party": batch[table.party], AS_OF: batch[AS_OF]})
    engine.register(PARTIES, given)
    least, most = engine.execute(f"SELECT min(party), max(party) FROM {PARTIES}").fetchall()[0]
    within = f"e.{sql_name(table.party)} BETWEEN ? AND ?"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {CUT} AS {cut_sql(table)} AND {within}", [least, most])
    engine.unregister(PARTIES)
    for measure in table.measures:
        column = sql_name(f"m_{measure.name}")
        least, most = engine.execute(f"SELECT min({column}), max({column}) FROM {CUT}").fetchall()[0]
        for value in (least, most):
            if value is not None:
                check_size(value, measure.name)


def _array(feature: WindowFeature, columns: dict[Quantity, Column]) -> pa.Array:
    values, there = columns[feature.quantities[0]]
    if len(feature.quantities) > 1:
        divisor, divisor_there = columns[feature.quantities[1]]
        values, divided = ratios_nano(values, divisor)
        there = divided * _or_all(there) * _or_all(divisor_there)
    return pa.array(values, mask=None if there is None else there == 0)


def _or_all(there: Integers | None) -> Integers | int:
    return 1 if there is None else (there > 0).astype(np.int64)
