"""A bank, open for work: its documents, its database, its evidence — and one shape for all that writes.

A piece of work is one transaction. What it recorded is sealed inside that transaction; once it is committed
the evidence log is extended over it and a new checkpoint signed outside the database. A crash in between
loses nothing: the next piece of work takes the sealed entries in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from creditloop.data import Access, record_access
from creditloop.evidence import EvidenceFolder, Verification, extend, seal_batches, verify
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import Connection, SpareConnections, Subscription, deliver, load_queries
from creditloop.service.clock import now as clock_now
from creditloop.service.opening import DATABASE, open_database
from creditloop.service.places import Places
from creditloop.service.wiring import REACTIONS, deletion_records, sealed_tables
from creditloop.service.work import Reaction, Work

DELIVERIES_MOST = 500
"""Facts delivered by one call; the rest follow with the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """An open bank; see the module."""

    url: str
    places: Places
    evidence: EvidenceFolder
    clock: Callable[[], datetime] = clock_now
    spare: SpareConnections = field(default_factory=SpareConnections, repr=False, compare=False)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; at the end it is committed, or rolled back after an exception.

        Raises: SourceError if the database is gone.
        """
        with self.spare.lend(self.url) as connection:
            yield connection

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Do a piece of work: one transaction, sealed, then taken into the checkpoint."""
        with self.connection() as connection:
            denials: list[Access] = []
            try:
                with connection.transaction(), self._sealed(connection, denials) as work:
                    yield work
            finally:
                self._keep(connection, denials)
            self._extend(connection)

    def deliver(self) -> tuple[int, int]:
        """Let subscribers act on open facts, as many as one call takes; return (done, failed)."""
        with self.connection() as connection:
            denials: list[Access] = []
            subscriptions = [self._subscription(reaction, denials) for reaction in REACTIONS]
            try:
                outcome = deliver(
                    connection, subscriptions=subscriptions, most=DELIVERIES_MOST, now=self.clock()
                )
            finally:
                self._keep(connection, denials)
            self._extend(connection)
            return outcome

    def settle(self) -> None:
        """Wait until all that was committed by now is under a checkpoint; here it is, with each piece."""

    def verify(self) -> Verification:
        """Verify everything sealed against the checkpoint outside the database."""
        with self.connection() as connection:
            tables = sealed_tables(connection)
            connection.commit()  # on an idle connection verifying keeps nobody waiting
            return verify(connection, folder=self.evidence, tables=tables, deletions=deletion_records())

    @contextmanager
    def _sealed(self, connection: Connection, denials: list[Access]) -> Iterator[Work]:
        """Give a piece of work in the caller's transaction; then seal what it recorded and read.

        Reads it is denied are put down in `denials`, for when the transaction is over.
        """
        queries = load_queries("creditloop.service")
        reads_before = queries.last_access_no(connection)
        work = Work(
            connection=connection,
            now=self.clock(),
            places=self.places,
            subscriptions=[self._subscription(reaction, denials) for reaction in REACTIONS],
            record_denial=denials.append,
        )
        yield work
        for (batch_id,) in queries.accesses_at(connection, after=reads_before, now=work.now):
            work.recorded(batch_id)
        if work.batches:
            tables = sealed_tables(connection)
            seal_batches(
                connection, folder=self.evidence, tables=tables, batch_ids=work.batches, now=work.now
            )

    def _subscription(self, reaction: Reaction, denials: list[Access]) -> Subscription:
        def act(connection: Connection, fact: Fact) -> None:
            with self._sealed(connection, denials) as work:
                reaction.react(work, fact)

        return Subscription(subscriber=reaction.subscriber, kind=reaction.kind, act=act)

    def _keep(self, connection: Connection, denials: list[Access]) -> None:
        """Log denied reads in a transaction of their own, once the one that was denied is over.

        It is the same connection: another one might have to be waited for, by everybody denied at once.
        """
        if not denials:
            return
        with connection.transaction(), self._sealed(connection, []) as work:
            for access in denials:
                record_access(work.connection, access=replace(access, at=work.now))
        self._extend(connection)

    def _extend(self, connection: Connection) -> None:
        extend(connection, folder=self.evidence, now=self.clock())
        connection.commit()


def open_bank(*, places: Places, database: str = DATABASE, clock: Callable[[], datetime] = clock_now) -> Bank:
    """Open a bank on its database and its evidence folder.

    Args:
        database: name on the embedded server; on a server named by CREDITLOOP_DATABASE_URL that URL's own
            database is used.
    Raises: what `open_database` raises.
    """
    opened = open_database(places=places, database=database, now=clock())
    return Bank(url=opened.url, places=places, evidence=opened.evidence, clock=clock)
