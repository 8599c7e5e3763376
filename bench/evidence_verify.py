"""How long sealing and verifying a whole book takes.

    python -m bench.evidence_verify [ROWS] [SMALL]

One table shaped like a posting: one batch of ROWS (default 1,000,000), then SMALL (default 2,000) batches of
one row each, sealed one by one in a transaction of their own. CPU seconds are this process's and, where the
machine shows them, its server backend's. The server is its own, or the one of CREDITLOOP_TEST_DATABASE_URL.
"""

import os
import platform
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from creditloop.evidence import EvidenceFolder, extend, seal_batch, verify
from creditloop.kernel.storage import AppendOnlyTable, Connection, Room, connect, migrate
from creditloop.kernel.storage.server import ensure_running, stop

_NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_TABLE = AppendOnlyTable(
    name="bench.posting",
    key=("event_id", "leg"),
    columns=("batch_id", "row_no", "event_id", "leg", "party_id", "account", "amount_fen", "value_date"),
)
_SCHEMA = b"""
CREATE SCHEMA bench;
CREATE TABLE bench.posting (
    batch_id uuid, row_no integer, event_id uuid, leg smallint, party_id text, account text,
    amount_fen bigint, value_date date, PRIMARY KEY (batch_id, row_no)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bench.posting
    FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change();
"""
_ROWS = """
INSERT INTO bench.posting
SELECT %(batch)s, n, md5(n::text)::uuid, n %% 2, 'taiwan_cards/' || n %% 30000, 'principal',
    n::bigint * 7919 %% 10000000 - 5000000, date '2005-04-30' + n %% 180
FROM generate_series(0, %(rows)s - 1) AS n
"""


@contextmanager
def scratch_database() -> Iterator[str]:
    """Create a database, on a server of our own unless there is one for tests, and drop it again."""
    place = Path(tempfile.mkdtemp(prefix="creditloop-bench-"))
    place.chmod(0o711)  # a root's server runs as another user, which must be able to enter
    server_url = os.environ.get("CREDITLOOP_TEST_DATABASE_URL", "")
    own = not server_url
    try:
        if own:
            server_url = ensure_running(state=place / "state", environment={}).url
        name = f"bench_{uuid.uuid4().hex}"
        with psycopg.connect(server_url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}".encode())
            try:
                yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
            finally:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    finally:
        if own:
            stop(state=place / "state")
        shutil.rmtree(place)


def server_cpu(connection: Connection) -> float:
    """Return the CPU seconds of the connection's backend, 0 where the machine does not show them."""
    stat = Path(f"/proc/{connection.info.backend_pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def measured(connection: Connection, what: str, rows: int) -> Iterator[None]:
    """Print a line about the block: wall and CPU seconds, rows per CPU second."""
    wall, ours, servers = time.perf_counter(), time.process_time(), server_cpu(connection)
    yield
    wall, ours = time.perf_counter() - wall, time.process_time() - ours
    servers = server_cpu(connection) - servers
    print(f"{what:<14}{rows:>12,}{wall:>10.2f}{ours:>14.2f}{servers:>14.2f}{rows / (ours + servers):>14,.0f}")


def write_batch(connection: Connection, number: int, rows: int) -> uuid.UUID:
    """Write a batch of postings."""
    batch = uuid.UUID(int=number)
    connection.execute(_ROWS.encode(), {"batch": batch, "rows": rows})
    return batch


def main() -> None:
    """Print one line per step."""
    rows, small = (int(text) for text in (*sys.argv[1:3], "1000000", "2000")[:2])
    rooms = [Room(package="creditloop.kernel.storage"), Room(package="creditloop.evidence")]
    with scratch_database() as url, tempfile.TemporaryDirectory() as place, connect(url) as connection:
        migrate(connection, rooms=rooms, now=_NOW)
        connection.execute(_SCHEMA)
        batch = write_batch(connection, 1, rows)
        connection.commit()
        folder = EvidenceFolder.create(Path(place) / "evidence", origin="bench.example/evidence", now=_NOW)
        print(platform.platform(), platform.python_version(), "PostgreSQL", connection.info.server_version)
        print(
            f"{'step':<14}{'rows':>12}{'wall s':>10}{'CPU s ours':>14}{'CPU s server':>14}{'rows/CPU s':>14}"
        )
        with measured(connection, "seal", rows):
            seal_batch(connection, folder=folder, tables=[_TABLE], batch_id=batch, now=_NOW)
            connection.commit()
        with measured(connection, "extend", rows):
            extend(connection, folder=folder, now=_NOW)
            connection.commit()
        with measured(connection, "verify", rows):
            check(connection, folder, rows)
        with measured(connection, "seal small", small):
            for number in range(2, small + 2):
                batch = write_batch(connection, number, 1)
                seal_batch(connection, folder=folder, tables=[_TABLE], batch_id=batch, now=_NOW)
                connection.commit()
        with measured(connection, "extend small", small):
            extend(connection, folder=folder, now=_NOW)
            connection.commit()
        with measured(connection, "verify all", rows + small):
            check(connection, folder, rows + small)


def check(connection: Connection, folder: EvidenceFolder, rows: int) -> None:
    """Verify everything, and insist that it was everything and that nothing is wrong."""
    found = verify(connection, folder=folder, tables=[_TABLE])
    connection.rollback()
    if found.rows != rows or found.problems:
        raise SystemExit(f"verification is wrong: {found.rows} rows of {rows}, {found.problems[:3]}")


if __name__ == "__main__":
    main()
