"""What the simulator found in the bank's day end, and stays right."""

import pytest
from tests.faults.messages import DayEnd, Message
from tests.faults.site import new_site
from tests.faults.wire import Fault, Strike
from tests.faults.world import World


class KilledAfterCloses(World):
    """A world in which the bank dies whenever it has committed the close of a part of a day."""

    def _strike(self, message: Message) -> Strike | None:
        return Strike(Fault.KILLED_AFTER, None) if isinstance(message, DayEnd) else None


@pytest.mark.outside
def test_every_closed_day_is_said(server_url: str) -> None:
    with new_site(server_url) as site:
        KilledAfterCloses(site=site, seed=1, sealed=True).run()


@pytest.mark.outside
def test_shards_may_begin_on_different_days(server_url: str) -> None:
    with new_site(server_url) as site:
        World(site=site, seed=3, sealed=True).run()
