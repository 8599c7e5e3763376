"""When a row occurred and was known: the edges of a day in a contract's zone, for values and columns."""

from datetime import date, datetime, timedelta

import polars as pl

from creditloop.data.contracts import Edge, Moment
from creditloop.kernel.dates import check_aware, end_of_day, start_of_day

INSTANT = pl.Datetime("us", "UTC")
"""How instants stand in frames."""


def edge_of_day(day: date, *, edge: Edge, utc_offset_hours: int) -> datetime:
    """Return the first instant of a day, or the first after it, in UTC.

    >>> edge_of_day(date(2005, 4, 30), edge=Edge.START_OF, utc_offset_hours=8).isoformat()
    '2005-04-29T16:00:00+00:00'
    """
    edge_of = end_of_day if edge is Edge.END_OF else start_of_day
    return edge_of(day, utc_offset_hours=utc_offset_hours)


def moment_expression(moment: Moment, *, utc_offset_hours: int) -> pl.Expr:
    """Return the moment as an expression over a table's columns, in UTC."""
    if isinstance(moment.stated, datetime):
        return pl.lit(check_aware(moment.stated, name="moment"), dtype=INSTANT)
    if moment.stated is not None:
        stated = edge_of_day(moment.stated, edge=moment.edge, utc_offset_hours=utc_offset_hours)
        return pl.lit(stated, dtype=INSTANT)
    assert moment.column is not None, "a moment is stated or read from a column"
    column = pl.col(moment.column)
    if moment.edge is Edge.AT:
        return column
    midnight = column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC") - timedelta(hours=utc_offset_hours)
    return midnight + timedelta(days=1) if moment.edge is Edge.END_OF else midnight
