"""A bank whose pieces of work share a few open connections: a request need not open one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from psycopg_pool import ConnectionPool, PoolTimeout

from creditloop.evidence import extend
from creditloop.kernel.errors import SourceError
from creditloop.kernel.storage import Connection, open_pool
from creditloop.service.bank import Bank
from creditloop.service.http.checkpointing import Checkpointer
from creditloop.service.work import Work

CONNECTIONS_MAX = 8
"""Open at once; work beyond them waits its turn. Sealing goes one at a time anyway, and so does extending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledBank(Bank):
    """A bank that works over a pool; whoever made it closes it."""

    pool: ConnectionPool[Connection]
    checkpointer: Checkpointer

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection; at the end it is committed, or rolled back after an exception.

        Raises: SourceError if none gets free in time, or the database is gone.
        """
        try:
            with self.pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise SourceError("no connection to the database is free; try again") from error

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Do a piece of work: one transaction, sealed; the checkpoint follows.

        Raises: SourceError while no checkpoint can be signed.
        """
        self.checkpointer.check()
        with Bank.work(self) as work:
            yield work

    def settle(self) -> None:
        """Wait until what was committed by now is under a checkpoint; hold no connection meanwhile.

        Raises: SourceError if that takes too long.
        """
        self.checkpointer.settle()

    def close(self) -> None:
        """Sign the last checkpoint, then close the pool."""
        self.checkpointer.close()
        self.pool.close()

    def _extend(self, connection: Connection) -> None:
        connection.commit()
        self.checkpointer.ask()


def pooled(bank: Bank) -> PooledBank:
    """Return the same bank over a pool of its own.

    Raises: SourceError if the database does not answer.
    """
    same = {field.name: getattr(bank, field.name) for field in fields(Bank)}
    pool = open_pool(bank.url, size_max=CONNECTIONS_MAX)

    def extend_log() -> None:
        with pool.connection() as connection:
            extend(connection, folder=bank.evidence, now=bank.clock())

    return PooledBank(**same, pool=pool, checkpointer=Checkpointer(extend_log))
