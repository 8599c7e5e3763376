"""The day a row became known, and the last instant that counts on a day: three edges, two zones."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import loan_source as source
import polars as pl
import pytest

from creditloop.data.contracts import Edge, Moment, Table
from creditloop.data.moments import INSTANT, edge_of_day, known_day, known_shift, last_instant

DAY = date(2025, 12, 15)


def table(edge: Edge) -> Table:
    return replace(source.contract().tables[0], known_at=Moment(edge=edge, column="seen_at", stated=None))


@pytest.mark.parametrize("zone", [8, -5])
@pytest.mark.parametrize("edge", Edge)
def test_the_last_instant_of_a_day_is_known_on_it_and_the_next_is_not(edge: Edge, zone: int) -> None:
    last = last_instant(table(edge), as_of=DAY, utc_offset_hours=zone)
    instants = pl.DataFrame({"known_at": [last, last + timedelta(microseconds=1)]}, {"known_at": INSTANT})
    days = instants.select(known_day(table(edge), utc_offset_hours=zone))["known_at"].to_list()
    assert days == [DAY, DAY + timedelta(1)]
    shift = known_shift(table(edge), utc_offset_hours=zone)
    assert [(one + shift).date() for one in instants["known_at"].to_list()] == days


@pytest.mark.parametrize("edge", [Edge.START_OF, Edge.END_OF])
def test_a_row_known_on_a_day_is_seen_as_of_it_and_not_as_of_the_day_before(edge: Edge) -> None:
    known = edge_of_day(DAY, edge=edge, utc_offset_hours=8)
    assert known <= last_instant(table(edge), as_of=DAY, utc_offset_hours=8)
    assert known > last_instant(table(edge), as_of=DAY - timedelta(1), utc_offset_hours=8)
    assert last_instant(table(Edge.AT), as_of=DAY, utc_offset_hours=8) == datetime(
        2025, 12, 15, 15, 59, 59, 999_999, tzinfo=UTC
    )
