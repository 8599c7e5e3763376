"""How a node gets what it lacks of a log (追赶与恢复): by the root first, by the records then.

    1. which checkpoint to arrive at: one that somebody has and the log signed (behind), one that we signed
       ourselves (recovering), or one that does not fit ours (disputed)
    2. the leaf hashes from where our copy ends; with ours they must give the checkpoint's root
    3. if they do: the rounds, portion by portion, each checked in itself and against the hashes, then stored
    4. if not: all leaf hashes from the first; if these give the root, one log has signed two trees and the
       first leaf that differs proves it; if they do not, the one who sent them is passed over

Recovering, nothing is signed until the checkpoint is reached; the last round of our own log is remembered
beside the key, so it cannot be lost with the store. If that memory is lost too, nothing is signed before all
others have told what they know.
"""

from dataclasses import dataclass, field
from functools import partial

from creditloop.evidence.hashing import tree_root
from creditloop.evidence.network.node.context import NodeContext
from creditloop.evidence.network.node.contradiction import fork_by_leaves
from creditloop.evidence.network.node.messages import (
    PORTION_HASHES,
    Answer,
    FetchHashes,
    FetchRounds,
    Outcome,
)
from creditloop.evidence.network.node.mirror import Mirror
from creditloop.evidence.network.node.round import OpenRound, open_round, read_round
from creditloop.evidence.network.node.state import LogState, Sighting
from creditloop.evidence.network.record import Refusal, RefusedError
from creditloop.kernel.errors import EvidenceError


@dataclass(slots=True, kw_only=True)
class Session:
    """One log being caught up with.

    Attributes:
        sighting: where it goes.
        recovering: whether it was lost by us.
        sources: parties to ask, the present one first.
        tail: our own last round, remembered as signed; None for other logs.
        base: index of the first leaf hash fetched.
        hashes: those fetched.
        checked: whether they lead to the checkpoint.
    """

    sighting: Sighting
    recovering: bool
    sources: list[str]
    tail: OpenRound | None
    base: int
    hashes: list[bytes] = field(default_factory=list)
    checked: bool = False

    @property
    def needed(self) -> int:
        """Entries that others must give; our own last round is the rest."""
        return self.sighting.checkpoint.size if self.tail is None else self.tail.round.first


class CatchUp:
    """See the module."""

    def __init__(self, context: NodeContext, mirror: Mirror) -> None:
        self.context = context
        self.mirror = mirror
        self.sessions: dict[str, Session] = {}

    def load(self) -> None:
        """Begin anew, after the logs were read from the store."""
        self.sessions = {}

    def advance(self) -> None:
        """Go on with every log that lacks something."""
        for origin in self.context.network.names:
            state = self.context.states[origin]
            session = self._session(state)
            if session is not None:
                self._step(state, session)

    def _session(self, state: LogState) -> Session | None:
        """Return the session of a log, a new one if there is a new place to arrive at."""
        if state.damaged:
            return None
        if state.contradiction is not None:  # what we signed of it ourselves is still got back
            state.disputed = state.ahead = None
        if state.ahead is not None and state.ahead.checkpoint.size <= state.size:
            state.ahead = None
        wanted = state.target or state.disputed or state.ahead
        session = self.sessions.get(state.origin)
        if wanted is None:
            self.sessions.pop(state.origin, None)
            return None
        if session is None or session.sighting is not wanted:
            session = self._begun(state, wanted)
            self.sessions[state.origin] = session
        return session

    def _begun(self, state: LogState, wanted: Sighting) -> Session:
        recovering = wanted is state.target
        others = [other for other in self.context.others if other != wanted.peer]
        holder = [wanted.peer] if wanted.peer != self.context.name else []
        return Session(
            sighting=wanted,
            recovering=recovering,
            sources=[*holder, *others] if recovering else holder,
            tail=self._tail(state, wanted) if recovering else None,
            base=0 if wanted is state.disputed else state.size,
        )

    def _tail(self, state: LogState, wanted: Sighting) -> OpenRound | None:
        signed = self.context.ports.last_signed.read(state.origin)
        if signed is None or not signed.round:
            return None
        opened = open_round(read_round(signed.round), network=self.context.network)
        return opened if opened.checkpoint == wanted.checkpoint and opened.round.first >= state.size else None

    def _step(self, state: LogState, session: Session) -> None:
        context, source = self.context, session.sources[0]
        have = session.base + len(session.hashes)
        if not session.checked and have < session.needed:
            if not context.busy("hashes", state.origin, source):
                request = FetchHashes(
                    after=min(session.needed, have + PORTION_HASHES),
                    first=have,
                    origin=state.origin,
                    sent_at=context.now_text(),
                )
                then = partial(self._hashes, state, session, source)
                context.ask(source, request, "hashes", state.origin, source, then=then)
        elif not session.checked:
            self._check(state, session)
        elif state.size < session.needed:
            if not context.busy("rounds", state.origin, source):
                request_ = FetchRounds(first=state.size, origin=state.origin, sent_at=context.now_text())
                then = partial(self._rounds, state, session, source)
                context.ask(source, request_, "rounds", state.origin, source, then=then)
        else:
            self._arrived(state, session)

    def _current(self, state: LogState, session: Session, source: str) -> bool:
        """Say whether an answer is still to the question of a session.

        The log may have been read anew, or have forked: what we did not sign before is not taken then.
        """
        return (state.contradiction is None or session.recovering) and (
            self.context.states.get(state.origin) is state
            and self.sessions.get(state.origin) is session
            and session.sources[0] == source
        )

    def _next_source(self, state: LogState, session: Session) -> None:
        """Pass over a source that fails; a place only it knew of is given up, one of our own never."""
        session.sources.append(session.sources.pop(0))
        session.hashes, session.checked, session.base = [], False, state.size
        if not session.recovering:
            state.ahead = state.disputed = None

    def _hashes(self, state: LogState, session: Session, source: str, answer: Answer | None) -> None:
        if not self._current(state, session, source) or session.checked:
            return
        have = session.base + len(session.hashes)
        if answer is None or answer.outcome is not Outcome.DONE or not answer.hashes:
            self._next_source(state, session)
        elif answer.size == have and have + len(answer.hashes) <= session.needed:
            self.context.settled("hashes", state.origin, source)
            session.hashes += map(bytes.fromhex, answer.hashes)
            self._step(state, session)

    def _check(self, state: LogState, session: Session) -> None:
        """See whether the hashes, with ours before them, lead to the checkpoint."""
        tail = session.tail.hashes if session.tail is not None else ()
        if session.base == 0:
            root = tree_root([*session.hashes, *tail])
        else:
            tree = state.tree.grown()
            for hash_ in (*session.hashes[state.size - session.base :], *tail):
                tree.add(hash_)
            root = tree.root()
        fits = root == session.sighting.checkpoint.root
        shared = min(state.size, len(session.hashes)) if session.base == 0 else 0
        if fits and session.hashes[:shared] == state.tree.leaves(0, shared):
            session.checked = session.sighting is not state.disputed
            state.disputed = None
        elif session.base:
            session.base, session.hashes = 0, []
        elif fits:
            self._forked(state, session, [*session.hashes, *tail])
        else:
            self.context.audit(session.sources[0], "hashes", f"{state.origin}: they lead to another root")
            self._next_source(state, session)

    def _forked(self, state: LogState, session: Session, leaves: list[bytes]) -> None:
        """Prove by the first leaf that differs that the log signed two trees."""
        proof = fork_by_leaves(
            state.origin,
            ours=(state.base, state.tree, state.size),
            theirs=(self.context.opened(state.origin, session.sighting.note).base, leaves),
        )
        state.disputed = None
        if proof is not None:
            self.context.accuse(proof)

    def _rounds(self, state: LogState, session: Session, source: str, answer: Answer | None) -> None:
        if not self._current(state, session, source) or not session.checked:
            return None
        if answer is None or answer.outcome is not Outcome.DONE or not answer.rounds:
            return self._next_source(state, session)
        try:
            self._take(state, session, [bytes(raw) for raw in answer.rounds])
        except EvidenceError as error:
            self.context.audit(source, "rounds", f"{state.origin}: {error.message}")
            return self._next_source(state, session)
        self.context.settled("rounds", state.origin, source)
        return self._step(state, session)

    def _take(self, state: LogState, session: Session, bodies: list[bytes]) -> None:
        """Take those of the rounds that are needed, if their leaves have the hashes that were checked."""
        size = state.size
        taken: list[OpenRound] = []
        for body in bodies:
            opened = open_round(read_round(body), network=self.context.network)
            if opened.after > session.needed:
                break
            due = session.hashes[size - session.base : opened.after - session.base]
            if opened.round.first != size or list(opened.hashes) != due:
                raise RefusedError(
                    Refusal.ROUND_WRONG, "not the rounds of these hashes", got=opened.round.first
                )
            size = opened.after
            taken.append(opened)
        if not taken:
            raise RefusedError(Refusal.ROUND_WRONG, "no round that is needed")
        is_signed = not session.recovering and self.context.may_sign(state)
        self.mirror.extend(
            state,
            rounds=taken,
            cosigned=taken[-1].checkpoint if is_signed else None,
        )

    def _arrived(self, state: LogState, session: Session) -> None:
        """All is here that others must give: add our own last round, and be as we were."""
        if session.tail is not None and state.size < session.tail.after:
            self.mirror.extend(state, rounds=[session.tail], cosigned=None)
        if (state.size, state.tree.root()) != (
            session.sighting.checkpoint.size,
            session.sighting.checkpoint.root,
        ):
            return self._next_source(state, session)
        del self.sessions[state.origin]
        if session.recovering:
            state.target = None
            self.context.audit(state.origin, "recovered", f"{state.size} entries")
        return None
