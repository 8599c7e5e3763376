import random

import pytest
from attacker import Attacker
from attacks_on_rows import insert_beside_index
from psycopg.pq import TransactionStatus
from sealed_world import LETTER, POLICY, POSTING, TABLES

import creditloop.evidence
from creditloop.evidence import verify
from creditloop.evidence.rows import count_batch_rows
from creditloop.kernel.storage import AppendOnlyTable


@pytest.fixture
def database(standing_database):
    return standing_database


@pytest.fixture
def world(standing_world):
    return standing_world


def problems(database, world, tables=TABLES):
    return verify(database, folder=world.folder, tables=tables).problems


def tamper(database, statement, *values):
    database.execute("SET LOCAL session_replication_role = replica")
    assert database.execute(statement.encode(), values).rowcount


def test_an_untouched_database_has_no_problems(database, world):
    found = verify(database, folder=world.folder, tables=world.tables)
    assert (found.problems, found.rows, found.entries, found.open_entries) == ((), 1260, 9, 0)


def test_verifying_leaves_no_trace(database, world):
    assert problems(database, world) == ()
    assert database.info.transaction_status == TransactionStatus.IDLE
    database.execute("SET LOCAL IntervalStyle = 'iso_8601'")
    assert problems(database, world) == ()
    assert database.execute("SHOW IntervalStyle").fetchone() == ("iso_8601",)
    assert database.execute("SHOW enable_indexscan").fetchone() == ("on",)
    assert database.execute(
        "SELECT count(*) FROM pg_locks WHERE mode = 'ShareLock' AND pid = pg_backend_pid()"
    ).fetchone() == (0,)


def test_a_table_of_the_log_that_is_not_listed_is_a_problem(database, world):
    (found,) = problems(database, world, tables=(POSTING, LETTER))
    assert (found.code, found.table) == ("table_unlisted", POLICY.name)


def test_a_batch_sealed_over_other_columns_is_named_and_nobody_is_accused(database, world):
    narrower = AppendOnlyTable(
        name=POLICY.name, key=POLICY.key, columns=POLICY.columns[:-1], unhashed={"body": "for this test"}
    )
    found = problems(database, world, tables=(POSTING, LETTER, narrower))
    assert [(problem.code, problem.table) for problem in found] == [("columns_differ", POLICY.name)] * 2
    assert "body" in found[0].detail


def test_a_change_in_an_unhashed_column_is_not_found(database, world):
    """That is what `unhashed` with its reason says; the column is shown by the columns report."""
    database.execute("ALTER TABLE sealed_example.letter ALTER arrival DROP IDENTITY")
    tamper(database, "UPDATE sealed_example.letter SET arrival = arrival + 1000")
    assert problems(database, world) == ()


def test_a_changed_row_is_named_with_its_key(database, world):
    tamper(database, "UPDATE sealed_example.posting SET amount_fen = 1 WHERE row_no = 1003")
    (found,) = problems(database, world)
    assert (found.code, found.table, found.batch) == ("row_changed", POSTING.name, str(world.batches[1]))
    assert (found.row_no, found.row_last) == (1003, 1003)
    ((event_id, leg),) = database.execute(
        "SELECT event_id, leg FROM sealed_example.posting WHERE batch_id = %s AND row_no = 1003",
        (world.batches[1],),
    ).fetchall()
    assert found.key == f"event_id={event_id}, leg={leg}"


def test_runs_of_rows_are_one_problem_each(database, world):
    tamper(database, "DELETE FROM sealed_example.posting WHERE row_no BETWEEN 15 AND 20")
    tamper(database, "UPDATE sealed_example.posting SET leg = 9 WHERE row_no BETWEEN 998 AND 1001")
    found = [(problem.code, problem.row_no, problem.row_last) for problem in problems(database, world)]
    assert found == [("row_deleted", 15, 20), ("row_changed", 998, 999), ("row_changed", 1000, 1001)]


def test_a_moved_row_says_where_it_went(database, world):
    tamper(
        database,
        "UPDATE sealed_example.policy SET batch_id = %s, row_no = 40 WHERE row_no = 2",
        world.batches[1],
    )
    (found,) = problems(database, world)
    assert (found.code, found.batch, found.row_no) == ("row_moved", str(world.batches[0]), 2)
    assert found.detail == f"its content stands at batch {world.batches[1]} row 40"
    assert found.key == "path=policies/2.yaml"


def test_everything_deleted_is_named(database, world):
    for name in (
        *(table.name for table in TABLES),
        "evidence.chunk",
        "evidence.entry",
        "evidence.checkpoint",
    ):
        tamper(database, f"DELETE FROM {name}")
    found = problems(database, world)
    assert [(problem.code, problem.entry_no) for problem in found] == [
        ("log_rolled_back", 0),
        ("checkpoint_deleted", 3),
        ("checkpoint_deleted", 6),
        ("checkpoint_deleted", 9),
    ]
    assert found[0].detail == "entries 0–8 of the signed 9 are gone"


def test_a_row_hidden_from_the_index_is_really_hidden(database, world):
    """The attack of the campaign does what it says: a search by index does not see the row."""
    target = insert_beside_index(Attacker(database, world, random.Random(1)))
    table = next(table for table in TABLES if table.name == target.table)
    database.execute("SET LOCAL enable_seqscan = off")
    by_index = database.execute(
        f"SELECT count(*) FROM {table.name} WHERE batch_id = %s AND row_no = 7777".encode(), (target.batch,)
    ).fetchone()
    assert by_index == (0,)
    database.execute("SET LOCAL enable_indexscan = off")
    database.execute("SET LOCAL enable_indexonlyscan = off")
    database.execute("SET LOCAL enable_bitmapscan = off")
    [counted] = count_batch_rows(database, tables=[table.name], batch_ids=[target.batch]).values()
    assert counted > 1
    assert any(target.is_named_by(problem) for problem in problems(database, world))


def test_a_dropped_column_or_table_is_a_problem_and_no_error(database, world):
    database.execute("ALTER TABLE sealed_example.posting DROP COLUMN leg")
    database.execute("DROP TABLE sealed_example.policy")
    found = {(problem.code, problem.table) for problem in problems(database, world)}
    assert found == {("column_missing", POSTING.name), ("table_missing", POLICY.name)}


def test_a_thousand_changed_rows_do_not_take_long_to_name(database, world):
    change = "UPDATE sealed_example.posting SET amount_fen = amount_fen + 1 WHERE batch_id = %s"
    tamper(database, change, world.batches[1])
    found = [(problem.code, problem.row_no, problem.row_last) for problem in problems(database, world)]
    assert found == [("row_changed", 0, 999), ("row_changed", 1000, 1204)]


def test_both_the_outside_leaf_hashes_and_an_entry_changed(database, world):
    """Then no leaf hashes have the signed root, and the entries are believed by their own signatures."""
    path = world.folder.leaf_hashes_path
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    tamper(database, "UPDATE evidence.entry SET body = body || ' ' WHERE entry_no = 5")
    found = [(problem.code, problem.entry_no, problem.file) for problem in problems(database, world)]
    assert found == [("folder_damaged", None, "leaf_hashes"), ("entry_changed", 5, None)]


def test_a_second_signed_body_for_a_number_is_named(database, world):
    """The key once signed an entry whose transaction was rolled back; somebody kept it and puts it in."""
    chunk, record, table = Attacker(database, world, random.Random(1)).chunk_with_entry(6)
    tamper(database, "UPDATE sealed_example.posting SET amount_fen = 1 WHERE batch_id = %s", world.batches[2])
    attacker = Attacker(database, world, random.Random(1))
    attacker.key = world.folder.signer()
    attacker.rewrite(chunk, record, table, resign=True)
    (found,) = problems(database, world)
    assert (found.code, found.entry_no, found.table) == ("entry_changed", 6, POSTING.name)
    assert found.detail == "its body is not the one under the checkpoint"


def test_what_the_room_offers():
    assert set(creditloop.evidence.__all__) == {
        "CODES",
        "Checkpoint",
        "ColumnsReport",
        "DeletedRange",
        "DeletionRecords",
        "Ed25519Signer",
        "Ed25519Verifier",
        "EmptiedPlace",
        "EvidenceFolder",
        "Problem",
        "ProvenRow",
        "RowProof",
        "SealedColumn",
        "Sealed",
        "Signer",
        "Sm2CosignatureSigner",
        "Sm2Signer",
        "Sm2Verifier",
        "Verification",
        "Verifier",
        "check_proof",
        "columns_report",
        "extend",
        "make_proof",
        "open_checkpoint",
        "proof_from_text",
        "require_sm2",
        "seal_batch",
        "seal_batches",
        "signer_from_text",
        "sm2_cosignature_signer_from_text",
        "sm2_cosignature_verifier_from_text",
        "sm2_signer_from_text",
        "sm2_verifier_from_text",
        "verifier_from_text",
        "verify",
    }
