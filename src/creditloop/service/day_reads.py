"""By which instant a source is read as of a day (知悉时点), where a plan names contract, table and day."""

from datetime import date, datetime

from creditloop.data import Contract, last_instant
from creditloop.kernel.dates import end_of_day


def known_by_day(contract: Contract, *, table: str, as_of: date) -> datetime:
    """Return the last instant at which a row of a table can have become known and count on a day.

    What is known at the start of the next day is not known on this one, though both are the same instant.
    Of a table that the contract does not have it is the day's end: the door says that there is none.

    Raises: InputError if the calendar ends on that day.
    """
    described = contract.table(table)
    hours = contract.utc_offset_hours
    if described is None:
        return end_of_day(as_of, utc_offset_hours=hours)
    return last_instant(described, as_of=as_of, utc_offset_hours=hours)
