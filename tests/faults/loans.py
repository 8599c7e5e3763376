"""The loan book under faults: seeds played twice each, every check, the same bytes both times (simulated).

    python -m tests.faults.loans --seeds 0:1000 [--workers 2]      many seeds
    python -m tests.faults.loans --seed 123                        one seed, told minute by minute

Of every forty seeds one is played by a whole bank that seals what it does, the others by the book alone.
Seeds that fail are listed with what did not hold and their last messages; the exit status is 1 then. The
server is the one of CREDITLOOP_TEST_DATABASE_URL, or one that is started for the while.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults.site import Site, new_site, some_server
from tests.faults.wire import Fault
from tests.faults.world import BrokenError, World

SEALED_EVERY = 40
"""Of so many seeds one is played by a whole bank."""
_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a seed ended.

    Attributes:
        problem: what did not hold; None if everything did.
        history: what happened, a line each.
        struck: faults that fell, by kind.
    """

    seed: int
    problem: str | None
    history: tuple[str, ...]
    struck: dict[Fault, int]


def judged(site: Site, seed: int) -> Verdict:
    """Play a seed and check everything; play it again and compare."""
    first, second = (World(site=site, seed=seed, sealed=seed % SEALED_EVERY == 0) for _ in range(2))
    problem: str | None = None
    try:
        digest = first.run()
        same = second.play() == digest and first.history[: len(second.history)] == second.history
        if not same:
            problem = "the second run left other bytes, or went another way"
    except BrokenError as broken:
        problem = str(broken)
    except Exception as error:  # whatever it is, the seed is named and the others go on
        problem = f"{type(error).__name__}: {error}"
    finally:
        second.leave()
    return Verdict(seed=seed, problem=problem, history=tuple(first.history), struck=first.struck)


def sum_of(counts: Iterator[dict[Fault, int]]) -> dict[Fault, int]:
    """Add up counts of faults."""
    total: Counter[Fault] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def played(server_url: str, seeds: Sequence[int], *, seconds: float | None = None) -> Iterator[Verdict]:
    """Play seeds one after the other on a database of their own, until the time is over."""
    began = time.monotonic()
    with new_site(server_url) as site:
        for seed in seeds:
            if seconds is not None and time.monotonic() - began > seconds:
                return
            yield judged(site, seed)


def _work(given: tuple[str, list[int]]) -> list[Verdict]:
    return list(played(*given))


def _many(server_url: str, seeds: Sequence[int], workers: int) -> Iterator[Verdict]:
    """Play seeds on some workers, twenty-five at a time."""
    parts = [(server_url, list(seeds[first : first + 25])) for first in range(0, len(seeds), 25)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for verdicts in pool.imap_unordered(_work, parts):
            yield from verdicts


def told(verdict: Verdict) -> str:
    """Tell of a seed that failed."""
    last = "\n".join(f"    {line}" for line in verdict.history[-_TOLD:])
    return (
        f"seed {verdict.seed}: {verdict.problem}\n{last}\n"
        f"  again: python -m tests.faults.loans --seed {verdict.seed}\n"
    )


def main() -> int:
    """Play what is asked for; return the exit status."""
    given = _arguments()
    with some_server() as server_url:
        if given.seed is not None:
            [verdict] = played(server_url, [given.seed])
            sys.stdout.write("\n".join(verdict.history) + "\n")
            sys.stdout.write(f"{verdict.problem or 'everything holds, twice the same'}\n")
            return int(verdict.problem is not None)
        first, after = map(int, given.seeds.split(":"))
        began = time.monotonic()
        verdicts: list[Verdict] = []
        for verdict in _many(server_url, range(first, after), given.workers):
            verdicts.append(verdict)
            if verdict.problem is not None:
                sys.stdout.write(told(verdict))
            if len(verdicts) % 25 == 0:
                passed = time.monotonic() - began
                sys.stderr.write(f"{len(verdicts)} seeds, {len(verdicts) / passed:.2f} a second\n")
    passed = time.monotonic() - began
    failed = sorted(verdict.seed for verdict in verdicts if verdict.problem is not None)
    struck = sum_of(verdict.struck for verdict in verdicts)
    sys.stdout.write(", ".join(f"{fault}: {struck.get(fault, 0)}" for fault in Fault) + "\n")
    sys.stdout.write(
        f"{len(verdicts)} seeds, twice each, in {passed:.0f} s ({len(verdicts) / passed:.2f} a second):"
        f" {len(failed)} failed{': ' + ', '.join(map(str, failed)) if failed else ''}\n"
    )
    return int(bool(failed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.loans", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="one seed, told minute by minute")
    which.add_argument("--seeds", help="FIRST:AFTER")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
