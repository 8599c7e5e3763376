"""When a row occurred and was known: the edges of a day in a contract's zone, for values and columns.

A moment is the first instant of a day, the first after it, or an instant. What is known at the first instant
of a day counts from that day on; what is known at the end of a day counts on that day already, although the
instant is the next one's first: a reading as of a day asks with `last_instant`, and dates with `known_day`.
"""

from datetime import date, datetime, timedelta

import polars as pl

from creditloop.data.contracts import Edge, Moment, Table
from creditloop.kernel.dates import check_aware, end_of_day, start_of_day

INSTANT = pl.Datetime("us", "UTC")
"""How instants stand in frames."""
_MICROSECOND = timedelta(microseconds=1)
"""Between two instants there is nothing less."""


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


def last_instant(table: Table, *, as_of: date, utc_offset_hours: int) -> datetime:
    """Return the last instant at which a row can have become known and count on a day (知悉时点).

    Raises: InputError if the calendar ends on that day.
    """
    after = end_of_day(as_of, utc_offset_hours=utc_offset_hours)
    return after if table.known_at.edge is Edge.END_OF else after - _MICROSECOND


def known_shift(table: Table, *, utc_offset_hours: int) -> timedelta:
    """Return what an instant in UTC at which a row became known is moved by, to lie on that day (知悉日)."""
    return _shift(table.known_at, utc_offset_hours)


def known_day(table: Table, *, utc_offset_hours: int) -> pl.Expr:
    """Return the day a row became known (知悉日) as an expression over its `known_at`, an instant in UTC."""
    return _day(table.known_at, "known_at", utc_offset_hours)


def occurred_day(table: Table, *, utc_offset_hours: int) -> pl.Expr:
    """Return the day a row occurred (发生日) as an expression over its `occurred_at`, an instant in UTC."""
    return _day(table.occurred_at, "occurred_at", utc_offset_hours)


def _day(moment: Moment, name: str, utc_offset_hours: int) -> pl.Expr:
    return (pl.col(name) + _shift(moment, utc_offset_hours)).dt.date().alias(name)


def _shift(moment: Moment, utc_offset_hours: int) -> timedelta:
    local = timedelta(hours=utc_offset_hours)
    return local - _MICROSECOND if moment.edge is Edge.END_OF else local
