"""Emptying by class: the row stays, its values go on record, and verification tells it from tampering."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import psycopg
import pytest
from tests.data.identifiers.people import HOMES, IDS, NOW, PHONES, TABLE, contract, imported, people, ring
from tests.data.retention.verifying import verified

from creditloop.data import Contract, accesses, findings, lineage, read_table
from creditloop.data.freshness import freshness
from creditloop.data.retention import (
    Deletion,
    EmptiedClass,
    check_provable,
    delete_expired,
    deletions,
    emptied_values,
)
from creditloop.evidence import EvidenceFolder, extend, seal_batches, verify
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import Connection, connect
from creditloop.service.wiring import deletion_records, sealed_tables

LATER = datetime(2026, 5, 6, 10, tzinfo=UTC)
AS_OF = date(2026, 5, 6)
"""24 months after the rows became known: one day short of too old."""
AFTER = date(2026, 5, 7)
LATE = datetime(2026, 5, 7, 10, tzinfo=UTC)
CLASS_4 = '"4": {months: 24, versions: %s, columns: [phone, home], basis: {title: "the bank\'s own choice"}}'


def agreed(versions: str = "all") -> Contract:
    """Return the contract of people: homes in the row, telephones encrypted beside it, both for 24 months."""
    return contract(
        ("identifier: address, ", ""),
        (
            "after: {zh: 删除, en: deleted}",
            f"after: {{zh: 删除, en: deleted}}, by_class: {{{CLASS_4 % versions}}}",
        ),
    )


@pytest.fixture(scope="module")
def sealed_url(lasting_url: str, folder: EvidenceFolder) -> str:
    """Three people of one day, the third without a home; the first is corrected a year later."""
    with TemporaryDirectory() as path, connect(lasting_url) as connection:
        first = people(home=[*HOMES[:2], None])
        moved = people(known_on=[date(2025, 5, 6)] * 3).head(1).with_columns(home=pl.lit("新地址"))
        batches = [
            imported(connection, Path(path), frame, name=name, agreed=agreed()).batch_id
            for name, frame in (("first", first), ("moved", moved))
        ]
        tables = sealed_tables(connection)
        others = connection.execute(
            "SELECT batch_id FROM kernel.document UNION SELECT batch_id FROM data.key_act"
        ).fetchall()
        wanted = [*batches, *(batch for (batch,) in others)]
        seal_batches(connection, folder=folder, tables=tables, batch_ids=wanted, now=NOW)
        connection.commit()
        extend(connection, folder=folder, now=NOW)
        connection.commit()
    return lasting_url


def delete(connection: Connection, source: Contract | None = None, **changes: object) -> Deletion:
    said = {"as_of": AFTER, "deleted_by": "wang.fang", "reason": "monthly run", "now": LATE, **changes}
    return delete_expired(connection, contract=source or agreed(), **said)  # type: ignore[arg-type]


def seen(connection: Connection, known_by: datetime = LATE) -> dict[str, Mapping[str, object]]:
    """What an auditor sees of each person, decrypted."""
    frame = read_table(
        connection,
        contract=agreed(),
        table="person",
        columns=["party_id", "id_number", "phone", "home"],
        purpose="audit",
        reader="li.wei",
        reason="a test",
        known_by=known_by,
        now=LATE,
        record_denial=lambda access: None,
        keys=ring(connection),
    )
    return {str(row.pop("party_id")): row for row in frame.to_dicts()}


def tamper(connection: Connection, statement: str) -> None:
    connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute(statement.encode())


def test_values_of_the_class_go_and_rows_stay_on_record(connection: Connection) -> None:
    tokens = connection.execute(f"SELECT id_number_token, phone_token FROM {TABLE}".encode()).fetchall()
    deletion = delete(connection)
    assert (deletion.tables, deletion.rows, deletion.cut_day) == ((), 0, None)
    assert deletion.emptied == (
        EmptiedClass(
            table=TABLE,
            sensitivity=4,
            cut_day=date(2024, 5, 7),
            months=24,
            versions=agreed().retention.by_class[0].versions,
            basis="the bank's own choice",
            rows=3,
            parties=3,
            values={"home": 2, "phone": 3},
        ),
    )
    assert deletion.values_by_class == {4: 5}
    assert deletions(connection) == (deletion,)
    (logged,) = accesses(connection)
    assert (logged.table, logged.columns, logged.parties_count) == (TABLE, ("home", "phone"), 3)
    after = connection.execute(f"SELECT id_number_token, phone_token FROM {TABLE}".encode()).fetchall()
    assert sorted(after) == sorted(tokens)
    then = seen(connection, datetime(2024, 5, 8, tzinfo=UTC))
    assert then["customer/C1"] == {"id_number": IDS[0], "phone": None, "home": None}
    now = seen(connection)
    assert now["customer/C1"] == {"id_number": IDS[0], "phone": PHONES[0], "home": "新地址"}
    assert now["customer/C3"] == {"id_number": IDS[2], "phone": None, "home": None}


def test_a_value_that_was_deleted_is_told_from_one_never_there(connection: Connection) -> None:
    number = delete(connection).number
    (second,) = lineage(connection, table=TABLE, key={"party_id": "customer/C2", "line": 1})
    assert second.emptied == {"phone": number, "home": number}
    (third,) = lineage(connection, table=TABLE, key={"party_id": "customer/C3", "line": 1})
    assert third.emptied == {"phone": number}
    old, new = lineage(connection, table=TABLE, key={"party_id": "customer/C1", "line": 1})
    assert (dict(new.emptied), sorted(old.emptied)) == ({}, ["home", "phone"])
    said = freshness(
        connection,
        contracts=[agreed()],
        party_ids=["customer/C2", "customer/C9"],
        as_of=AFTER,
        purpose="audit",
        reader="li.wei",
        reason="a test",
        now=LATE,
        record_denial=lambda access: None,
    )
    assert [(one.party_id, one.emptied) for one in said] == [
        ("customer/C2", ("home", "phone")),
        ("customer/C9", ()),
    ]
    assert emptied_values(connection, table=TABLE, places=[]) == {}


def test_a_day_earlier_nothing_is_too_old(connection: Connection) -> None:
    assert delete(connection, as_of=AS_OF, now=LATER).emptied == ()
    assert deletions(connection) == ()


def test_a_dry_run_counts_what_is_then_emptied_and_again_there_is_nothing(connection: Connection) -> None:
    counted = delete(connection, dry_run=True)
    assert (counted.number, deletions(connection)) == (None, ())
    assert seen(connection)["customer/C2"]["home"] == HOMES[1]
    assert delete(connection).emptied == counted.emptied
    assert delete(connection).emptied == ()


def test_only_superseded_versions_if_the_contract_says_so(connection: Connection) -> None:
    source = agreed("superseded")
    # the first of C1 was superseded on 6 May 2025: it is kept for 24 months from then
    assert delete(connection, source).emptied == ()
    later = datetime(2027, 5, 8, tzinfo=UTC)
    (emptied,) = delete(connection, source, as_of=date(2027, 5, 7), now=later).emptied
    assert (emptied.rows, emptied.values) == (1, {"home": 1, "phone": 1})
    assert seen(connection)["customer/C2"] == {"id_number": IDS[1], "phone": PHONES[1], "home": HOMES[1]}


def test_rows_that_are_deleted_whole_are_not_emptied(connection: Connection) -> None:
    # 60 months on the first versions go whole, and the later one of C1 is emptied
    deletion = delete(connection, as_of=date(2029, 5, 7), now=datetime(2029, 5, 8, tzinfo=UTC))
    assert [(one.name, one.rows) for one in deletion.tables] == [(TABLE, 3)]
    (emptied,) = deletion.emptied
    assert (emptied.rows, emptied.parties) == (1, 1)
    assert deletions(connection) == (deletion,)
    assert deletion.cut_day == date(2024, 5, 7)


def test_findings_about_an_emptied_column_go_with_it(connection: Connection, tmp_path: Path) -> None:
    frame = people(no=["C7", "C8", "C9"], phone=["138", *PHONES[1:]], id_number=["1", *IDS[1:]])
    result = imported(connection, tmp_path, frame, name="wrong", agreed=agreed())
    said = {"batch_id": result.batch_id, "reader": "li.wei", "reason": "a test", "now": LATE}
    assert [one.field for one in findings(connection, **said)] == ["id_number", "phone"]  # type: ignore[arg-type]
    deletion = delete(connection, as_of=date(2028, 1, 6), now=datetime(2028, 1, 7, tzinfo=UTC))
    assert [(one.name, one.rows) for one in deletion.tables] == [("data.finding", 1)]
    assert [one.field for one in findings(connection, **said)] == ["id_number"]  # type: ignore[arg-type]


def test_verification_tells_emptied_rows_and_goes_on_checking_them(
    connection: Connection, folder: EvidenceFolder
) -> None:
    deletion = delete(connection)
    found = verified(connection, folder, deletion.batch_id)
    assert (found.problems, dict(found.deleted), dict(found.emptied)) == ((), {}, {deletion.number: 3})


@pytest.mark.parametrize(
    ("statement", "code", "row_no", "emptied"),
    [
        (f"UPDATE {TABLE} SET id_number_token = 'x' WHERE party_id = 'customer/C2'", "row_changed", 1, 2),
        # of this one only the encrypted telephone went: the row is still as it was sealed, and must be
        (f"UPDATE {TABLE} SET id_number_token = 'x' WHERE party_id = 'customer/C3'", "row_changed", 2, 3),
        (f"UPDATE {TABLE} SET home = 'back' WHERE party_id = 'customer/C2'", "row_undeleted", 1, 2),
        (f"UPDATE {TABLE} SET home = '{HOMES[1]}' WHERE party_id = 'customer/C2'", "row_undeleted", 1, 2),
        (
            "INSERT INTO data.sealed_value SELECT 'source.people_person', 'phone', batch_id, row_no, 1, 'x'"
            f" FROM {TABLE} WHERE party_id = 'customer/C3'",
            "row_undeleted",
            2,
            2,
        ),
        (f"DELETE FROM {TABLE} WHERE party_id = 'customer/C2'", "row_deleted", 1, 2),
    ],
)
def test_what_is_changed_beside_the_deletion_is_named(
    connection: Connection, folder: EvidenceFolder, statement: str, code: str, row_no: int, emptied: int
) -> None:
    deletion = delete(connection)
    tamper(connection, statement)
    found = verified(connection, folder, deletion.batch_id)
    assert [(one.code, one.table, one.row_no) for one in found.problems] == [(code, TABLE, row_no)]
    assert dict(found.emptied) == {deletion.number: emptied}


def test_values_made_away_with_without_a_record_are_named(
    connection: Connection, folder: EvidenceFolder
) -> None:
    tamper(connection, f"UPDATE {TABLE} SET home = NULL WHERE party_id = 'customer/C2'")
    (problem,) = verified(connection, folder).problems
    assert (problem.code, problem.row_no) == ("row_changed", 1)


def test_a_record_that_was_changed_is_not_believed(connection: Connection, folder: EvidenceFolder) -> None:
    deletion = delete(connection)
    verified(connection, folder, deletion.batch_id)
    tamper(connection, "UPDATE data.emptied_row SET columns = '{home}' WHERE row_no = 1")
    found = verify(connection, folder=folder, tables=sealed_tables(connection), deletions=deletion_records())
    assert dict(found.emptied) == {}
    codes = {(problem.table, problem.code) for problem in found.problems}
    assert {("data.emptied_row", "row_changed"), (TABLE, "row_changed")} <= codes


def test_a_row_that_was_emptied_cannot_be_proven_as_sealed(connection: Connection) -> None:
    number = delete(connection).number
    places = connection.execute(f"SELECT batch_id, row_no FROM {TABLE} ORDER BY known_at, row_no".encode())
    _, second, third, moved = places.fetchall()
    with pytest.raises(StateError, match="deleted under retention") as caught:
        check_provable(connection, table=TABLE, batch_id=second[0], row_no=second[1])
    assert (caught.value.got, caught.value.where["record"]) == ("home", str(number))
    for batch_id, row_no in (third, moved):  # only its telephone, which is not in the row; nothing
        check_provable(connection, table=TABLE, batch_id=batch_id, row_no=row_no)


def test_the_same_file_again_brings_no_value_back(connection: Connection, tmp_path: Path) -> None:
    delete(connection)
    emptied = seen(connection)
    frame = pl.concat([people(home=[*HOMES[:2], None]), people(no=["C4", "C5", "C6"])])
    result = imported(connection, tmp_path, frame, name="again", agreed=agreed())
    assert (result.rows_read, result.rows_rejected) == (6, 2)
    assert result.findings_by_code == {"conflicting_repeat": 2}
    assert {party: row for party, row in seen(connection).items() if party in emptied} == emptied
    delete(connection)  # those of the three who are new
    assert delete(connection).emptied == ()


def test_nothing_personal_is_on_record_and_the_guard_stands(connection: Connection) -> None:
    delete(connection)
    kept = connection.execute("SELECT emptying::text FROM data.emptying").fetchall()
    kept += connection.execute("SELECT emptied_row::text FROM data.emptied_row").fetchall()
    assert not any(value in str(kept) for value in (*IDS, *PHONES, *HOMES, "customer/"))
    for statement in (
        f"UPDATE {TABLE} SET home = NULL",
        "DELETE FROM data.emptying",
        "DELETE FROM data.emptied_row",
    ):
        with pytest.raises(psycopg.errors.IntegrityError, match="append-only"), connection.transaction():
            connection.execute(statement.encode())
