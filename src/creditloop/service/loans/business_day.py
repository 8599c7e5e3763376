"""The bank's business date: Beijing's, unless that day is closed already, then the next open day."""

from datetime import date, datetime

from creditloop.book.day_end import SHARDS, next_day_to_close
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.storage import Connection


def open_day(connection: Connection, *, now: datetime, shard: int | None = None) -> date:
    """Return the day that is booked on at an instant.

    Args:
        shard: of the loan; None for a loan whose shard is not known yet: a day that is open for all.
    """
    shards = range(SHARDS) if shard is None else (shard,)
    to_close = [next_day_to_close(connection, shard=each) for each in shards]
    return max([beijing_date(now), *(day for day in to_close if day is not None)])
