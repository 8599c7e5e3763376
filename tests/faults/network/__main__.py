"""The evidence network under faults: five nodes, seeds played and everything checked (simulated).

    python -m tests.faults.network --seeds 0:1000 [--workers 2]     many seeds
    python -m tests.faults.network --seed 123                       one seed, told step by step, twice

Seeds that fail are listed with what did not hold and their last steps; the exit status is 1 then.
"""

import argparse
import sys
import time

from tests.faults.network.campaign import Verdict, judged, many, summed, told


def main() -> int:
    """Play what is asked for; return the exit status."""
    given = _arguments()
    if given.seed is not None:
        verdict = judged(given.seed, twice=True)
        sys.stdout.write("\n".join(verdict.history) + "\n")
        sys.stdout.write(f"{verdict.problem or 'everything holds, twice the same'}\n")
        return int(verdict.problem is not None)
    first, after = map(int, given.seeds.split(":"))
    began = time.monotonic()
    verdicts: list[Verdict] = []
    for verdict in many(range(first, after), workers=given.workers):
        verdicts.append(verdict)
        if verdict.problem is not None:
            sys.stdout.write(told(verdict))
        if len(verdicts) % 100 == 0:
            sys.stderr.write(f"{len(verdicts)} seeds in {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(f"{summed(verdicts)}\n")
    return int(any(verdict.problem is not None for verdict in verdicts))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.network", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", type=int, help="one seed, told step by step")
    which.add_argument("--seeds", help="FIRST:AFTER")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
