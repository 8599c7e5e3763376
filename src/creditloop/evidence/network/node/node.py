"""A party's node (节点): the operator of its own log and the mirror of all others, as one state machine.

It is driven from outside and reads nothing by itself: `handle` answers a request of another party, `replied`
brings the answer to one of its own, `tick` lets time pass, `submit` takes a batch. One call at a time; the
ports' `Peers.send` must not call back before it returns. If a store fails, what is in mind is built anew from
it before anything else is done, so nothing half done is ever believed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from creditloop.evidence.network.node.catch_up import CatchUp
from creditloop.evidence.network.node.context import NodeContext, Ports, Timing
from creditloop.evidence.network.node.contradiction import Contradiction
from creditloop.evidence.network.node.gossip import Gossiping
from creditloop.evidence.network.node.messages import (
    OUTCOME_OF,
    PORTION_BYTES,
    PORTION_HASHES,
    Answer,
    Append,
    FetchHashes,
    FetchRounds,
    Gossip,
    Outcome,
    Propose,
    Request,
    message_bytes,
    read_request,
)
from creditloop.evidence.network.node.mirror import Mirror
from creditloop.evidence.network.node.operator import Operator, Standing
from creditloop.evidence.network.node.parties import Network, NodeKeys
from creditloop.evidence.network.node.round import OpenRound, open_round, read_round
from creditloop.evidence.network.node.state import Head, LogState
from creditloop.evidence.network.record import Lane, RefusedError, moment_from_text
from creditloop.kernel.errors import SourceError, StateError, UnknownId


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStatus:
    """How a log stands at this node.

    Attributes:
        size: entries here.
        final_size: entries under the last checkpoint that a quorum cosigned, as far as this node knows.
        lag: entries that somebody has and this node has not.
        objections: objections on the log.
        cosigned_by: witnesses whose cosignatures of the last checkpoint are here.
        recovering: entries to arrive at before anything is signed again; None if nothing was lost.
        forked: whether the log is proven to have forked.
        damaged: what is wrong with our copy; empty if nothing.
    """

    origin: str
    size: int
    final_size: int
    lag: int
    objections: int
    cosigned_by: tuple[str, ...]
    recovering: int | None
    forked: bool
    damaged: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """How a node stands.

    Attributes:
        logs: every log, in order of origin.
        waiting: batches of its own that are not appended yet.
        heard: parties that answered since it started.
        contradictions: proofs it has.
    """

    name: str
    logs: tuple[LogStatus, ...]
    waiting: int
    heard: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]


class Node:
    """See the module.

    Args:
        network: all parties; this node's own among them.
        keys: this party's private keys.

    Raises: SourceError if the store cannot be read; EvidenceError if what it keeps beside the logs is spoilt.
    """

    def __init__(
        self, *, network: Network, keys: NodeKeys, ports: Ports, timing: Timing | None = None
    ) -> None:
        self.context = NodeContext(network=network, keys=keys, ports=ports, timing=timing or Timing())
        self.mirror = Mirror(self.context)
        self.operator = Operator(self.context)
        self.catch_up = CatchUp(self.context, self.mirror)
        self.gossip = Gossiping(self.context, self.mirror)
        self._stale = True
        self._load()

    def doubt(self) -> None:
        """Believe nothing in mind any more: it is built anew from the store before anything else is done."""
        self._stale = True

    def _load(self) -> None:
        self.context.load()
        self.operator.load()
        self.catch_up.load()
        self._stale = False

    def _guarded(self, act: Callable[[], Answer]) -> Answer:
        """Do something with the store; if that fails, nothing in mind is believed any more."""
        try:
            if self._stale:
                self._load()
            return act()
        except (SourceError, StateError) as error:
            self._stale = True
            self.context.audit(self.context.name, "store_failed", error.message)
            return Answer(outcome=Outcome.STORE_FAILED, detail=error.message)

    # from others

    def handle(self, body: bytes, *, sender: str) -> bytes:
        """Answer a request.

        Args:
            sender: the party it comes from, as the transport has made sure.
        """
        return message_bytes(self.answer(body, sender=sender))

    def answer(self, body: bytes, *, sender: str) -> Answer:
        """As `handle`, not written as bytes yet."""

        def act() -> Answer:
            try:
                if sender not in self.context.others:
                    return Answer(outcome=Outcome.WRONG_SENDER, detail=sender[:100])
                request = read_request(body)
                return self._out_of_time(request) or self._answer(request, sender)
            except RefusedError as error:
                return Answer(outcome=OUTCOME_OF[error.refusal], detail=error.diagnostics()[:500])

        answer = self._guarded(act)
        if answer.outcome not in (Outcome.DONE, Outcome.SIZE_DIFFERS, Outcome.STORE_FAILED):
            self.context.audit(sender, answer.outcome, answer.detail)
        self._advance()
        return answer

    def _out_of_time(self, request: Request) -> Answer | None:
        now, timing = self.context.ports.clock.now(), self.context.timing
        sent_at = moment_from_text(request.sent_at)
        if sent_at > now + timing.skew:
            return Answer(outcome=Outcome.FUTURE_DATED, detail=request.sent_at)
        if sent_at < now - timing.age:
            return Answer(outcome=Outcome.REPLAYED, detail=request.sent_at)
        return None

    def _answer(self, request: Request, sender: str) -> Answer:
        if isinstance(request, Propose):
            return self.mirror.judge(request, sender=sender)
        if isinstance(request, Append):
            return self.mirror.append(request)
        if isinstance(request, Gossip):
            self.gossip.hear(sender, request)
            return self.gossip.answer()
        state = self.context.states.get(request.origin)
        if state is None:
            return Answer(outcome=Outcome.UNKNOWN_ORIGIN, detail=request.origin)
        if state.damaged:
            return Answer(outcome=Outcome.RECOVERING)
        return self._hashes(state, request) if isinstance(request, FetchHashes) else self._rounds(request)

    def _hashes(self, state: LogState, request: FetchHashes) -> Answer:
        after = min(request.after, request.first + PORTION_HASHES)
        leaves = state.tree.leaves(request.first, after)
        return Answer(outcome=Outcome.DONE, size=request.first, hashes=tuple(leaf.hex() for leaf in leaves))

    def _rounds(self, request: FetchRounds) -> Answer:
        stored = self.context.ports.store.rounds(request.origin, first=request.first, bytes_max=PORTION_BYTES)
        rounds = tuple(msgspec.Raw(one.body) for one in stored)
        return Answer(outcome=Outcome.DONE, size=request.first, rounds=rounds)

    def replied(self, token: int, body: bytes | None) -> None:
        """Take in the answer to a request of ours; None if there was none."""
        answered = self.context.answered(token, body)
        if answered is None:
            return
        party, then, answer = answered

        def act() -> Answer:
            if answer is not None:
                self.gossip.hear(party, answer)
            then()
            return Answer(outcome=Outcome.DONE)

        self._guarded(act)
        self._advance()

    # from its own side

    def tick(self) -> None:
        """Let time pass: ask again, gossip, go on; call it some ten times a second."""
        self.context.forget_questions()
        self._advance()

    def _advance(self) -> None:
        def act() -> Answer:
            self.gossip.advance()
            self.context.settle_memory()
            self.catch_up.advance()
            self.operator.advance()
            return Answer(outcome=Outcome.DONE)

        self._guarded(act)

    def submit(self, batch: bytes) -> Answer:
        """Take a batch of our own submitters, as canonical text of a `SignedBatch`.

        It is durable when this says `done`, final some time later.
        """

        def act() -> Answer:
            try:
                return self.operator.submit(batch)
            except RefusedError as error:
                return Answer(outcome=OUTCOME_OF[error.refusal], detail=error.diagnostics()[:500])

        answer = self._guarded(act)
        self._advance()
        return answer

    def standing(self, batch: str) -> Standing:
        """Say how a batch of our log stands."""
        return self.operator.standing(batch)

    def head(self, origin: str, *, loan: str, lane: Lane = Lane.STEPS) -> Head:
        """Return the last record of a loan on a log: the next one has its sequence + 1 and its hash.

        Raises: UnknownId if there is no such log.
        """
        return self._state(origin).heads.get((loan, lane), Head())

    def head_with_waiting(self, *, loan: str) -> Head:
        """Return the last record of a loan on our log as if all that waits were on it already.

        By this the next batch can be made before the one before it is decided; if that one is refused, the
        next one breaks the loan's chain and is refused too.
        """
        return self.operator.chains_with_queue().head((loan, Lane.STEPS))

    def checkpoint(self, origin: str) -> str:
        """Return the last final checkpoint of a log with its signatures; empty if there is none.

        Raises: UnknownId if there is no such log.
        """
        return self._state(origin).final

    def size(self, origin: str) -> int:
        """Return the entries of a log here.

        Raises: UnknownId if there is no such log.
        """
        return self._state(origin).size

    def final_size(self, origin: str) -> int:
        """Return the entries under the last final checkpoint of a log.

        Raises: UnknownId if there is no such log.
        """
        return self._state(origin).final_size

    def loan_rounds(self, origin: str, *, loan: str) -> Iterator[OpenRound]:
        """Give the rounds of a log that have something of a loan, checked again, in order.

        Raises: UnknownId if there is no such log; SourceError if the store fails.
        """
        state, context = self._state(origin), self.context
        for first in state.places.get(loan, ()):
            stored = next(iter(context.ports.store.rounds(origin, first=first, bytes_max=1)))
            yield open_round(read_round(stored.body), network=context.network)

    def inclusion(self, origin: str, *, index: int, size: int) -> list[bytes]:
        """Return the audit path of a leaf in the tree of a log's first `size` leaves.

        Raises: UnknownId if there is no such log; InputError if that tree has no such leaf.
        """
        return self._state(origin).tree.inclusion(index, size)

    def consistency(self, origin: str, *, before: int, after: int) -> list[bytes]:
        """Return the proof that a log's tree of `before` leaves is the beginning of that of `after`.

        Raises: UnknownId if there is no such log; InputError if there are no such trees.
        """
        return self._state(origin).tree.consistency(before, after)

    def _state(self, origin: str) -> LogState:
        state = self.context.states.get(origin)
        if state is None:
            raise UnknownId("no such log", got=origin, expected=self.context.network.names)
        return state

    def status(self) -> NodeStatus:
        """Say how the node stands: lag, objections, forks."""
        context = self.context
        return NodeStatus(
            name=context.name,
            logs=tuple(_log_status(context.states[origin]) for origin in context.network.names),
            waiting=len(self.operator.queue),
            heard=tuple(sorted(context.heard)),
            contradictions=tuple(context.contradictions.values()),
        )


def _log_status(state: LogState) -> LogStatus:
    seen = [sighting.checkpoint.size for sighting in (state.ahead, state.target) if sighting]
    return LogStatus(
        origin=state.origin,
        size=state.size,
        final_size=state.final_size,
        lag=max(0, max(seen, default=0) - state.size),
        objections=len(state.objected),
        cosigned_by=tuple(sorted(state.cosignatures)),
        recovering=None if state.target is None else state.target.checkpoint.size,
        forked=state.contradiction is not None,
        damaged=state.damaged,
    )
