"""What nodes tell each other of all logs (互通): checkpoints, open batches' headers, proofs.

Every node shows every other what it has. A checkpoint beyond ours says that we are behind; one signed by
ourselves beyond ours, that we lost something; one that does not fit ours, that its log forked. Cosignatures
are collected from wherever they come.
"""

from functools import partial

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network.batch import SignedHeader, check_header
from creditloop.evidence.network.cosignature import Cosigned, unverified_checkpoint
from creditloop.evidence.network.node.context import NodeContext
from creditloop.evidence.network.node.messages import (
    CONTRADICTIONS_MAX,
    HEADERS_MAX,
    Answer,
    Gossip,
    Outcome,
)
from creditloop.evidence.network.node.mirror import Mirror
from creditloop.evidence.network.node.state import LogState, Sighting
from creditloop.kernel.errors import EvidenceError


class Gossiping:
    """See the module."""

    def __init__(self, context: NodeContext, mirror: Mirror) -> None:
        self.context = context
        self.mirror = mirror
        self.told_at_ms: int | None = None

    def advance(self) -> None:
        """Tell everybody, if it is time."""
        context = self.context
        now_ms = context.ports.clock.elapsed_ms()
        if self.told_at_ms is not None and now_ms - self.told_at_ms < context.timing.gossip_ms:
            return
        self.told_at_ms, told = now_ms, self.told()
        for other in context.others:
            context.ask(other, told, "gossip", other, then=partial(self._answered, other))

    def _answered(self, party: str, answer: Answer | None) -> None:
        """Note who has told us what he knows, since we started; it was taken in before."""
        if answer is not None and answer.outcome is Outcome.DONE:
            self.context.heard.add(party)

    def told(self) -> Gossip:
        """Return what we know."""
        context = self.context
        notes = [
            note
            for state in context.states.values()
            for note in (state.final, "" if state.final_size == state.size else state.latest)
            if note and not state.damaged
        ]
        # what we signed and lost the records of: perhaps nobody else knows of it
        notes += [state.target.note for state in context.states.values() if state.target is not None]
        share = HEADERS_MAX // len(context.headers)
        headers = [one for of_log in context.headers.values() for one in list(of_log.values())[-share:]]
        proofs = list(context.contradictions.values())[:CONTRADICTIONS_MAX]
        return Gossip(
            contradictions=tuple(proofs),
            headers=tuple(headers),
            notes=tuple(notes),
            sent_at=context.now_text(),
        )

    def answer(self) -> Answer:
        """Return what we know as an answer."""
        told = self.told()
        return Answer(
            outcome=Outcome.DONE,
            notes=told.notes,
            headers=told.headers,
            contradictions=told.contradictions,
        )

    def hear(self, peer: str, told: Gossip | Answer) -> None:
        """Take in what another node says; what does not hold leaves one line and nothing else."""
        notes = told.notes if isinstance(told, Gossip) or not told.note else (*told.notes, told.note)
        failed = ""
        for take in (
            *(partial(self.context.accuse, contradiction) for contradiction in told.contradictions),
            *(partial(self._note, peer, note) for note in notes),
            *(partial(self._header, signed) for signed in told.headers),
        ):
            try:  # one by one: a party whose new keys are not known here yet does not hide the others
                take()
            except EvidenceError as error:
                failed = failed or error.message
        if failed:
            self.context.audit(peer, "gossip", failed)

    def _header(self, signed: SignedHeader) -> None:
        """Know a header of a batch that another node gave a verdict on."""
        party = self.context.network.find(signed.header.origin)
        if party is not None:
            state = self.context.states[party.name]
            logged = signed.header.batch in state.batches
            keys = party.submitters_ever if logged else party.submitters_at(state.size)
            check_header(signed, submitters=keys)
            self.context.know_header(signed)

    def _note(self, peer: str, note: str) -> None:
        """Compare a checkpoint with our copy of its log."""
        origin = note.partition("\n")[0]
        if self.context.network.find(origin) is None:
            return
        state = self.context.states[origin]
        if _nothing_new(state, unverified_checkpoint(note)):
            return
        cosigned = self.context.opened_from_others(origin, note)
        checkpoint = cosigned.checkpoint
        if checkpoint.size > state.size:
            self._beyond(peer, note, state, cosigned)
        elif self.mirror.differs(state, cosigned):
            if state.contradiction is None:
                state.disputed = Sighting(note=note, checkpoint=checkpoint, peer=peer)
        elif checkpoint.size == state.size:
            self.context.take_lines(state, cosigned.lines)
        elif len(cosigned.times) >= self.context.network.quorum and checkpoint.size > state.final_size:
            without_strangers = cosigned.base + "".join(cosigned.lines.values())
            self.context.take_final(state, without_strangers, checkpoint.size)

    def _beyond(self, peer: str, note: str, state: LogState, cosigned: Cosigned) -> None:
        """A checkpoint beyond ours: somebody is ahead of us, or we lost what we signed ourselves."""
        context, checkpoint = self.context, cosigned.checkpoint
        sighting = Sighting(note=note, checkpoint=checkpoint, peer=peer)
        ours = state.origin == context.name or context.keys.witness.name in cosigned.times
        if ours and (state.target is None or state.target.checkpoint.size < checkpoint.size):
            state.target = sighting
            context.audit(state.origin, "recovery", f"we have {state.size} of {checkpoint.size} entries")
        elif (
            not ours
            and cosigned.times  # an operator alone could sign any size, and hand out hashes for ever
            and (state.ahead is None or state.ahead.checkpoint.size < checkpoint.size)
        ):
            state.ahead = sighting


def _nothing_new(state: LogState, checkpoint: Checkpoint) -> bool:
    """Say whether a checkpoint, whoever signed it, only says what is final here already."""
    known = min(state.final_size, state.size)
    return checkpoint.size <= known and checkpoint.root == state.tree.root(checkpoint.size)
