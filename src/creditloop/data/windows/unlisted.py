"""Codes that came with events but are not listed (未登记取值): named and counted, never silent."""

from dataclasses import dataclass

import pyarrow as pa

from creditloop.data.windows.bulk import events_engine
from creditloop.data.windows.cells import EVENTS
from creditloop.data.windows.definitions import EventTable
from creditloop.formula import DUCKDB, sql_name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlistedValue:
    """A code that the contract does not list: its events count among all, and in no cut by the column."""

    table: str
    column: str
    value: str
    events: int


def unlisted_values(*, table: EventTable, events: str | pa.Table) -> tuple[UnlistedValue, ...]:
    """Return every code of the events that their dimensions do not list, by column, the most frequent first.

    Null is not a code: it is a value that is missing.

    Args:
        events: as of `window_batches`; of whatever day, known by whatever day.
    Raises: as `window_batches` does.
    """
    listed = {one.column: sorted(one.codes) for one in table.dimensions if not one.bands}
    found: list[UnlistedValue] = []
    with events_engine(table, events) as engine:
        for column, codes in listed.items():
            name, known = sql_name(column), ", ".join(map(DUCKDB.text, codes))
            rows = engine.execute(
                f"SELECT {name}, count(*) FROM {EVENTS} WHERE {name} NOT IN ({known})"
                " GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            found += [
                UnlistedValue(table=table.name, column=column, value=value, events=count)
                for value, count in rows
            ]
    return tuple(found)
