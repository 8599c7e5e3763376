"""What a node has in mind about one log: its tree, the ends of all chains, batches, notes, what is wrong.

`LogState` is built from the store and changes only after the store has; `Extension` is what it would become
with further rounds, checked one by one, and costs nothing if it is thrown away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network.batch import Batch, SignedHeader
from creditloop.evidence.network.node.contradiction import Contradiction
from creditloop.evidence.network.node.ports import StoredRound
from creditloop.evidence.network.node.round import OpenRound
from creditloop.evidence.network.record import NO_RECORD, Lane, Record, Refusal, RefusedError
from creditloop.evidence.network.tree import KeptTree
from creditloop.evidence.network.verdict import objection_record

Chain = tuple[str, Lane]


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a chain: its number and hash."""

    sequence: int = 0
    hash: str = NO_RECORD


class _Heads(Protocol):
    """Where ends of chains are looked up."""

    def get(self, chain: Chain, /) -> Head | None:
        """Return the end of a chain, None if there is none."""


@dataclass(frozen=True, slots=True)
class _Layered:
    """Ends of chains over other ones."""

    upper: Mapping[Chain, Head]
    lower: _Heads

    def get(self, chain: Chain, /) -> Head | None:
        return self.upper.get(chain) or self.lower.get(chain)


class Chains:
    """Ends of chains, some of them ahead of what is kept."""

    def __init__(self, kept: _Heads) -> None:
        self.kept = kept
        self.ahead: dict[Chain, Head] = {}

    def head(self, chain: Chain) -> Head:
        """Return the end of a chain."""
        return self.ahead.get(chain) or self.kept.get(chain) or Head()

    def reason(self, record: Record) -> str | None:
        """Say why a record does not continue its chain, None if it does."""
        head = self.head(record.chain)
        if record.sequence != head.sequence + 1:
            return "sequence_wrong"
        return None if record.previous == head.hash else "previous_differs"

    def take(self, record: Record, hash_: bytes) -> None:
        """Let a record be the end of its chain."""
        self.ahead[record.chain] = Head(record.sequence, hash_.hex())

    def take_batch(self, batch: Batch) -> tuple[int, str] | None:
        """Take all records of a batch, or none, and say which one does not continue its chain and why."""
        trial = Chains(_Layered(self.ahead, self.kept))
        for index, record in enumerate(batch.records):
            reason = trial.reason(record)
            if reason is not None:
                return index, reason
            trial.take(record, batch.hashes[index])
        self.ahead.update(trial.ahead)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlace:
    """Where a decided batch is on the log.

    Attributes:
        hash: of its header.
        first: entries before its round.
        after: entries with its round.
        included: places in the batch of its records on the log, which are the round's first leaves.
    """

    hash: str
    first: int
    after: int
    included: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A signed checkpoint beyond what we hold, or against it, and who has it."""

    note: str
    checkpoint: Checkpoint
    peer: str


@dataclass(slots=True, kw_only=True)
class LogState:
    """A log as the node holds it.

    Attributes:
        places: entries before each round that has something of a loan, by loan, in order.
        base: the last checkpoint with its log's signature alone; empty for an empty log.
        cosignatures: lines under it that verified, by witness.
        final: the last checkpoint that a quorum cosigned, with its signatures; empty if none.
        final_size: entries it covers.
        target: what must be arrived at before anything is signed; None if nothing was lost.
        ahead: a later checkpoint somebody has; None if none was seen.
        disputed: a checkpoint that does not fit ours and is not proven yet.
        contradiction: proof that the log forked; nothing of it is taken or signed any more.
        damaged: what is wrong with our own copy; empty if nothing.
    """

    origin: str
    tree: KeptTree = field(default_factory=KeptTree)
    heads: dict[Chain, Head] = field(default_factory=dict)
    batches: dict[str, BatchPlace] = field(default_factory=dict)
    objected: set[tuple[str, str, str]] = field(default_factory=set)
    places: dict[str, list[int]] = field(default_factory=dict)
    base: str = ""
    cosignatures: dict[str, str] = field(default_factory=dict)
    final: str = ""
    final_size: int = 0
    target: Sighting | None = None
    ahead: Sighting | None = None
    disputed: Sighting | None = None
    contradiction: Contradiction | None = None
    damaged: str = ""

    @property
    def size(self) -> int:
        """Entries."""
        return self.tree.size

    @property
    def latest(self) -> str:
        """The last checkpoint with all its signatures that we know."""
        return self.base + "".join(self.cosignatures[name] for name in sorted(self.cosignatures))

    def apply(self, extension: "Extension", *, base: str) -> None:
        """Become what an extension is, after it was stored."""
        for hash_ in extension.hashes:
            self.tree.add(hash_)
        self.heads.update(extension.chains.ahead)
        self.batches.update(extension.batches)
        self.objected |= extension.objected
        for loan, first in extension.places:
            self.places.setdefault(loan, []).append(first)
        self.base = base
        self.cosignatures = {}


class Extension:
    """A log's state with further rounds, not stored yet."""

    def __init__(self, state: LogState) -> None:
        self.state = state
        self.tree = state.tree.grown()
        self.chains = Chains(state.heads)
        self.batches: dict[str, BatchPlace] = {}
        self.objected: set[tuple[str, str, str]] = set()
        self.hashes: list[bytes] = []
        self.headers: list[SignedHeader] = []
        self.rounds: list[StoredRound] = []
        self.places: list[tuple[str, int]] = []

    def add(self, opened: OpenRound) -> None:
        """Take a round.

        Raises: RefusedError if it does not continue the log, or its checkpoint has another root.
        """
        self._check_place(opened)
        self._take_records(opened)
        self._take_objections(opened)
        for hash_ in opened.hashes:
            self.tree.add(hash_)
        root = self.tree.root()
        if root != opened.checkpoint.root:
            raise RefusedError(
                Refusal.ROOT_DIFFERS,
                "a checkpoint's root is not that of our copy with the round",
                got=opened.checkpoint.root.hex(),
                expected=root.hex(),
            )
        self.hashes += opened.hashes
        self.places += [(loan, opened.round.first) for loan in sorted(opened.loans)]
        self.rounds.append(
            StoredRound(first=opened.round.first, after=self.tree.size, body=opened.round.body())
        )

    def _check_place(self, opened: OpenRound) -> None:
        round_ = opened.round
        if (round_.origin, round_.first) != (self.state.origin, self.tree.size):
            raise RefusedError(
                Refusal.ROUND_WRONG,
                "a round that begins elsewhere",
                got=(round_.origin, round_.first),
                expected=(self.state.origin, self.tree.size),
            )

    def _place(self, batch: str) -> BatchPlace | None:
        return self.batches.get(batch) or self.state.batches.get(batch)

    def _take_records(self, opened: OpenRound) -> None:
        batch = opened.batch
        if batch is None:
            return
        if self._place(batch.header.batch) is not None:
            raise RefusedError(Refusal.ROUND_WRONG, "a batch a second time", got=batch.header.batch)
        for index in opened.included:
            reason = self.chains.reason(batch.records[index])
            if reason is not None:
                raise RefusedError(Refusal.ROUND_WRONG, "a record breaks its chain", got=(index, reason))
            self.chains.take(batch.records[index], batch.hashes[index])
        self.headers.append(batch.signed.signed_header)
        self.batches[batch.header.batch] = BatchPlace(
            hash=batch.hash, first=opened.round.first, after=opened.after, included=opened.included
        )

    def _take_objections(self, opened: OpenRound) -> None:
        hashes = opened.hashes[len(opened.included) :]
        for late in opened.round.late:
            place = self._place(late.verdict.batch)
            if place is None or place.hash != late.verdict.batch_hash:
                raise RefusedError(
                    Refusal.ROUND_WRONG, "a late verdict on no batch of the log", got=late.verdict.batch
                )
        for (verdict, objection), record, hash_ in zip(
            opened.objected, opened.objection_records, hashes, strict=True
        ):
            key = (verdict.node, verdict.batch_hash, objection.record)
            head = self.chains.head(record.chain)
            due = objection_record(verdict, objection, sequence=head.sequence + 1, previous=head.hash)
            if record != due or key in self.objected or key in self.state.objected:
                raise RefusedError(Refusal.ROUND_WRONG, "not the record of an objection", got=key)
            self.objected.add(key)
            self.chains.take(record, hash_)
