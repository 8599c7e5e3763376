"""Seeds of the simulated world: as many as twenty seconds hold here, a thousand by the command."""

from itertools import count

import pytest
from tests.faults.loans import SEALED_EVERY, judged, played, sum_of, told
from tests.faults.site import new_site
from tests.faults.wire import Fault
from tests.faults.world import World

SECONDS = 20


@pytest.mark.outside
def test_seeds_of_twenty_seconds(server_url: str) -> None:
    verdicts = list(played(server_url, count(1), seconds=SECONDS))
    failed = [told(verdict) for verdict in verdicts if verdict.problem is not None]
    assert not failed, "\n".join(failed)
    assert len(verdicts) >= 3
    assert len(sum_of(verdict.struck for verdict in verdicts)) == len(Fault), "every kind of fault fell"


@pytest.mark.outside
def test_a_whole_bank_seals_all_of_it(server_url: str) -> None:
    with new_site(server_url) as site:
        verdict = judged(site, SEALED_EVERY)
    assert verdict.problem is None, told(verdict)


def test_a_database_that_was_emptied_is_as_good_as_a_new_one(server_url: str) -> None:
    """The same seed after others, and alone: the same bytes, the same story."""
    with new_site(server_url) as used:
        World(site=used, seed=3, sealed=False).run()
        second = World(site=used, seed=5, sealed=False)
        digest = second.run()
    with new_site(server_url) as fresh:
        alone = World(site=fresh, seed=5, sealed=False)
        assert alone.run() == digest
    assert alone.history == second.history
