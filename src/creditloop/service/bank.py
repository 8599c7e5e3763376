"""A bank, open for work: its documents, its database, its evidence — and one shape for all that writes.

A piece of work is one transaction. What it recorded is sealed inside that transaction; once it is committed
the evidence log is extended over it and a new checkpoint signed outside the database. A crash in between
loses nothing: the next piece of work takes the sealed entries in.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from creditloop.data import Access, record_access
from creditloop.evidence import EvidenceFolder, Verification, extend, seal_batch, verify
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import Connection, Subscription, connect, deliver, load_queries, migrate
from creditloop.kernel.storage.server import (
    Server,
    create_database,
    database_url,
    ensure_running,
    make_state_folder,
)
from creditloop.service.clock import now as clock_now
from creditloop.service.places import Places
from creditloop.service.wiring import REACTIONS, ROOMS, sealed_tables
from creditloop.service.work import Reaction, Work

DATABASE = "creditloop"
"""Name of the bank's database on the embedded server."""
DELIVERIES_MOST = 500
"""Facts delivered by one call; the rest follow with the next."""
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """An open bank; see the module."""

    url: str
    places: Places
    evidence: EvidenceFolder
    clock: Callable[[], datetime] = clock_now

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Do a piece of work: one transaction, sealed, then taken into the checkpoint."""
        with connect(self.url) as connection:
            with connection.transaction(), self._sealed(connection) as work:
                yield work
            self._extend(connection)

    def deliver(self) -> tuple[int, int]:
        """Let subscribers act on open facts, as many as one call takes; return (done, failed)."""
        with connect(self.url) as connection:
            subscriptions = [self._subscription(reaction) for reaction in REACTIONS]
            outcome = deliver(connection, subscriptions=subscriptions, most=DELIVERIES_MOST, now=self.clock())
            self._extend(connection)
            return outcome

    def verify(self) -> Verification:
        """Verify everything sealed against the checkpoint outside the database."""
        with connect(self.url) as connection:
            tables = sealed_tables(connection)
            connection.commit()  # on an idle connection verifying keeps nobody waiting
            return verify(connection, folder=self.evidence, tables=tables)

    @contextmanager
    def _sealed(self, connection: Connection) -> Iterator[Work]:
        """Give a piece of work in the caller's transaction; then seal what it recorded and read."""
        queries = load_queries("creditloop.service")
        reads_before = queries.last_access_no(connection)
        work = Work(
            connection=connection,
            now=self.clock(),
            places=self.places,
            subscriptions=[self._subscription(reaction) for reaction in REACTIONS],
            record_denial=self._record_denial,
        )
        yield work
        for (batch_id,) in queries.accesses_at(connection, after=reads_before, now=work.now):
            work.recorded(batch_id)
        tables = sealed_tables(connection)
        for batch_id in work.batches:
            seal_batch(connection, folder=self.evidence, tables=tables, batch_id=batch_id, now=work.now)

    def _subscription(self, reaction: Reaction) -> Subscription:
        def act(connection: Connection, fact: Fact) -> None:
            with self._sealed(connection) as work:
                reaction.react(work, fact)

        return Subscription(subscriber=reaction.subscriber, kind=reaction.kind, act=act)

    def _record_denial(self, access: Access) -> None:
        """Log a denied read in a piece of work of its own: the one that was denied is about to fail."""
        with self.work() as work:
            record_access(work.connection, access=replace(access, at=work.now))

    def _extend(self, connection: Connection) -> None:
        extend(connection, folder=self.evidence, now=self.clock())
        connection.commit()


def open_bank(*, places: Places, database: str = DATABASE, clock: Callable[[], datetime] = clock_now) -> Bank:
    """Open a bank: start or find the server, bring the database to this version, open the evidence folder.

    Args:
        database: name on the embedded server; on a server named by CREDITLOOP_DATABASE_URL that URL's own
            database is used.
    Raises: what `ensure_running` and `migrate` raise; EvidenceError if the database holds sealed entries and
        its evidence folder is gone.
    """
    server = ensure_running(state=places.state, environment=places.environment)
    url = _url(server, database)
    with connect(url) as connection:
        migrate(connection, rooms=ROOMS, now=clock())
        evidence = _evidence_folder(connection, places=places, now=clock())
        connection.commit()
        _take_in(connection, folder=evidence, now=clock())
    return Bank(url=url, places=places, evidence=evidence, clock=clock)


def _url(server: Server, database: str) -> str:
    if server.socket_dir is None:
        return server.url
    create_database(server, database)
    return database_url(server, database)


def _take_in(connection: Connection, *, folder: EvidenceFolder, now: datetime) -> None:
    """Take in what a process left that was killed between sealing and signing.

    A log that was tampered with cannot be extended. The bank is opened all the same, or nobody could verify
    it; verifying names what is wrong, and no piece of work ends well until it is put right.
    """
    with suppress(EvidenceError), connection.transaction():
        extend(connection, folder=folder, now=now)


def _evidence_folder(connection: Connection, *, places: Places, now: datetime) -> EvidenceFolder:
    """Open the evidence folder of the database that is connected, under that database's own name."""
    name = connection.info.dbname
    if not _FOLDER_NAME.fullmatch(name):
        raise InputError(
            "the evidence folder is named after the database, and this is no name for a folder",
            got=name,
            expected="letters, digits, _ and -",
        )
    parent = make_state_folder(places.state).state / "evidence"
    parent.mkdir(mode=0o700, exist_ok=True)
    folder = EvidenceFolder(parent / name)
    load_queries("creditloop.service").lock_opening(connection)  # of two who open it first, one makes the key
    if folder.path.exists():
        return folder
    if connection.execute("SELECT EXISTS (SELECT FROM evidence.entry)").fetchone() == (True,):
        # a new key here would let a rewritten database pass as a new one
        raise EvidenceError(
            "the database holds sealed entries, but its evidence folder is gone",
            where={"file": folder.path},
            hint="restore the folder from its backup",
        )
    return EvidenceFolder.create(folder.path, origin=f"creditloop/{name}", now=now)
