"""Shocks (冲击): an industry of a region loses income from a month on, and recovers slowly."""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.planted.people import INDUSTRIES, REGIONS
from creditloop.world.setting import Setting

NO_SHOCK = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Shocks:
    """The town's shocks, one an entry of each array.

    Attributes:
        month: the first month it is felt, counted from the town's first.
        size: the share of income that is lost in that month.
        cell: (regions, industries) the shock that meets each, or NO_SHOCK.
    """

    region: Ints
    industry: Ints
    month: Ints
    size: Floats
    cell: Ints

    def of(self, region: Ints, industry: Ints) -> Ints:
        """Return the shock that meets each party, or NO_SHOCK; an industry below 0 has none."""
        return np.where(industry >= 0, self.cell[region, industry], NO_SHOCK)


def shocks_of(setting: Setting) -> Shocks:
    """Plant the town's shocks; each meets another region and industry, larger ones likelier.

    Source: weighted draw without replacement by exponential waiting times, Efraimidis and Spirakis 2006.
    """
    plan, count = setting.plan, int(setting.plan["shocks.count"])
    weights = np.outer(plan.numbers("people.regions"), plan.numbers("people.industries")).ravel()
    cells = len(weights)
    waiting = -np.log1p(-setting.uniform("shocks.cell", np.arange(cells))) / weights
    chosen = np.argsort(waiting, kind="stable")[:count].astype(np.int64)
    index = np.arange(count, dtype=np.int64)
    span = setting.uniform("shocks.month", index)
    low, high = plan["shocks.month_least"], plan["shocks.month_most"]
    month = np.floor((low + (high - low) * span) * setting.months.count).astype(np.int64)
    lost = setting.uniform("shocks.size", index)
    size = plan["shocks.size_least"] + (plan["shocks.size_most"] - plan["shocks.size_least"]) * lost
    cell = np.full(cells, NO_SHOCK, dtype=np.int64)
    cell[chosen] = index
    region, industry = np.divmod(chosen, len(INDUSTRIES))
    return Shocks(
        region=region,
        industry=industry,
        month=month,
        size=size,
        cell=cell.reshape(len(REGIONS), len(INDUSTRIES)),
    )


def remaining(setting: Setting, shocks: Shocks, shock: Ints) -> Floats:
    """Return (parties, months): the share of income that is left by each party's shock."""
    index = np.maximum(shock, 0)
    since = np.arange(setting.months.count)[None, :] - shocks.month[index][:, None]
    fading = np.exp(-np.maximum(since, 0) / setting.plan["shocks.recovery_months"])
    lost = shocks.size[index][:, None] * fading * (since >= 0)
    return np.where((shock == NO_SHOCK)[:, None], 1.0, 1.0 - lost)
