"""The line between the bank's code and its database, on which a simulator lets one thing fail at a time.

Every connection the code opens meanwhile is wrapped: each round trip (a statement, a block of COPY, a
COMMIT), and each write to the evidence folder, is counted, and the armed strike falls on one of them. What
fails, fails on the server too: a killed process's connection is closed, so its transaction is rolled back; a
full disk is an error the server raises, which aborts the transaction; a lost reply is one to a statement that
ran.
"""

import errno
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from tests.faults.defects import commit_in_the_middle

from creditloop.evidence import folder as evidence_folder

_DISK_FULL = (
    b"DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device'"
    b" USING ERRCODE = '53100'; END $$"
)


class Killed(BaseException):
    """The bank's process is gone in the middle of its work: nothing of it runs on."""


class Fault(StrEnum):
    """What can happen on a round trip."""

    KILLED = "killed before"
    KILLED_AFTER = "killed after"
    CUT = "connection lost before"
    CUT_AFTER = "reply lost after"
    DISK_FULL = "disk full at"


_COMMITS = ("_commit_gen", "_exit_gen")
"""How psycopg calls its round trips that end a transaction."""
AFTER = (Fault.KILLED_AFTER, Fault.CUT_AFTER)
"""The statement is done by then; if it was a COMMIT, the work is."""


@dataclass(slots=True)
class Strike:
    """A fault that is going to happen.

    Attributes:
        at: the round trip; None: a COMMIT that makes something true, just before or just after it.
        passing: how many of those it lets pass.
        fell: whether it happened.
    """

    fault: Fault
    at: int | None
    passing: int = 0
    fell: bool = False


@dataclass(slots=True)
class Wire:
    """See the module.

    Attributes:
        trips: round trips since the strike was armed.
        dead: the process was killed; whatever it still tries fails as well, until it is started again.
        staged: what becomes true with the next COMMIT the server answers.
        halves: a defect for tests: a transaction is committed in the middle, before a COPY into this table.
        unchecked: for tests: connections switch the database's own checks off.
    """

    strike: Strike | None = None
    trips: int = 0
    dead: bool = False
    staged: list[Callable[[], None]] = field(default_factory=list)
    connections: "list[FaultyConnection]" = field(default_factory=list)
    halves: str | None = None
    unchecked: bool = False

    def arm(self, strike: Strike | None) -> None:
        """Count from here on, with a strike to come or none; nothing is staged."""
        self.strike, self.trips = strike, 0
        self.staged.clear()

    def restart(self) -> None:
        """Start the process again: it holds no connection."""
        self.dead = False
        self.connections.clear()
        self.arm(None)

    def trip(self) -> Fault | None:
        """Count a round trip; return what happens on it.

        Raises: Killed if the process is gone.
        """
        if self.dead:
            raise Killed
        number, self.trips = self.trips, self.trips + 1
        strike = self.strike
        return strike.fault if strike is not None and not strike.fell and strike.at == number else None

    def committing(self) -> Fault | None:
        """Return what happens before a COMMIT is sent, if the strike waits for this."""
        strike = self.strike
        if not self.staged or strike is None or strike.fell or strike.at is not None:
            return None
        strike.passing -= 1
        return strike.fault if strike.passing < 0 and strike.fault not in AFTER else None

    def committed(self) -> Fault | None:
        """Make true what was staged; return what happens now, if the strike waits for this."""
        if not self.staged:
            return None
        for effect in self.staged:
            effect()
        self.staged.clear()
        strike = self.strike
        if strike is None or strike.fell or strike.at is not None:
            return None
        return strike.fault if strike.passing < 0 else None

    def fall(self) -> None:
        """Note that the strike happened: what was staged never becomes true."""
        assert self.strike is not None
        self.strike.fell = True
        self.staged.clear()

    def kill(self) -> None:
        """End the process: the server sees every connection closed.

        Raises: Killed.
        """
        self.fall()
        self.dead = True
        for connection in self.connections:
            connection.pgconn.finish()
        raise Killed


class _Cursor(psycopg.Cursor[Any]):
    """A cursor that can commit where nobody asked for it."""

    def copy(self, statement: Any, *args: Any, **named: Any) -> Any:
        """Begin a COPY."""
        wire = self.connection.wire if isinstance(self.connection, FaultyConnection) else None
        text = statement if isinstance(statement, bytes) else statement.as_bytes(None)
        if wire is not None and wire.halves is not None and f'"{wire.halves}"'.encode() in text:
            commit_in_the_middle(self.connection)
        return super().copy(statement, *args, **named)


class FaultyConnection(psycopg.Connection[Any]):
    """A connection whose round trips go through a wire."""

    wire: Wire | None = None
    answered = False
    """Whether the round trip just made was a COMMIT the server did."""

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **named: Any) -> Any:
        """Make a round trip, unless something happens to it."""
        if self.wire is None:
            return super().wait(gen, *args, **named)
        try:
            fault = self.wire.trip()
        except Killed:
            gen.close()
            raise
        if gen.__name__ in _COMMITS:
            fault = self.wire.committing() or fault
        if fault is Fault.DISK_FULL and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
            assert self.wire.strike is not None  # within a COPY the server reads on: at the next round trip
            self.wire.strike.at, fault = self.wire.trips, None
        if fault is not None and fault not in AFTER:
            gen.close()
            self._strike(self.wire, fault)
        self.answered = False
        result = super().wait(gen, *args, **named)
        if self.answered:
            fault = self.wire.committed() or fault
        if fault is not None:
            self._strike(self.wire, fault)
        return result

    def _strike(self, wire: Wire, fault: Fault) -> None:
        if fault in (Fault.KILLED, Fault.KILLED_AFTER):
            wire.kill()
        wire.fall()
        if fault is Fault.DISK_FULL:
            raise psycopg.errors.error_from_result(self.pgconn.exec_(_DISK_FULL))
        self.pgconn.finish()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def _exec_command(self, command: Any, *args: Any, **named: Any) -> Generator[Any, Any, Any]:
        result = yield from super()._exec_command(command, *args, **named)
        if command == b"COMMIT":
            self.answered = result is not None and result.command_status == b"COMMIT"
        elif command == b"ROLLBACK" and self.wire is not None:
            self.wire.staged.clear()
        return result


@contextmanager
def wired(wire: Wire) -> Iterator[None]:
    """Let every connection that is opened, and every write to an evidence folder, go through a wire."""
    plain, append = psycopg.connect, evidence_folder._append

    def connect(url: str, **named: Any) -> FaultyConnection:
        fault = wire.trip()
        if fault in (Fault.KILLED, Fault.KILLED_AFTER):
            wire.kill()
        if fault is not None:
            wire.fall()
            raise psycopg.OperationalError("connection refused")
        connection = FaultyConnection.connect(url, cursor_factory=_Cursor, **named)
        if wire.unchecked:
            connection.execute("SET session_replication_role = replica")
            connection.commit()
        connection.wire = wire
        wire.connections.append(connection)
        return connection

    def torn(path: Path, data: bytes, *, at: int) -> None:
        fault = wire.trip()
        if fault is None or fault in AFTER:
            append(path, data, at=at)
        else:
            append(path, data[: len(data) // 2], at=at)
        if fault in (Fault.KILLED, Fault.KILLED_AFTER):
            wire.kill()
        if fault is not None:
            wire.fall()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    psycopg.connect, evidence_folder._append = connect, torn  # type: ignore[assignment]
    try:
        yield
    finally:
        psycopg.connect, evidence_folder._append = plain, append
