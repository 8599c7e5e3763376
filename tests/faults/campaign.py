"""Seeds played by a command: one told in full, or many on some workers; those that fail are listed.

What is played differs (`loans`, `network`); asking for seeds, sharing them out and telling of them is here.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

_TOLD = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a seed ended.

    Attributes:
        problem: what did not hold; None if everything did.
        history: what happened, a line each.
    """

    seed: int
    problem: str | None
    history: tuple[str, ...]


_Verdict = TypeVar("_Verdict", bound=Verdict)


def told(verdict: Verdict, *, command: str, kind: str = "") -> str:
    """Tell of a seed that failed: what did not hold, its last steps, how to play it again.

    Args:
        command: the module that plays it.
        kind: what sort of world it was; empty if there is one sort only.
    """
    last = "\n".join(f"    {line}" for line in verdict.history[-_TOLD:])
    return (
        f"seed {verdict.seed}{f' ({kind})' if kind else ''}: {verdict.problem}\n{last}\n"
        f"  again: python -m {command} --seed {verdict.seed}\n"
    )


def told_failed(verdicts: Sequence[Verdict]) -> str:
    """Tell how many seeds failed, and which."""
    failed = sorted(verdict.seed for verdict in verdicts if verdict.problem is not None)
    return f"{len(failed)} failed{': ' + ', '.join(map(str, failed)) if failed else ''}"


def shared_out(
    play: Callable[[Sequence[int]], list[_Verdict]], seeds: Sequence[int], *, workers: int, at_once: int
) -> Iterator[_Verdict]:
    """Play seeds on some processes.

    Args:
        play: plays some seeds one after the other; known by its name in every process.
        at_once: how many seeds a process is given together.
    """
    parts = [seeds[first : first + at_once] for first in range(0, len(seeds), at_once)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for verdicts in pool.imap_unordered(play, parts):
            yield from verdicts


def run(
    *,
    command: str,
    about: str | None,
    one: Callable[[int], _Verdict],
    many: Callable[[Sequence[int], int], Iterator[_Verdict]],
    told: Callable[[_Verdict], str],
    summed: Callable[[Sequence[_Verdict]], str],
) -> int:
    """Play what the command's arguments ask for; return its exit status.

    Args:
        one: plays a seed twice.
        many: plays seeds on so many workers.
        told: tells of a seed that failed.
        summed: tells in a few lines what was played.
    """
    given = _arguments(command, about)
    if given.seed is not None:
        verdict = one(given.seed)
        sys.stdout.write("\n".join(verdict.history) + "\n")
        sys.stdout.write(f"{verdict.problem or 'everything holds, twice the same'}\n")
        return int(verdict.problem is not None)
    first, after = map(int, given.seeds.split(":"))
    began = time.monotonic()
    verdicts: list[_Verdict] = []
    for verdict in many(range(first, after), given.workers):
        verdicts.append(verdict)
        if verdict.problem is not None:
            sys.stdout.write(told(verdict))
        if len(verdicts) % 25 == 0:
            passed = time.monotonic() - began
            sys.stderr.write(f"{len(verdicts)} seeds, {len(verdicts) / passed:.2f} a second\n")
    sys.stdout.write(f"{summed(verdicts)}\n")
    return int(any(verdict.problem is not None for verdict in verdicts))


def _arguments(command: str, about: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {command}", description=about)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="one seed, told step by step")
    which.add_argument("--seeds", help="FIRST:AFTER")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()
