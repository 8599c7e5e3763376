"""The loan book under faults: seeds played twice each, every check, the same bytes both times (simulated).

    python -m tests.faults.loans --seeds 0:1000 [--workers 2]      many seeds
    python -m tests.faults.loans --seed 123                        one seed, told minute by minute

Of every forty seeds one is played by a whole bank that seals what it does, the others by the book alone.
Seeds that fail are listed with what did not hold and their last messages; the exit status is 1 then. The
server is the one of CREDITLOOP_TEST_DATABASE_URL, or one that is started for the while.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tests.faults import campaign
from tests.faults.site import Site, new_site, some_server
from tests.faults.wire import Fault
from tests.faults.world import BrokenError, World

SEALED_EVERY = 40
"""Of so many seeds one is played by a whole bank."""
_COMMAND = "tests.faults.loans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(campaign.Verdict):
    """How a seed ended.

    Attributes:
        struck: faults that fell, by kind.
    """

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


def _work(server_url: str, seeds: Sequence[int]) -> list[Verdict]:
    return list(played(server_url, seeds))


def _many(server_url: str, seeds: Sequence[int], workers: int) -> Iterator[Verdict]:
    """Play seeds on some workers; a database of its own costs each part some seconds."""
    return campaign.shared_out(partial(_work, server_url), seeds, workers=workers, at_once=25)


def told(verdict: Verdict) -> str:
    """Tell of a seed that failed."""
    return campaign.told(verdict, command=_COMMAND)


def _summed(began: float, verdicts: Sequence[Verdict]) -> str:
    """Tell what was played since a moment of the running clock."""
    passed = time.monotonic() - began
    struck = sum_of(verdict.struck for verdict in verdicts)
    return (
        ", ".join(f"{fault}: {struck.get(fault, 0)}" for fault in Fault)
        + f"\n{len(verdicts)} seeds, twice each, in {passed:.0f} s ({len(verdicts) / passed:.2f} a second):"
        f" {campaign.told_failed(verdicts)}"
    )


def main() -> int:
    """Play what is asked for; return the exit status."""
    with some_server() as server_url:
        return campaign.run(
            command=_COMMAND,
            about=__doc__,
            one=lambda seed: next(played(server_url, [seed])),
            many=partial(_many, server_url),
            told=told,
            summed=partial(_summed, time.monotonic()),
        )


if __name__ == "__main__":
    sys.exit(main())
