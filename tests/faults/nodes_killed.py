"""Five real node processes, killed by SIGKILL, their databases lost or put back (simulated parties).

    python -m tests.faults.nodes_killed [--runs 30] [--first 0]

Each run has a seed. Two parties' systems submit batches, each again with the same bytes until it is final.
Meanwhile nodes are killed and started again, up to three at once; one loses its database altogether and gets
an empty one; another's is put back to an older copy while its memory of what it signed stays, as a restored
backup does it; one changes its keys, and the others join with its new card one after another. Then all run
until nothing changes any more. What must hold: every batch is final at the place where it was first seen
final, all five nodes have the same final checkpoints, nothing is frozen, damaged or proven against anybody.
When a process dies is the machine's choice. Exit status 1 if a run fails.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg
from tests.faults.site import some_server
from tests.service.evidence_node.five_nodes import NAMES, FiveNodes, Submitting, five_nodes

from creditloop.evidence.checkpoint import checkpoint_from_text
from creditloop.evidence.network import canonical_form
from creditloop.evidence.network.node import Outcome, Standing
from creditloop.kernel.errors import SourceError, StateError
from creditloop.service import clock
from creditloop.service.evidence_node import NodeClient, NodeFolder, rotate_keys

STEPS = 6
"""Disturbances of a run."""
_SUBMITTING = (NAMES[0], NAMES[3])
_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run ended.

    Attributes:
        killed: processes ended by SIGKILL in the middle of their work.
        lost: databases lost or put back.
        changed: parties that changed their keys.
        entries: final entries.
        problems: what did not hold.
    """

    seed: int
    killed: int
    lost: int
    changed: int
    entries: int
    problems: tuple[str, ...]


@dataclass(kw_only=True)
class _System:
    """A party's system that submits, in a thread: every batch until it is final."""

    five: FiveNodes
    name: str
    seed: int
    ending: threading.Event
    paused: threading.Event
    idle: threading.Event = field(default_factory=threading.Event)
    placed: dict[str, Standing] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = Random(f"{self.seed} {self.name}")
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        submitting = Submitting(client=NodeClient(self.five.folders[self.name]), loans=7)
        while not self.ending.is_set():
            while self.paused.is_set() and not self.ending.is_set():
                self.idle.set()
                time.sleep(0.05)
            if self.idle.is_set():  # the keys may be others now, the line to the node too
                self.idle.clear()
                submitting.client.close()
                submitting.client = NodeClient(self.five.folders[self.name])
            name = f"{self.name.partition('.')[0]}-{len(self.placed)}"
            batch = submitting.batch(self.draw.randint(1, 40), name=name, now=clock.now())
            self._settle(submitting, name, canonical_form(batch))
            time.sleep(self.draw.uniform(0, 0.2))
        submitting.client.close()

    def _settle(self, submitting: Submitting, name: str, body: bytes) -> None:
        """Submit a batch until it is final."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(SourceError):
                answer = submitting.client.submit(body)
                standing = submitting.client.standing(name)
                if standing.stage == "final":
                    self.placed[name] = standing
                    return
                # a node that lost its database does not know yet what this batch goes on from
                if answer.outcome not in (Outcome.DONE, Outcome.STORE_FAILED, Outcome.ROUND_WRONG):
                    self.problems.append(f"{name}: {answer.outcome} {answer.detail}")
                    return
            time.sleep(0.03)
        self.problems.append(f"{name} is not final after {_PATIENCE_SECONDS:.0f} s")
        self.ending.set()


class _Disturbing:
    """What befalls the nodes."""

    def __init__(
        self, five: FiveNodes, draw: Random, systems: Sequence[_System], paused: threading.Event
    ) -> None:
        self.five, self.draw, self.systems, self.paused = five, draw, systems, paused
        self.killed = self.lost = self.changed = 0

    def step(self) -> None:
        """Do one thing, and have all nodes run again."""
        acts = (self.kill_some, self.kill_some, self.kill_some, self.lose, self.put_back, self.change_keys)
        self.draw.choice(acts)()

    def _kill(self, names: Sequence[str]) -> None:
        for name in names:
            self.five.kill(name)
            self.killed += 1

    def kill_some(self) -> None:
        """Kill up to three nodes, leave them away for a while."""
        names = self.draw.sample(NAMES, self.draw.randint(1, 3))
        self._kill(names)
        time.sleep(self.draw.uniform(0, 1.5))
        self.five.start(*names)

    def lose(self) -> None:
        """Take a node's database away: it gets an empty one."""
        name = self.draw.choice(NAMES)
        self._kill([name])
        database = self.five.databases[name]
        self._server(f"DROP DATABASE {database} WITH (FORCE)", f"CREATE DATABASE {database}")
        self.lost += 1
        self.five.start(name)

    def put_back(self) -> None:
        """Copy a node's database, let it go on, and put the copy in its place."""
        name = self.draw.choice(NAMES)
        database = self.five.databases[name]
        self._kill([name])
        self._server(f"CREATE DATABASE {database}_old TEMPLATE {database}")
        self.five.start(name)
        time.sleep(self.draw.uniform(0.5, 2.0))
        self._kill([name])
        self._server(
            f"DROP DATABASE {database} WITH (FORCE)", f"ALTER DATABASE {database}_old RENAME TO {database}"
        )
        self.lost += 1
        self.five.start(name)

    def change_keys(self) -> None:
        """Have a party change its keys while nothing of anybody's waits; the others join while it runs."""
        name = self.draw.choice(NAMES)
        self.paused.set()
        for system in self.systems:
            system.idle.wait(_PATIENCE_SECONDS)
        self._change(name)
        self.five.start(name)
        self._kill(others := [other for other in NAMES if other != name][: self.draw.randint(1, 4)])
        self.five.start(*others)
        for other in set(NAMES) - {name, *others}:
            self._kill([other])
            self.five.start(other)
        self.changed += 1
        self.paused.clear()

    def _change(self, name: str) -> None:
        """Stop a node and change its keys; while it has not cosigned all it holds it runs once more."""
        five = self.five
        for _ in range(20):
            time.sleep(0.5)
            self._kill([name])
            try:
                rotate_keys(five.folders[name], url=five.url(name), sm2=self.draw.random() < 0.5)
            except StateError:
                five.start(name)
                continue
            break
        for each in NAMES:
            five.folders[each] = NodeFolder(five.folders[each].folder, environment={})
        cards = [one.card for one in five.folders.values()]
        for one in five.folders.values():
            one.join(cards, network="five-simulated")

    def _server(self, *commands: str) -> None:
        with psycopg.connect(self.five.server_url, autocommit=True) as server:
            for command in commands:
                self._tried(server, command)

    def _tried(self, server: "psycopg.Connection[tuple[object, ...]]", command: str) -> None:
        """Give the database's server time to see that the killed process is gone."""
        for _ in range(100):
            try:
                server.execute(command.encode())
            except psycopg.errors.ObjectInUse:
                time.sleep(0.05)
            else:
                return
        server.execute(command.encode())


def played(server_url: str, seed: int, *, steps: int = STEPS) -> Run:
    """Play a run of so many disturbances and check what the nodes hold."""
    draw, ending, paused = Random(f"nodes {seed}"), threading.Event(), threading.Event()
    with tempfile.TemporaryDirectory() as folder, five_nodes(Path(folder), server_url=server_url) as five:
        five.start()
        systems = [
            _System(five=five, name=name, seed=seed, ending=ending, paused=paused) for name in _SUBMITTING
        ]
        disturbing = _Disturbing(five, draw, systems, paused)
        try:
            for _ in range(steps):
                time.sleep(draw.uniform(0.2, 1.2))
                disturbing.step()
        finally:
            time.sleep(0.5)
            ending.set()
            for system in systems:
                system.thread.join()
        problems = [one for system in systems for one in system.problems]
        problems += _checked(five, systems)
        entries = sum(len(standing.included) for system in systems for standing in system.placed.values())
    return Run(
        seed=seed,
        killed=disturbing.killed,
        lost=disturbing.lost,
        changed=disturbing.changed,
        entries=entries,
        problems=tuple(problems),
    )


def _checked(five: FiveNodes, systems: Sequence[_System]) -> Iterator[str]:
    """Wait until all nodes agree and hold what they have against what was seen."""
    clients = {name: NodeClient(five.folders[name]) for name in NAMES}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (differs := list(_differences(clients))) and time.monotonic() < deadline:
        time.sleep(0.2)
    yield from differs
    for system in systems:
        for name, before in system.placed.items():
            now = clients[system.name].standing(name)
            if (now.stage, now.included, now.refused) != ("final", before.included, before.refused):
                yield f"{name} was final at {before.included} and is {now.stage} at {now.included}"
            if now.refused:
                yield f"{name}: {now.refused}"
    for client in clients.values():
        client.close()


def _differences(clients: dict[str, NodeClient]) -> Iterator[str]:
    """Say what is not yet, or never, as it must be."""
    finals: dict[str, set[tuple[int, bytes]]] = {origin: set() for origin in NAMES}
    for name, client in clients.items():
        try:
            status, _ = client.status()
            for origin in NAMES:
                note = client.checkpoint(name, origin)
                text = checkpoint_from_text(note.partition("\n\n")[0] + "\n") if note else None
                finals[origin].add((text.size, text.root) if text else (0, b""))
        except (SourceError, StateError) as error:
            yield f"{name}: {error.message}"
            continue
        if status.contradictions:
            yield f"{name} has a proof against {status.contradictions[0].origin}"
        for log in status.logs:
            if log.damaged or log.forked or log.recovering or log.size != log.final_size:
                yield f"{name}: {log}"
    for origin, found in finals.items():
        if len(found) > 1:
            yield f"the nodes differ about {origin}: {sorted(size for size, _ in found)}"


def main() -> int:
    """Play the runs asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.nodes_killed", description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    began, failed, killed, lost, changed, entries = time.monotonic(), 0, 0, 0, 0, 0
    with some_server() as server_url:
        for seed in range(given.first, given.first + given.runs):
            run = played(server_url, seed)
            killed, lost, entries = killed + run.killed, lost + run.lost, entries + run.entries
            changed += run.changed
            failed += bool(run.problems)
            told = "".join(f"; {one}" for one in run.problems)
            sys.stdout.write(
                f"run {seed}: {run.killed} killed, {run.lost} databases, {run.changed} key changes,"
                f" {run.entries} entries{told}\n"
            )
            sys.stdout.flush()
    passed = time.monotonic() - began
    sys.stdout.write(
        f"{given.runs} runs, {killed} processes killed, {lost} databases lost or put back,"
        f" {changed} key changes, {entries} entries final, in {passed:.0f} s: {failed} failed\n"
    )
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
