"""Real processes that open loans, book events and close days, killed by SIGKILL (simulated loans).

    python -m tests.faults.killed [--runs 30] [--first 0]

Each run has a seed. Two processes of the whole bank take the same messages in the same order, as a channel
that sends everything twice would; each is killed after a drawn while and started again, until it has said of
every message that it is done. Then the book is held against the messages, and the evidence is verified. When
a process dies is the machine's choice; what the book must hold does not depend on it. Exit status 1 if a run
fails.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from random import Random

from tests.faults.checks import problems, sealed_problems
from tests.faults.expected import Expected
from tests.faults.killed_process import said_in_order, work_off
from tests.faults.messages import DayEnd
from tests.faults.site import Site, new_site, some_server

from creditloop.service.bank import open_bank

KILLS = 3
"""Times each of the two processes is killed, unless it is done before."""
_PATIENCE_SECONDS = 120
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.killed_process"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a run ended.

    Attributes:
        killed: how many processes were, in the middle of their work.
        problems: what did not hold.
    """

    seed: int
    killed: int
    problems: tuple[str, ...]


class _Worker:
    """One of the two processes, started again until it is done."""

    def __init__(self, site: Site, seed: int, draw: Random, count: int) -> None:
        self.site, self.seed, self.draw, self.count = site, seed, draw, count
        self.said: dict[int, str | None] = {}
        self.kills = 0
        self.failures: list[str] = []
        self._start()

    @property
    def done(self) -> bool:
        """Whether it said of every message that it is done."""
        return len(self.said) == self.count

    def _start(self) -> None:
        self.ears, mouth = _FORKS.Pipe(duplex=False)
        arguments = (str(self.site.folder), self.site.url, self.seed, len(self.said), mouth)
        self.process: ForkServerProcess = _FORKS.Process(target=work_off, args=arguments)
        self.process.start()
        mouth.close()
        # long enough now and then to get into the later days
        self.until = time.monotonic() + self.draw.uniform(0.05, 4.0)

    def turn(self) -> None:
        """Hear what it said; kill it once its while is over, and start it again."""
        while self.ears.poll():
            try:
                number, refused = self.ears.recv()
            except EOFError:
                break
            self.said[number] = refused
        if self.done:
            self.process.join(_PATIENCE_SECONDS)
        elif self.kills < KILLS and time.monotonic() > self.until and self.process.is_alive():
            self.process.kill()
            self.process.join()
            self.turn()
            if not self.done:
                self.kills += 1
                self._start()
        elif not self.process.is_alive() and not self.ears.poll():
            self.failures.append(f"a process ended by itself, status {self.process.exitcode}")


def played(site: Site, seed: int) -> Run:
    """Play a run and check the book."""
    site.empty(whole=True)
    open_bank(places=site.places, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    draw, said = Random(f"kills of {seed}"), said_in_order(seed)
    workers = [_Worker(site, seed, draw, len(said)) for _ in range(2)]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    found: list[str] = []
    while not all(worker.done for worker in workers):
        for worker in workers:
            if not worker.done:
                worker.turn()
                found += worker.failures
        if found or time.monotonic() > deadline:
            found.append("the messages were not worked off")
            break
        time.sleep(0.005)
    for worker in workers:
        worker.process.kill()
        worker.process.join()
    killed = sum(worker.kills for worker in workers)
    return Run(seed=seed, killed=killed, problems=(*found, *_checked(site, seed, workers)))


def _checked(site: Site, seed: int, workers: list[_Worker]) -> Iterator[str]:
    """Hold the book against the messages, and what was said of them against what was due."""
    expected = Expected()
    shards = dict(site.observer.execute("SELECT loan_id, shard FROM book.loan").fetchall())
    for number, (message, today) in enumerate(said_in_order(seed)):
        answer = expected.answer(message, today=today, shard_of=lambda party_id: None)
        for worker in workers:
            if worker.said.get(number, "nothing") != answer.refused:
                yield f"{message.key}: it said {worker.said.get(number, 'nothing')}, due was {answer.refused}"
        if isinstance(message, DayEnd):
            for shard in set(shards.values()):
                expected.close(shard=shard, day=today - timedelta(days=1))
            continue
        if answer.event is None:
            continue
        if message.loan_id not in expected.loans:
            expected.open(message, shard=shards.get(message.loan_id, -1))  # type: ignore[arg-type]
        expected.book(message.loan_id, event=answer.event, legs=answer.legs)
    yield from problems(site.observer, expected)
    bank = open_bank(places=site.places, clock=lambda: datetime(2026, 2, 28, tzinfo=UTC))
    yield from sealed_problems(site.observer, bank)


def main() -> int:
    """Play the runs asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.killed", description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    began, failed, kills = time.monotonic(), 0, 0
    with some_server() as server_url, new_site(server_url) as site:
        for seed in range(given.first, given.first + given.runs):
            run = played(site, seed)
            kills += run.killed
            failed += bool(run.problems)
            sys.stdout.write(
                f"run {seed}: {run.killed} killed{''.join(f'; {one}' for one in run.problems)}\n"
            )
    passed = time.monotonic() - began
    sys.stdout.write(f"{given.runs} runs, {kills} processes killed, in {passed:.0f} s: {failed} failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
