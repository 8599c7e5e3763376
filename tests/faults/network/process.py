"""A party's process in the simulated world: its disks, its clock, its node when it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from tests.faults.network.disk import Crashed, Disk, DiskFault, JournalStore, SignedFile
from tests.faults.network.parties import Rules, keys_of

from creditloop.evidence.network.node import AuditLine, Network, Node, Ports, Timing

if TYPE_CHECKING:
    from tests.faults.network.world import World

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TIMING = Timing(retry_ms=700, proposal_ms=4_000, gossip_ms=1_500)
TICK_MS = 250


@dataclass(slots=True)
class SimulatedClock:
    """The world's time with what this process's clock is off."""

    world: "World"
    off: timedelta = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(milliseconds=self.world.time) + self.off

    def elapsed_ms(self) -> int:
        return self.world.time


@dataclass(kw_only=True)
class Process:
    """See the module.

    Attributes:
        name: the party.
        twin: which of a liar's processes it is; empty for honest parties.
        born: counts its starts; answers to an earlier life are nobody's.
        put_back: how often its store was put back.
        absent_until: nobody starts it before.
        lost: whether it lost its memory of what it signed, too.
        generation: how often it changed its keys.
        armed: what befalls which of the coming writes.
        write_ms: how long a write takes.
    """

    world: "World"
    name: str
    network: Network
    twin: str = ""
    disk: Disk = field(default_factory=Disk)
    memory: Disk = field(default_factory=Disk)
    node: Node | None = None
    born: int = 0
    put_back: int = 0
    absent_until: int = 0
    lost: bool = False
    generation: int = 0
    busy_until: int = 0
    write_ms: int = 0
    armed: list[tuple[int, DiskFault]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(self.world)
        self.disk.strike = self.memory.strike = self._strike

    def _strike(self) -> DiskFault | None:
        for place, (count, fault) in enumerate(self.armed):
            if count == 0:
                del self.armed[place]
                self.world.struck[fault] += 1
                self.world.tell(f"{self.label}: {fault}")
                return fault
        self.armed = [(count - 1, fault) for count, fault in self.armed]
        return None

    @property
    def label(self) -> str:
        """What it is called in a history."""
        return self.name.partition(".")[0] + self.twin

    @property
    def honest(self) -> bool:
        """Whether it follows the protocol."""
        return self.name not in self.world.liars

    def serves(self, name: str) -> bool:
        """Say whether it answers to a party; of a liar's twins only one does."""
        return True

    # the ports

    def send(self, party: str, request: bytes, *, token: int) -> None:
        """Send a request, as `Peers`."""
        for changed in self.spoken(party, request):
            self.world.transmit_request(self, party, changed, token)

    def spoken(self, party: str, request: bytes) -> list[bytes]:
        """Return what is really sent; liars change it."""
        return [request]

    def answered(self, sender: str, request: bytes) -> bytes:
        """Return what is really answered; liars change it."""
        assert self.node is not None
        return self.node.handle(request, sender=sender)

    def write(self, line: AuditLine) -> None:
        """Tell a line, as `Audit`."""
        self.world.told_line(self, line)

    def make_node(self) -> Node:
        """Start the node's code on the disks."""
        return Node(
            network=self.network,
            keys=keys_of(self.name, self.generation),
            ports=Ports(
                store=JournalStore(self.disk),
                last_signed=SignedFile(self.memory, whole=not self.lost),
                clock=self.clock,
                preconditions=Rules(self.name),
                peers=self,
                audit=self,
            ),
            timing=TIMING,
        )

    # life

    def run(self, act: Callable[[], None]) -> None:
        """Do something, when the disk is not busy; a crash in it ends the process."""
        world = self.world
        if self.node is None:
            return
        born = self.born
        if world.time < self.busy_until:
            world.at(self.busy_until, lambda: self.run(act) if self.born == born else None)
            return
        before = self.disk.written + self.memory.written
        try:
            act()
        except Crashed:
            self.die("crashed")
        writes = self.disk.written + self.memory.written - before
        self.busy_until = world.time + writes * self.write_ms
        world.watch.looked_at(self)

    def start(self) -> None:
        """Start the process, or try to: a disk may fail at once."""
        if self.node is not None or self.world.time < self.absent_until:
            return
        self.born += 1
        try:
            self.node = self.make_node()
        except Crashed:
            self.world.at(self.world.time + 500, self.start)
            return
        except Exception as error:
            if "simulated" not in str(error):
                raise
            self.world.at(self.world.time + 500, self.start)
            return
        self.world.tell(f"{self.label}: starts")
        self.busy_until = 0
        self._tick(self.born)

    def _tick(self, born: int) -> None:
        if self.born != born or self.node is None:
            return
        self.run(self.node.tick)
        self.world.at(self.world.time + TICK_MS, lambda: self._tick(born))

    def die(self, why: str) -> None:
        """End the process; only its disks remain."""
        if self.node is not None:
            self.world.tell(f"{self.label}: {why}")
        self.node = None
        self.born += 1

    def lose(self, draw: Random) -> None:
        """Put the store back to an earlier state, the memory of what was signed stays."""
        frames = sum(1 for _ in self.disk.frames())
        kept = draw.choice([0, frames // 2, max(0, frames - draw.randint(1, 6))])
        self.disk.put_back(kept)
        self.put_back += 1
        self.world.tell(f"{self.label}: the store is put back from {frames} to {kept} writes")

    def lose_all(self, draw: Random) -> None:
        """Lose the store, or what came after a backup of it, and all memory of what was signed."""
        self.lose(draw)
        self.memory.put_back(0)
        self.lost = True
        self.world.tell(f"{self.label}: what it signed is forgotten")
