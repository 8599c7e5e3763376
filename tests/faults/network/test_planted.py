"""The simulator can fail: defects planted in every node are found, each within a few seeds."""

import pytest
from tests.faults.network.defects import Defect, planted
from tests.faults.network.liars import Lie
from tests.faults.network.watch import BrokenError
from tests.faults.network.world import World

SEEDS_MOST = 12

FOUND = {
    Defect.SKIPS_CONSISTENCY: (Lie.SIGNS_FALSE_ROOTS, "two final trees"),
    Defect.SIGNS_BEFORE_DURABLE: (None, "what is final of"),
    Defect.QUORUM_OF_TWO: (None, "record 0 of"),
    Defect.COUNTS_ONE_LESS: (None, "record 0 of"),
    Defect.FORGETS_WHAT_IT_SIGNED: (None, "has sizes"),
    Defect.JUDGES_AGAIN: (None, "gave two verdicts"),
    Defect.AGREES_TO_ALL: (None, "agreed against their rules"),
    Defect.FINAL_TOO_EARLY: (None, "final by []"),
    Defect.KEEPS_TO_ITSELF: (Lie.EQUIVOCATES, "does not know of the two batches"),
}
"""The liar who is needed to bring a defect to light, and what is said of it."""


@pytest.mark.parametrize("defect", list(Defect))
def test_a_defect_is_found(defect: Defect) -> None:
    lie, words = FOUND[defect]
    for seed in range(1, SEEDS_MOST + 1):
        world = World(seed=seed, forced=lie)
        try:
            with planted(defect):
                world.run()
        except BrokenError as found:
            if words in str(found):
                return
    pytest.fail(f"not found within {SEEDS_MOST} seeds: {defect}")


def test_without_a_defect_the_same_seeds_hold() -> None:
    for seed in range(1, 4):
        with planted(None):
            World(seed=seed, forced=Lie.SIGNS_FALSE_ROOTS).run()
