"""What the parts of a node share: ports, keys, the logs in mind, who was asked what, and what was seen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial

from creditloop.evidence.network.batch import BatchHeader, SignedHeader
from creditloop.evidence.network.cosignature import Cosigned
from creditloop.evidence.network.node.contradiction import (
    Contradiction,
    TwoBatches,
    check_contradiction,
    read_contradiction,
)
from creditloop.evidence.network.node.messages import (
    Answer,
    Request,
    message_bytes,
    read_answer,
)
from creditloop.evidence.network.node.parties import Network, NodeKeys
from creditloop.evidence.network.node.ports import (
    Audit,
    AuditLine,
    Clock,
    LastSigned,
    Peers,
    Preconditions,
    Signed,
    Store,
    StoredRound,
)
from creditloop.evidence.network.node.round import open_round, read_round
from creditloop.evidence.network.node.state import Extension, LogState, Sighting
from creditloop.evidence.network.record import RefusedError, instant_text, read_form
from creditloop.kernel.errors import EvidenceError

HEADERS_KEPT = 2_000
"""Most headers of batches not on their log that are kept in mind of each log; a new one drops the oldest.

Of each log, so that who signs many for his own drops no other's: an equivocation would go unseen.
"""
HEADER_BYTES_MAX = 4_096
"""Most bytes of a signed header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a node waits.

    Attributes:
        skew: messages and batches dated later than this beyond our clock are refused.
        age: messages sent longer ago are refused as replayed.
        retry_ms: an unanswered question is asked again.
        proposal_ms: records still undecided then are left out, if a quorum has answered.
        gossip_ms: between two rounds of gossip.
    """

    skew: timedelta = timedelta(seconds=60)
    age: timedelta = timedelta(seconds=300)
    retry_ms: int = 1_000
    proposal_ms: int = 10_000
    gossip_ms: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """A node's surroundings."""

    store: Store
    last_signed: LastSigned
    clock: Clock
    preconditions: Preconditions
    peers: Peers
    audit: Audit


@dataclass(slots=True)
class _Asked:
    key: tuple[str, ...]
    then: Callable[[Answer | None], None]
    at_ms: int


@dataclass(kw_only=True)
class NodeContext:
    """See the module.

    Attributes:
        states: every log by origin.
        headers: headers of batches not on their logs yet, by origin, then by submitter and batch id.
        contradictions: proofs known, by their text.
        heard: parties that told us what they know, since we started.
    """

    network: Network
    keys: NodeKeys
    ports: Ports
    timing: Timing
    states: dict[str, LogState] = field(default_factory=dict)
    headers: dict[str, dict[tuple[str, str], SignedHeader]] = field(default_factory=dict)
    contradictions: dict[bytes, Contradiction] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    _asked: dict[int, _Asked] = field(default_factory=dict)
    _outstanding: dict[tuple[str, ...], int] = field(default_factory=dict)
    _tokens: int = 0

    @cached_property
    def name(self) -> str:
        """Our party's name, our log's origin."""
        return self.keys.name  # costs a multiplication on the curve each time

    @cached_property
    def others(self) -> tuple[str, ...]:
        """The other parties' names."""
        return self.network.others(self.name)

    def now_text(self) -> str:
        """Our wall clock as messages say it."""
        return instant_text(self.ports.clock.now())

    def audit(self, party: str, what: str, detail: str) -> None:
        """Leave a line for people."""
        self.ports.audit.write(
            AuditLine(at=self.ports.clock.now(), party=party, what=what, detail=detail[:500])
        )

    # the logs in mind

    def load(self) -> None:
        """Build everything in mind anew from the store; see whether the store is behind what we signed."""
        self.contradictions = {
            bytes(body): read_contradiction(body) for body in self.ports.store.contradictions()
        }
        self.headers = {origin: {} for origin in self.network.names}
        for origin in self.network.names:
            self.states[origin] = self._loaded(origin)
        for contradiction in self.contradictions.values():
            self._freeze(contradiction)
        for origin, state in self.states.items():
            # from the last round's base on: a batch against the one that round brought in is still to be seen
            last = next(iter(self.ports.store.rounds(origin, first=max(state.size - 1, 0))), None)
            for body in self.ports.store.headers(origin, size=last.first if last else 0):
                self.know_header(read_form(body, SignedHeader, bytes_max=HEADER_BYTES_MAX, what="a header"))

    def _loaded(self, origin: str) -> LogState:
        store, state = self.ports.store, LogState(origin=origin)
        try:
            for stored in store.rounds(origin, first=0):
                opened = open_round(read_round(stored.body), network=self.network)
                extension = Extension(state)
                extension.add(opened)
                state.apply(extension, base=opened.round.checkpoint)
            self._load_notes(state)
        except EvidenceError as error:
            state.damaged = error.message
            self.audit(origin, "damaged", error.diagnostics())
        try:
            self._compare_with_signed(state)
        except EvidenceError as error:
            state.damaged = state.damaged or f"what is remembered as signed: {error.message}"
            self.audit(origin, "damaged", state.damaged)
        return state

    def _load_notes(self, state: LogState) -> None:
        notes = self.ports.store.notes(state.origin)
        if notes.latest:
            opened = self.opened(state.origin, notes.latest)
            latest = opened.checkpoint
            if (latest.size, latest.root) != (state.size, state.tree.root()):
                raise EvidenceError("the last checkpoint is not that of the rounds", got=latest.size)
            state.cosignatures = dict(opened.lines)
        if notes.final:
            cosigned = self.opened(state.origin, notes.final)
            final = cosigned.checkpoint
            if final.size > state.size or state.tree.root(final.size) != final.root:
                raise EvidenceError("the final checkpoint is not one of the rounds", got=final.size)
            if len(cosigned.times) < self.network.quorum:
                raise EvidenceError("the final checkpoint is cosigned by too few", got=sorted(cosigned.times))
            state.final, state.final_size = notes.final, final.size

    def _compare_with_signed(self, state: LogState) -> None:
        """If the store is behind what we signed, it was put back: nothing is signed until it is made good."""
        signed = self.ports.last_signed.read(state.origin)
        if signed is None:
            size = 0
        else:
            checkpoint = self.opened(state.origin, signed.note).checkpoint
            size = checkpoint.size
            if size > state.size:
                state.target = Sighting(note=signed.note, checkpoint=checkpoint, peer=self.name)
                self.audit(state.origin, "recovery", f"the store has {state.size} of {size} entries signed")
            elif size and state.tree.root(size) != checkpoint.root:
                state.damaged = "the store holds another log than was signed"
                self.audit(state.origin, "damaged", state.damaged)
        if state.size > size and not state.damaged and not self.ports.last_signed.is_lost(state.origin):
            self.remember_signed(state)

    def may_sign(self, state: LogState) -> bool:
        """Say whether we know what we signed of a log: if not, all others must tell, and we have it all."""
        if not self.ports.last_signed.is_lost(state.origin):
            return True
        behind = state.ahead is not None and state.ahead.checkpoint.size > state.size
        return not behind and self.heard.issuperset(self.others)

    def settle_memory(self) -> None:
        """If our memory was lost: once all others have told and we have it all, it is whole again."""
        last, states = self.ports.last_signed, self.states.values()
        if any(last.is_lost(state.origin) for state in states) and all(
            self.may_sign(state) and state.target is None and not state.damaged for state in states
        ):
            last.make_whole()

    def remember_signed(self, state: LogState) -> None:
        """Write down what is about to be signed, or was on the point of it when the node ended."""
        round_ = b""
        if state.origin == self.name:
            round_ = next(iter(self.ports.store.rounds(state.origin, first=state.size - 1))).body
        self.ports.last_signed.write(state.origin, Signed(note=state.base, round=round_))

    def opened(self, origin: str, note: str, *, not_after: int | None = None) -> Cosigned:
        """Check a checkpoint of a log with the cosignatures that count for it.

        Raises: EvidenceError if a signature does not verify, or a cosignature is later than `not_after`.
        """
        return self.network.opened(origin, note, not_after=not_after)

    def opened_from_others(self, origin: str, note: str) -> Cosigned:
        """As `opened`, for what others show us: cosignatures of the future are refused.

        Readers refuse a whole note for one such line, so whoever signs it could spoil every proof. What is
        in our own store was looked at when it came; our clock may have been put back since.
        """
        latest = self.ports.clock.now() + self.timing.skew
        return self.opened(origin, note, not_after=int(latest.timestamp()))

    def append(self, state: LogState, extension: Extension, *, base: str, line: str = "") -> None:
        """Store an extension, whole or not at all, with our cosignature if any; then have it in mind.

        Raises: SourceError if the store fails; OutOfOrder if somebody else wrote to it.
        """
        self.ports.store.append(
            state.origin,
            size_before=state.size,
            rounds=extension.rounds,
            root=extension.tree.root(),
            latest=base + line,
        )
        state.apply(extension, base=base)
        if line:
            state.cosignatures[self.keys.witness.name] = line
        for signed in extension.headers:
            known = self.headers[state.origin].pop(_key(signed.header), None)
            if known is not None:
                self.know_header(known)

    def take_lines(self, state: LogState, lines: Mapping[str, str]) -> None:
        """Take further cosignatures of the last checkpoint; it is final once there is a quorum of them."""
        state.cosignatures.update(lines)
        if len(state.cosignatures) >= self.network.quorum and state.final_size < state.size:
            self.take_final(state, state.latest, state.size)

    def take_final(self, state: LogState, note: str, size: int) -> None:
        """Keep a checkpoint that a quorum cosigned."""
        self.ports.store.save_final(state.origin, final=note)
        state.final, state.final_size = note, size

    # verdicts and contradictions

    def know_header(self, signed: SignedHeader) -> bool:
        """Have a checked header in mind; say whether it is the only one of its submitter under its id.

        Two of them prove that he contradicts himself.
        """
        header = signed.header
        headers = self.headers[header.origin]
        known = self._logged(signed) or headers.get(_key(header))
        if known is None:
            headers[_key(header)] = known = signed
            while len(headers) > HEADERS_KEPT:
                del headers[next(iter(headers))]
        if known.header.hash == header.hash:
            return True
        if known.header.submitter == header.submitter:
            first, second = sorted((known, signed), key=lambda one: one.header.hash)
            self.accuse(Contradiction(origin=header.origin, proof=TwoBatches(first=first, second=second)))
        return False

    def _logged(self, signed: SignedHeader) -> SignedHeader | None:
        """Return the header of the batch that is on the log under the same id."""
        header, store = signed.header, self.ports.store
        place = self.states[header.origin].batches.get(header.batch)
        if place is None:
            return None
        if place.hash == header.hash:
            return signed
        batch = read_round(next(iter(store.rounds(header.origin, first=place.first))).body).batch
        return None if batch is None else batch.signed_header

    def accuse(self, contradiction: Contradiction) -> None:
        """Keep a proof that holds, and take nothing more of a log that forked.

        Raises: EvidenceError if it proves nothing.
        """
        body = contradiction.body()
        if body in self.contradictions or self._accused(contradiction):
            return
        check_contradiction(contradiction, network=self.network)
        self.ports.store.save_contradiction(body=body)
        self.contradictions[body] = contradiction
        self._freeze(contradiction)
        self.audit(contradiction.origin, "contradiction", type(contradiction.proof).__name__)

    def _accused(self, contradiction: Contradiction) -> bool:
        """Say whether a fork of this log, or this submitter, is proven already: one proof is enough."""
        return any(_whom(known) == _whom(contradiction) for known in self.contradictions.values())

    def _freeze(self, contradiction: Contradiction) -> None:
        state = self.states.get(contradiction.origin)
        if state is not None and not isinstance(contradiction.proof, TwoBatches):
            state.contradiction = contradiction

    def checkpoint_at(self, state: LogState, size: int) -> str:
        """Return the log's signed checkpoint of a size, if a round ends there; else empty."""
        stored: Iterable[StoredRound] = self.ports.store.rounds(state.origin, first=size - 1, bytes_max=1)
        found = next(iter(stored), None)
        if found is None or found.after != size:
            return ""
        note = read_round(found.body).checkpoint
        self.opened(state.origin, note)
        return note

    # asking

    def busy(self, *key: str) -> bool:
        """Say whether a question is out and not yet to be asked again."""
        at_ms = self._outstanding.get(key)
        return at_ms is not None and self.ports.clock.elapsed_ms() - at_ms < self.timing.retry_ms

    def ask(self, party: str, request: Request, *key: str, then: Callable[[Answer | None], None]) -> None:
        """Ask a party; the answer goes to `then`, None if there was none or it made no sense.

        Args:
            key: what is asked, the party last; while it is `busy` it should not be asked again.
        """
        self._tokens += 1
        at_ms = self.ports.clock.elapsed_ms()
        self._asked[self._tokens] = _Asked((*key,), then, at_ms)
        self._outstanding[*key,] = at_ms
        self.ports.peers.send(party, message_bytes(request), token=self._tokens)

    def settled(self, *key: str) -> None:
        """Say that a question got somewhere: the next one like it need not wait.

        All others wait for `retry_ms`, whatever was answered, so that nobody can keep us asking.
        """
        self._outstanding.pop(key, None)

    def answered(
        self, token: int, body: bytes | None
    ) -> tuple[str, Callable[[], None], Answer | None] | None:
        """Read an answer; return the party that gave it, what to do with it, and the answer itself.

        Returns: None if nobody asked.
        """
        asked = self._asked.pop(token, None)
        if asked is None:
            return None
        party, answer = asked.key[-1], None
        if body is not None:
            try:
                answer = read_answer(body)
            except RefusedError as error:
                self.audit(party, error.refusal, error.message)
        return party, partial(asked.then, answer), answer

    def forget_questions(self) -> None:
        """Forget questions that nobody will answer any more."""
        limit = self.ports.clock.elapsed_ms() - 60 * self.timing.retry_ms
        for token in [token for token, asked in self._asked.items() if asked.at_ms < limit]:
            del self._asked[token]


def _key(header: BatchHeader) -> tuple[str, str]:
    return header.submitter, header.batch


def _whom(contradiction: Contradiction) -> tuple[str, str]:
    proof = contradiction.proof
    return contradiction.origin, proof.first.header.submitter if isinstance(proof, TwoBatches) else ""
