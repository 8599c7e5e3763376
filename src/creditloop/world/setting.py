"""What one town is made from: plan, seed, number of parties, calendar; and draws by party number."""

from dataclasses import dataclass

import numpy as np

from creditloop.kernel.errors import InputError
from creditloop.world import draws
from creditloop.world.draws import Bits, Flags, Floats, Ints
from creditloop.world.months import Months, months_of
from creditloop.world.numbering import Shuffle, firm_count, people_count, shuffle
from creditloop.world.plan import Plan

PARTIES_MIN, PARTIES_MAX = 1_000, 10_000_000
YEARS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Plan, seed, size and calendar of one town; every worker has the same."""

    plan: Plan
    seed: int
    parties: int
    years: int
    months: Months

    def uniform(self, name: str, numbers: Ints) -> Floats:
        """Draw a float in [0, 1) for each party."""
        return draws.uniform(self.seed, name, numbers)

    def normal(self, name: str, numbers: Ints) -> Floats:
        """Draw a standard normal float for each party."""
        return draws.normal(self.seed, name, numbers)

    def bits(self, name: str, numbers: Ints) -> Bits:
        """Draw 64 bits for each number."""
        return draws.bits(self.seed, name, numbers)

    def pick(self, name: str, numbers: Ints) -> Ints:
        """Draw for each party an index into the plan's list of weights of that name."""
        weights = np.array(self.plan.numbers(name))
        return draws.pick(self.seed, name, numbers, weights=weights)

    def chance(self, name: str, numbers: Ints) -> Flags:
        """Draw yes or no for each party, yes with the plan's share of that name."""
        return self.uniform(name, numbers) < self.plan[name]

    def whole(self, name: str, numbers: Ints, *, least: str, most: str) -> Ints:
        """Draw a whole number for each party, between two numbers of the plan, both included."""
        low, high = self.plan[least], self.plan[most]
        return np.floor(low + self.uniform(name, numbers) * (high - low + 1)).astype(np.int64)

    def people(self, name: str) -> Shuffle:
        """Return the shuffled order of the people of a name."""
        return shuffle(self.seed, name, people_count(self.parties))

    def firms(self, name: str) -> Shuffle:
        """Return the shuffled order of the firms of a name."""
        return shuffle(self.seed, name, firm_count(self.parties))


def setting_of(*, plan: Plan, parties: int, seed: int, years: int) -> Setting:
    """Return the setting of a town.

    Raises: InputError if the size, the years or the seed is out of range.
    """
    asked = {
        "parties": (parties, PARTIES_MIN, PARTIES_MAX),
        "years": (years, 1, YEARS_MAX),
        "seed": (seed, 0, 2**63 - 1),
    }
    for name, (value, least, most) in asked.items():
        if not least <= value <= most:
            raise InputError(
                f"a town cannot have so many {name}" if name != "seed" else "no such seed",
                got=value,
                expected=f"{least} to {most}",
                where={"option": f"--{name}"},
            )
    months = months_of(first_year=plan.first_year, years=years, festivals=plan.festivals)
    return Setting(plan=plan, seed=seed, parties=parties, years=years, months=months)
