"""Sealing, extending and verifying at the same time."""

import importlib
import threading
import time
import uuid

from sealed_world import NOW, TABLES, fill_batch, seal_one

from creditloop.evidence import extend, seal_batch, verify
from creditloop.kernel.storage import connect


def test_verifying_on_an_idle_connection_keeps_no_sealer_waiting(database, database_url, world, monkeypatch):
    """A sealer finishes while the verifier is in the middle of its work."""
    sealed = threading.Event()
    started = threading.Event()
    module = importlib.import_module("creditloop.evidence.verify")
    original = module.check_rows

    def slow_check(connection, **arguments):
        started.set()
        assert sealed.wait(timeout=20), "the sealer was kept waiting"
        return original(connection, **arguments)

    def seal():
        started.wait(timeout=20)
        with connect(database_url) as connection:
            seal_one(connection, world.folder, sizes=(1, 1, 1), seed=50)
        sealed.set()

    monkeypatch.setattr(module, "check_rows", slow_check)
    sealer = threading.Thread(target=seal)
    sealer.start()
    found = verify(database, folder=world.folder, tables=TABLES)
    sealer.join()
    assert (found.problems, found.entries) == ((), 9)
    assert verify(database, folder=world.folder, tables=TABLES).entries == 12


def test_verifying_waits_for_a_sealer_who_is_about_to_commit(database, database_url, world):
    with connect(database_url) as connection:
        extend(connection, folder=world.folder, now=NOW)  # holds the log until the commit
        verifier = threading.Thread(
            target=lambda: found.append(verify(database, folder=world.folder, tables=TABLES).problems)
        )
        found: list = []
        verifier.start()
        time.sleep(0.3)
        assert found == []
        connection.commit()
        verifier.join()
    assert found == [()]


def test_sealers_extenders_and_verifiers_do_not_disturb_each_other(database_url, database, world):
    """Two sealers at once number their entries densely; a verifier in between never sees half of anything."""
    failures = []

    def work(first: int) -> None:
        try:
            with connect(database_url) as connection:
                for number in range(first, first + 8):
                    batch = uuid.UUID(int=number)
                    fill_batch(connection, batch=batch, sizes=(3, 2, 1), seed=number)
                    seal_batch(connection, folder=world.folder, tables=TABLES, batch_id=batch, now=NOW)
                    connection.commit()
                    extend(connection, folder=world.folder, now=NOW)
                    connection.commit()
        except Exception as error:
            failures.append(error)

    sealers = [threading.Thread(target=work, args=(first,)) for first in (1_000, 2_000)]
    for sealer in sealers:
        sealer.start()
    seen = set()
    while any(sealer.is_alive() for sealer in sealers):
        found = verify(database, folder=world.folder, tables=TABLES)
        assert found.problems == ()
        seen.add(found.entries)
    for sealer in sealers:
        sealer.join()
    assert failures == []
    found = verify(database, folder=world.folder, tables=TABLES)
    assert (found.problems, found.entries, found.open_entries) == ((), 9 + 2 * 8 * 3, 0)
    assert len(seen) > 1, "the verifier never ran while entries were being added"
