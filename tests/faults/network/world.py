"""One seed's world (simulated): five nodes, a network, disks and clocks that fail, a liar and his friend.

    1 each honest party's systems submit batches to its log, again until they are final
    2 messages are lost, doubled, delayed, kept from crossing a partition
    3 processes crash at any write and start again; disks are slow, fail, are put back to an earlier state
    4 clocks jump; up to two nodes are dead for long
    5 parties change their keys, and the others hear of it one after another
    6 a liar, if there is one, runs the same node code with lies of his own
    7 then all is calm, and everything must come right

Time is a number of milliseconds; nothing reads a clock, and every choice is drawn from the seed.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from tests.faults.network.disk import DiskFault
from tests.faults.network.key_changes import KeyChanges
from tests.faults.network.liars import Lie, lying_processes
from tests.faults.network.parties import NAMES, network
from tests.faults.network.process import Process
from tests.faults.network.submitters import Submitter
from tests.faults.network.watch import BrokenError, Watch

from creditloop.evidence.network.node import AuditLine

TROUBLE_MS = 25_000
CALM_MS = 90_000
HELPED = (Lie.FORKS, Lie.ROLLS_BACK, Lie.SIGNS_FALSE_ROOTS)
TIMEOUT_MS = 1_200


@dataclass(kw_only=True)
class World:
    """See the module.

    Attributes:
        history: what happened, a line each.
        struck: faults that fell, by name.
        lie: what the liar does; None if all are honest.
        liar: his name; empty if all are honest.
        liars: his name and his friend's.
        quiet: no faults but those of the liar.
    """

    seed: int
    quiet: bool = False
    forced: Lie | None = None
    history: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.draw = Random(self.seed)
        self.time, self.planned = 0, 0
        self.queue: list[tuple[int, int, Callable[[], None]]] = []
        self.calm = False
        self.groups: list[frozenset[str]] = []
        self.gone = ""
        self.network = network()
        lies = list(Lie)
        self.lie = self.forced or (self.draw.choice(lies) if self.draw.random() < 0.6 else None)
        self.liar = self.draw.choice(NAMES) if self.lie else ""
        # the one who forks may have a friend who cosigns whatever he is shown
        helped = self.lie in HELPED and self.draw.random() < 0.5
        friend = self.draw.choice([name for name in NAMES if name != self.liar])
        self.liars = tuple(name for name in (self.liar, friend if helped else "") if name)
        self.loss = self.draw.choice([0.0, 0.02, 0.1, 0.3]) * (not self.quiet)
        self.doubled = self.draw.choice([0.0, 0.05, 0.2]) * (not self.quiet)
        self.late = self.draw.choice([0.0, 0.02, 0.08]) * (not self.quiet)
        self.watch = Watch(self)
        self.key_changes = KeyChanges(self)
        self.processes = [
            Process(world=self, name=name, network=self.network) for name in NAMES if name not in self.liars
        ]
        if self.lie is not None:
            self.processes += lying_processes(self, self.lie, self.liar)
            self.tell(f"{self.liar} {self.lie}")
        for name in self.liars[1:]:
            self.processes += lying_processes(self, Lie.NODS, name)
            self.struck["helped"] += 1
            self.tell(f"{name} {Lie.NODS}")
        owners = [process for process in self.processes if process.honest]
        active = self.draw.sample(owners, self.draw.randint(1, 2))
        liars = [process for process in self.processes if process.name == self.liar]
        self.submitters = [
            Submitter(world=self, process=process, batches=self.draw.randint(3, 6) if process.honest else 14)
            for process in (*active, *liars)
        ]

    # the clock of the world

    def at(self, time: int, act: Callable[[], None]) -> None:
        """Plan something; of two things at one time the one planned first comes first."""
        self.planned += 1
        heapq.heappush(self.queue, (time, self.planned, act))

    def tell(self, line: str) -> None:
        """Add a line to the history."""
        self.history.append(f"{self.time:>7} {line}")

    def told_line(self, process: Process, line: AuditLine) -> None:
        """Add a node's audit line to the history."""
        party, detail = line.party.partition(".")[0], line.detail.partition("\n")[0]
        self.tell(f"{process.label}: {line.what} {party}: {detail}")

    # the network

    def _reaches(self, one: Process, other: Process) -> bool:
        return not any((one.name in group) != (other.name in group) for group in self.groups)

    def receivers(self, sender: Process, party: str) -> list[Process]:
        """Return the process that takes what is sent to a party; of a liar's twins, the one who is meant."""
        return [one for one in self.processes if one.name == party and one.serves(sender.name)]

    def _ways(self) -> list[int]:
        """Draw how long each copy of a message takes; none if it is lost."""
        if self.draw.random() < self.loss and not self.calm:
            return []
        copies = 2 if self.draw.random() < self.doubled and not self.calm else 1
        return [self._way() for _ in range(copies)]

    def _way(self) -> int:
        if self.draw.random() < self.late and not self.calm:
            return self.draw.randint(500, 8_000)
        return self.draw.randint(2, 40)

    def transmit_request(self, sender: Process, party: str, request: bytes, token: int) -> None:
        """Send a request on its way; the sender hears of a failure after a while."""
        born = sender.born
        self.watch.request_sent(sender, request)
        self.at(self.time + TIMEOUT_MS, lambda: self._reply(sender, born, token, None))
        for receiver in self.receivers(sender, party):
            for way in self._ways():
                self.at(self.time + way, lambda to=receiver: self._arrive(sender, born, to, request, token))  # type: ignore[misc]

    def _arrive(self, sender: Process, born: int, receiver: Process, request: bytes, token: int) -> None:
        if not self._reaches(sender, receiver):
            return

        def act() -> None:
            answer = receiver.answered(sender.name, request)
            self.watch.answer_sent(receiver, request, answer)
            if not self._reaches(sender, receiver):
                return
            for way in self._ways():
                self.at(
                    self.time + way + (receiver.disk.written and receiver.write_ms),
                    lambda: self._reply(sender, born, token, answer),
                )

        receiver.run(act)

    def _reply(self, sender: Process, born: int, token: int, answer: bytes | None) -> None:
        if sender.born == born and sender.node is not None:
            node = sender.node
            sender.run(lambda: node.replied(token, answer))

    # what goes wrong

    def plan(self) -> None:
        """Put everything that goes wrong on the agenda."""
        draw = self.draw
        for process in self.processes:
            self.at(draw.randint(0, 50), process.start)
        for submitter in self.submitters:
            self.at(draw.randint(300, 3_000), submitter.go_on)
        self.at(TROUBLE_MS, self._become_calm)
        if self.quiet:
            return
        for _ in range(draw.randint(0, 2)):
            self._between(self._part, self.groups.clear)
        storm = draw.random() < 0.2
        for _ in range(draw.randint(15, 40) if storm else draw.randint(0, 6)):
            self.at(draw.randint(500, TROUBLE_MS), lambda: self._arm(draw.choice(self.processes)))
        if draw.random() < 0.4:
            slow = draw.choice(self.processes)
            self._between(lambda: self._slow(slow, draw.choice([20, 100, 400])), lambda: self._slow(slow, 0))
        for _ in range(draw.choice([0, 0, 1, 2])):
            off = draw.choice(self.processes)
            seconds = draw.choice([-1, 1]) * draw.randint(5, 1_200)
            self._between(lambda p=off, s=seconds: self._jump(p, s), lambda p=off: self._jump(p, 0))  # type: ignore[misc]
        honest = [process for process in self.processes if process.honest]
        for lost in draw.sample(honest, 2 if storm else draw.choice([0, 1])):
            self.at(draw.randint(4_000, TROUBLE_MS), lambda lost=lost: self._put_back(lost))  # type: ignore[misc]
        if draw.random() < 0.2:
            dead = draw.sample(honest, 2)
            for process in dead:
                self._between(lambda p=process: p.die("is dead"), process.start)  # type: ignore[misc]
        elif not self.liar and draw.random() < 0.15:
            self.gone = draw.choice([one.name for one in honest])
            gone = next(one for one in honest if one.name == self.gone)
            self.at(draw.randint(2_000, TROUBLE_MS), lambda: gone.die("is gone for good"))
        self.key_changes.plan(last_ms=TROUBLE_MS - 2_000)
        others = Random(f"memory {self.seed}")
        if others.random() < 0.25 and not self.gone:  # who lost its memory has to hear everybody
            lost = others.choice(honest)
            self.at(others.randint(4_000, TROUBLE_MS), lambda: self._lose_all(lost, others))

    def _between(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        first = self.draw.randint(500, TROUBLE_MS)
        self.at(first, begin)
        self.at(min(TROUBLE_MS, first + self.draw.randint(500, 12_000)), end)

    def _part(self) -> None:
        group = frozenset(self.draw.sample(NAMES, self.draw.randint(1, 2)))
        self.groups.append(group)
        self.struck["partition"] += 1
        self.tell(f"{sorted(group)} are cut off")

    def _arm(self, process: Process) -> None:
        """Let a fault befall one of the next writes of a process; if it dies of it, it starts again."""
        process.armed.append((self.draw.randint(0, 6), self.draw.choice(list(DiskFault))))
        for wait in (1_000, 3_000, 6_000):
            self.at(self.time + wait + self.draw.randint(0, 800), lambda: self._revive(process))

    def _revive(self, process: Process) -> None:
        if process.name != self.gone and self.time >= process.absent_until:
            process.start()

    def _slow(self, process: Process, write_ms: int) -> None:
        process.write_ms = write_ms
        self.struck["slow disk"] += write_ms > 0

    def _jump(self, process: Process, seconds: int) -> None:
        process.clock.off = timedelta(seconds=seconds)
        self.struck["clock jump"] += seconds != 0
        self.tell(f"{process.label}: the clock is off by {seconds} s")

    def _put_back(self, process: Process) -> None:
        if any(one.lost and self._behind(one) for one in self.processes):
            return
        process.die("is stopped")
        process.lose(self.draw)
        self.struck["put back"] += 1
        self.at(self.time + self.draw.randint(100, 2_000), lambda: self._revive(process))

    def _lose_all(self, process: Process, draw: Random) -> None:
        """A machine is lost and another set up: no message of its is under way any more by then."""
        if any(self._behind(one) for one in self.processes if one.honest):
            return  # what two alone have they may lose together; then nothing can come right
        process.die("is lost")
        process.lose_all(draw)
        self.struck["memory lost"] += 1
        process.absent_until = self.time + draw.randint(9_000, 14_000)
        self.at(process.absent_until, lambda: self._revive(process))

    def _behind(self, process: Process) -> bool:
        """Say whether a process is away, or has not got back yet what it lost."""
        states = process.node.context.states.values() if process.node is not None else ()
        return process.node is None or any(state.target is not None for state in states)

    def _become_calm(self) -> None:
        self.calm = True
        self.tell("all is calm")
        self.groups.clear()
        for process in self.processes:
            process.armed.clear()
            process.write_ms, process.clock.off = 0, timedelta(0)
            self._revive(process)

    # the run

    def run(self) -> str:
        """Play the seed and check everything; return the hash of what came out.

        Raises: BrokenError if something does not hold.
        """
        self.plan()
        last = TROUBLE_MS + CALM_MS
        checked_at = TROUBLE_MS + 4_000
        while self.queue:
            self.time, _, act = heapq.heappop(self.queue)
            if self.time > last:
                break
            act()
            if self.time >= checked_at:
                checked_at = self.time + 2_000
                if not self.watch.unsettled():
                    break
        self.tell("the end")
        problems = [*self.watch.unsettled(), *self.watch.problems()]
        if problems:
            raise BrokenError("\n".join(problems))
        return self.digest()

    def digest(self) -> str:
        """Return the hash of all disks and of the history."""
        digest = hashlib.sha256("\n".join(self.history).encode())
        for process in self.processes:
            digest.update(process.disk.data)
            digest.update(process.memory.data)
        return digest.hexdigest()
