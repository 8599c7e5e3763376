import importlib
import shutil
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from crash_child import POINTS
from sealed_world import NOW, TABLES, fill_batch, seal_one

from creditloop.evidence import extend, seal_batch, verify
from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.hashing import EMPTY_ROOT, check_consistency, consistency_proof
from creditloop.evidence.signature import Ed25519Signer
from creditloop.evidence.state import read_state
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import connect

SEALED = 9
"""Entries of the sealed world."""


extending = importlib.import_module("creditloop.evidence.extend")


def codes(database, world):
    found = verify(database, folder=world.folder, tables=world.tables)
    return [problem.code for problem in found.problems]


def extended(database, world):
    checkpoint = extend(database, folder=world.folder, now=NOW)
    database.commit()
    return checkpoint


def test_each_checkpoint_continues_the_one_before(database, world):
    state = read_state(world.folder)
    assert [signed.checkpoint.size for signed in state.history] == [0, 3, 6, 9]
    for before, after in zip(state.history[1:], state.history[2:], strict=False):
        check_consistency(
            size_before=before.checkpoint.size,
            size=after.checkpoint.size,
            root_before=before.checkpoint.root,
            root=after.checkpoint.root,
            proof=consistency_proof(state.leaf_hashes[: after.checkpoint.size], before.checkpoint.size),
        )
    copies = dict(database.execute("SELECT size, note FROM evidence.checkpoint").fetchall())
    assert copies == {signed.checkpoint.size: signed.note for signed in state.history[1:]}


def test_extending_without_new_entries_changes_nothing(database, world):
    before = {path.name: path.read_bytes() for path in world.folder.path.iterdir()}
    assert extended(database, world).size == SEALED
    assert {path.name: path.read_bytes() for path in world.folder.path.iterdir()} == before


def test_an_empty_log_has_the_empty_root(database, empty_world):
    assert extended(database, empty_world) == Checkpoint(
        origin="bank.example/evidence", size=0, root=EMPTY_ROOT
    )
    assert codes(database, empty_world) == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_anywhere_the_next_start_takes_everything_in(database, database_url, world, point):
    child = [
        sys.executable,
        Path(__file__).with_name("crash_child.py"),
        database_url,
        world.folder.path,
        point,
    ]
    done = subprocess.run(list(map(str, child)), check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    # a copy that the database did not get is the one thing a kill leaves visible, until the next start
    expected = ["checkpoint_deleted"] if point in POINTS[5:7] else []
    assert codes(database, world) == expected
    assert extended(database, world).size == (SEALED if point == POINTS[0] else SEALED + 3)
    assert codes(database, world) == []
    seal_one(database, world.folder, sizes=(2, 0, 0), seed=78)
    assert codes(database, world) == []


def test_two_kills_in_a_row_leave_no_copy_missing(database, world):
    for seed in (78, 79):
        batch = uuid.UUID(int=seed)
        fill_batch(database, batch=batch, sizes=(1, 0, 0), seed=seed)
        seal_batch(database, folder=world.folder, tables=TABLES, batch_id=batch, now=NOW)
        database.commit()
        extend(database, folder=world.folder, now=NOW)
        database.rollback()  # killed before the commit
    extended(database, world)
    assert codes(database, world) == []


@pytest.mark.parametrize("kept", [0, 31, 32, 100, SEALED * 32 - 1])
def test_torn_leaf_hashes_are_repaired_from_a_database_that_agrees(database, world, kept):
    path = world.folder.leaf_hashes_path
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    assert codes(database, world) == ["folder_damaged"]
    assert extended(database, world).size == SEALED
    assert path.read_bytes() == whole
    assert codes(database, world) == []


def test_torn_leaf_hashes_are_not_repaired_from_a_database_that_was_changed(database, world):
    path = world.folder.leaf_hashes_path
    path.write_bytes(path.read_bytes()[:32])
    database.execute("SET LOCAL session_replication_role = replica")
    database.execute(
        "UPDATE evidence.entry SET body = replace(body, '\"v\":1', '\"v\": 1') WHERE entry_no = 4"
    )
    database.commit()
    with pytest.raises(EvidenceError):
        extend(database, folder=world.folder, now=NOW)
    database.rollback()
    assert path.stat().st_size == 32


def test_a_lost_checkpoint_file_is_named_and_put_back(database, world):
    note = world.folder.checkpoint_path.read_text()
    world.folder.checkpoint_path.unlink()
    found = verify(database, folder=world.folder, tables=world.tables)
    assert [(problem.code, problem.file) for problem in found.problems] == [("folder_damaged", "checkpoint")]
    with pytest.raises(EvidenceError):
        seal_batch(database, folder=world.folder, tables=TABLES, batch_id=uuid.UUID(int=5), now=NOW)
    database.rollback()
    extended(database, world)
    assert world.folder.checkpoint_path.read_text() == note
    assert codes(database, world) == []


@pytest.mark.parametrize("copies", ["there", "deleted"])
def test_a_folder_put_back_to_an_older_time_is_named(database, world, copies, tmp_path):
    """The copies in the database show it; so do the entries sealed since, if the copies are deleted."""
    shutil.copytree(world.folder.path, tmp_path / "older")
    seal_one(database, world.folder, sizes=(1, 0, 0), seed=80)
    if copies == "deleted":
        seal_one(database, world.folder, sizes=(1, 0, 0), seed=81)
    shutil.rmtree(world.folder.path)
    shutil.copytree(tmp_path / "older", world.folder.path)
    if copies == "deleted":
        database.execute("SET LOCAL session_replication_role = replica")
        database.execute("DELETE FROM evidence.checkpoint WHERE size > %s", (SEALED,))
        database.commit()
    assert codes(database, world) == ["folder_rolled_back"]


def test_a_database_put_back_to_an_older_time_is_not_extended_or_sealed(database, world):
    database.execute("SET LOCAL session_replication_role = replica")
    for table in ("chunk", "entry"):
        database.execute(f"DELETE FROM evidence.{table} WHERE entry_no >= 5".encode())
    with pytest.raises(EvidenceError, match="shorter"):
        extend(database, folder=world.folder, now=NOW)
    with pytest.raises(EvidenceError, match="shorter") as caught:
        seal_batch(database, folder=world.folder, tables=TABLES, batch_id=uuid.UUID(int=5), now=NOW)
    assert caught.value.got == "5 entries"


def add_tail(database, world, seed=90):
    batch = uuid.UUID(int=seed)
    fill_batch(database, batch=batch, sizes=(1, 1, 1), seed=seed)
    seal_batch(database, folder=world.folder, tables=TABLES, batch_id=batch, now=NOW)
    database.execute("SET LOCAL session_replication_role = replica")


TAIL_ATTACKS = {
    "unsigned": "UPDATE evidence.entry SET signature = '' WHERE entry_no = 10",
    "another's signature": "UPDATE evidence.entry SET signature = (SELECT signature FROM evidence.entry WHERE"
    " entry_no = 9) WHERE entry_no = 10",
    "changed body": "UPDATE evidence.entry SET body = body || ' ' WHERE entry_no = 10",
    "missing": "DELETE FROM evidence.entry WHERE entry_no = 10",
    "changed leaf hash": "UPDATE evidence.entry SET leaf_hash = decode(repeat('ab', 32), 'hex')"
    " WHERE entry_no = 10",
    "replayed": "INSERT INTO evidence.entry SELECT 12, body, leaf_hash, signature FROM evidence.entry"
    " WHERE entry_no = 4",
}


@pytest.mark.parametrize("attack", TAIL_ATTACKS)
def test_a_tail_that_is_not_properly_signed_is_never_taken_in(database, world, attack):
    before = world.folder.checkpoint_path.read_text()
    add_tail(database, world)
    database.execute(TAIL_ATTACKS[attack].encode())
    found = verify(database, folder=world.folder, tables=world.tables).problems
    assert found
    assert {problem.entry_no for problem in found} <= {10, 12}
    with pytest.raises(EvidenceError) as caught:
        extend(database, folder=world.folder, now=NOW)
    assert caught.value.where["entry"] in {11, 10, 12}
    assert world.folder.checkpoint_path.read_text() == before


def test_a_changed_last_entry_under_the_checkpoint_is_not_built_upon(database, world):
    add_tail(database, world)
    database.execute("UPDATE evidence.entry SET body = body || ' ' WHERE entry_no = 8")
    with pytest.raises(EvidenceError, match="does not continue") as caught:
        extend(database, folder=world.folder, now=NOW)
    assert caught.value.where == {"entry": 8}


def test_an_open_tail_is_verified_and_counted(database, world):
    add_tail(database, world)
    found = verify(database, folder=world.folder, tables=world.tables)
    assert (found.problems, found.open_entries, found.entries) == ((), 3, 12)


def test_nothing_is_signed_on_a_changed_folder(database, world):
    forged = Checkpoint(origin="bank.example/evidence", size=9, root=bytes(32))
    for path, content in (
        (world.folder.leaf_hashes_path, bytes(32 * 9)),
        (
            world.folder.checkpoint_path,
            sign_checkpoint(forged, signer=Ed25519Signer(forged.origin, bytes(32))).encode(),
        ),
        (world.folder.checkpoints_path, b"\n"),
        (world.folder.key_path, Ed25519Signer(forged.origin, bytes(32)).text().encode()),
    ):
        add_tail(database, world)
        before = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(EvidenceError, match="folder was changed"):
            extend(database, folder=world.folder, now=NOW)
        database.rollback()
        path.write_bytes(before)
    assert extended(database, world).size == SEALED


def test_the_folder_is_read_once_by_the_process_that_extends_it(database, world, monkeypatch):
    """Else every extension would take as long as the log is."""
    extended(database, world)
    monkeypatch.setattr(extending, "read_state", lambda _: pytest.fail("the whole folder was read again"))
    for seed in (91, 92):
        seal_one(database, world.folder, sizes=(2, 1, 0), seed=seed)
    assert read_state(world.folder).damage == ()
    assert verify(database, folder=world.folder, tables=TABLES).problems == ()


def test_what_another_process_wrote_is_read_before_it_is_continued(database, world, monkeypatch):
    extended(database, world)
    read = []
    monkeypatch.setattr(extending, "read_state", lambda folder: read.append(folder) or read_state(folder))
    world.folder.leaf_hashes_path.touch()
    extended(database, world)
    assert read == [world.folder]


def test_who_seals_is_not_kept_waiting_by_who_extends(database, database_url, world):
    extended(database, world)
    with connect(database_url) as sealer, connect(database_url) as extender:
        extend(extender, folder=world.folder, now=NOW)  # holds the checkpoints until its commit
        sealer.execute("SET lock_timeout = '5s'")
        fill_batch(sealer, batch=uuid.UUID(int=77), sizes=(1, 1, 1), seed=77)
        seal_batch(sealer, folder=world.folder, tables=TABLES, batch_id=uuid.UUID(int=77), now=NOW)
        sealer.commit()
        extender.commit()
    assert verify(database, folder=world.folder, tables=TABLES).open_entries == 3
