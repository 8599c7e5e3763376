"""How much each party earns or sells in each month (经营与收入): the one truth that all sources tell of."""

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.planted.drivers import (
    CONTAGION,
    FRAUD,
    INCOME_LOSS,
    NEVER,
    OVER_INDEBTEDNESS,
    OWNER_EVENT,
    Fates,
)
from creditloop.world.planted.people import INDUSTRIES, People
from creditloop.world.planted.shocks import Shocks, remaining
from creditloop.world.setting import Setting

FARMING = INDUSTRIES.index("farming")
FESTIVE = tuple(INDUSTRIES.index(name) for name in ("retail", "catering", "transport"))


def season(setting: Setting, people: People) -> Floats:
    """Return (parties, months): the season's factor (季节性) of each party's income or sales.

    Farmers sell at harvest; at Spring Festival shops and kitchens sell more, factories and builders stand
    still; a person's salary has no season but a thirteenth month, which is not here.
    """
    plan, months = setting.plan, setting.months
    harvest = np.array(plan.numbers("season.farming"))[months.of_year]
    festive = 1.0 + months.festival * (plan["season.festival_festive"] - 1.0)
    resting = 1.0 + months.festival * (plan["season.festival_resting"] - 1.0)
    by_industry = np.tile(resting, (len(INDUSTRIES), 1))
    by_industry[FARMING] = harvest
    by_industry[list(FESTIVE)] = festive
    factor = by_industry[np.maximum(people.industry, 0)]
    return np.where(people.trades[:, None], factor, 1.0)


def decline(setting: Setting, fates: Fates) -> Floats:
    """Return (parties, months): what is left of income as a default draws near; 1 without one.

    From the day of onset it falls in a straight line to the driver's floor on the day of default.
    """
    plan = setting.plan
    floors = np.ones(6)
    floors[INCOME_LOSS] = plan["drivers.floor_income_loss"]
    floors[OVER_INDEBTEDNESS] = plan["drivers.floor_over_indebted"]
    floors[FRAUD] = plan["drivers.floor_fraud"]
    floors[OWNER_EVENT] = plan["drivers.floor_owner_event"]
    floors[CONTAGION] = plan["drivers.floor_contagion"]
    floor = floors[fates.driver][:, None]
    onset, span = fates.onset[:, None], np.maximum(fates.day - fates.onset, 1)[:, None]
    way = np.clip((setting.months.ends[None, :] - onset) / span, 0.0, 1.0)
    return np.where(onset == NEVER, 1.0, 1.0 - (1.0 - floor) * way)


def activity_of(setting: Setting, shocks: Shocks, people: People, fates: Fates) -> Floats:
    """Return (parties, months): true income or sales of the month, in fen as a float (a mean, no amount)."""
    plan, months = setting.plan, setting.months
    cell = people.number[:, None] * 64 + np.arange(months.count)[None, :]
    noise = setting.normal("activity.noise", cell.ravel().astype(np.int64)).reshape(cell.shape)
    spread = np.where(people.trades, plan["activity.noise_trade"], plan["activity.noise_person"])[:, None]
    shock = shocks.of(people.region, people.industry)
    left = remaining(setting, shocks, shock)
    left = np.where(people.trades[:, None], left, 1.0 - plan["shocks.on_salaries"] * (1.0 - left))
    level = people.income_fen[:, None] * season(setting, people) * left * decline(setting, fates)
    return level * np.exp(spread * noise - spread**2 / 2)


def started(day: Ints, months_ends: Ints) -> Floats:
    """Return (parties, months): 1 from the month in which each party's day has come, else 0."""
    return (day[:, None] <= months_ends[None, :]).astype(np.float64)
