"""The bank's business date: Beijing's, unless that day is closed already, then the next open day."""

from datetime import date, datetime, timedelta

from creditloop.book.day_end import SHARDS, next_day_to_close
from creditloop.book.loan_store import StoredLoan
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection
from creditloop.service.work import Work

_BEIJING = timedelta(hours=8)
"""The bank's clock ahead of UTC: a business day begins at midnight in Beijing."""


def beijing_date(now: datetime) -> date:
    """Return the date in Beijing at an instant.

    >>> from datetime import UTC
    >>> beijing_date(datetime(2026, 1, 4, 16, 30, tzinfo=UTC))
    datetime.date(2026, 1, 5)
    """
    return (now + _BEIJING).date()


def open_day(connection: Connection, *, now: datetime, shard: int | None = None) -> date:
    """Return the day that is booked on at an instant.

    Args:
        shard: of the loan; None for a loan whose shard is not known yet: a day that is open for all.
    """
    shards = range(SHARDS) if shard is None else (shard,)
    to_close = [next_day_to_close(connection, shard=each) for each in shards]
    return max([beijing_date(now), *(day for day in to_close if day is not None)])


def event_dates(work: Work, *, loan: StoredLoan, event_id: str, value_date: date | None) -> tuple[date, date]:
    """Return the day from which an event of a loan counts, and the day it is booked on.

    Args:
        event_id: one that was booked before keeps its days, if no other is asked for.
        value_date: as asked for; None: the day it is booked on.
    Raises: InputError naming `value_date` for a day before the pay-out or one that has not come.
    """
    known = next((event for event in loan.history if event.id == event_id), None)
    if known is not None:
        return value_date or known.value_date, known.booked_on
    booked_on = open_day(work.connection, now=work.now, shard=loan.shard)
    counts_from = value_date or booked_on
    if not loan.paid_out_on <= counts_from <= booked_on:
        raise InputError(
            "an event counts from a day on which the loan is there and that has come",
            got=counts_from,
            expected=f"{loan.paid_out_on} to {booked_on}",
            where={"field": "value_date"},
        )
    return counts_from, booked_on
