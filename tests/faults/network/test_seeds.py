"""Seeds of the simulated network: forty here, a thousand by the command; each lie by itself."""

import pytest
from tests.faults.network.campaign import judged, many, summed, told
from tests.faults.network.disk import DiskFault
from tests.faults.network.liars import Lie
from tests.faults.network.world import World

SEEDS = range(40)


@pytest.mark.outside
def test_forty_seeds() -> None:
    verdicts = list(many(SEEDS, workers=1))
    failed = [told(verdict) for verdict in verdicts if verdict.problem is not None]
    assert not failed, "\n".join(failed)
    struck = {name for verdict in verdicts for name in verdict.struck}
    assert struck >= {str(fault) for fault in DiskFault} | {
        "partition",
        "put back",
        "clock jump",
        "slow disk",
    }
    assert {verdict.lie for verdict in verdicts} >= {"", str(Lie.FORKS), str(Lie.ROLLS_BACK)}
    assert sum(verdict.finals for verdict in verdicts) > 200
    assert "0 failed" in summed(verdicts)


NAMED_AS = {
    Lie.EQUIVOCATES: "named batches",
    Lie.FORKS: "named fork",
    Lie.SIGNS_FALSE_ROOTS: "named fork",
}
"""What a liar is proven to have done, where he signs two things that contradict each other.

Who goes back to an earlier state gets no verdicts there, so he can sign nothing that others would take.
"""


@pytest.mark.parametrize("lie", list(Lie))
def test_a_lie_alone_harms_nothing_and_is_named_where_it_can_be(lie: Lie) -> None:
    for seed in range(8):
        world = World(seed=seed, quiet=True, forced=lie)
        world.run()
        assert world.watch.finals
        if lie not in NAMED_AS or world.struck[NAMED_AS[lie]]:
            return
    pytest.fail(f"never named: {lie}")


def test_a_seed_is_the_whole_truth() -> None:
    assert judged(3, twice=True).problem is None
    first, other = World(seed=3), World(seed=4)
    first.run()
    other.run()
    assert first.history != other.history


def test_a_failing_seed_is_told_with_how_to_play_it_again() -> None:
    verdict = judged(1, twice=False)
    assert verdict.problem is None
    assert f"--seed {verdict.seed}" in told(verdict)
    assert verdict.history[-1].endswith("the end")
