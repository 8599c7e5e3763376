"""A node's part towards its own log (日志运营方): takes batches, asks for verdicts, appends, has it cosigned.

One batch at a time, in the order they came: proposed to all, decided when a quorum has answered and every
record is agreed to or cannot be any more, appended as a round, signed, stored, remembered as signed, and
only then shown. The next one begins when the checkpoint is final. After a start nothing is signed before a
quorum of the others was heard: a final checkpoint we might have lost is known to an honest one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import accumulate

import msgspec

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import leaf_hash
from creditloop.evidence.network.batch import Batch, open_batch, read_batch
from creditloop.evidence.network.node.context import NodeContext
from creditloop.evidence.network.node.messages import PORTION_BYTES, Answer, Append, Outcome, Propose
from creditloop.evidence.network.node.ports import StoredRound
from creditloop.evidence.network.node.round import (
    LATE_MAX,
    LATE_OBJECTIONS_MAX,
    OpenRound,
    Round,
    agreed,
    check_verdict_on,
    objections_of,
    open_round,
    read_round,
)
from creditloop.evidence.network.node.state import Chains, Extension, LogState
from creditloop.evidence.network.record import Lane, is_signed
from creditloop.evidence.network.verdict import SignedVerdict, Verdict, objection_record
from creditloop.kernel.errors import EvidenceError


class Stage(StrEnum):
    """How far a batch is."""

    UNKNOWN = "unknown"
    PROPOSED = "proposed"
    APPENDED = "appended"
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a batch stands.

    Attributes:
        included: index on the log of each record that is on it, by its place in the batch.
        refused: reasons by node, of each record that is not, by its place in the batch; no reason at all if
            the record only lacked agreements in time.
    """

    stage: Stage
    included: Mapping[int, int]
    refused: Mapping[int, Mapping[str, str]]


class Operator:
    """See the module."""

    def __init__(self, context: NodeContext) -> None:
        self.context = context
        self.queue: list[Batch] = []
        self.verdicts: dict[str, SignedVerdict] = {}
        self.late: list[SignedVerdict] = []
        self.sizes: dict[str, int] = {}
        self.asked_at_ms: int | None = None
        self._chains: tuple[LogState, int, Chains] | None = None

    @property
    def state(self) -> LogState:
        """Our own log."""
        return self.context.states[self.context.name]

    @property
    def _ready(self) -> bool:
        """Whether anything may be signed."""
        state = self.state
        lost = state.target is not None or state.contradiction is not None or bool(state.damaged)
        heard = len(self.context.heard) >= self.context.network.quorum
        return not lost and heard and self.context.may_sign(state)

    def load(self) -> None:
        """Read the waiting batches from the store; forget verdicts, which are given again when asked for.

        One that a former key signed was put back with the store: if it is not on the log, its submitter still
        has it and signs it anew.
        """
        context = self.context
        store, party = context.ports.store, context.network.party(context.name)
        self.verdicts, self.asked_at_ms, self.queue = {}, None, []
        for body in store.proposals():
            signed = read_batch(body)
            batch, name = open_batch(signed, submitters=party.submitters_ever), signed.header.batch
            if name in self.state.batches:
                store.drop_proposal(batch=name)
            elif not is_signed(signed.header, signed.signature, keys=party.submitters):
                context.audit(context.name, "proposal", f"{name} is signed by a former key")
                store.drop_proposal(batch=name)
            else:
                self.queue.append(batch)

    # batches

    def submit(self, body: bytes) -> Answer:
        """Take a batch of our submitters; it waits in the store when this returns. Again: nothing changes.

        Raises: RefusedError if it does not hold in itself; SourceError if the store fails.
        """
        context, state, signed = self.context, self.state, read_batch(body)
        if signed.header.origin != context.name:
            return Answer(outcome=Outcome.UNKNOWN_ORIGIN, detail=signed.header.origin)
        batch = open_batch(signed, submitters=context.network.party(context.name).submitters)
        name = batch.header.batch
        place = state.batches.get(name)
        known = place.hash if place is not None else self._waiting().get(name)
        if known is not None:
            outcome = Outcome.DONE if known == batch.hash else Outcome.CONFLICTING_REPEAT
            return Answer(outcome=outcome, size=state.size, detail=f"{name} is known")
        if batch.at > context.ports.clock.now() + context.timing.skew:
            return Answer(outcome=Outcome.FUTURE_DATED, detail=str(batch.at))
        broken = self.chains_with_queue().take_batch(batch)
        if broken is not None:
            return Answer(outcome=Outcome.ROUND_WRONG, detail=f"record {broken[0]}: {broken[1]}")
        chains, self._chains = self._chains, None  # if the store fails nothing is known of the batch
        context.ports.store.save_proposal(batch=name, body=body)
        self.queue.append(batch)
        self._chains = chains
        return Answer(outcome=Outcome.DONE, size=state.size)

    def chains_with_queue(self) -> Chains:
        """Return the chains as they were if all that waits were appended."""
        if self._chains is None or self._chains[0] is not self.state or self._chains[1] != self.state.size:
            chains = Chains(self.state.heads)
            for batch in self.queue:
                chains.take_batch(batch)
            self._chains = (self.state, self.state.size, chains)
        return self._chains[2]

    def _waiting(self) -> dict[str, str]:
        return {batch.header.batch: batch.hash for batch in self.queue}

    def standing(self, name: str) -> Standing:
        """Say how a batch of our log stands."""
        place = self.state.batches.get(name)
        if place is None:
            stage = Stage.PROPOSED if name in self._waiting() else Stage.UNKNOWN
            return Standing(stage=stage, included={}, refused={})
        stored = next(iter(self.context.ports.store.rounds(self.context.name, first=place.first)))
        round_ = read_round(stored.body)
        count = 0 if round_.batch is None else round_.batch.header.count
        refused: dict[int, dict[str, str]] = {
            index: {} for index in range(count) if index not in place.included
        }
        for verdict, objection in objections_of(round_.verdicts):
            if objection.index in refused:
                refused[objection.index][verdict.node] = objection.reason
        return Standing(
            stage=Stage.FINAL if self.state.final_size >= place.after else Stage.APPENDED,
            included={at: place.first + number for number, at in enumerate(place.included)},
            refused=refused,
        )

    # progress

    def advance(self) -> None:
        """Do what can be done now: have the last checkpoint cosigned, else decide the next batch."""
        if not self._ready:
            return
        state = self.state
        while self.queue and self.queue[0].header.batch in state.batches:
            # it came back to us with what we had lost
            self.context.ports.store.drop_proposal(batch=self.queue.pop(0).header.batch)
        for other in self.context.others:
            if self.context.network.party(other).witness.name not in state.cosignatures:
                self._push(other)
        if state.final_size == state.size:
            if self.queue:
                self._propose()
            elif self.late:
                self._append(None)

    def _propose(self) -> None:
        context, batch = self.context, self.queue[0]
        if self.asked_at_ms is None:
            self.asked_at_ms = context.ports.clock.elapsed_ms()
        request = Propose(batch=batch.signed, sent_at=context.now_text(), size=self.state.size)
        for other in context.others:
            if other not in self.verdicts and not context.busy("propose", other):
                then = partial(self._judged, other, batch, self.state.size)
                context.ask(other, request, "propose", other, then=then)
        self._decide()

    def _judged(self, party: str, batch: Batch, size: int, answer: Answer | None) -> None:
        if answer is None:
            return
        if self._heard_size(party, answer):
            self._push(party)
        signed = answer.verdict
        if answer.outcome is not Outcome.DONE or signed is None:
            return
        try:
            check_verdict_on(signed, batch=batch, size=size, network=self.context.network, node=party)
        except EvidenceError as error:
            self.context.audit(party, "verdict", error.message)
            return
        self.context.settled("propose", party)
        if self.queue and self.queue[0].hash == batch.hash and self.state.size == size:
            self.verdicts[party] = signed
            self._decide()
        elif signed.verdict.objections:
            self._too_late(signed)

    def _too_late(self, signed: SignedVerdict) -> None:
        """Keep the objections of a node that answered after the batch was decided."""
        verdict = signed.verdict
        known = {(late.verdict.node, late.verdict.batch_hash) for late in self.late}
        full = len(self.late) >= LATE_MAX
        if self._still_new(verdict) and not full and (verdict.node, verdict.batch_hash) not in known:
            self.late.append(signed)

    def _still_new(self, verdict: Verdict) -> bool:
        """Say whether a verdict is on a batch of the log, and none of its objections is there."""
        place = self.state.batches.get(verdict.batch)
        return (
            place is not None
            and place.hash == verdict.batch_hash
            and not any(
                (verdict.node, verdict.batch_hash, one.record) in self.state.objected
                for one in verdict.objections
            )
        )

    def _decide(self) -> None:
        """Append the first batch if its verdicts decide it, or enough came and the time is over."""
        if not self.queue or not self._ready or self.state.final_size != self.state.size:
            return
        network, batch = self.context.network, self.queue[0]
        verdicts = [signed.verdict for signed in self.verdicts.values()]
        if len(verdicts) < network.quorum or self.asked_at_ms is None:
            return
        included = agreed(len(batch.records), verdicts, quorum=network.quorum)
        unheard = len(network.parties) - 1 - len(verdicts)
        possible = agreed(len(batch.records), verdicts, quorum=network.quorum - unheard)
        waited = self.context.ports.clock.elapsed_ms() - self.asked_at_ms
        if included == possible or waited >= self.context.timing.proposal_ms:
            self._append(batch)

    def _late_now(self) -> Sequence[SignedVerdict]:
        """Return the first of the late verdicts, as many as a round carries; forget what is no news."""
        self.late = [signed for signed in self.late if self._still_new(signed.verdict)]
        totals = accumulate(len(signed.verdict.objections) for signed in self.late)
        return self.late[: sum(total <= LATE_OBJECTIONS_MAX for total in totals)]

    def _append(self, batch: Batch | None) -> None:
        """Append a round: make it, sign it, store it, remember it as signed; it is shown after that."""
        context, state = self.context, self.state
        verdicts = tuple(self.verdicts[node] for node in sorted(self.verdicts)) if batch else ()
        late = self._late_now()
        if batch is None and not late:
            return
        opened = self._signed_round(batch, verdicts, late)
        extension = Extension(state)
        extension.add(opened)
        context.append(state, extension, base=opened.round.checkpoint)
        context.remember_signed(state)
        if batch is not None:
            self.queue.pop(0)
            context.ports.store.drop_proposal(batch=batch.header.batch)
        self.verdicts, self.late, self.asked_at_ms = {}, self.late[len(late) :], None
        for other in context.others:
            self._push(other)

    def _signed_round(
        self, batch: Batch | None, verdicts: Sequence[SignedVerdict], late: Sequence[SignedVerdict]
    ) -> OpenRound:
        context, state = self.context, self.state
        included: tuple[int, ...] = ()
        if batch is not None:
            judged = [signed.verdict for signed in verdicts]
            included = agreed(len(batch.records), judged, quorum=context.network.quorum)
        chains = Chains(state.heads)
        objections = []
        for verdict, objection in (*objections_of(verdicts), *objections_of(late)):
            head = chains.head((objection.loan, Lane.OBJECTIONS))
            record = objection_record(verdict, objection, sequence=head.sequence + 1, previous=head.hash)
            chains.take(record, leaf_hash(record.body()))
            objections.append(msgspec.Raw(record.body()))
        tree = state.tree.grown()
        for index in included:
            assert batch is not None
            tree.add(batch.hashes[index])
        for raw in objections:
            tree.add(leaf_hash(bytes(raw)))
        checkpoint = Checkpoint(origin=state.origin, size=tree.size, root=tree.root())
        round_ = Round(
            batch=None if batch is None else batch.signed,
            checkpoint=context.keys.sign(checkpoint),
            first=state.size,
            late=tuple(late),
            objections=tuple(objections),
            origin=state.origin,
            v=1,
            verdicts=tuple(verdicts),
        )
        return open_round(round_, network=context.network)

    # cosignatures

    def _push(self, party: str) -> None:
        """Send a party the rounds it lacks and ask for its cosignature."""
        context, state = self.context, self.state
        if not state.size or context.busy("append", party):
            return
        stored = list(self._rounds_for(party))
        old_size = stored[0].first if stored else state.size
        size = stored[-1].after if stored else state.size
        checkpoint = read_round(stored[-1].body).checkpoint if stored else state.base
        proof = state.tree.consistency(old_size, size) if 0 < old_size < size else []
        request = Append(
            checkpoint=checkpoint,
            old_size=old_size,
            proof=tuple(hash_.hex() for hash_ in proof),
            rounds=tuple(msgspec.Raw(one.body) for one in stored),
            sent_at=context.now_text(),
        )
        context.ask(party, request, "append", party, then=partial(self._cosigned, party, checkpoint, size))

    def _rounds_for(self, party: str) -> Sequence[StoredRound]:
        """Return the rounds a party lacks: from its size on, or just the last round if that is not known."""
        state, store = self.state, self.context.ports.store
        known = self.sizes.get(party)
        if known is None or known > state.size:
            return list(store.rounds(state.origin, first=state.size - 1))
        if known == state.size:
            return []
        return list(store.rounds(state.origin, first=known, bytes_max=PORTION_BYTES))

    def _heard_size(self, party: str, answer: Answer) -> bool:
        """Note how far a party is; say whether it is not as far as we thought: it may be asked anew then."""
        if answer.outcome not in (Outcome.SIZE_DIFFERS, Outcome.DONE):
            return False
        new = self.sizes.get(party) != answer.size
        self.sizes[party] = answer.size
        if new and answer.outcome is Outcome.SIZE_DIFFERS:
            self.context.settled("append", party)
            return True
        return False

    def _cosigned(self, party: str, checkpoint: str, size: int, answer: Answer | None) -> None:
        """Take a party's cosignature; announce the checkpoint once a quorum has cosigned it."""
        if answer is None:
            return
        context, state = self.context, self.state
        if self._heard_size(party, answer):
            self._push(party)
        if answer.outcome is not Outcome.DONE or not answer.cosignature:
            return
        try:
            opened = context.opened_from_others(state.origin, checkpoint + answer.cosignature)
        except EvidenceError as error:
            context.audit(party, "cosignature", error.message)
            return
        witness = context.network.party(party).witness.name
        line = opened.lines.get(witness)
        if line is None:
            context.audit(party, "cosignature", "not by all the keys that are known of it here")
            return
        context.settled("append", party)
        if size == state.size:
            context.take_lines(state, {witness: line})
