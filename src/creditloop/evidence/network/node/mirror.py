"""A node's part towards the others' logs (镜像): judges their batches, holds their records, cosigns them.

Judging, in order: the batch's own form and signatures, who sent it, the size it builds on, its dates, each
record's place in its chain, the bank's own rules. Cosigning follows the C2SP witness protocol and adds that
the records are here and every one of them was agreed to by a quorum. Check and write are one step each: first
the store, then what the node has in mind, then what it remembers as signed, then the answer.
"""

from collections.abc import Sequence

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.hashing import check_consistency
from creditloop.evidence.network.batch import Batch, open_batch
from creditloop.evidence.network.cosignature import Cosigned, unverified_checkpoint
from creditloop.evidence.network.node.context import NodeContext
from creditloop.evidence.network.node.contradiction import fork_of_one_size
from creditloop.evidence.network.node.messages import Answer, Append, Outcome, Propose
from creditloop.evidence.network.node.round import OpenRound, open_round, read_round
from creditloop.evidence.network.node.state import Chains, Extension, LogState
from creditloop.evidence.network.record import Refusal, RefusedError, canonical_form, moment_from_text
from creditloop.evidence.network.verdict import Objection, Verdict, read_verdict, sign_verdict
from creditloop.kernel.errors import EvidenceError


class Mirror:
    """See the module."""

    def __init__(self, context: NodeContext) -> None:
        self.context = context

    # verdicts

    def judge(self, request: Propose, *, sender: str) -> Answer:
        """Answer a proposal with a signed verdict; the same one again gives the same verdict.

        Raises: RefusedError if the batch does not hold in itself.
        """
        context = self.context
        party = context.network.find(request.batch.header.origin)
        if party is None or party.name == context.name:
            return Answer(outcome=Outcome.UNKNOWN_ORIGIN, detail=request.batch.header.origin)
        if sender != party.name:
            return Answer(outcome=Outcome.WRONG_SENDER, detail=f"{party.name} proposes for itself")
        state = context.states[party.name]
        batch = open_batch(request.batch, submitters=party.submitters_at(request.size))
        given = context.ports.store.find_verdict(party.name, batch_hash=batch.hash, size=request.size)
        if given is not None:
            return Answer(outcome=Outcome.DONE, verdict=read_verdict(given), size=state.size)
        if refused := self._unable(state) or self._misplaced(state, batch, request.size):
            return refused
        verdict = sign_verdict(self._verdict(state, batch), signer=context.keys.judge)
        context.ports.store.save_verdict(
            party.name,
            batch_hash=batch.hash,
            size=state.size,
            header=canonical_form(batch.signed.signed_header),
            verdict=canonical_form(verdict),
        )
        return Answer(outcome=Outcome.DONE, verdict=verdict, size=state.size)

    def _unable(self, state: LogState) -> Answer | None:
        """Say why nothing of a log is signed now, None if it may be."""
        if state.contradiction is not None:
            return Answer(outcome=Outcome.FORKED, size=state.size, contradictions=(state.contradiction,))
        if state.target is not None or state.damaged or not self.context.may_sign(state):
            return Answer(outcome=Outcome.RECOVERING, size=state.size)
        return None

    def _misplaced(self, state: LogState, batch: Batch, size: int) -> Answer | None:
        """Say why a batch cannot be judged on top of a size, None if it can."""
        header = batch.header
        place = state.batches.get(header.batch)
        if place is not None and place.hash == batch.hash:
            return Answer(outcome=Outcome.REPLAYED, size=state.size, detail=f"{header.batch} is on the log")
        if not self.context.know_header(batch.signed.signed_header):
            return Answer(outcome=Outcome.CONFLICTING_REPEAT, size=state.size, detail=header.batch)
        if size != state.size:
            return Answer(outcome=Outcome.SIZE_DIFFERS, size=state.size, note=state.latest)
        latest = max((batch.at, *(moment_from_text(record.occurred_at) for record in batch.records)))
        if latest > self.context.ports.clock.now() + self.context.timing.skew:
            return Answer(outcome=Outcome.FUTURE_DATED, size=state.size, detail=str(latest))
        return None

    def _verdict(self, state: LogState, batch: Batch) -> Verdict:
        """Judge each record: its place in its chain, then the bank's own rules."""
        chains = Chains(state.heads)
        objections = []
        for index, record in enumerate(batch.records):
            reason = chains.reason(record) or self.context.ports.preconditions.objection(record)
            if reason is None:
                chains.take(record, batch.hashes[index])
                continue
            objections.append(
                Objection(index=index, loan=record.loan, reason=reason, record=batch.hashes[index].hex())
            )
        return Verdict(
            at=self.context.now_text(),
            batch=batch.header.batch,
            batch_hash=batch.hash,
            kind="verdict",
            node=self.context.name,
            objections=tuple(objections),
            origin=state.origin,
            size=state.size,
            v=1,
        )

    # cosignatures

    def append(self, request: Append) -> Answer:
        """Answer add-checkpoint: take the rounds, check root and consistency, cosign.

        Raises: RefusedError if the rounds do not hold; SourceError if the store fails.
        """
        context = self.context
        origin = request.checkpoint.partition("\n")[0]
        party = context.network.find(origin)
        if party is None or origin == context.name:
            return Answer(outcome=Outcome.UNKNOWN_ORIGIN, detail=origin[:100])
        try:
            unverified_checkpoint(request.checkpoint)
        except EvidenceError as error:
            return Answer(outcome=Outcome.MALFORMED, detail=error.message)
        try:
            opened = context.opened(origin, request.checkpoint)
        except EvidenceError as error:
            return Answer(outcome=Outcome.WRONG_SIGNATURE, detail=error.message)
        state = context.states[origin]
        checkpoint = opened.checkpoint
        refused = self._not_next(state, request, opened)
        if refused is not None:
            return refused
        if checkpoint.size == state.size:
            return self._cosigned_again(state, checkpoint)
        rounds = [open_round(read_round(bytes(raw)), network=context.network) for raw in request.rounds]
        self.extend(state, rounds=rounds, cosigned=checkpoint)
        return Answer(
            outcome=Outcome.DONE,
            size=state.size,
            cosignature=state.cosignatures[context.keys.witness.name],
        )

    def _not_next(self, state: LogState, request: Append, opened: Cosigned) -> Answer | None:
        """Check a signed checkpoint against what we hold, in the order of the witness protocol."""
        size, checkpoint = state.size, opened.checkpoint
        if request.old_size > checkpoint.size:
            return Answer(outcome=Outcome.OLD_SIZE_ABOVE, size=size)
        if state.contradiction is None and self.differs(state, opened):
            return Answer(outcome=Outcome.ROOT_DIFFERS, size=size, note=state.latest)
        if unable := self._unable(state):
            return unable
        if request.old_size != size:
            return Answer(outcome=Outcome.SIZE_DIFFERS, size=size, note=state.latest)
        return self._inconsistent(state, request, checkpoint)

    def _inconsistent(self, state: LogState, request: Append, checkpoint: Checkpoint) -> Answer | None:
        """Check that a checkpoint is consistent with our copy, and that its records are there."""
        size = state.size
        proof = [bytes.fromhex(hash_) for hash_ in request.proof]
        try:
            if size == 0 and proof:
                raise EvidenceError("an empty log needs no consistency proof", got=len(proof))
            if size:
                check_consistency(
                    size_before=size,
                    size=checkpoint.size,
                    root_before=state.tree.root(),
                    root=checkpoint.root,
                    proof=proof,
                )
        except EvidenceError as error:
            return Answer(outcome=Outcome.PROOF_WRONG, size=size, detail=error.message)
        if checkpoint.size > size and not request.rounds:
            return Answer(outcome=Outcome.RECORDS_MISSING, size=size)
        return None

    def differs(self, state: LogState, opened: Cosigned) -> bool:
        """Say whether a checked checkpoint of the log is not one of our copy; if it can be proven, it is."""
        checkpoint = opened.checkpoint
        if checkpoint.size > state.size or state.tree.root(checkpoint.size) == checkpoint.root:
            return False
        ours = self.context.checkpoint_at(state, checkpoint.size) if checkpoint.size else ""
        if ours:
            self.context.accuse(fork_of_one_size(state.origin, ours, opened.base))
        else:
            self.context.audit(state.origin, Outcome.ROOT_DIFFERS, f"at {checkpoint.size}")
        return True

    def _cosigned_again(self, state: LogState, checkpoint: Checkpoint) -> Answer:
        """Give the cosignature of the checkpoint we hold: the first one, if we gave one."""
        context = self.context
        line = state.cosignatures.get(context.keys.witness.name)
        if line is None:
            keys = context.network.party(context.name).keys_at(state.origin, state.size)
            if keys.witness.key_id != context.keys.witness.verifier.key_id:
                # lost with the store, and the key that counts here is gone: the next size is ours again
                return Answer(outcome=Outcome.RECOVERING, size=state.size)
            line = self._line(checkpoint)
            if state.size:
                context.ports.store.save_latest(state.origin, size=state.size, latest=state.base + line)
                context.remember_signed(state)
                context.take_lines(state, {context.keys.witness.name: line})
        return Answer(outcome=Outcome.DONE, size=state.size, cosignature=line)

    def _line(self, checkpoint: Checkpoint) -> str:
        return self.context.keys.cosign(checkpoint, at=int(self.context.ports.clock.now().timestamp()))

    def extend(self, state: LogState, *, rounds: Sequence[OpenRound], cosigned: Checkpoint | None) -> None:
        """Take further rounds of a log, all or none, and cosign where they lead.

        Args:
            rounds: one or more.
            cosigned: what is cosigned; None to keep without signing, while recovering.

        Raises: RefusedError if they do not continue the log or lead elsewhere; SourceError if the store
            fails.
        """
        extension = Extension(state)
        for opened in rounds:
            extension.add(opened)
        if cosigned is not None and (extension.tree.size, extension.tree.root()) != (
            cosigned.size,
            cosigned.root,
        ):
            raise RefusedError(
                Refusal.ROOT_DIFFERS, "the rounds do not lead to the checkpoint", got=extension.tree.size
            )
        line = "" if cosigned is None else self._line(cosigned)
        self.context.append(state, extension, base=rounds[-1].round.checkpoint, line=line)
        if cosigned is not None:
            self.context.remember_signed(state)
