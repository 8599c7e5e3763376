"""Five real node processes, killed, their databases lost or put back: a run here, thirty by the command."""

import pytest
from tests.faults.nodes_killed import played


@pytest.mark.outside
def test_nodes_that_are_killed_lose_no_final_entry_and_accept_no_fork(server_url: str) -> None:
    run = played(server_url, 0, steps=2)
    assert run.problems == ()
    assert run.killed >= 2
    assert run.entries > 50
