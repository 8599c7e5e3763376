"""Liars of the simulated world: they run the node's own code, and lie where it pays (simulated).

Two kinds of liars own two processes each, with the same keys and different stories for different parties.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from tests.faults.network.parties import NAMES, keys_of, submitter_of
from tests.faults.network.process import Process

from creditloop.evidence.checkpoint import open_checkpoint, sign_checkpoint
from creditloop.evidence.hashing import node_hash
from creditloop.evidence.network.batch import SignedBatch, make_batch
from creditloop.evidence.network.cosignature import cosign, unverified_checkpoint
from creditloop.evidence.network.node import (
    Answer,
    Append,
    Gossip,
    Network,
    Node,
    Outcome,
    Propose,
    message_bytes,
    read_answer,
    read_request,
)
from creditloop.evidence.network.node.round import read_round
from creditloop.evidence.network.record import moment_from_text, read_record

if TYPE_CHECKING:
    from tests.faults.network.world import World


class Lie(StrEnum):
    """What a liar does."""

    CHANGES = "changes a record in what some are sent"
    EQUIVOCATES = "signs two batches under one id"
    FORKS = "tells two parts of the network two stories"
    SIGNS_FALSE_ROOTS = "signs to some a root that its records do not have"
    ROLLS_BACK = "goes back to an earlier state and goes on from there"
    COUNTS_WRONG = "appends with a single verdict"
    DENIES = "objects to everything"
    GARBLES = "answers rubbish"
    FALSIFIES = "hands out changed records and hashes"
    NODS = "cosigns whatever it is shown"


class Careless(Network):
    """A network of which one verdict is enough."""

    @property
    def quorum(self) -> int:
        return 1


@dataclass(kw_only=True)
class Liar(Process):
    """A process that lies.

    Attributes:
        lie: what it does.
        told: names of those this one talks to.
    """

    lie: Lie
    told: tuple[str, ...] = NAMES

    def serves(self, name: str) -> bool:
        return name in self.told

    @cached_property
    def believers(self) -> frozenset[str]:
        """Those who are told the truth by one who changes or equivocates."""
        others = [name for name in NAMES if name != self.name]
        return frozenset(self.world.draw.sample(others, self.world.draw.randint(1, 3)))

    def make_node(self) -> Node:
        node = super().make_node()
        if self.lie in (Lie.FORKS, Lie.ROLLS_BACK):
            self._turn_deaf(node)
        return node

    def _turn_deaf(self, node: Node) -> None:
        """Let it not hear what others say of its own log, nor tell them of it."""
        hear, told = node.gossip.hear, node.gossip.told

        def deaf(peer: str, said: Gossip | Answer) -> None:
            notes = tuple(note for note in said.notes if not note.startswith(self.name))
            proofs = tuple(one for one in said.contradictions if one.origin != self.name)
            if isinstance(said, Answer):
                said = msgspec.structs.replace(said, notes=notes, contradictions=proofs, note="")
            else:
                said = msgspec.structs.replace(said, notes=notes, contradictions=proofs)
            hear(peer, said)

        node.context.heard.update(NAMES)
        node.gossip.hear = deaf  # type: ignore[method-assign, assignment]
        node.gossip.told = lambda: msgspec.structs.replace(told(), contradictions=())  # type: ignore[method-assign]

    # what it sends

    def spoken(self, party: str, request: bytes) -> list[bytes]:
        message = read_request(request)
        if party not in self.told and not isinstance(message, Propose):
            return []
        if self.lie is Lie.CHANGES and party not in self.believers:
            return [self._changed(request)]
        if self.lie is Lie.EQUIVOCATES and party not in self.believers and isinstance(message, Propose):
            return [message_bytes(msgspec.structs.replace(message, batch=self._other(message)))]
        if (
            self.lie is Lie.SIGNS_FALSE_ROOTS
            and party not in self.believers
            and isinstance(message, Append)
            and message.rounds
        ):
            return [request, message_bytes(self._with_false_root(message))]
        return [request]

    def _with_false_root(self, message: Append) -> Append:
        """Sign another root over the same rounds."""
        last = read_round(bytes(message.rounds[-1]))
        true = open_checkpoint(last.checkpoint, verifier=self.network.party(self.name).log)
        false = replace(true, root=node_hash(true.root, true.root))
        note = sign_checkpoint(false, signer=keys_of(self.name).log)
        body = msgspec.structs.replace(last, checkpoint=note).body()
        return msgspec.structs.replace(
            message, checkpoint=note, rounds=(*message.rounds[:-1], msgspec.Raw(body))
        )

    def _changed(self, request: bytes) -> bytes:
        """Change a digit in some record's commitment, and sign nothing anew."""
        mark = b'"commitment":"'
        at = request.find(mark)
        if at < 0:
            return request
        at += len(mark)
        digit = b"0" if request[at : at + 1] != b"0" else b"1"
        return request[:at] + digit + request[at + 1 :]

    def _other(self, message: Propose) -> SignedBatch:
        """Sign another content under the same id."""
        records = [read_record(bytes(raw)) for raw in message.batch.records]
        document = msgspec.structs.replace(records[-1].documents[0], commitment="ab" * 32)
        records[-1] = msgspec.structs.replace(records[-1], documents=(document,))
        at = moment_from_text(message.batch.header.at)
        return make_batch(records, batch=message.batch.header.batch, at=at, signer=submitter_of(self.name))

    # what it answers

    def answered(self, sender: str, request: bytes) -> bytes:
        answer = super().answered(sender, request)
        if self.lie is Lie.GARBLES:
            at = self.world.draw.randrange(len(answer))
            return answer[:at] + bytes([answer[at] ^ (1 << self.world.draw.randrange(8))]) + answer[at + 1 :]
        if self.lie is Lie.FALSIFIES:
            return self._false(read_answer(answer))
        if self.lie is Lie.NODS:
            return self._nodding(read_request(request), answer)
        return answer

    def _false(self, answer: Answer) -> bytes:
        hashes = ("ee" * 32, *answer.hashes[1:]) if answer.hashes else ()
        rounds = tuple(msgspec.Raw(self._changed(bytes(raw))) for raw in answer.rounds)
        return message_bytes(msgspec.structs.replace(answer, hashes=hashes, rounds=rounds))

    def _nodding(self, request: object, answer: bytes) -> bytes:
        if not isinstance(request, Append):
            return answer
        checkpoint = unverified_checkpoint(request.checkpoint)
        line = cosign(
            checkpoint.text(), signer=keys_of(self.name).witness, at=int(self.clock.now().timestamp())
        )
        return message_bytes(Answer(outcome=Outcome.DONE, size=checkpoint.size, cosignature=line))


class Denier:
    """Rules that are against everything."""

    def objection(self, record: object) -> str:
        return "on_principle"


class DenyingLiar(Liar):
    """A process whose rules are against everything."""

    def make_node(self) -> Node:
        node = super().make_node()
        node.context.ports = replace(node.context.ports, preconditions=Denier())
        return node


def lying_processes(world: "World", lie: Lie, name: str) -> list[Process]:
    """Make the liar's process, or his two."""
    draw = world.draw
    given = Careless(parties=world.network.parties) if lie is Lie.COUNTS_WRONG else world.network
    kind = DenyingLiar if lie is Lie.DENIES else Liar
    first = kind(world=world, name=name, network=given, lie=lie)
    if lie is Lie.ROLLS_BACK:
        for _ in range(draw.randint(1, 2)):
            world.at(draw.randint(4_000, 20_000), lambda: _roll_back(first))
    if lie is not Lie.FORKS:
        return [first]
    # from some moment on the second is a copy of the first; both ask all for verdicts, each tells some
    others = [other for other in NAMES if other != name]
    draw.shuffle(others)
    second = Liar(world=world, name=name, network=given, lie=lie, twin="-twin", told=())
    place = draw.randint(1, 3)

    def part() -> None:
        """From here on there are two stories; neither is told before both have verdicts."""
        first.told = second.told = ()
        second.disk.data[:] = first.disk.data
        second.memory.data[:] = first.memory.data
        second.die("begins another story")
        world.struck["fork"] += 1
        second.start()
        if second.node is not None:
            second.node.operator.queue.clear()

    def tell() -> None:
        first.told, second.told = tuple(others[:place]), tuple(others[place:])

    at = draw.randint(2_000, 12_000)
    world.at(at, part)
    world.at(at + 5_000, tell)
    return [first, second]


def _roll_back(process: Liar) -> None:
    """Put both disks back, knowingly."""
    frames = sum(1 for _ in process.disk.frames())
    process.die("goes back on purpose")
    process.disk.put_back(max(0, frames - process.world.draw.randint(2, 14)))
    process.memory.data.clear()
    process.world.struck["rollback"] += 1
    for submitter in process.world.submitters:
        if submitter.process is process and submitter.made:
            # the same batch again: its verdicts are given again, and others of them may be taken this time
            submitter.current = process.world.draw.choice(list(submitter.made.values())[-3:])
    process.world.at(process.world.time + 300, process.start)
