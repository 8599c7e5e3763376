"""Two real processes of a whole bank, killed again and again: a run here, thirty by the command."""

import pytest
from tests.faults.killed import played
from tests.faults.site import new_site

RUNS = 2


@pytest.mark.outside
def test_processes_that_are_killed_lose_nothing_and_halve_nothing(server_url: str) -> None:
    with new_site(server_url) as site:
        runs = [played(site, seed) for seed in range(RUNS)]
    assert [run.problems for run in runs] == [()] * RUNS
    assert sum(run.killed for run in runs) >= RUNS, "most were killed in the middle"
