import uuid

import pytest
from sealed_world import LETTER, NOW, POLICY, POSTING, TABLES, fill_batch

from creditloop.evidence import Sealed, seal_batch, seal_batches, verify
from creditloop.evidence.entry import read_body
from creditloop.evidence.folder import EvidenceFolder
from creditloop.kernel.errors import ConflictingRepeat, EvidenceError, InputError

BATCH = uuid.UUID(int=77)


def seal(database, world, *, tables=TABLES, batch=BATCH):
    return seal_batch(database, folder=world.folder, tables=tables, batch_id=batch, now=NOW)


def entries(database):
    return [
        read_body(body)
        for (body,) in database.execute("SELECT body FROM evidence.entry ORDER BY entry_no").fetchall()
    ]


@pytest.mark.parametrize("window_rows", [1_000, 2_000, 256_000])
def test_a_batch_becomes_entries_of_a_thousand_rows(database, empty_world, monkeypatch, window_rows):
    monkeypatch.setattr("creditloop.evidence.seal._WINDOW_ROWS", window_rows)
    fill_batch(database, batch=BATCH, sizes=(2_001, 3, 0), seed=1)
    assert seal(database, empty_world) == Sealed(batch_id=BATCH, entries=4, rows=2_004, repeated=False)
    sealed = entries(database)
    assert [(entry.table, entry.first, entry.count, entry.batch_rows) for entry in sealed] == [
        (POSTING.name, 0, 1_000, 2_001),
        (POSTING.name, 1_000, 1_000, 2_001),
        (POSTING.name, 2_000, 1, 2_001),
        (LETTER.name, 0, 3, 3),
    ]
    assert [entry.entry for entry in sealed] == [0, 1, 2, 3]
    assert {entry.batch for entry in sealed} == {str(BATCH)}
    assert sealed[0].columns == POSTING.columns
    assert sealed[0].sealed_at == "2026-01-05T09:30:00.000000+00:00"


def test_salts_differ_so_that_equal_rows_have_different_hashes(database, empty_world):
    fill_batch(database, batch=BATCH, sizes=(0, 0, 50), seed=1)
    seal(database, empty_world)
    ((salts,),) = database.execute("SELECT salts FROM evidence.chunk").fetchall()
    assert len({bytes(salts[at : at + 16]) for at in range(0, len(salts), 16)}) == 50


def test_a_repeat_changes_nothing(database, world):
    before = database.execute("SELECT * FROM evidence.entry ORDER BY entry_no").fetchall()
    again = seal(database, world, batch=world.batches[1])
    assert again == Sealed(batch_id=world.batches[1], entries=3, rows=1_235, repeated=True)
    assert database.execute("SELECT * FROM evidence.entry ORDER BY entry_no").fetchall() == before


@pytest.mark.parametrize(("table", "batch_no"), [(POLICY, 0), (POLICY, 1)])
def test_a_sealed_batch_takes_no_more_rows(database, world, table, batch_no):
    """Neither in a table it had rows in, nor in one it had none in."""
    batch = world.batches[batch_no]
    database.execute("INSERT INTO sealed_example.policy VALUES (%s, 3, 'late.yaml', '')", (batch,))
    with pytest.raises(ConflictingRepeat) as caught:
        seal(database, world, batch=batch)
    assert caught.value.where == {"table": table.name, "batch": batch}


def test_a_table_forgotten_at_first_cannot_be_added(database, empty_world):
    fill_batch(database, batch=BATCH, sizes=(2, 2, 0), seed=1)
    seal(database, empty_world, tables=(POSTING,))
    with pytest.raises(ConflictingRepeat):
        seal(database, empty_world, tables=(LETTER,))


def test_an_empty_batch_seals_nothing(database, empty_world):
    assert seal(database, empty_world) == Sealed(batch_id=BATCH, entries=0, rows=0, repeated=False)


@pytest.mark.parametrize(
    ("numbers", "row"), [((1, 2), 0), ((0, 2), 1), ((-1, 0), 0), ((0, 1, 3), 2), ((-1, 0, 1), 0)]
)
def test_rows_that_are_not_numbered_densely_are_refused(database, empty_world, numbers, row):
    for number in numbers:
        database.execute("INSERT INTO sealed_example.policy VALUES (%s, %s, 'a.yaml', '')", (BATCH, number))
    with pytest.raises(EvidenceError, match="densely") as caught:
        seal(database, empty_world)
    assert caught.value.where == {"table": POLICY.name, "batch": BATCH, "row": row}
    assert entries(database) == []


def test_rows_and_entries_are_rolled_back_together(database, world):
    before = len(entries(database))
    database.rollback()
    fill_batch(database, batch=BATCH, sizes=(3, 0, 0), seed=1)
    seal(database, world)
    database.rollback()
    assert len(entries(database)) == before
    assert verify(database, folder=world.folder, tables=TABLES).problems == ()


def test_batches_are_sealed_together_as_one_after_the_other(database, world):
    """A batch sealed before is a repeat, one without rows seals nothing, the others get entries in order."""
    known, [second, third, empty] = world.batches[0], [uuid.UUID(int=number) for number in (91, 92, 93)]
    fill_batch(database, batch=second, sizes=(3, 2, 0), seed=1)
    fill_batch(database, batch=third, sizes=(1_001, 0, 1), seed=2)
    before = len(entries(database))
    batches = [second, known, empty, third]
    done = seal_batches(database, folder=world.folder, tables=TABLES, batch_ids=batches, now=NOW)
    assert [sealed.batch_id for sealed in done] == batches
    assert [
        (sealed.entries, sealed.rows, sealed.repeated) for sealed in done if sealed.batch_id != known
    ] == [
        (2, 5, False),
        (0, 0, False),
        (3, 1_002, False),
    ]
    assert done[1] == seal(database, world, batch=known) and done[1].repeated
    assert len(entries(database)) == before + 5
    database.commit()
    assert verify(database, folder=world.folder, tables=TABLES).problems == ()


def test_another_folder_does_not_continue_the_log(database, world, tmp_path):
    other = EvidenceFolder.create(tmp_path / "other", origin="bank.example/evidence", now=NOW)
    fill_batch(database, batch=BATCH, sizes=(3, 0, 0), seed=1)
    with pytest.raises(EvidenceError, match="not signed by this folder's key"):
        seal_batch(database, folder=other, tables=TABLES, batch_id=BATCH, now=NOW)


def test_a_naive_clock_is_refused(database, empty_world):
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(InputError, match="time zone"):
        seal_batch(database, folder=empty_world.folder, tables=TABLES, batch_id=BATCH, now=naive)


def test_an_empty_log_of_empty_tables_has_no_problems(database, empty_world):
    found = verify(database, folder=empty_world.folder, tables=TABLES)
    assert (found.problems, found.rows, found.entries) == ((), 0, 0)


def test_rows_that_were_never_sealed_are_named(database, empty_world):
    database.execute(
        "INSERT INTO sealed_example.policy SELECT 'ff000000-0000-0000-0000-000000000000', n, 'a', 'b'"
        " FROM generate_series(0, 4) AS n"
    )
    (found,) = verify(database, folder=empty_world.folder, tables=TABLES).problems
    assert (found.code, found.table, found.row_no, found.row_last) == ("batch_unknown", POLICY.name, 0, 4)
