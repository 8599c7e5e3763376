"""Identifiers through an import and back: nothing in clear, tokens that join, new keys, people forgotten."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import psycopg
import pytest
from database_contents import all_rows
from tests.data.identifiers.people import (
    DOING,
    HOMES,
    IDS,
    NOW,
    PHONES,
    ROOT,
    TABLE,
    contract,
    imported,
    people,
    ring,
)

from creditloop.data import findings, import_file, lineage, rows_from, source_tables
from creditloop.data.identifiers import (
    ActKind,
    Algorithm,
    KeyAct,
    KeyRing,
    Place,
    erase_values,
    key_acts,
    key_states,
    open_key_ring,
    opened_column,
    recrypt_values,
    rotate_key,
)
from creditloop.kernel.errors import ContractBroken, EvidenceError, StateError, UnknownId
from creditloop.kernel.storage import Connection, connect

KEY = ("party_id", "line")
COLUMNS = {"id_number": IDS, "phone": PHONES, "home": HOMES}


def values(connection: Connection, column: str, keys: KeyRing | None) -> list[str | None]:
    """Read a column in clear, by party and what it was known as first."""
    wanted = (
        f"SELECT batch_id::text, row_no, party_id, line, known_at FROM {TABLE} ORDER BY known_at, party_id"
    )
    rows = connection.execute(wanted.encode()).fetchall()
    frame = pl.DataFrame(rows, schema=["batch_id", "row_no", *KEY, "known_at"], orient="row")
    place = Place(source_table=TABLE, column=column)
    return opened_column(connection, place=place, rows=frame, key=KEY, keys=keys).to_list()


def rows_of(connection: Connection) -> list[tuple[object, ...]]:
    """Return the source table's rows."""
    return connection.execute(f"SELECT * FROM {TABLE} ORDER BY party_id".encode()).fetchall()


def recrypt(connection: Connection, most: int = 1000) -> KeyAct | None:
    """Encrypt some values anew with the newest key."""
    keys = open_key_ring(connection, root=ROOT)
    return recrypt_values(connection, keys=keys, tables=source_tables(connection), most=most, doing=DOING)


def rotate(connection: Connection, algorithm: Algorithm = Algorithm.AES_256_GCM) -> KeyRing:
    rotate_key(connection, root=ROOT, algorithm=algorithm, doing=DOING)
    return open_key_ring(connection, root=ROOT)


def found(connection: Connection, batch: object) -> list[tuple[object, ...]]:
    listed = findings(connection, batch_id=batch, reader="a test", reason="look", now=NOW)  # type: ignore[arg-type]
    return [(each.source_row, each.field, each.code, each.got, each.effect.value) for each in listed]


@pytest.mark.parametrize("algorithm", [Algorithm.AES_256_GCM, Algorithm.SM4_GCM])
def test_values_come_back_as_they_came(store: Connection, tmp_path: Path, algorithm: Algorithm) -> None:
    keys = ring(store, algorithm=algorithm)
    frame = people(phone=["+86 138 0000 1111", None, PHONES[2]])
    imported(store, tmp_path, frame)
    assert values(store, "id_number", keys) == list(IDS)
    assert values(store, "phone", keys) == ["+86 138 0000 1111", None, PHONES[2]]
    assert values(store, "home", keys) == list(HOMES)
    assert [state.values_count for state in key_states(store)] == [8, 0]


def test_without_keys_nothing_is_read(store: Connection, tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no keys to encrypt them with") as refused:
        import_file(store, contract=contract(), file=tmp_path / "not even there.csv", now=NOW)
    assert refused.value.where == {"contract": "people"}
    imported(store, tmp_path, people())
    with pytest.raises(StateError, match="the reader has no keys"):
        values(store, "phone", None)


def test_nothing_stands_in_clear_anywhere(database_url: str, tmp_path: Path) -> None:
    """In no row of any table, nor in any byte of the database's files, is a part of an identifier."""
    bad = ["not an id 77665544", *IDS[1:]]
    with connect(database_url) as connection:
        result = imported(connection, tmp_path, people(id_number=bad))
        changed = people(id_number=bad, phone=["13811112222", *PHONES[1:]])
        imported(connection, tmp_path, changed, name="again")  # a conflict is found, and quotes nothing
        connection.commit()
        assert result.findings_by_code == {"identifier_check_failed": 1}
        everything, files = repr(all_rows(connection)), files_of(database_url)
    assert "customer/C1" in everything
    assert b"customer/C1" in files
    for value in (*bad, *PHONES, *HOMES, "13811112222", "77665544", "中关村", "南京西路"):
        assert value not in everything, value
        assert value.encode() not in files, value


def files_of(url: str) -> bytes:
    """Return every byte of the database's files on the server's disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        rows = connection.execute(
            "SELECT pg_read_binary_file(folder || '/' || file, 0, 100000000, true)"
            " FROM (SELECT 'base/' || oid AS folder FROM pg_database"
            " WHERE datname = current_database()) AS own, pg_ls_dir(folder) AS file"
        ).fetchall()
    return b"".join(content for (content,) in rows if content)


def test_equal_identifiers_join_whatever_their_source_and_spelling(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    other = contract(
        ("contract: people", "contract: others"), ("no, register: customer", "no, register: partner")
    )
    written = [IDS[2].lower(), IDS[0], "１１０１０５-19491231-002x"]
    imported(store, tmp_path, people(no=["X1", "X2", "X3"], id_number=written), name="others", agreed=other)
    joined = store.execute(
        "SELECT one.party_id, other.party_id FROM source.people_person AS one"
        " JOIN source.others_person AS other USING (id_number_token) ORDER BY 1"
    ).fetchall()
    assert joined == [
        ("customer/C1", "partner/X2"),
        ("customer/C2", "partner/X3"),
        ("customer/C3", "partner/X1"),
    ]


def test_a_wrong_identifier_is_kept_and_a_blank_one_is_not(store: Connection, tmp_path: Path) -> None:
    wrong = [IDS[0][:-1] + "9", IDS[1], "\u3000 -"]
    agreed = contract(("value: 0.5", "value: 1"))
    result = imported(store, tmp_path, people(id_number=wrong, phone=["12345", " ", None]), agreed=agreed)
    assert result.rows_rejected == 2
    assert found(store, result.batch_id) == [
        (1, "id_number", "identifier_check_failed", "***", "keep"),
        (1, "phone", "identifier_check_failed", "***", "keep"),
        (2, "phone", "identifier_blank", "***", "reject"),
        (3, "id_number", "identifier_blank", "***", "reject"),
    ]
    assert values(store, "id_number", open_key_ring(store, root=ROOT)) == wrong[:1]


def test_repeats_duplicates_and_conflicts_are_told_by_tokens(store: Connection, tmp_path: Path) -> None:
    first = imported(store, tmp_path, people())
    assert replace(imported(store, tmp_path, people(), name="copy"), repeated=False) == first
    spelled = people(phone=["+86-13800001111", PHONES[1], "13999999999"], home=[HOMES[0] + " ", *HOMES[1:]])
    again = imported(store, tmp_path, spelled, name="spelled")
    assert (again.tables["person"].loaded, again.tables["person"].unchanged) == (0, 2)
    assert found(store, again.batch_id) == [(3, "phone", "conflicting_repeat", "***", "reject")]
    twice = people(no=["C7", "C7", "C8"])
    assert imported(store, tmp_path, twice, name="twice").findings_by_code == {"duplicate_key": 1}
    keys = open_key_ring(store, root=ROOT)
    assert values(store, "phone", keys) == [*PHONES, PHONES[0], PHONES[2]]


def test_a_correction_stands_beside_what_it_corrects(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    later = people(phone=["13811112222", *PHONES[1:]], known_on=[date(2025, 1, 1)] * 3)
    imported(store, tmp_path, later, name="later")
    keys = open_key_ring(store, root=ROOT)
    assert values(store, "phone", keys) == [*PHONES, "13811112222", *PHONES[1:]]


def test_lineage_leads_to_the_line_of_the_file(store: Connection, tmp_path: Path) -> None:
    result = imported(store, tmp_path, people())
    (origin,) = lineage(store, table=TABLE, key={"party_id": "customer/C2", "line": 1})
    assert (origin.source_row, origin.file_name) == (2, "people.parquet")
    (row,) = rows_from(store, batch_id=result.batch_id, source_row=2)
    assert row.key["party_id"] == "customer/C2"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE data.sealed_value AS v SET sealed = o.sealed FROM data.sealed_value AS o WHERE v.row_no = 0"
        " AND o.row_no = 1 AND v.column_name = 'phone' AND o.column_name = 'phone'",
        "UPDATE data.sealed_value AS v SET sealed = o.sealed FROM data.sealed_value AS o WHERE v.row_no = 0"
        " AND o.row_no = 0 AND v.column_name = 'phone' AND o.column_name = 'home'",
        "UPDATE data.sealed_value SET sealed = left(sealed, -4) WHERE column_name = 'phone'",
        "UPDATE data.sealed_value SET sealed = '' WHERE column_name = 'phone'",
        "UPDATE data.sealed_value SET key_no = 2 WHERE column_name = 'phone'",
        "ALTER TABLE source.people_person DISABLE TRIGGER append_only;"
        "UPDATE source.people_person SET party_id = 'customer/C9' WHERE row_no = 0",
    ],
)
def test_a_ciphertext_moved_cut_or_renumbered_does_not_open(
    store: Connection, tmp_path: Path, change: str
) -> None:
    imported(store, tmp_path, people())
    keys = rotate(store)
    assert values(store, "phone", keys) == list(PHONES)
    store.execute(change.encode())
    with pytest.raises(EvidenceError, match="does not open") as refused:
        values(store, "phone", keys)
    assert not re.search("1[0-9]{10}", refused.value.diagnostics())
    if "key_no" not in change:
        with pytest.raises(EvidenceError, match="does not open"):
            recrypt(store)


def test_rotation_keeps_every_value_and_changes_no_source_row(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    rows = rows_of(store)
    keys = rotate(store, Algorithm.SM4_GCM)
    imported(store, tmp_path, people(no=["D1", "D2", "D3"]), name="after")
    assert [(state.number, state.values_count) for state in key_states(store)] == [(1, 9), (2, 9), (1, 0)]
    done = [act.values_count for act in iter(lambda: recrypt(store, most=4), None)]
    assert done == [4, 4, 1]
    assert [state.values_count for state in key_states(store)] == [0, 18, 0]
    assert {name: values(store, name, keys) for name in COLUMNS} == {
        name: [*v, *v] for name, v in COLUMNS.items()
    }
    assert (
        store.execute(
            f"SELECT * FROM {TABLE} WHERE party_id < 'customer/D' ORDER BY row_no".encode()
        ).fetchall()
        == rows
    )
    assert [(act.act, act.values_count) for act in key_acts(store)][-3:] == [
        (ActKind.RECRYPTED, count) for count in done
    ]


def test_a_ring_opened_before_a_rotation_names_what_it_lacks(store: Connection, tmp_path: Path) -> None:
    old = ring(store)
    rotate(store)
    imported(store, tmp_path, people())
    with pytest.raises(StateError, match="not among the keys"):
        values(store, "phone", old)


def test_values_whose_row_is_gone_are_not_encrypted_anew(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    rotate(store)
    store.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL; DELETE FROM {TABLE} WHERE row_no = 1".encode())
    with pytest.raises(EvidenceError, match="row that is not in its source table") as refused:
        recrypt(store)
    assert refused.value.got == "1 of 3 rows are gone"


def test_a_person_is_forgotten_and_the_rows_stay(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    rows = rows_of(store)
    act = erase_values(store, party_id="customer/C2", tables=source_tables(store), doing=DOING)
    assert (act.act, act.values_count) == (ActKind.ERASED, 3)
    assert values(store, "phone", open_key_ring(store, root=ROOT)) == [PHONES[0], None, PHONES[2]]
    assert rows_of(store) == rows
    with pytest.raises(UnknownId, match="no encrypted value of this party"):
        erase_values(store, party_id="customer/C2", tables=source_tables(store), doing=DOING)
    # the same file under another name and moment does not bring them back
    extra = people().vstack(people(no=["E1", "E2", "E3"]))
    assert imported(store, tmp_path, extra, name="extra").tables["person"].unchanged == 3
    assert values(store, "home", open_key_ring(store, root=ROOT))[:3] == [HOMES[0], None, HOMES[2]]


def test_a_row_that_is_deleted_takes_its_values_with_it(store: Connection, tmp_path: Path) -> None:
    imported(store, tmp_path, people())
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation), store.transaction():
        store.execute(f"DELETE FROM {TABLE}".encode())
    store.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER append_only".encode())
    store.execute(f"DELETE FROM {TABLE} WHERE party_id = 'customer/C2'".encode())
    left = store.execute("SELECT row_no, count(*) FROM data.sealed_value GROUP BY 1 ORDER BY 1").fetchall()
    assert left == [(0, 3), (2, 3)]


def test_a_table_made_before_its_identifiers_were_is_not_used(store: Connection, tmp_path: Path) -> None:
    plain = contract(("identifier: phone, ", ""))
    imported(store, tmp_path, people(), agreed=plain)
    with pytest.raises(ContractBroken, match="not as this contract describes it") as refused:
        imported(store, tmp_path, people())
    assert refused.value.expected == "phone_token text"
