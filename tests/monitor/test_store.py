"""Verdicts are recorded once, found again, and never changed."""

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import psycopg
import pytest
from tests.monitor.verdict_rows import DATES, policies, rows

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    CLASSIFICATION_TABLES as TABLES,
)
from creditloop.monitor import (
    ClassificationRun,
    classify,
    find_run,
    find_runs,
    find_verdict,
    record_classification,
)

POLICIES = policies()
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
GIVEN = rows((100_00, 0), (200_00, 2), (0, None), (-5_00, 0), (50_00, None))
VERDICTS = classify(rows=GIVEN, policies=POLICIES)


def record(
    connection: Connection, *, verdicts: pl.DataFrame = VERDICTS, dates: Dates = DATES, now: datetime = NOW
) -> ClassificationRun:
    return record_classification(
        connection, verdicts=verdicts, policies=POLICIES, product="card", dates=dates, currency="TWD", now=now
    )


def counts(connection: Connection) -> list[int]:
    return [
        connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()[0] for table in TABLES
    ]  # type: ignore[index]


def test_a_run_is_found_with_its_dates_and_the_versions_of_its_policies(database: Connection) -> None:
    assert find_run(database, product="card", dates=DATES, policies=POLICIES) is None
    run = record(database)
    assert find_run(database, product="card", dates=DATES, policies=POLICIES) == run
    assert find_runs(database) == [run]
    assert (run.dates, run.customers, run.currency) == (DATES, 5, "TWD")
    assert run.delinquency_policy_hash == POLICIES.days_past_due.hash
    assert run.five_tier_policy_hash == POLICIES.five_tier.hash
    assert counts(database) == [1, 5]


def test_each_verdict_is_found_as_it_was_made(database: Connection) -> None:
    run = record(database)
    for verdict in VERDICTS.iter_rows(named=True):
        found = find_verdict(database, batch_id=run.batch_id, party_id=verdict["party_id"])
        assert found == verdict
        assert list(found) == list(TABLES[1].columns[2:])
    numbers = database.execute("SELECT row_no FROM monitor.classification ORDER BY party_id").fetchall()
    assert numbers == [(0,), (1,), (2,), (3,), (4,)]


def test_a_repeat_returns_the_first(database: Connection) -> None:
    first = record(database)
    assert record(database, now=NOW.replace(year=2027)) == first
    assert counts(database) == [1, 5]
    assert database.execute("SELECT recorded_at FROM monitor.classification_batch").fetchone() == (NOW,)


def test_the_same_run_with_other_verdicts_is_refused(database: Connection) -> None:
    run = record(database)
    other = VERDICTS.with_columns(owed_fen=pl.col("owed_fen") + 1)
    with pytest.raises(ConflictingRepeat, match="recorded with other verdicts") as caught:
        record(database, verdicts=other)
    assert caught.value.expected == run.content_hash
    assert caught.value.got != run.content_hash
    assert caught.value.where["batch"] == str(run.batch_id)
    assert caught.value.where["business_date"] == "2005-09-30"
    assert counts(database) == [1, 5]


def test_other_dates_products_or_policies_are_runs_of_their_own(database: Connection) -> None:
    run = record(database)
    other_dates = [
        replace(DATES, business_date=date(2005, 8, 31)),
        replace(DATES, rules_as_of=date(2025, 1, 1)),
    ]
    others = [record(database, dates=dates) for dates in other_dates]
    assert len({run.batch_id, *(other.batch_id for other in others)}) == 3
    assert [found.dates for found in find_runs(database)] == [other_dates[0], DATES, other_dates[1]]
    assert find_run(database, product="loan", dates=DATES, policies=POLICIES) is None


def test_of_the_same_dates_the_last_recorded_comes_last(database: Connection) -> None:
    runs = []
    for year, product in ((2026, "a"), (2028, "b"), (2027, "c")):
        runs.append(
            record_classification(
                database,
                verdicts=VERDICTS,
                policies=POLICIES,
                product=product,
                dates=DATES,
                currency="TWD",
                now=NOW.replace(year=year),
            )
        )
    assert [run.product for run in find_runs(database)] == ["a", "c", "b"]


def test_a_stranger_and_a_run_that_is_not_there_are_unknown(database: Connection) -> None:
    run = record(database)
    with pytest.raises(UnknownId, match="no verdict on this customer") as caught:
        find_verdict(database, batch_id=run.batch_id, party_id="p99")
    assert (caught.value.got, caught.value.where) == ("p99", {"batch": str(run.batch_id)})
    other = record(database, dates=replace(DATES, business_date=date(2005, 8, 31)), verdicts=VERDICTS[:1])
    with pytest.raises(UnknownId):
        find_verdict(database, batch_id=other.batch_id, party_id="p01")


def test_an_instant_without_time_zone_is_refused(database: Connection) -> None:
    with pytest.raises(InputError, match="now has no time zone"):
        record(database, now=NOW.replace(tzinfo=None))
    assert counts(database) == [0, 0]


def test_an_empty_run_is_a_run(database: Connection) -> None:
    run = record(database, verdicts=VERDICTS.clear())
    assert (run.customers, counts(database)) == (0, [1, 0])


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET row_no = row_no", "DELETE FROM {}", "DELETE FROM {} WHERE false", "TRUNCATE {} CASCADE"],
)
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    record(database)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_of_the_tables_is_listed(database: Connection) -> None:
    for table in TABLES:
        schema, name = table.name.split(".")
        query = (
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
        )
        columns = database.execute(query.encode(), [schema, name]).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
