"""Importing whole files: what is loaded, what is found, what a repeat does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import loan_source as source
import pyarrow.parquet as pq
import pytest
from database_contents import all_rows

from creditloop.data import (
    TABLES,
    Effect,
    ImportResult,
    finding_counts,
    findings,
    import_file,
    imports,
    source_tables,
)
from creditloop.kernel.errors import ContractBroken, InputError
from creditloop.kernel.storage import Connection, connect

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ENDINGS = sorted(source.WRITERS)


def imported(connection: Connection, file: Path, **changes: object) -> ImportResult:
    """Import a file under the small source's contract."""
    return import_file(connection, **{"contract": source.contract(), "file": file, "now": NOW, **changes})


def found(connection: Connection, result: ImportResult) -> list[tuple[object, ...]]:
    """Return the findings that need a look: row, table, field, code, got, expected, effect."""
    return [
        (each.source_row, each.table_name, each.field, each.code, each.got, each.expected, each.effect.value)
        for each in findings(connection, batch_id=result.batch_id, reader="a test", reason="look", now=NOW)
    ]


def test_a_file_that_says_it_is_made_up_stays_marked(database: Connection, tmp_path: Path) -> None:
    file = source.write(tmp_path, "parquet", source.rows(3))
    real = imported(database, file)
    table = pq.read_table(file).replace_schema_metadata({"simulated": "true"})
    made_up = tmp_path / "made_up.parquet"
    pq.write_table(table.slice(0, 2), made_up)
    results = [imported(database, made_up), imported(database, made_up)]
    assert [one.simulated for one in (real, *results)] == [False, True, True]
    kept = {one.file_name: one.simulated for one in imports(database)}
    assert kept == {file.name: False, made_up.name: True}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_good_file_is_loaded_value_by_value(database: Connection, tmp_path: Path, ending: str) -> None:
    result = imported(database, source.write(tmp_path, ending, source.rows(3)))
    assert (result.rows_read, result.rows_rejected, result.repeated) == (3, 0, False)
    assert {name: (count.loaded, count.unchanged) for name, count in result.tables.items()} == {
        "account": (3, 0),
        "month": (6, 0),
    }
    assert result.findings_by_code == {}
    rows = database.execute("SELECT * FROM source.loans_account ORDER BY row_no").fetchall()
    assert rows[1] == (
        result.batch_id,
        1,
        2,
        "loans/P002",
        datetime(2020, 1, 2, 16, tzinfo=UTC),
        datetime(2024, 3, 1, 8, 30, 2, tzinfo=UTC),
        "A002",
        10_250,
        "A",
        2,
        date(2020, 1, 3),
        True,
        datetime(2024, 3, 1, 8, 30, 2, tzinfo=UTC),
        "13800000002",
        None,
    )
    months = database.execute(
        "SELECT row_no, source_row, party_id, month_end, bill_fen, occurred_at, known_at"
        " FROM source.loans_month ORDER BY row_no"
    ).fetchall()
    assert months[3] == (
        3,
        2,
        "loans/P002",
        date(2024, 2, 29),
        2_225,
        datetime(2024, 2, 28, 16, tzinfo=UTC),
        datetime(2024, 2, 29, 16, tzinfo=UTC),
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_finding_is_exact(database: Connection, tmp_path: Path, ending: str) -> None:
    made = source.rows(
        30,
        balance={2: "12.345", 3: -7.25},
        kind={4: "C", 5: "Z"},
        late={6: 91, 7: "x"},
        opened={8: None},
        party_no={9: None},
        bill_2={12: 1_000_000.0},
        phone={13: "p" * 200},
    )
    result = imported(database, source.write(tmp_path, ending, made))
    assert found(database, result) == [
        (2, "account", "balance", "wrong_type", "12.345", MONEY, "reject"),
        (3, "account", "balance", "negative_balance", "-7.25", "0 or more", "keep"),
        (4, "account", "kind", "undocumented_code", "C", "one of A, B", "keep"),
        (5, "account", "kind", "unlisted_value", "Z", "one of A, B", "reject"),
        (6, "account", "late", "too_late", "91", "at most 90", "reject"),
        (7, "account", "late", "wrong_type", "x", "a whole number within 64 bits", "reject"),
        (8, "account", "opened", "missing_value", None, "a value", "reject"),
        (9, None, "party_no", "missing_key", None, "a value", "reject"),
        (12, "month", "bill_2", "jump", "1000000.00", "at most ten times", "keep"),
    ]
    assert result.rows_rejected == 6
    assert result.findings_by_code == {
        "jump": 1,
        "missing_key": 1,
        "missing_value": 1,
        "negative_balance": 1,
        "too_late": 1,
        "undocumented_code": 1,
        "unlisted_value": 1,
        "wrong_type": 2,
    }
    loaded = database.execute("SELECT source_row FROM source.loans_account ORDER BY row_no").fetchall()
    assert [row for (row,) in loaded] == [1, 3, 4, *range(10, 31)]
    assert {
        (each.code, each.effect): each.count for each in finding_counts(database, batch_id=result.batch_id)
    }[("wrong_type", Effect.REJECT)] == 1


MONEY = "an amount with at most 2 decimals, within 64 bits of fen"


def test_a_rule_that_cannot_be_evaluated_is_found(database: Connection, tmp_path: Path) -> None:
    contract = source.contract(("null: true, null_in_rules: no_match", "null: true"))
    result = imported(
        database, source.write(tmp_path, "csv", source.rows(3, late={1: 1, 2: None, 3: 1})), contract=contract
    )
    assert found(database, result) == [
        (2, "account", "late", "rule_not_evaluated", None, "rule too_late", "keep")
    ]


def test_rows_that_repeat_an_earlier_one_are_found(database: Connection, tmp_path: Path) -> None:
    made = source.rows(6)
    for number in (3, 5):  # equal to row 1 but for the account's number, which makes the month's key clash
        made[number] = {**made[1], "account_no": f"B{number}"}
    result = imported(
        database,
        source.write(tmp_path, "csv", made),
        contract=source.contract(
            ("value: 0.2", "value: 1"), ("month_end]\n    occ", "month_end, bill_fen]\n    occ")
        ),
    )
    assert [row for row in found(database, result) if row[3] == "twin_row"] == [
        (4, None, "all columns but account_no", "twin_row", "equal to row 2", "a row of its own", "keep"),
        (6, None, "all columns but account_no", "twin_row", "equal to row 2", "a row of its own", "keep"),
    ]


def test_a_key_that_stands_twice_in_the_file_keeps_its_first_row(
    database: Connection, tmp_path: Path
) -> None:
    made = source.rows(10)
    made[6] = {**made[6], "party_no": "P001"}
    result = imported(database, source.write(tmp_path, "csv", made))
    key = "party_id, month_end, known_at"
    expected = "a key of its own"
    assert found(database, result) == [
        (7, "month", key, "duplicate_key", f"loans/P001, {day}, {day} 16:00:00+00", expected, "reject")
        for day in ("2024-01-31", "2024-02-29")
    ]
    assert result.rows_rejected == 1
    assert result.tables["account"].loaded == 10
    assert result.tables["month"].loaded == 18
    kept = database.execute(
        "SELECT source_row FROM source.loans_month WHERE party_id = 'loans/P001'"
    ).fetchall()
    assert kept == [(1,), (1,)]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_file_again_changes_nothing(database: Connection, tmp_path: Path, ending: str) -> None:
    file = source.write(tmp_path, ending, source.rows(10, balance={3: -1.0}))
    first = imported(database, file)
    before = all_rows(database)
    other_name = file.rename(tmp_path / f"renamed.{ending}")
    again = imported(database, other_name, now=NOW + timedelta(days=3))
    assert again == replace(first, repeated=True)
    assert again.file_name == f"loans.{ending}"
    assert all_rows(database) == before


def test_one_changed_value_in_a_copy_is_one_conflict(database: Connection, tmp_path: Path) -> None:
    first = imported(database, source.write(tmp_path, "parquet", source.rows(10)))
    before = database.execute("SELECT * FROM source.loans_month ORDER BY row_no").fetchall()
    copy = imported(database, source.write(tmp_path, "csv", source.rows(10, bill_2={4: 99.5}), name="copy"))
    assert copy.batch_id != first.batch_id
    assert found(database, copy) == [
        (4, "month", "bill_fen", "conflicting_repeat", "99.50", "24.25", "reject")
    ]
    assert (copy.tables["month"].loaded, copy.tables["month"].unchanged) == (0, 19)
    assert (copy.tables["account"].loaded, copy.tables["account"].unchanged) == (0, 10)
    assert copy.rows_rejected == 1
    assert database.execute("SELECT * FROM source.loans_month ORDER BY row_no").fetchall() == before


def test_what_conflicts_is_masked_where_its_class_asks_for_it(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(10)))
    copy = imported(database, source.write(tmp_path, "csv", source.rows(10, phone={4: "999"}), name="copy"))
    assert found(database, copy) == [
        (4, "account", "phone", "conflicting_repeat", "***", "what was loaded before", "reject")
    ]


def test_a_corrected_fact_known_later_is_a_new_version(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(4)))
    later = datetime(2024, 6, 1, tzinfo=UTC)
    corrected = source.rows(4, balance={2: 5.0}, seen_at={2: later})
    result = imported(database, source.write(tmp_path, "csv", corrected, name="later"))
    assert (result.tables["account"].loaded, result.tables["account"].unchanged) == (1, 3)
    versions = database.execute(
        "SELECT balance_fen, known_at FROM source.loans_account"
        " WHERE party_id = 'loans/P002' ORDER BY known_at"
    ).fetchall()
    assert versions == [(10_250, datetime(2024, 3, 1, 8, 30, 2, tzinfo=UTC)), (500, later)]


def test_rows_are_numbered_densely_in_every_batch(database: Connection, tmp_path: Path) -> None:
    made = source.rows(12, kind={3: "Z"})
    imported(database, source.write(tmp_path, "csv", made))
    imported(database, source.write(tmp_path, "csv", source.rows(15), name="more"))
    names = [table.name for table in source_tables(database)] + ["data.finding", "data.import_batch"]
    assert names[:2] == ["source.loans_account", "source.loans_month"]
    for name in names:
        gaps = database.execute(
            f"SELECT batch_id FROM {name} GROUP BY batch_id"
            " HAVING max(row_no) <> count(*) - 1 OR min(row_no) <> 0"
        ).fetchall()
        assert gaps == [], name


def test_source_tables_refuse_change(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(2)))
    database.commit()
    for statement in (
        "UPDATE source.loans_month SET bill_fen = 0",
        "DELETE FROM source.loans_month",
        "TRUNCATE source.loans_month",
        "UPDATE data.import_batch SET rows_rejected = 0",
        "DELETE FROM data.finding",
        "DELETE FROM data.access_log",
    ):
        with pytest.raises(Exception, match="append-only"):
            database.execute(statement)
        database.rollback()


def test_progress_is_told(database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditloop.data.readers.parquet.BATCH_ROWS", 4)
    monkeypatch.setattr("creditloop.data.readers.comma_separated.BATCH_ROWS", 4)
    told: list[tuple[int, int | None]] = []
    imported(
        database, source.write(tmp_path, "parquet", source.rows(10)), progress=lambda *at: told.append(at)
    )
    assert told == [(4, 10), (8, 10), (10, 10)]
    told.clear()
    imported(database, source.write(tmp_path, "csv", source.rows(9)), progress=lambda *at: told.append(at))
    assert told == [(4, None), (8, None), (9, None)]


def test_the_size_of_batches_does_not_matter(
    database: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source.rows(11, balance={3: -1.0, 9: "x"}, kind={5: "C"})
    result = imported(database, source.write(tmp_path, "csv", made))
    whole = all_rows(database)
    database.rollback()
    monkeypatch.setattr("creditloop.data.readers.comma_separated.BATCH_ROWS", 2)
    assert imported(database, tmp_path / "loans.csv") == result
    assert all_rows(database) == whole


def test_a_refused_file_leaves_nothing_even_if_the_caller_goes_on(
    database: Connection, tmp_path: Path, contents: Callable[[], object]
) -> None:
    before = contents()
    with pytest.raises(ContractBroken):
        imported(database, source.write(tmp_path, "csv", source.rows(4, balance={1: "x"})))
    database.commit()
    assert contents() == before
    assert imported(database, source.write(tmp_path, "csv", source.rows(4))).rows_read == 4


def test_the_caller_owns_the_transaction(
    database: Connection, tmp_path: Path, contents: Callable[[], object]
) -> None:
    before = contents()
    imported(database, source.write(tmp_path, "csv", source.rows(4)))
    assert contents() == before
    database.rollback()
    assert imports(database) == ()


def test_two_imports_of_one_file_at_once_give_one_result(
    database: Connection, database_url: str, tmp_path: Path
) -> None:
    file = source.write(tmp_path, "csv", source.rows(5))
    first = imported(database, file)  # not committed yet: the other has to wait
    with connect(database_url) as another, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(imported, another, file)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        database.commit()
        assert waiting.result(timeout=30) == replace(first, repeated=True)


def test_a_contract_that_changes_its_tables_is_refused(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(4)))
    changed = source.contract(("phone: {from: phone, type: text", "phone: {from: phone, type: integer"))
    with pytest.raises(ContractBroken, match=r"source\.loans_account is there already") as error:
        imported(database, source.write(tmp_path, "csv", source.rows(5), name="other"), contract=changed)
    assert (error.value.got, error.value.expected) == ("phone text", "phone bigint")


def test_two_contracts_cannot_share_a_table_by_their_names(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(2)))
    twin = source.contract(("contract: loans", "contract: loans_x"), ("  month:\n", "  y:\n"))
    imported(database, source.write(tmp_path, "csv", source.rows(2), name="twin"), contract=twin)
    clash = source.contract(("  month:\n", "  x_y:\n"), ("version: 3", "version: 4"))
    with pytest.raises(ContractBroken, match=r"source\.loans_x_y is there already"):
        imported(database, source.write(tmp_path, "csv", source.rows(3), name="clash"), contract=clash)


def test_a_contract_with_other_rules_imports_the_same_file_as_another_batch(
    database: Connection, tmp_path: Path
) -> None:
    file = source.write(tmp_path, "csv", source.rows(4))
    first = imported(database, file)
    stricter = source.contract(
        ("balance_fen < yuan(0)", "balance_fen < yuan(102)"), ("version: 3", "version: 4")
    )
    second = imported(database, file, contract=stricter)
    assert second.batch_id != first.batch_id
    assert second.findings_by_code == {"negative_balance": 1}
    assert second.tables["account"].unchanged == 4
    assert imports(database) == (
        *sorted(
            (replace(first, repeated=True), replace(second, repeated=True)),
            key=lambda each: str(each.batch_id),
        ),
    )


def test_control_totals_that_agree_are_no_hindrance(database: Connection, tmp_path: Path) -> None:
    totals = "totals: {rows: 3, sums: {bill_1: 36, bill_2: '66.75'}}\nfile_rules:"
    contract = source.contract(("file_rules:", totals))
    assert imported(database, source.write(tmp_path, "csv", source.rows(3)), contract=contract).rows_read == 3


def test_a_naive_now_is_refused(database: Connection, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="now has no time zone"):
        imported(database, tmp_path / "any.csv", now=datetime(2026, 1, 5))  # noqa: DTZ001


def test_a_sheet_is_chosen_by_name(database: Connection, tmp_path: Path) -> None:
    import openpyxl

    file = source.write(tmp_path, "xlsx", source.rows(3))
    book = openpyxl.load_workbook(file)
    book.create_sheet("notes", 0)["A1"] = "not data"
    book.save(file)
    assert imported(database, file, sheet="Sheet").rows_read == 3
    with pytest.raises(InputError, match="only a workbook has sheets"):
        imported(database, source.write(tmp_path, "csv", source.rows(3)), sheet="Sheet")


def test_every_column_of_every_table_is_described_for_sealing(database: Connection, tmp_path: Path) -> None:
    imported(database, source.write(tmp_path, "csv", source.rows(2)))
    described = {table.name: table for table in (*TABLES, *source_tables(database))}
    rows = database.execute(
        "SELECT table_schema || '.' || table_name, array_agg(column_name::text ORDER BY ordinal_position)"
        " FROM information_schema.columns WHERE table_schema IN ('data', 'source') GROUP BY 1"
    ).fetchall()
    there = {name: tuple(columns) for name, columns in rows if name != "data.access_no"}
    # wrapped keys are wrapped anew, encrypted values encrypted anew or erased; each act is in data.key_act
    assert {"data.data_key", "data.sealed_value"} <= set(there)
    there = {name: there[name] for name in there if name not in {"data.data_key", "data.sealed_value"}}
    assert there == {name: table.columns for name, table in described.items()}
    assert described["source.loans_month"].key == ("party_id", "month_end", "known_at")
