"""Honest parties of the simulated world change their keys; the others hear of it one after another."""

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING

from tests.faults.network.parties import with_new_keys
from tests.faults.network.process import Process

from creditloop.evidence.network.node import Network, Party

if TYPE_CHECKING:
    from tests.faults.network.world import World

HEARD_WITHIN_MS = 8_000
_AGAIN_MS = 300


class KeyChanges:
    """What is drawn here is drawn from the seed by itself, so that all else goes as without it."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.draw = Random(f"keys {world.seed}")

    def plan(self, *, last_ms: int) -> None:
        """Put the changes on the agenda: in some seeds, of one party or two, of one of them twice."""
        honest = [process for process in self.world.processes if process.honest]
        if self.draw.random() < 0.5:
            return
        for process in self.draw.choices(honest, k=self.draw.randint(1, 2)):
            self.world.at(self.draw.randint(2_000, last_ms), lambda p=process: self._change(p))  # type: ignore[misc]

    def _change(self, process: Process) -> None:
        """Change the keys of a process once it is settled, as `rotate_keys` demands."""
        world, until = self.world, _settled(process)
        if world.calm or process.name == world.gone:
            return
        if until is None:
            world.at(world.time + _AGAIN_MS, lambda: self._change(process))
            return
        process.die("changes its keys")
        process.generation += 1
        world.struck["key change"] += 1
        party = with_new_keys(world.network.party(process.name), generation=process.generation, until=until)
        world.network = _with(world.network, party)
        for other in world.processes:
            wait = self.draw.randint(100, 2_000 if other is process else HEARD_WITHIN_MS)
            world.at(world.time + wait, lambda one=other: self._join(one, party))  # type: ignore[misc]

    def _join(self, process: Process, party: Party) -> None:
        running = process.node is not None
        if not party.continues(process.network.party(party.name)):
            return  # a card from before the one it has; `join` refuses it
        process.die("joins with new cards")
        process.network = _with(process.network, party)
        if running or process.name == party.name:
            process.start()


def _settled(process: Process) -> Mapping[str, int] | None:
    """Return the sizes of all logs if the node may change its keys now, else None."""
    node = process.node
    if node is None or node._stale or node.operator.queue:
        return None
    for origin, state in node.context.states.items():
        own = node.context.keys.witness.name in state.cosignatures or origin == process.name
        lost = node.context.ports.last_signed.is_lost(origin)
        if state.target is not None or state.damaged or lost:
            return None
        if state.size and not own and state.contradiction is None:
            return None
    return {origin: state.size for origin, state in node.context.states.items()}


def _with(network: Network, party: Party) -> Network:
    """Return a network, of the same kind, that knows the party by its present keys."""
    parties = tuple(party if one.name == party.name else one for one in network.parties)
    return type(network)(parties=parties)
