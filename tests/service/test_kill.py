"""SIGKILL in the middle of posting and sealing: every acknowledged month is there, and none by half."""

import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from tests.service.small_bank import (
    CUSTOMERS,
    MONTHS,
    REPOSITORY,
    import_and_post,
    places_of,
    write_documents,
)

from creditloop.kernel.storage import Connection, connect
from creditloop.service.bank import Bank, open_bank

ROUNDS = 6
PROCESS = [sys.executable, "-m", "tests.service.posting_process"]


@pytest.fixture
def address(server_url: str, template: str) -> Iterator[str]:
    """A database for a killed bank, beside the fixture's own."""
    name = f"killed_{uuid.uuid4().hex}"
    names = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


def run_and_kill(folder: Path, url: str, *, after_seconds: float) -> tuple[list[str], bool]:
    """Kill the process some time after it opened the bank; return what it acknowledged, and if it ended."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen(
        [*PROCESS, str(folder), url], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "opened\n"
    time.sleep(after_seconds)
    process.kill()
    said, _ = process.communicate(timeout=60)
    return said.split(), process.returncode == 0


def book_of(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything the book and the classification say, without the moments at which it was done."""
    queries = {
        "events": "SELECT party_id, sequence, kind, amount_fen, hash FROM book.event ORDER BY 1, 2",
        "postings": "SELECT party_id, sequence, leg, account, amount_fen FROM book.posting ORDER BY 1, 2, 3",
        "batches": "SELECT batch_key, rows_hash, event_count FROM book.batch ORDER BY 1",
        "verdicts": "SELECT business_date, party_id, owed_fen, bank_class FROM monitor.classification"
        " JOIN monitor.classification_batch USING (batch_id) ORDER BY 1, 2",
        "facts": "SELECT kind, key, payload FROM kernel.fact ORDER BY 1, 2",
    }
    return {name: connection.execute(query.encode()).fetchall() for name, query in queries.items()}


def check_whole(bank: Bank, acknowledged: set[str]) -> None:
    """Every acknowledged month is there, and every month that is there is whole."""
    with connect(bank.url) as connection:
        months = connection.execute(
            b"SELECT b.business_date::text, b.event_count, b.posting_count,"
            b" (SELECT count(*) FROM book.event e WHERE e.batch_id = b.batch_id),"
            b" (SELECT count(*) FROM book.posting p WHERE p.batch_id = b.batch_id),"
            b" (SELECT count(*) FROM kernel.fact f WHERE f.key = b.batch_key) FROM book.batch b"
        ).fetchall()
        runs = connection.execute(
            b"SELECT business_date::text,"
            b" (SELECT count(*) FROM monitor.classification c WHERE c.batch_id = b.batch_id)"
            b" FROM monitor.classification_batch b"
        ).fetchall()
        waiting = connection.execute(
            b"SELECT f.payload::json->>'business_date' FROM kernel.delivery d"
            b" JOIN kernel.fact f USING (fact_id) WHERE d.delivered_at IS NULL"
        ).fetchall()
    assert acknowledged <= {month for month, *_ in months}
    # answered, too, unless the delivery is still leased to the process that was killed
    assert acknowledged <= {month for month, _ in runs} | {month for (month,) in waiting}
    for _, event_count, posting_count, events, postings, facts in months:
        assert (events, postings, facts) == (event_count, posting_count, 1)
    assert {count for _, count in runs} <= {CUSTOMERS}
    verification = bank.verify()
    assert verification.problems == ()


@pytest.mark.outside
def test_a_kill_at_any_moment_loses_nothing_and_halves_nothing(
    small_bank: Bank, tmp_path: Path, address: str
) -> None:
    import_and_post(small_bank)
    with connect(small_bank.url) as connection:
        undisturbed = book_of(connection)
    folder, draw = tmp_path / "killed", random.Random(9)
    write_documents(folder / "documents")
    acknowledged: set[str] = set()
    rounds = 0
    for attempt in range(ROUNDS):
        # ever later into the work: the first kills hit the import, the last the later months
        said, ended = run_and_kill(folder, address, after_seconds=draw.uniform(0.02, 0.4 + attempt * 0.25))
        acknowledged |= set(said)
        rounds += not ended
        check_whole(open_bank(places=places_of(folder, address)), acknowledged)
    assert rounds >= ROUNDS // 2, "most rounds were killed in the middle"
    bank = open_bank(places=places_of(folder, address))
    import_and_post(bank)
    deadline = time.monotonic() + 30
    with connect(bank.url) as connection:
        # a delivery whose worker was killed is leased for some minutes; let them pass for the database
        connection.execute("UPDATE kernel.delivery SET leased_until = NULL WHERE delivered_at IS NULL")
    while bank.deliver() != (0, 0):
        assert time.monotonic() < deadline
    check_whole(bank, {str(month) for month in MONTHS})
    with connect(bank.url) as connection:
        assert book_of(connection) == undisturbed
    assert bank.verify().open_entries == 0
