"""What a node is given by its surroundings: store, memory of what it signed, clock, rules, the way to others.

All of a port's writing is durable when the call returns, and whole or not at all. A port that cannot raises
SourceError; whether the write took place is not known then, and the node reads its store again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditloop.evidence.network.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRound:
    """A round of a log as it is kept.

    Attributes:
        first: entries of the log before it.
        after: entries of the log with it.
        body: its canonical text.
    """

    first: int
    after: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNotes:
    """What is kept about a log beside its rounds.

    Attributes:
        latest: the last checkpoint appended, with our own cosignature if we gave one; empty for an empty log.
        final: the last checkpoint that a quorum cosigned; empty if none did.
    """

    latest: str = ""
    final: str = ""


class Store(Protocol):
    """Where a node keeps the logs it holds: its own and its mirrors of the others."""

    def notes(self, origin: str) -> LogNotes:
        """Return the notes of a log."""

    def rounds(self, origin: str, *, first: int, bytes_max: int | None = None) -> Iterator[StoredRound]:
        """Return the rounds that end after an entry's index, in order.

        Args:
            first: the index; the round that holds it is the first.
            bytes_max: stop before a round that brings the bodies above it; the first comes in any case.
        """

    def append(
        self, origin: str, *, size_before: int, rounds: Sequence[StoredRound], root: bytes, latest: str
    ) -> None:
        """Append rounds and replace the latest note, all in one, if the log has `size_before` entries.

        This is the witness's check-and-persist: no two calls may both see the same size.

        Args:
            root: of the tree with the rounds, for those who check the store.

        Raises: OutOfOrder if the log has another size.
        """

    def save_latest(self, origin: str, *, size: int, latest: str) -> None:
        """Replace the latest note of a log that has `size` entries by one of the same checkpoint.

        Raises: OutOfOrder if the log has another size.
        """

    def save_final(self, origin: str, *, final: str) -> None:
        """Replace the final note of a log."""

    def save_proposal(self, *, batch: str, body: bytes) -> None:
        """Keep a batch that waits for our own log, after those kept before."""

    def drop_proposal(self, *, batch: str) -> None:
        """Forget a proposal that is decided; nothing happens if there is none."""

    def proposals(self) -> Iterator[bytes]:
        """Return the batches that wait, in the order they came."""

    def save_verdict(self, origin: str, *, batch_hash: str, size: int, header: bytes, verdict: bytes) -> None:
        """Keep a verdict we are about to give on a batch on top of a size, with the batch's signed header."""

    def find_verdict(self, origin: str, *, batch_hash: str, size: int) -> bytes | None:
        """Return the verdict given on a batch on top of a size, None if none was."""

    def headers(self, origin: str, *, size: int) -> Iterator[bytes]:
        """Return the signed headers of the batches on which a verdict was given on top of `size` or more."""

    def save_contradiction(self, *, body: bytes) -> None:
        """Keep the proof that a party contradicted itself."""

    def contradictions(self) -> Iterator[bytes]:
        """Return the proofs in the order they were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The last checkpoint of a log that this node signed or cosigned.

    Attributes:
        note: the checkpoint with its log's signature.
        round: for our own log, the canonical text of the round it closes; empty for others'.
    """

    note: str
    round: bytes = b""


class LastSigned(Protocol):
    """What the node signed last, kept beside the key and not in the store.

    A store can be put back to an older state, by a restored backup for instance; this says so. It is what a
    validator's signing state is elsewhere: small, written before a signature leaves the node, never restored.
    """

    def read(self, origin: str) -> Signed | None:
        """Return what was signed last of a log."""

    def write(self, origin: str, signed: Signed) -> None:
        """Remember what is about to be signed."""

    def is_lost(self, origin: str) -> bool:
        """Say whether nothing is remembered of a log that these keys may have signed."""

    def make_whole(self) -> None:
        """Take what is remembered for all there was, once all others have told what they know."""


class Clock(Protocol):
    """The node's time."""

    def now(self) -> datetime:
        """Return the wall clock, aware; it may jump."""

    def elapsed_ms(self) -> int:
        """Return milliseconds since some moment; never goes back."""


class Preconditions(Protocol):
    """The bank's own rules about a record: agreement hash signed by both, share in force, limit available."""

    def objection(self, record: Record) -> str | None:
        """Return the name of the reason why this party does not agree, None if it does."""


class Peers(Protocol):
    """The way to the other parties."""

    def send(self, party: str, request: bytes, *, token: int) -> None:
        """Send a request; the answer, or its failure, comes back by `Node.replied` with the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """A message that was refused, or something a person should know of.

    Attributes:
        at: the node's wall clock.
        party: who sent it, or whom it is about.
        what: a name: an outcome, "contradiction", "recovery", ...
        detail: for people.
    """

    at: datetime
    party: str
    what: str
    detail: str


class Audit(Protocol):
    """Where what was refused leaves its line."""

    def write(self, line: AuditLine) -> None:
        """Keep a line."""
