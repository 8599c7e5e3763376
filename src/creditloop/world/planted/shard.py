"""A shard (分片): some thousands of neighbouring parties with all that is planted for them."""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Flags, Floats, Ints, generator
from creditloop.world.planted.activity import activity_of
from creditloop.world.planted.debts import Debts, debts_of
from creditloop.world.planted.drivers import Fates, fates_of
from creditloop.world.planted.people import People, people_of
from creditloop.world.planted.shocks import Shocks
from creditloop.world.setting import Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The parties of one shard.

    Attributes:
        shock: (parties,) the shock that meets each, or NO_SHOCK.
        activity: (parties, months) true income or sales, see `planted.activity`.
    """

    setting: Setting
    index: int
    people: People
    fates: Fates
    shock: Ints
    activity: Floats
    debts: Debts

    def __len__(self) -> int:
        return len(self.people)

    @property
    def owes(self) -> Flags:
        """Who has an account anywhere before it would stop paying, so that a default can be seen."""
        until = np.minimum(self.fates.day, self.setting.months.last)[self.debts.party]
        owing = np.zeros(len(self), np.bool_)
        owing[self.debts.party[self.debts.opened <= until]] = True
        return owing

    @property
    def stops(self) -> Flags:
        """Who stops paying what it owes."""
        return self.fates.defaults & self.owes

    def generator(self, name: str) -> np.random.Generator:
        """Return the generator of this shard's events of one name."""
        return generator(self.setting.seed, self.index, name)


def shard_of(setting: Setting, shocks: Shocks, *, index: int, numbers: Ints) -> Shard:
    """Plant everything for a shard's parties."""
    people = people_of(setting, numbers)
    fates = fates_of(setting, shocks, people)
    activity = activity_of(setting, shocks, people, fates)
    debts = debts_of(setting, index, people, fates)
    shock = shocks.of(people.region, people.industry)
    return Shard(
        setting=setting, index=index, people=people, fates=fates, shock=shock, activity=activity, debts=debts
    )
