"""A database that one seed after the other works in, emptied in between; what stands in it as one hash."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from creditloop.book.day_end.tables import DAY_END_TABLES
from creditloop.kernel.storage import connect, migrate
from creditloop.kernel.storage.server import ensure_running, stop
from creditloop.service.places import Places
from creditloop.service.rooms import ROOMS

REPOSITORY = Path(__file__).parents[2]
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)


class Site:
    """A migrated database, a folder with the bank's documents, and an observer's connection."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        (folder / "documents").mkdir(parents=True)
        shutil.copytree(REPOSITORY / "policies", folder / "documents" / "policies")
        with connect(url) as connection:
            migrate(connection, rooms=ROOMS, now=_WHEN)
        self.observer: psycopg.Connection[Any] = psycopg.Connection.connect(url, autocommit=True)

    @property
    def places(self) -> Places:
        """Where a bank of this site has its things."""
        return Places(
            documents=self.folder / "documents",
            state=self.folder / "state",
            environment={"CREDITLOOP_DATABASE_URL": self.url},
        )

    def close(self) -> None:
        """Leave the database."""
        self.observer.close()

    def empty(self, *, whole: bool) -> None:
        """Take out every row, and set numbers back, so that a seed finds what a new database holds.

        Args:
            whole: of all rooms and the evidence folder, else of the book alone.
        """
        kept = "schema NOT IN ('pg_catalog', 'information_schema', 'migration')"
        mine = kept if whole else "schema = 'book'"
        with self.observer.transaction():
            # the book refuses deletions by its triggers; this is no process of the bank
            self.observer.execute("SET LOCAL session_replication_role = replica")
            self.observer.execute(_EMPTY.replace("MINE", mine).encode())
        if whole:
            shutil.rmtree(self.folder / "state", ignore_errors=True)

    def digest(self) -> str:
        """Return the hash of every row of loans and days, in the order of their keys."""
        digest = sha256()
        for table in DAY_END_TABLES:
            query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
                sql.SQL(", ").join(map(sql.Identifier, table.columns)),
                sql.Identifier(*table.name.split(".")),
                sql.SQL(", ").join(map(sql.Identifier, table.key)),
            )
            digest.update(f"{table.name}\n".encode())
            with self.observer.cursor().copy(query) as copy:
                for block in copy:
                    digest.update(block)
        return digest.hexdigest()


_EMPTY = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN
        SELECT n.nspname AS schema, c.relname AS name FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_inherits i ON i.inhrelid = c.oid WHERE i.inhparent = 'book.loan_day'::regclass
    LOOP EXECUTE format('DROP TABLE %I.%I', each.schema, each.name); END LOOP;
    FOR each IN SELECT schema, name FROM (
        SELECT n.nspname::text AS schema, c.relname AS name FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r') AS found WHERE MINE
    LOOP EXECUTE format('DELETE FROM %I.%I', each.schema, each.name); END LOOP;
    FOR each IN SELECT schema, name, start FROM (
        SELECT n.nspname::text AS schema, c.relname AS name, s.seqstart AS start
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace) AS found WHERE MINE
    LOOP PERFORM setval(format('%I.%I', each.schema, each.name)::regclass, each.start, false); END LOOP;
END $$
"""


@contextmanager
def new_site(server_url: str) -> Iterator[Site]:
    """Make a site on a server for a while."""
    name = f"faults_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with tempfile.TemporaryDirectory(prefix="creditloop-faults-") as folder:
                url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
                site = Site(url, Path(folder))
                try:
                    yield site
                finally:
                    site.close()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def some_server() -> Iterator[str]:
    """Give the address of a server: the tests' own if it is named, else one started for the while."""
    if running := os.environ.get("CREDITLOOP_TEST_DATABASE_URL"):
        yield running
        return
    folder = Path(tempfile.mkdtemp(prefix="creditloop-faults-"))
    folder.chmod(0o711)
    environment = {name: value for name, value in os.environ.items() if name != "CREDITLOOP_DATABASE_URL"}
    try:
        yield ensure_running(state=folder / "state", environment=environment).url
    finally:
        stop(state=folder / "state")
        shutil.rmtree(folder)
