"""Defects planted in the nodes on purpose, to see that the simulator finds them; `src` is not edited."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import StrEnum
from typing import Any
from unittest.mock import patch

import msgspec
from tests.faults.network.disk import JournalStore, SignedFile
from tests.faults.network.parties import Rules

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network.cosignature import Cosigned
from creditloop.evidence.network.node import Gossip, Network, Node, StoredRound
from creditloop.evidence.network.node import operator as operator_module
from creditloop.evidence.network.node import round as round_module
from creditloop.evidence.network.node.context import NodeContext
from creditloop.evidence.network.node.gossip import Gossiping
from creditloop.evidence.network.node.mirror import Mirror
from creditloop.evidence.network.node.round import OpenRound
from creditloop.evidence.network.node.state import Extension, LogState
from creditloop.evidence.network.record import Refusal, RefusedError
from creditloop.kernel.errors import SourceError


class Defect(StrEnum):
    """What is wrong with every node of a world."""

    SKIPS_CONSISTENCY = "a mirror does not compare roots"
    SIGNS_BEFORE_DURABLE = "what was signed is shown before it is stored"
    QUORUM_OF_TWO = "two of the others are taken for more than half"
    COUNTS_ONE_LESS = "a record is taken with one agreement less"
    FORGETS_WHAT_IT_SIGNED = "a store that was put back is believed"
    JUDGES_AGAIN = "a verdict is not kept"
    AGREES_TO_ALL = "the party's own rules are not asked"
    FINAL_TOO_EARLY = "a checkpoint is called final when it is appended"
    KEEPS_TO_ITSELF = "proofs, headers and foreign checkpoints are not told"


@contextmanager
def planted(defect: Defect | None) -> Iterator[None]:
    """Let a defect be in the nodes for a while."""
    if defect is None:
        yield
        return
    with _PLANTS[defect]():
        yield


@contextmanager
def _skips_consistency() -> Iterator[None]:
    add = Extension.add

    def blind(self: Extension, opened: Any) -> None:
        try:
            add(self, opened)
        except RefusedError as error:
            if error.refusal is not Refusal.ROOT_DIFFERS:
                raise
            self.hashes += opened.hashes
            self.rounds.append(
                StoredRound(first=opened.round.first, after=self.tree.size, body=opened.round.body())
            )

    def careless(
        self: Mirror, state: LogState, *, rounds: Sequence[OpenRound], cosigned: Checkpoint | None
    ) -> None:
        extension = Extension(state)
        for opened in rounds:
            extension.add(opened)
        line = "" if cosigned is None else self._line(cosigned)
        self.context.append(state, extension, base=rounds[-1].round.checkpoint, line=line)
        if cosigned is not None:
            self.context.remember_signed(state)

    with (
        patch.object(Extension, "add", blind),
        patch.object(Mirror, "extend", careless),
        patch.object(Mirror, "_inconsistent", lambda *_: None),
        patch.object(Mirror, "differs", lambda *_: False),
    ):
        yield


@contextmanager
def _signs_before_durable() -> Iterator[None]:
    """Let every write return before it is on the disk, where it gets ten seconds later, and believe the disk.

    With the memory of what was signed, and with asking others what we signed, a node makes good even this.
    """
    waiting: dict[int, list[Callable[[], None]]] = {}
    ticks: Counter[int] = Counter()
    tick = Node.tick

    def write(self: JournalStore, name: str, *values: Any) -> None:
        content = msgspec.msgpack.encode((name, *values))
        waiting.setdefault(id(self), []).append(lambda: self.disk.write(content))
        self._apply(name, *values)

    def ticked(self: Node) -> None:
        store = id(self.context.ports.store)
        ticks[store] += 1
        for later in waiting.pop(store, []) if ticks[store] % 40 == 0 else ():
            with suppress(SourceError):
                later()
        tick(self)

    with (
        _forgets_what_it_signed(),
        patch.object(JournalStore, "_write", write),
        patch.object(SignedFile, "write", lambda *_: None),
        patch.object(Node, "tick", ticked),
    ):
        yield


@contextmanager
def _quorum_of_two() -> Iterator[None]:
    with patch.object(Network, "quorum", property(lambda _: 2)):
        yield


@contextmanager
def _counts_one_less() -> Iterator[None]:
    agreed = round_module.agreed

    def fewer(count: int, verdicts: Any, *, quorum: int) -> tuple[int, ...]:
        return agreed(count, verdicts, quorum=quorum - 1)

    with patch.object(round_module, "agreed", fewer), patch.object(operator_module, "agreed", fewer):
        yield


@contextmanager
def _forgets_what_it_signed() -> Iterator[None]:
    beyond = Gossiping._beyond

    def guileless(self: Gossiping, peer: str, note: str, state: LogState, cosigned: Cosigned) -> None:
        if state.origin != self.context.name:
            beyond(self, peer, note, state, replace(cosigned, times={}))

    with (
        patch.object(NodeContext, "_compare_with_signed", lambda *_: None),
        patch.object(Gossiping, "_beyond", guileless),
    ):
        yield


@contextmanager
def _judges_again() -> Iterator[None]:
    with patch.object(JournalStore, "find_verdict", lambda *_, **__: None):
        yield


@contextmanager
def _agrees_to_all() -> Iterator[None]:
    with patch.object(Rules, "objection", lambda *_: None):
        yield


@contextmanager
def _final_too_early() -> Iterator[None]:
    append = NodeContext.append

    def hasty(self: NodeContext, state: LogState, extension: Extension, *, base: str, line: str = "") -> None:
        append(self, state, extension, base=base, line=line)
        self.take_final(state, state.latest, state.size)

    with patch.object(NodeContext, "append", hasty):
        yield


@contextmanager
def _keeps_to_itself() -> Iterator[None]:
    told = Gossiping.told

    def short(self: Gossiping) -> Gossip:
        said = told(self)
        own = tuple(note for note in said.notes if note.startswith(self.context.name + "\n"))
        return msgspec.structs.replace(said, contradictions=(), headers=(), notes=own)

    with patch.object(Gossiping, "told", short):
        yield


_PLANTS = {
    Defect.SKIPS_CONSISTENCY: _skips_consistency,
    Defect.SIGNS_BEFORE_DURABLE: _signs_before_durable,
    Defect.QUORUM_OF_TWO: _quorum_of_two,
    Defect.COUNTS_ONE_LESS: _counts_one_less,
    Defect.FORGETS_WHAT_IT_SIGNED: _forgets_what_it_signed,
    Defect.JUDGES_AGAIN: _judges_again,
    Defect.AGREES_TO_ALL: _agrees_to_all,
    Defect.FINAL_TOO_EARLY: _final_too_early,
    Defect.KEEPS_TO_ITSELF: _keeps_to_itself,
}
