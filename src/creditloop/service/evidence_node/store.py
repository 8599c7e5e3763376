"""A node's store (节点存储): logs, notes, proposals, verdicts and audit in a PostgreSQL database of its own.

One connection, one thread, one process: `take_turn` holds a lock as long as the connection lives. Each write
is one transaction, durable when it returns. If the server fails, the connection is thrown away and the next
call opens another; `take_lost` says so, because another process may have written in between: what was in
doubt is read again and never assumed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

import psycopg
from psycopg.conninfo import make_conninfo

from creditloop.evidence.network.node import AuditLine, LogNotes, StoredRound
from creditloop.kernel.errors import InputError, OutOfOrder, SourceError, StateError
from creditloop.kernel.storage import Connection, Room, connect, copy_rows, load_queries
from creditloop.service.evidence_node.audit_limit import AuditLimit

NODE_ROOMS = (Room(package="creditloop.kernel.storage"), Room(package="creditloop.service.evidence_node"))
"""What a node's database holds: nothing of the bank's."""
_QUERIES = load_queries("creditloop.service.evidence_node")
_ROUND = ("origin", "first", "after", "body")
_ROUNDS_AT_ONCE = 64
_UNANSWERED_MS = 20_000
"""A server that is not there any more, and did not say so, is given up after this long."""
_Result = TypeVar("_Result")


class NodeStore:
    """The ports `Store` and `Audit` of a node; call it from one thread.

    Args:
        url: of the node's own database, which has the node's tables.

    Raises: StateError if another process runs on this store; SourceError if the database does not answer.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url = make_conninfo(url, tcp_user_timeout=_UNANSWERED_MS, keepalives_idle=10)
        except psycopg.ProgrammingError as error:  # its text repeats the address, which may hold a password
            raise InputError(
                "not the address of a database", expected="postgresql://user@host:port/name"
            ) from error
        self._connection: Connection | None = None
        self._lost = False
        self._limit = AuditLimit()
        try:
            self._ready()
        except psycopg.Error as error:
            raise SourceError("the node's store fails", got=str(error).strip()[:200]) from error

    def close(self) -> None:
        """Give the store back."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def take_lost(self) -> bool:
        """Say whether the connection was lost since this was asked last: others may have written since."""
        lost, self._lost = self._lost, False
        return lost

    def _ready(self) -> Connection:
        if self._connection is None:
            connection = connect(self.url)
            try:
                (mine,) = _QUERIES.take_turn(connection)
                connection.commit()
                if not mine:
                    raise StateError("another process runs this node", hint="stop it first")
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _done(self, act: Callable[[Connection], _Result]) -> _Result:
        """Do something in one transaction.

        Raises: SourceError if the database fails; it is not known then whether it was done.
        """
        try:
            connection = self._ready()
            with connection.transaction():
                return act(connection)
        except psycopg.Error as error:
            self.close()
            self._lost = True
            raise SourceError("the node's store fails", got=str(error).strip()[:200]) from error

    # logs

    def notes(self, origin: str) -> LogNotes:
        """Return the notes of a log."""
        found = self._done(lambda connection: _QUERIES.find_note(connection, origin=origin))
        return LogNotes() if found is None else LogNotes(latest=found[0], final=found[1])

    def rounds(self, origin: str, *, first: int, bytes_max: int | None = None) -> Iterator[StoredRound]:
        """Return the rounds that end after an entry's index, in order; see the port."""
        total, at_once = 0, _ROUNDS_AT_ONCE if bytes_max is None else 4
        while True:
            found = self._some_rounds(origin, first=first, rounds_max=at_once)
            for stored in found:
                if bytes_max is not None and total and total + len(stored.body) > bytes_max:
                    return
                total += len(stored.body)
                yield stored
            if len(found) < at_once:
                return
            first = found[-1].after

    def _some_rounds(self, origin: str, *, first: int, rounds_max: int) -> list[StoredRound]:
        def act(connection: Connection) -> list[StoredRound]:
            rows = _QUERIES.find_rounds(connection, origin=origin, first=first, rounds_max=rounds_max)
            return [StoredRound(first=at, after=after, body=bytes(body)) for at, after, body in rows]

        return self._done(act)

    def rounds_before(
        self, origin: str, *, before: int, rounds_max: int, firsts: Sequence[int] | None = None
    ) -> list[StoredRound]:
        """Return the last rounds of a log that end at or before an entry, the newest first.

        Args:
            firsts: if given, only rounds that begin there and have objections.
        """

        def act(connection: Connection) -> list[StoredRound]:
            asked: dict[str, object] = {"origin": origin, "before": before, "rounds_max": rounds_max}
            if firsts is None:
                rows = _QUERIES.find_rounds_before(connection, **asked)
            else:
                rows = _QUERIES.find_objected_rounds(connection, **asked, firsts=list(firsts))
            return [StoredRound(first=first, after=after, body=bytes(body)) for first, after, body in rows]

        return self._done(act)

    def append(
        self, origin: str, *, size_before: int, rounds: Sequence[StoredRound], root: bytes, latest: str
    ) -> None:
        """Append rounds and replace the latest note, all in one; see the port.

        Raises: OutOfOrder if the log has another size; SourceError if the database fails.
        """
        del root  # every round's body has it, signed
        rows = [(origin, one.first, one.after, one.body) for one in rounds]

        def act(connection: Connection) -> None:
            _check_size(connection, origin, size_before)
            copy_rows(connection, table="node.round", columns=_ROUND, rows=rows)
            _QUERIES.save_latest(connection, origin=origin, size=rounds[-1].after, latest=latest)

        self._done(act)

    def save_latest(self, origin: str, *, size: int, latest: str) -> None:
        """Replace the latest note of a log by one of the same checkpoint.

        Raises: OutOfOrder if the log has another size; SourceError if the database fails.
        """

        def act(connection: Connection) -> None:
            _check_size(connection, origin, size)
            _QUERIES.save_latest(connection, origin=origin, size=size, latest=latest)

        self._done(act)

    def save_final(self, origin: str, *, final: str) -> None:
        """Replace the final note of a log."""
        self._done(lambda connection: _QUERIES.save_final(connection, origin=origin, final=final))

    # proposals and verdicts

    def save_proposal(self, *, batch: str, body: bytes) -> None:
        """Keep a batch that waits, after those kept before."""
        self._done(lambda connection: _QUERIES.insert_proposal(connection, batch=batch, body=body))

    def drop_proposal(self, *, batch: str) -> None:
        """Forget a proposal that is decided; nothing happens if there is none."""
        self._done(lambda connection: _QUERIES.delete_proposal(connection, batch=batch))

    def proposals(self) -> Iterator[bytes]:
        """Return the batches that wait, in the order they came."""
        return self._bodies(_QUERIES.find_proposals)

    def save_verdict(self, origin: str, *, batch_hash: str, size: int, header: bytes, verdict: bytes) -> None:
        """Keep a verdict we are about to give."""
        self._done(
            lambda connection: _QUERIES.insert_verdict(
                connection, origin=origin, size=size, batch_hash=batch_hash, header=header, verdict=verdict
            )
        )

    def find_verdict(self, origin: str, *, batch_hash: str, size: int) -> bytes | None:
        """Return the verdict given on a batch on top of a size, None if none was."""
        found = self._done(
            lambda connection: _QUERIES.find_verdict(
                connection, origin=origin, size=size, batch_hash=batch_hash
            )
        )
        return None if found is None else bytes(found[0])

    def headers(self, origin: str, *, size: int) -> Iterator[bytes]:
        """Return the headers of the batches on which a verdict was given on top of `size` or more."""
        return self._bodies(lambda connection: _QUERIES.find_headers(connection, origin=origin, size=size))

    def save_contradiction(self, *, body: bytes) -> None:
        """Keep the proof that a party contradicted itself."""
        self._done(lambda connection: _QUERIES.insert_contradiction(connection, body=body))

    def contradictions(self) -> Iterator[bytes]:
        """Return the proofs in the order they were kept."""
        return self._bodies(_QUERIES.find_contradictions)

    def _bodies(self, find: Callable[[Connection], Iterator[tuple[bytes]]]) -> Iterator[bytes]:
        return iter(self._done(lambda connection: [bytes(body) for (body,) in find(connection)]))

    # audit

    def write(self, line: AuditLine) -> None:
        """Keep an audit line; a store that fails loses the line and nothing else: the caller goes on."""
        lines = self._limit.lines(line)

        def act(connection: Connection) -> None:
            for one in lines:
                party, detail = _storable(one.party), _storable(one.detail)
                _QUERIES.insert_audit_line(connection, at=one.at, party=party, what=one.what, detail=detail)

        if lines:
            with suppress(SourceError, StateError):
                self._done(act)

    def audit_lines(self, *, lines_max: int) -> list[AuditLine]:
        """Return the last audit lines, the newest first."""

        def act(connection: Connection) -> list[AuditLine]:
            rows = _QUERIES.find_audit_lines(connection, lines_max=lines_max)
            return [
                AuditLine(at=at, party=party, what=what, detail=detail) for at, party, what, detail in rows
            ]

        return self._done(act)


def _check_size(connection: Connection, origin: str, size: int) -> None:
    found = _QUERIES.lock_size(connection, origin=origin)
    held = 0 if found is None else found[0]
    if held != size:
        raise OutOfOrder("the log has another size", got=size, expected=held)


def _storable(text: str) -> str:
    """Return a text without what PostgreSQL's text does not hold."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode()
