"""A book of two products whose loans nobody repays, closed day by day over two month-ends."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime

from aging_loans import pay_out

from creditloop.book.day_end import Classified, ClosedDay, Integers, close_shard, find_programmes
from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 4, 1, 18, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(2026, 1, 28), date(2026, 4, 1)
SHARD = 2
PAID_OUT = (
    # day, first due date, numbers of loans, programme
    (FIRST_DAY, date(2026, 1, 29), (2, 18), 1),
    (FIRST_DAY, date(2026, 3, 5), (34,), 2),
    (date(2026, 2, 10), date(2026, 3, 10), (50, 66), 2),
    (date(2026, 3, 20), date(2026, 4, 20), (82,), 1),
)
"""Nobody pays, so the loans of each line are as many days past due as have passed since its due date."""


def by_days(closed: ClosedDay, _terms: Mapping[str, Integers]) -> Classified:
    """Past due is class 2, over 30 days class 3 and stage 2."""
    return Classified(
        tier=1 + (closed.dpd > 0) + (closed.dpd > 30),
        stage=1 + (closed.dpd > 30),
        restructured=closed.positions.restructured,
    )


def close(connection: Connection, day: date) -> None:
    """Pay out what is paid out on a day, and close it."""
    for number, (paid_out, first_due, numbers, programme) in enumerate(PAID_OUT):
        if paid_out == day:
            pay_out(
                connection,
                batch_id=uuid.UUID(int=80 + number),
                day=day,
                first_due=first_due,
                numbers=numbers,
                programme=programme,
                now=NOW,
            )
    close_shard(
        connection,
        dates=Dates(business_date=day, rules_as_of=FIRST_DAY),
        shard=SHARD,
        programmes=find_programmes(connection),
        classify=by_days,
        now=NOW,
    )
