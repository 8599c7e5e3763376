"""Playing seeds: one, or many on some workers; every fifth is played twice and must leave the same bytes."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.faults import campaign
from tests.faults.network.watch import BrokenError
from tests.faults.network.world import World

TWICE_EVERY = 5
"""Of so many seeds one is played twice."""
COMMAND = "tests.faults.network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(campaign.Verdict):
    """How a seed ended.

    Attributes:
        struck: faults that fell, and what was named, by name.
        lie: what the liar did; empty if all were honest.
        finals: checkpoints that were called final.
        cpu_ms: processor time it took.
    """

    struck: dict[str, int]
    lie: str
    finals: int
    cpu_ms: int


def judged(seed: int, *, twice: bool | None = None) -> Verdict:
    """Play a seed and check everything; play it again and compare, if asked for or if its turn has come."""
    began = time.process_time()
    world = World(seed=seed)
    problem: str | None = None
    try:
        digest = world.run()
        again = seed % TWICE_EVERY == 0 if twice is None else twice
        if again and World(seed=seed).run() != digest:
            problem = "the second run went another way"
    except BrokenError as broken:
        problem = str(broken)
    except Exception as error:  # whatever it is, the seed is named and the others go on
        problem = f"{type(error).__name__}: {error}"
    return Verdict(
        seed=seed,
        problem=problem,
        history=tuple(world.history),
        struck={str(name): count for name, count in world.struck.items()},
        lie=str(world.lie or ""),
        finals=sum(map(len, world.watch.finals.values())),
        cpu_ms=int(1_000 * (time.process_time() - began)),
    )


def told(verdict: Verdict) -> str:
    """Tell of a seed that failed."""
    return campaign.told(verdict, command=COMMAND, kind=verdict.lie or "all honest")


def many(seeds: Sequence[int], workers: int) -> Iterator[Verdict]:
    """Play seeds on some workers; a single one is this process."""
    if workers == 1:
        return map(judged, seeds)
    return campaign.shared_out(_work, seeds, workers=workers, at_once=5)


def _work(seeds: Sequence[int]) -> list[Verdict]:
    return list(map(judged, seeds))


def summed(verdicts: Sequence[Verdict]) -> str:
    """Tell in a few lines what was played."""
    struck: Counter[str] = Counter()
    for verdict in verdicts:
        struck.update(verdict.struck)
    lies = Counter(verdict.lie or "all honest" for verdict in verdicts)
    return "\n".join(
        [
            ", ".join(f"{name}: {struck[name]}" for name in sorted(struck)),
            "; ".join(f"{lie}: {lies[lie]}" for lie in sorted(lies)),
            f"{len(verdicts)} seeds, {sum(verdict.finals for verdict in verdicts)} checkpoints final, CPU"
            f" {sum(verdict.cpu_ms for verdict in verdicts) / 1_000:.0f} s: {campaign.told_failed(verdicts)}",
        ]
    )
