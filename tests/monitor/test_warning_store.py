"""Warnings are recorded once, found again by month, level, signal and customer, and never changed."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import polars as pl
import psycopg
import pytest
from tests.monitor.verdict_rows import DATES
from tests.monitor.verdict_rows import policies as classification
from tests.monitor.verdict_rows import rows as verdict_rows
from tests.monitor.warning_rows import DUE, LATE, QUIET, UNKNOWN, policy, rows

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.monitor import (
    WARNING_TABLES,
    ClassificationRun,
    WarningRun,
    WarningVersions,
    classify,
    find_party_warnings,
    find_warning,
    find_warning_run,
    find_warning_runs,
    find_warnings,
    judge_warnings,
    late_statements,
    record_classification,
    record_warnings,
    verdict_frame,
    warning_batch_id,
    warning_counts,
)

POLICY = policy()
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
VERSIONS = WarningVersions(
    policy_hash=POLICY.hash, features_hash="f", contract_hash="c", classification_batch=UUID(int=7)
)
GIVEN = rows({}, LATE, QUIET, UNKNOWN, {"months_late_0": 1, "late_statements": 1}, LATE | {"owed_fen": 5})
JUDGED = judge_warnings(rows=GIVEN, policy=POLICY)
AUGUST = replace(DATES, business_date=date(2005, 8, 31))


def record(
    connection: Connection, *, judged: pl.DataFrame = JUDGED, dates: Dates = DATES, now: datetime = NOW
) -> WarningRun:
    return record_warnings(connection, judged=judged, versions=VERSIONS, product="card", dates=dates, now=now)


def counts(connection: Connection) -> list[object]:
    return [
        connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()[0]  # type: ignore[index]
        for table in WARNING_TABLES
    ]


def test_a_run_counts_everybody_and_keeps_those_it_warned_of(database: Connection) -> None:
    batch_id = warning_batch_id(product="card", dates=DATES, versions=VERSIONS)
    assert find_warning_run(database, batch_id=batch_id) is None
    run = record(database)
    assert run.batch_id == batch_id
    assert (run.evaluated, run.alerts, run.watches, run.notices, run.referred) == (6, 2, 1, 1, 1)
    assert find_warning_run(database, batch_id=batch_id) == run
    assert find_warning_runs(database) == find_warning_runs(database, product="card") == [run]
    assert find_warning_runs(database, product="loan") == []
    assert counts(database) == [1, 5], "whom there is nothing to warn of has no row"
    assert canonical_bytes(run.as_record())


def test_each_warning_is_found_as_it_was_judged(database: Connection) -> None:
    run = record(database)
    for judged in JUDGED.filter(pl.col("level") != "none").iter_rows(named=True):
        found = find_warning(database, batch_id=run.batch_id, party_id=judged["party_id"])
        assert (found.level, found.level_rule, found.risk) == (
            judged["level"],
            judged["level_rule"],
            judged["risk"],
        )
        assert list(found.signals) == judged["signals"]
        assert list(found.measures) == judged["measures"]
        assert found.values == {name: judged[name] for name in DUE}


def test_the_values_read_are_kept_as_canonical_json(database: Connection) -> None:
    record(database)
    for (text,) in database.execute("SELECT values_read FROM monitor.warning"):
        assert canonical_bytes(json.loads(text)) == str(text).encode()
    numbers = database.execute("SELECT row_no FROM monitor.warning ORDER BY row_no").fetchall()
    assert numbers == [(0,), (1,), (2,), (3,), (4,)]


def test_warnings_come_gravest_first_and_can_be_picked(database: Connection) -> None:
    batch_id = record(database).batch_id
    found = find_warnings(database, batch_id=batch_id)
    assert [(row.party_id, row.level) for row in found] == [
        ("p01", "alert"),
        ("p05", "alert"),
        ("p04", "watch"),
        ("p02", "notice"),
        ("p03", "refer"),
    ]
    assert [row.party_id for row in find_warnings(database, batch_id=batch_id, level="notice")] == ["p02"]
    assert [row.party_id for row in find_warnings(database, batch_id=batch_id, signal="gone_quiet")] == [
        "p02"
    ]
    assert find_warnings(database, batch_id=batch_id, signal="gone") == (), "a signal is its whole name"
    assert find_warnings(database, batch_id=batch_id, most=2, skip=1) == found[1:3]
    assert find_warnings(database, batch_id=UUID(int=1)) == ()


def test_levels_signals_and_measures_are_counted(database: Connection) -> None:
    counted = warning_counts(database, batch_id=record(database).batch_id)
    assert counted.levels == {"alert": 2, "watch": 1, "notice": 1, "refer": 1}
    assert counted.signals["late_now"] == 3
    assert counted.signals["gone_quiet"] == 1
    assert counted.measures["call"] == 2
    assert "none" not in {*counted.signals, *counted.measures}
    empty = warning_counts(database, batch_id=UUID(int=1))
    assert (empty.levels, empty.signals, empty.measures) == ({}, {}, {})


def test_a_customer_has_a_history_of_warnings(database: Connection) -> None:
    september = record(database)
    august = record(database, dates=AUGUST, judged=judge_warnings(rows=rows({}, QUIET), policy=POLICY))
    found = find_party_warnings(database, party_id="p01")
    assert [(run.batch_id, row.level) for run, row in found] == [
        (august.batch_id, "notice"),
        (september.batch_id, "alert"),
    ]
    assert find_party_warnings(database, party_id="p00") == ()
    assert [run.dates for run in find_warning_runs(database)] == [AUGUST, DATES]


def test_a_repeat_returns_the_first(database: Connection) -> None:
    first = record(database)
    assert record(database, now=NOW.replace(year=2027)) == first
    assert counts(database) == [1, 5]
    assert database.execute("SELECT recorded_at FROM monitor.warning_batch").fetchone() == (NOW,)


def test_the_same_month_with_other_judgements_is_refused_even_if_nobody_warned_differs(
    database: Connection,
) -> None:
    run = record(database)
    other = JUDGED.with_columns(
        limit_fen=pl.when(pl.col("party_id") == "p00").then(pl.lit(9)).otherwise("limit_fen")
    )
    with pytest.raises(ConflictingRepeat, match="recorded with other judgements") as caught:
        record(database, judged=other)
    assert caught.value.expected == run.content_hash
    assert caught.value.where == {"batch": str(run.batch_id), **DATES.as_record()}
    assert counts(database) == [1, 5]


@pytest.mark.parametrize(
    "changed",
    [
        replace(VERSIONS, policy_hash="other"),
        replace(VERSIONS, features_hash="other"),
        replace(VERSIONS, contract_hash="other"),
        replace(VERSIONS, classification_batch=UUID(int=8)),
    ],
)
def test_other_versions_are_runs_of_their_own(changed: WarningVersions) -> None:
    one = warning_batch_id(product="card", dates=DATES, versions=VERSIONS)
    assert warning_batch_id(product="card", dates=DATES, versions=changed) != one
    assert warning_batch_id(product="loan", dates=DATES, versions=VERSIONS) != one
    assert warning_batch_id(product="card", dates=AUGUST, versions=VERSIONS) != one


def test_bad_requests_are_refused(database: Connection) -> None:
    batch_id = record(database).batch_id
    with pytest.raises(InputError, match="there is no such level"):
        find_warnings(database, batch_id=batch_id, level="none")
    for numbers in ({"most": -1}, {"skip": -1}):
        with pytest.raises(InputError, match="not below 0"):
            find_warnings(database, batch_id=batch_id, **numbers)
    with pytest.raises(UnknownId, match="no warning on this customer"):
        find_warning(database, batch_id=batch_id, party_id="p00")
    with pytest.raises(InputError, match="now has no time zone"):
        record(database, dates=AUGUST, now=NOW.replace(tzinfo=None))
    assert counts(database) == [1, 5]


def test_an_empty_month_is_a_run(database: Connection) -> None:
    run = record(database, judged=judge_warnings(rows=rows(), policy=POLICY))
    assert (run.evaluated, counts(database)) == (0, [1, 0])


def test_verdicts_are_read_back_for_the_next_stage(database: Connection) -> None:
    def verdicts(dates: Dates, *late: tuple[int, int | None]) -> ClassificationRun:
        policies = classification()
        return record_classification(
            database,
            verdicts=classify(rows=verdict_rows(*late), policies=policies),
            policies=policies,
            product="card",
            dates=dates,
            currency="TWD",
            now=NOW,
        )

    august = verdicts(AUGUST, (100, 1), (100, 0), (100, None))
    september = verdicts(DATES, (100, 2), (100, -1), (100, 3))
    frame = verdict_frame(database, run=september)
    assert frame.rows() == [
        ("p00", 2, "substandard", 100),
        ("p01", -1, "normal", 100),
        ("p02", 3, "substandard", 100),
    ]
    counted = late_statements(database, runs=[august, september])
    assert sorted(counted.rows()) == [("p00", 2), ("p01", 0), ("p02", None)]


@pytest.mark.parametrize("table", [table.name for table in WARNING_TABLES])
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {} WHERE false", "TRUNCATE {} CASCADE"]
)
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    record(database)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())


def test_every_column_of_the_tables_is_listed(database: Connection) -> None:
    for table in WARNING_TABLES:
        schema, name = table.name.split(".")
        query = (
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
        )
        columns = database.execute(query.encode(), [schema, name]).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
