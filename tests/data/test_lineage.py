"""Lineage: from a row to its file's line, and from a line to its rows."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import loan_source as source
import pytest

from creditloop.data import import_file, lineage, rows_from
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def test_a_row_leads_to_its_line_and_the_line_to_its_rows(database: Connection, tmp_path: Path) -> None:
    contract = source.contract()
    file = source.write(tmp_path, "csv", source.rows(8))
    result = import_file(database, contract=contract, file=file, now=NOW)
    key = {"party_id": "loans/P005", "month_end": date(2024, 2, 29)}
    (origin,) = lineage(database, table="source.loans_month", key=key)
    assert (origin.file_name, origin.source_row, origin.recorded_at) == ("loans.csv", 5, NOW)
    assert (origin.file_sha256, origin.batch_id) == (result.file_sha256, result.batch_id)
    assert (origin.contract, origin.contract_version, origin.contract_hash) == (
        "loans",
        3,
        contract.document.hash,
    )
    assert file.read_text("utf-8").splitlines()[origin.source_row].startswith("P005,")
    loaded = rows_from(database, batch_id=result.batch_id, source_row=5)
    assert [(row.table, row.row_no) for row in loaded] == [
        ("source.loans_account", 4),
        ("source.loans_month", 8),
        ("source.loans_month", 9),
    ]
    assert {**key, "known_at": origin.known_at} in [row.key for row in loaded]


def test_every_row_of_a_batch_leads_back_to_its_line(database: Connection, tmp_path: Path) -> None:
    made = source.rows(9, kind={4: "Z"})
    result = import_file(
        database, contract=source.contract(), file=source.write(tmp_path, "xlsx", made), now=NOW
    )
    for number in range(1, 10):
        rows = rows_from(database, batch_id=result.batch_id, source_row=number)
        assert len(rows) == (0 if number == 4 else 3)
        for row in rows:
            key = {name: value for name, value in row.key.items() if name != "known_at"}
            assert [each.source_row for each in lineage(database, table=row.table, key=key)] == [number]


def test_each_version_of_a_row_has_its_own_origin(database: Connection, tmp_path: Path) -> None:
    later = datetime(2024, 6, 1, tzinfo=UTC)
    files = [
        source.write(tmp_path, "csv", source.rows(3)),
        source.write(tmp_path, "csv", source.rows(3, seen_at={2: later})[1:2], name="corrected"),
    ]
    for file in files:
        import_file(database, contract=source.contract(), file=file, now=NOW)
    key = {"party_id": "loans/P002", "account_no": "A002"}
    origins = lineage(database, table="source.loans_account", key=key)
    assert [(each.file_name, each.source_row) for each in origins] == [("loans.csv", 2), ("corrected.csv", 1)]
    assert origins[1].known_at == later


def test_what_is_not_there_is_named(database: Connection, tmp_path: Path) -> None:
    import_file(
        database, contract=source.contract(), file=source.write(tmp_path, "csv", source.rows(3)), now=NOW
    )
    with pytest.raises(UnknownId, match="no such source table"):
        lineage(database, table="kernel.document", key={})
    with pytest.raises(InputError, match="not the key of this table"):
        lineage(database, table="source.loans_month", key={"party_id": "loans/P001"})
    with pytest.raises(UnknownId, match="no row with this key"):
        lineage(database, table="source.loans_account", key={"party_id": "loans/P9", "account_no": "A9"})
    with pytest.raises(UnknownId, match="no such import"):
        rows_from(database, batch_id=UUID(int=0), source_row=1)
