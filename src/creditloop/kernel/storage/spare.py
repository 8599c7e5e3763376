"""Connections that were given back and are lent again (连接复用), for whoever works piece by piece.

A new connection is a new process of the server's, which reads the description of every table before it plans
for it: with the hundred tables that sealing looks into, twenty milliseconds that a second piece of work need
not wait for. A pool does the same for many at once and has threads of its own; here nothing runs meanwhile.
"""

import os
import select
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from psycopg.pq import TransactionStatus

from creditloop.kernel.storage.pool import Connection, connect

SPARE_MAX = 2
"""Connections kept of one database: a piece of work, and one within it."""


class SpareConnections:
    """The spare connections of one process; they are closed with this object."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._spare: dict[str, deque[Connection]] = {}
        # no `__del__`: of objects that refer to each other Python ends a connection before whoever keeps it
        weakref.finalize(self, _close, self._spare, self._process)

    def __reduce__(self) -> tuple[type["SpareConnections"], tuple[()]]:
        """Travel to another process as a new one: a connection has one process at either end."""
        return SpareConnections, ()

    @contextmanager
    def lend(self, url: str) -> Iterator[Connection]:
        """Lend a connection; at the end it is committed, or rolled back and closed after an exception.

        Raises: as `connect`.
        """
        connection = self._usable(url) or connect(url)
        try:
            yield connection
            if not connection.closed:
                connection.commit()
        except BaseException:
            connection.close()  # the server rolls back; what state it is in nobody needs to know
            raise
        self._keep(url, connection)

    def close(self) -> None:
        """Close what is kept."""
        _close(self._spare, self._process)

    def _usable(self, url: str) -> Connection | None:
        """Return a kept connection on which the server has said nothing: one that ended has been said so."""
        if self._process != os.getpid():  # forked: these are the parent's
            return None
        spare = self._spare.get(url)
        while spare:
            try:
                connection = spare.pop()
            except IndexError:  # another thread took the last one
                return None
            if not connection.closed and not _has_news(connection):
                return connection
            connection.close()
        return None

    def _keep(self, url: str, connection: Connection) -> None:
        idle = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
        spare = self._spare.setdefault(url, deque())
        if idle and not connection.autocommit and len(spare) < SPARE_MAX and self._process == os.getpid():
            spare.append(connection)
        else:
            connection.close()


def _close(kept: Mapping[str, deque[Connection]], process: int) -> None:
    for spare in kept.values():
        while spare and process == os.getpid():
            spare.pop().close()


def _has_news(connection: Connection) -> bool:
    watch = select.poll()  # select() itself knows no descriptor over 1,023
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(0))
