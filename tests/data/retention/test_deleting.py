"""Retention: what is too old goes on record, and verification says so instead of passing or crying wolf."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import loan_source as source
import psycopg
import pytest
from tests.data.retention.verifying import verified

from creditloop.data import accesses, import_file
from creditloop.data.retention import Deletion, delete_expired, deleted_rows, deletions
from creditloop.evidence import EvidenceFolder, extend, seal_batches, verify
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect
from creditloop.service.wiring import deletion_records, sealed_tables

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
OLD = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
AS_OF = date(2029, 3, 2)  # 60 months after the second of the days below
LATER = datetime(2029, 3, 2, 10, tzinfo=UTC)
CONTRACT = source.contract()
SOURCES = Path(__file__).parents[3] / "src" / "creditloop"


@pytest.fixture(scope="module")
def sealed_url(lasting_url: str, folder: EvidenceFolder) -> str:
    """Seven accounts, of which 1 to 3 and 5 became known on the first of two days; months known before."""
    seen = {number: OLD if number in {1, 2, 3, 5} else OLD + timedelta(days=1) for number in range(1, 8)}
    made = source.rows(7, seen_at=seen, balance={2: -5.0})
    with TemporaryDirectory() as path, connect(lasting_url) as connection:
        file = source.write(Path(path), "csv", made)
        result = import_file(connection, contract=CONTRACT, file=file, now=NOW)
        tables = sealed_tables(connection)
        texts = connection.execute("SELECT batch_id FROM kernel.document").fetchall()
        batches = [result.batch_id, *(batch for (batch,) in texts)]
        seal_batches(connection, folder=folder, tables=tables, batch_ids=batches, now=NOW)
        connection.commit()
        extend(connection, folder=folder, now=NOW)
        connection.commit()
    return lasting_url


def delete(connection: Connection, **changes: object) -> Deletion:
    said = {"as_of": AS_OF, "deleted_by": "wang.fang", "reason": "monthly run", "now": LATER, **changes}
    return delete_expired(connection, contract=CONTRACT, **said)


def left(connection: Connection, table: str = "account") -> list[int]:
    rows = connection.execute(f"SELECT party_id FROM source.loans_{table} ORDER BY 1".encode()).fetchall()
    return [int(party[-3:]) for (party,) in rows]


def test_what_is_too_old_is_deleted_on_record(connection: Connection) -> None:
    deletion = delete(connection)
    assert left(connection) == [4, 6, 7]
    assert left(connection, "month") == []
    assert (deletion.number, deletion.cut_day, deletion.rows) == (
        deletions(connection)[-1].number,
        date(2024, 3, 2),
        18,
    )
    account, month = deletion.tables
    assert (account.name, account.rows, account.parties) == ("source.loans_account", 4, 4)
    assert account.totals == {"2020": 4}
    assert (month.rows, month.parties, month.totals) == (14, 7, {"2024": 14})
    assert deletions(connection) == (deletion,)
    assert [(each.table, each.first, each.last) for each in deleted_rows(connection)] == [
        ("source.loans_account", 0, 2),
        ("source.loans_account", 4, 4),
        ("source.loans_month", 0, 13),
    ]
    logged = accesses(connection)
    assert [(each.reader, each.table, each.parties_count) for each in logged] == [
        ("wang.fang", "source.loans_account", 4),
        ("wang.fang", "source.loans_month", 7),
    ]
    assert logged[0].reason == f"deleted under retention, record {deletion.number}: monthly run"


def test_nothing_personal_is_on_record(connection: Connection) -> None:
    delete(connection)
    kept = connection.execute("SELECT deletion::text FROM data.deletion").fetchall()
    kept += connection.execute("SELECT deleted_rows::text FROM data.deleted_rows").fetchall()
    assert not re.search(r"loans/P|A00\d|1380000", str(kept))


def test_a_dry_run_only_counts(connection: Connection) -> None:
    counted = delete(connection, dry_run=True)
    assert (counted.number, counted.batch_id, counted.rows) == (None, None, 18)
    assert (len(left(connection)), deletions(connection), accesses(connection)) == (7, (), ())
    done = delete(connection)
    assert done.tables == counted.tables


def test_again_there_is_nothing_left_to_delete(connection: Connection) -> None:
    first = delete(connection)
    again = delete(connection)
    assert (again.number, again.tables) == (None, ())
    assert deletions(connection) == (first,)


def test_findings_go_with_an_import_as_old(connection: Connection) -> None:
    late = datetime(2031, 1, 7, tzinfo=UTC)
    deletion = delete(connection, as_of=date(2031, 1, 5), now=late)
    assert [(each.name, each.rows) for each in deletion.tables] == [
        ("source.loans_account", 7),
        ("source.loans_month", 14),
    ]
    deletion = delete(connection, as_of=date(2031, 1, 6), now=late)
    (finding,) = deletion.tables
    assert (finding.name, finding.rows, finding.totals) == ("data.finding", 1, {"negative_balance": 1})
    assert connection.execute("SELECT count(*) FROM data.finding").fetchone() == (0,)


def test_verification_tells_what_was_deleted_under_retention(
    connection: Connection, folder: EvidenceFolder
) -> None:
    before = verified(connection, folder)
    assert (before.problems, dict(before.deleted)) == ((), {})
    deletion = delete(connection)
    found = verified(connection, folder, deletion.batch_id)
    assert (found.problems, dict(found.deleted)) == ((), {deletion.number: 18})


def test_a_row_made_away_with_beside_the_deletion_is_named(
    connection: Connection, folder: EvidenceFolder
) -> None:
    deletion = delete(connection)
    connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute("DELETE FROM source.loans_account WHERE row_no = 5")
    found = verified(connection, folder, deletion.batch_id)
    (problem,) = found.problems
    assert (problem.code, problem.table, problem.row_no) == ("row_deleted", "source.loans_account", 5)
    assert dict(found.deleted) == {deletion.number: 18}


def test_a_record_that_was_widened_is_not_believed(connection: Connection, folder: EvidenceFolder) -> None:
    deletion = delete(connection)
    verified(connection, folder, deletion.batch_id)
    connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute("DELETE FROM source.loans_account WHERE row_no = 5")
    connection.execute("UPDATE data.deleted_rows SET last_row = 5 WHERE first_row = 4")
    found = verify(connection, folder=folder, tables=sealed_tables(connection), deletions=deletion_records())
    assert dict(found.deleted) == {}
    codes = {(problem.table, problem.code) for problem in found.problems}
    assert ("data.deleted_rows", "row_changed") in codes
    assert ("source.loans_account", "row_deleted") in codes


def test_a_record_nobody_sealed_is_not_believed(connection: Connection, folder: EvidenceFolder) -> None:
    delete(connection)
    found = verify(connection, folder=folder, tables=sealed_tables(connection), deletions=deletion_records())
    assert dict(found.deleted) == {}
    assert {"batch_unknown", "row_deleted"} <= {problem.code for problem in found.problems}


def test_a_row_on_record_as_deleted_that_is_there_is_named(
    connection: Connection, folder: EvidenceFolder
) -> None:
    kept = connection.execute("CREATE TEMP TABLE kept AS SELECT * FROM source.loans_account WHERE row_no = 1")
    assert kept.rowcount == 1
    deletion = delete(connection)
    connection.execute("INSERT INTO source.loans_account SELECT * FROM pg_temp.kept")
    found = verified(connection, folder, deletion.batch_id)
    (problem,) = found.problems
    assert (problem.code, problem.row_no) == ("row_undeleted", 1)
    assert problem.detail == f"on record {deletion.number} as deleted"
    assert dict(found.deleted) == {deletion.number: 17}


def test_rows_are_guarded_before_and_after(connection: Connection) -> None:
    delete(connection)
    for statement in (
        "DELETE FROM source.loans_account",
        "DELETE FROM data.finding",
        "DELETE FROM data.deletion",
    ):
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), connection.transaction():
            connection.execute(statement.encode())


def test_only_this_module_puts_the_guard_aside() -> None:
    found = {
        file.relative_to(SOURCES).as_posix()
        for file in SOURCES.rglob("*")
        if file.suffix in {".py", ".sql"}
        and re.search(r"DISABLE TRIGGER|session_replication_role", file.read_text("utf-8"))
    }
    assert found == {"data/retention/guard.py"}


def test_a_contract_never_imported_has_nothing_to_delete(database: Connection) -> None:
    assert delete(database).tables == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"as_of": date(2029, 3, 3)}, "a day that has come"),
        ({"deleted_by": " "}, "who deletes and why"),
        ({"reason": ""}, "who deletes and why"),
        ({"now": datetime(2029, 3, 2)}, "now has no time zone"),  # noqa: DTZ001
        ({"as_of": date(3, 1, 1)}, "no such month"),
    ],
)
def test_what_cannot_be_is_refused(connection: Connection, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        delete(connection, **changes)
    assert len(left(connection)) == 7
