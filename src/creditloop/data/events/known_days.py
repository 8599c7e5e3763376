"""The day a row became known (知悉日), in its contract's zone: what windows of days and their cut-off go by.

A table says its moment as the first instant of a day, the first after it, or an instant. What is known at the
first instant of a day counts from that day on; what is known at the end of a day counts on that day already,
although the instant is the next one's first.
"""

from datetime import date, datetime, timedelta

import polars as pl

from creditloop.data.contracts import Edge, Table
from creditloop.kernel.dates import end_of_day

_MICROSECOND = timedelta(microseconds=1)
"""Between two instants there is nothing less."""


def last_instant(table: Table, *, as_of: date, utc_offset_hours: int) -> datetime:
    """Return the last instant at which a row can have become known and count on a day.

    Raises: InputError if the calendar ends on that day.
    """
    after = end_of_day(as_of, utc_offset_hours=utc_offset_hours)
    return after if table.known_at.edge is Edge.END_OF else after - _MICROSECOND


def known_day(table: Table, *, utc_offset_hours: int) -> pl.Expr:
    """Return the day a row became known as an expression over its `known_at` (an instant in UTC)."""
    local = pl.col("known_at") + timedelta(hours=utc_offset_hours)
    if table.known_at.edge is Edge.END_OF:
        local -= _MICROSECOND
    return local.dt.date().alias("known_at")
