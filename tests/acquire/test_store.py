"""Screenings are recorded once, in order of time, found again, and never changed; each makes its events."""

from datetime import UTC, date, datetime

import polars as pl
import psycopg
import pytest
from tests.acquire.whitelist_rows import AUGUST, JULY, JUNE, PRODUCT, key, policies, rows

from creditloop.acquire import (
    TABLES,
    ScreeningRun,
    event_counts,
    find_invitations,
    find_screening,
    find_screenings,
    outcome_counts,
    record_screening,
    screen,
)
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
POLICIES = policies()
SCREENED = screen(rows=rows({}, {"score": 550}, {"months_late_now": 1}, {"score": None}), policies=POLICIES)


def record(
    connection: Connection,
    screened: pl.DataFrame = SCREENED,
    *,
    trigger: str = "initial",
    on: date = JUNE,
    now: datetime = NOW,
    **changes: str,
) -> ScreeningRun:
    made = key(trigger=trigger, on=on, **changes)
    return record_screening(connection, key=made, screened=screened, considered=screened.height + 2, now=now)


def counts(connection: Connection) -> list[int]:
    found = []
    for table in TABLES:
        row = connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()
        assert row is not None
        found.append(row[0])
    return found


def test_a_screening_is_found_with_everything_that_made_it(database: Connection) -> None:
    run = record(database)
    assert (run.key, run.screening_no, run.considered, run.screened) == (key(), 1, 6, 4)
    assert find_screening(database, batch_id=run.batch_id) == run
    assert find_screenings(database, product=PRODUCT) == [run]
    assert find_screenings(database, product="other") == []
    assert counts(database) == [1, 4, 1]
    stored = database.execute(
        b"SELECT party_id, segment, score, outcome, rule, reasons, inputs"
        b" FROM acquire.screening ORDER BY row_no"
    ).fetchall()
    assert (
        stored
        == SCREENED.select("party_id", "segment", "score", "outcome", "rule", "reasons", "inputs").rows()
    )


def test_a_screening_is_counted_by_segment_outcome_and_rule(database: Connection) -> None:
    run = record(database)
    told = [
        (c.segment, c.outcome, c.rule, c.parties) for c in outcome_counts(database, batch_id=run.batch_id)
    ]
    assert told == [
        ("overdue", "closed", "WL_01", 1),
        ("revolver", "invited", "otherwise", 1),
        ("revolver", "refer", "refer", 1),
        ("revolver", "watched", "WL_04", 1),
    ]
    (events,) = event_counts(database, product=PRODUCT, batch_id=run.batch_id)
    assert (events.trigger, events.kind, events.simulated, events.events) == ("initial", "invited", False, 1)


def test_a_repeat_returns_the_first(database: Connection) -> None:
    first = record(database)
    assert record(database, now=NOW.replace(year=2027)) == first
    assert counts(database) == [1, 4, 1]
    assert database.execute("SELECT recorded_at FROM acquire.screening_batch").fetchone() == (NOW,)


def test_the_same_screening_with_another_result_is_refused(database: Connection) -> None:
    first = record(database)
    with pytest.raises(ConflictingRepeat, match="recorded with another result") as caught:
        record(database, SCREENED.with_columns(rule=pl.lit("WL_99")))
    assert caught.value.expected == first.content_hash
    assert caught.value.where["business_date"] == "2005-06-30"
    assert counts(database) == [1, 4, 1]


def test_a_later_day_cannot_be_followed_by_an_earlier_one(database: Connection) -> None:
    record(database, on=JULY)
    with pytest.raises(OutOfOrder, match="a later day was screened already") as caught:
        record(database)
    assert (caught.value.got, caught.value.expected) == ("2005-06-30", "2005-07-31 or later")
    same_day = record(database, trigger="interval", on=JULY)
    assert same_day.screening_no == 2
    assert record(database, product="another", on=JUNE).screening_no == 1, "each product has its own order"


@pytest.mark.parametrize("name", ["card_hash", "features_hash", "plan_hash", "whitelist_policy_hash"])
def test_another_version_of_what_decides_is_a_screening_of_its_own(database: Connection, name: str) -> None:
    first = record(database)
    second = record(database, **{name: "b" * 64})
    assert first.batch_id != second.batch_id
    assert counts(database) == [2, 8, 1], "who is invited already is not invited again"


def test_an_invitation_follows_the_screenings(database: Connection) -> None:
    invited, watched = ({}, {"score": 550})
    for trigger, on, changes in (
        ("initial", JUNE, invited),
        ("account_change", JULY, watched),
        ("interval", AUGUST, invited),
        ("model_update", AUGUST, invited),
    ):
        record(database, screen(rows=rows(changes), policies=POLICIES), trigger=trigger, on=on)
    events = find_invitations(database, product=PRODUCT, party_id="p0")
    told = [(one.event_no, one.kind, one.occurred_on, one.trigger, one.source) for one in events]
    assert told == [
        (1, "invited", JUNE, "initial", "whitelist otherwise"),
        (2, "closed", JULY, "account_change", "whitelist WL_04"),
        (3, "reopened", AUGUST, "interval", "whitelist otherwise"),
    ]
    assert not any(one.simulated for one in events)
    assert find_invitations(database, product="other", party_id="p0") == ()


def test_a_screening_of_nobody_is_a_screening(database: Connection) -> None:
    run = record(database, SCREENED.clear())
    assert (run.screened, counts(database)) == (0, [1, 0, 0])


def test_an_instant_without_time_zone_is_refused(database: Connection) -> None:
    with pytest.raises(InputError, match="now has no time zone"):
        record(database, now=NOW.replace(tzinfo=None))
    assert counts(database) == [0, 0, 0]


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {} WHERE false", "TRUNCATE {} CASCADE"]
)
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    record(database)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_of_the_tables_is_listed(database: Connection) -> None:
    for table in TABLES:
        query = (
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        )
        columns = database.execute(query.encode(), table.name.split(".")).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
