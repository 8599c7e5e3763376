"""Who sees everything of a simulated world, and says in the end what does not hold.

Nothing is believed that a node says of itself but what it has let go of: checkpoints signed, verdicts given,
cosignatures given, checkpoints called final. Records, agreements and trees are compared with these.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.faults.network.disk import JournalStore
from tests.faults.network.parties import NAMES, reason_of
from tests.faults.network.process import Process

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network.cosignature import unverified_checkpoint
from creditloop.evidence.network.node import (
    Answer,
    Append,
    Fork,
    Gossip,
    Outcome,
    Propose,
    TwoBatches,
    read_answer,
    read_request,
)
from creditloop.evidence.network.node.round import OpenRound, open_round, read_round
from creditloop.evidence.network.node.state import LogState
from creditloop.kernel.errors import EvidenceError

if TYPE_CHECKING:
    from tests.faults.network.world import World

AGREEMENTS = 3
"""More than half of the four others; not taken from the code under test."""


class BrokenError(AssertionError):
    """Something that must hold does not."""


class Watch:
    """See the module."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.found: list[str] = []
        self.signed: dict[tuple[str, int], set[bytes]] = defaultdict(set)
        self.cosigned: dict[tuple[str, str], dict[int, bytes]] = defaultdict(dict)
        self.cosigners: dict[tuple[str, int, bytes], set[str]] = defaultdict(set)
        self.verdicts: dict[tuple[str, str, str, int], bytes] = {}
        self.put_back: dict[tuple[str, str, str, int], int] = {}
        self.judged: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self.finals: dict[str, dict[int, bytes]] = defaultdict(dict)
        self.seen_final: dict[tuple[str, str], int] = {}
        self.acknowledged: dict[str, set[str]] = defaultdict(set)

    def problem(self, words: str) -> None:
        """Note that something does not hold."""
        if words not in self.found:
            self.world.tell(f"BROKEN: {words}")
            self.found.append(words)

    # what is let go of

    def request_sent(self, sender: Process, request: bytes) -> None:
        """See what an honest party sends."""
        if not sender.honest:
            return
        message = read_request(request)
        if isinstance(message, Append):
            self._own_checkpoint(sender, message.checkpoint)
        if isinstance(message, Gossip):
            for note in message.notes:
                self._shown(sender, note)

    def _shown(self, sender: Process, note: str) -> None:
        """See a checkpoint that an honest party shows, with its own signature or cosignature."""
        if note.startswith(sender.name + "\n"):
            self._own_checkpoint(sender, note)
        if f"\n— {sender.name}/witness " in note:
            self._cosignature(sender, unverified_checkpoint(note))

    def _own_checkpoint(self, sender: Process, note: str) -> None:
        checkpoint = unverified_checkpoint(note)
        roots = self.signed[sender.name, checkpoint.size]
        roots.add(checkpoint.root)
        if len(roots) > 1:
            self.problem(f"{sender.label} is honest and signed two trees of {checkpoint.size} entries")

    def answer_sent(self, answering: Process, request: bytes, answer: bytes) -> None:
        """See what an honest party answers."""
        if not answering.honest:
            return
        try:
            message = read_request(request)
        except EvidenceError:
            return
        said = read_answer(answer)
        for note in (*said.notes, said.note):
            if note:
                self._shown(answering, note)
        if isinstance(message, Append) and said.cosignature:
            self._cosignature(answering, unverified_checkpoint(message.checkpoint))
        if isinstance(message, Propose) and said.verdict is not None:
            self._verdict(answering, message, said)

    def _cosignature(self, answering: Process, checkpoint: Checkpoint) -> None:
        given = self.cosigned[answering.name, checkpoint.origin]
        if given.setdefault(checkpoint.size, checkpoint.root) != checkpoint.root:
            self.problem(
                f"{answering.label} cosigned two trees of {checkpoint.size} entries of {checkpoint.origin}"
            )
        self.cosigners[checkpoint.origin, checkpoint.size, checkpoint.root].add(answering.name)

    def _verdict(self, answering: Process, message: Propose, said: Answer) -> None:
        assert said.verdict is not None
        verdict = said.verdict.verdict
        key = (answering.name, verdict.origin, verdict.batch_hash, verdict.size)
        first = self.verdicts.setdefault(key, said.verdict.signature.encode())
        again = self.put_back.setdefault(key, answering.put_back)
        if first != said.verdict.signature.encode() and again == answering.put_back:
            self.problem(f"{answering.label} gave two verdicts on {verdict.batch}")
        self.judged[verdict.origin, verdict.batch][verdict.batch_hash].add(answering.name)

    def submitted(self, process: Process, batch: str, answer: Answer) -> None:
        """Hear how a submission was answered."""
        if process.honest and answer.outcome is Outcome.DONE:
            self.acknowledged[process.name].add(batch)

    def looked_at(self, process: Process) -> None:
        """See what an honest node calls final."""
        if not process.honest or process.node is None:
            return
        for origin, state in process.node.context.states.items():
            size = state.final_size
            if size and self.seen_final.get((process.name, origin)) != size:
                self.seen_final[process.name, origin] = size
                self._shown(process, state.final)  # its own cosignature may have got nowhere yet
                self._final(process, unverified_checkpoint(state.final))

    def _final(self, process: Process, checkpoint: Checkpoint) -> None:
        known = self.finals[checkpoint.origin].setdefault(checkpoint.size, checkpoint.root)
        if known != checkpoint.root:
            self.problem(f"two final trees of {checkpoint.size} entries of {checkpoint.origin}")
        cosigners = self.cosigners[checkpoint.origin, checkpoint.size, checkpoint.root]
        if len(cosigners) + self._lying_others(checkpoint.origin) < AGREEMENTS:
            self.problem(
                f"{process.label} calls {checkpoint.size} of {checkpoint.origin} final by {sorted(cosigners)}"
            )

    def _lying_others(self, origin: str) -> int:
        return len(set(self.world.liars) - {origin})

    # in the end

    def _honest(self) -> list[Process]:
        return [one for one in self.world.processes if one.honest and one.name != self.world.gone]

    def unsettled(self) -> list[str]:
        """Say what is not settled yet, once all is calm."""
        found = []
        for process in self._honest():
            if process.node is None:
                found.append(f"{process.label} does not run")
                continue
            for state in process.node.context.states.values():
                found += self._unsettled_log(process, state)
        return found + [
            f"{one.process.label}: {one.current.header.batch} is not decided"
            for one in self.world.submitters
            if one.process.honest and one.current is not None and one.process.name != self.world.gone
        ]

    def _unsettled_log(self, process: Process, state: LogState) -> Iterator[str]:
        label, origin = process.label, state.origin
        if state.damaged:
            yield f"{label}: {origin} is damaged: {state.damaged}"
        if origin == self.world.liar:
            # a liar's log need not go on; but what is final of it is everywhere, and forks are known
            yield from self._unsettled_lies(process, state)
            return
        sizes = {one.node.context.states[origin].size for one in self._honest() if one.node}
        if len(sizes) > 1:
            yield f"{origin} has sizes {sorted(sizes)}"
        if state.target is not None:
            yield f"{label}: {origin} is not recovered"
        if origin != self.world.gone and state.final_size != state.size:
            yield f"{label}: {origin} has {state.size} entries, {state.final_size} final"

    def _unsettled_lies(self, process: Process, state: LogState) -> Iterator[str]:
        label, origin = process.label, state.origin
        if state.contradiction is None and any(
            one.node and one.node.context.states[origin].contradiction for one in self._honest()
        ):
            yield f"{label} does not know that {origin} forked"
        if state.contradiction is None:
            for one in self._honest():
                other = one.node.context.states[origin] if one.node else state
                shared = min(state.size, other.size)
                if state.tree.root(shared) != other.tree.root(shared):
                    yield f"{label} and {one.label} hold two trees of {origin} and nobody says so"
        if self._signed_twice(origin) and not any(
            isinstance(proof.proof, TwoBatches)
            for proof in process.node.context.contradictions.values()  # type: ignore[union-attr]
        ):
            yield f"{label} does not know of the two batches of {origin}"

    def _signed_twice(self, origin: str) -> bool:
        """Say whether honest parties that never lost anything judged two batches of one id."""
        whole = {one.name for one in self._honest() if not one.put_back}
        return any(
            len([1 for names in hashes.values() if names & whole]) > 1
            for (log, _), hashes in self.judged.items()
            if log == origin
        )

    def problems(self) -> list[str]:
        """Say what does not hold in the end."""
        for process in self._honest():
            if process.node is None:
                continue
            self._check_named(process)
            for origin in NAMES:
                self._check_log(process, origin)
        for submitter in self.world.submitters:
            if submitter.process.honest:
                self._check_submitted(submitter.process, submitter.decided)
                self._check_acknowledged(submitter.process)
        return self.found

    def _check_named(self, process: Process) -> None:
        assert process.node is not None
        for contradiction in process.node.context.contradictions.values():
            if contradiction.origin not in self.world.liars:
                self.problem(f"{process.label} holds a proof against {contradiction.origin}, who is honest")
            self.world.struck[
                "named " + ("fork" if isinstance(contradiction.proof, Fork) else "batches")
            ] += 1

    def _check_log(self, process: Process, origin: str) -> None:
        """What was cosigned, what is final, what is on the log: all must be one tree's."""
        assert process.node is not None
        state = process.node.context.states[origin]
        for size, root in self.cosigned[process.name, origin].items():
            if origin == self.world.liar and (process.lost or (size > state.size and state.target)):
                continue  # nobody else may have what the liar told this node alone
            if size > state.size or state.tree.root(size) != root:
                self.problem(f"{process.label} cosigned {size} of {origin} and holds another tree")
        holders = 0
        for one in self._honest():
            theirs = one.node.context.states[origin] if one.node else None
            holders += theirs is not None and all(
                size <= theirs.size and theirs.tree.root(size) == root
                for size, root in self.finals[origin].items()
            )
        due = len(self._honest())
        if origin == self.world.liar:
            due = AGREEMENTS - self._lying_others(origin)
        if self.finals[origin] and holders < due:
            self.problem(f"what is final of {origin} is held by {holders} only")
        self._check_reading_again(process, state)
        for stored in JournalStore(process.disk).rounds(origin, first=0):
            self._check_round(process, open_round(read_round(stored.body), network=self.world.network))

    def _check_reading_again(self, process: Process, state: LogState) -> None:
        stored = list(JournalStore(process.disk).rounds(state.origin, first=0))
        if (stored[-1].after if stored else 0) != state.size:
            self.problem(f"{process.label}: store and mind differ on {state.origin}")

    def _check_round(self, process: Process, opened: OpenRound) -> None:
        """Every record was agreed to by a quorum that really did, and against nobody's will."""
        batch, origin = opened.batch, opened.round.origin
        if batch is None:
            return
        really = {
            signed.verdict.node: signed.verdict
            for signed in opened.round.verdicts
            if signed.verdict.node in self.world.liars
            or (signed.verdict.node, origin, batch.hash, opened.round.first) in self.verdicts
        }
        for index in opened.included:
            agreeing = [node for node, verdict in really.items() if verdict.agrees(index)]
            if len(agreeing) < AGREEMENTS:
                self.problem(f"{process.label}: record {index} of {batch.header.batch} by {agreeing}")
            against = [
                node
                for node in agreeing
                if reason_of(node, batch.records[index]) and node not in self.world.liars
            ]
            if against:
                self.problem(f"{process.label}: {against} agreed against their rules")

    def _check_submitted(self, process: Process, decided: set[str]) -> None:
        """What was called final to a submitter is on the log, at every honest party."""
        for one in self._honest():
            state = one.node.context.states[process.name] if one.node else None
            missing = decided - set(state.batches) if state else set()
            if missing:
                self.problem(f"{one.label} lost {sorted(missing)}")

    def _check_acknowledged(self, process: Process) -> None:
        """What a log took is on it or waits for it, unless the store was put back since."""
        if process.node is None or process.put_back:
            return
        node = process.node
        waiting = {batch.header.batch for batch in node.operator.queue}
        lost = self.acknowledged[process.name] - waiting - set(node.operator.state.batches)
        if lost:
            self.problem(f"{process.label} took {sorted(lost)} and forgot them")
