"""Who stops paying, why and when (违约驱动): five drivers, the earliest of which is the party's own.

Income loss, over-indebtedness, fraud and owner events come to a party by itself; contagion comes from a party
it is linked to that stopped paying before (two waves). The chance of each is in the plan, moved by the
party's true ability and by shocks; each leaves its traces in the sources from the day of onset on.
"""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Flags, Floats, Ints
from creditloop.world.planted.groups import NO_GROUP, gang_day
from creditloop.world.planted.links import NOBODY, core_of, guaranteed_by, owner_of, sister_of
from creditloop.world.planted.people import People, people_of
from creditloop.world.planted.shocks import NO_SHOCK, Shocks
from creditloop.world.setting import Setting

DRIVERS = ("none", "income_loss", "over_indebtedness", "fraud", "owner_event", "contagion")
NONE, INCOME_LOSS, OVER_INDEBTEDNESS, FRAUD, OWNER_EVENT, CONTAGION = range(6)
PATHS = ("guarantee", "supply", "same_owner")
WAVES = 2
NEW_DAYS = 90
"""Nobody stops paying in so many first days as a customer, but a gang."""
NEVER = 2**31 - 1
"""A day that does not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What becomes of parties: (n,) each.

    Attributes:
        driver: index into DRIVERS.
        day: first day on which the party does not pay what is due; NEVER if it always pays.
        onset: day from which the cause leaves traces; NEVER if there is none.
        source: the party it was caught from, or NOBODY.
        path: index into PATHS, -1 without contagion.
    """

    driver: Ints
    day: Ints
    onset: Ints
    source: Ints
    path: Ints

    @property
    def defaults(self) -> Flags:
        """Who stops paying within the town's days."""
        found: Flags = self.driver != NONE
        return found


def fates_of(setting: Setting, shocks: Shocks, people: People) -> Fates:
    """Return what becomes of parties, contagion included."""
    driver, day, source, path = _after_waves(setting, shocks, people, WAVES)
    lead = setting.whole("drivers.lead", people.number, least="drivers.lead_least", most="drivers.lead_most")
    onset = np.where(driver == NONE, NEVER, np.maximum(day - lead, setting.months.first))
    return Fates(driver=driver, day=day, onset=onset, source=source, path=path)


def _after_waves(
    setting: Setting, shocks: Shocks, people: People, waves: int
) -> tuple[Ints, Ints, Ints, Ints]:
    driver, day = _own(setting, shocks, people)
    source, path = np.full(len(people), NOBODY), np.full(len(people), -1)
    if waves == 0:
        return driver, day, source, path
    for index, (name, sources) in enumerate(_sources(setting, people.number)):
        linked = np.flatnonzero(sources != NOBODY)
        linked = linked[setting.chance(f"contagion.{name}", people.number[linked])]
        if not len(linked):
            continue
        from_day = _after_waves(setting, shocks, people_of(setting, sources[linked]), waves - 1)[1]
        lag = setting.whole(
            "contagion.lag", people.number[linked], least="contagion.lag_least", most="contagion.lag_most"
        )
        caught = np.where(from_day == NEVER, NEVER, from_day + lag)
        first = (caught < day[linked]) & (caught <= _last_day(setting)) & (caught > people.since[linked])
        chosen = linked[first]
        driver[chosen], day[chosen] = CONTAGION, caught[first]
        source[chosen], path[chosen] = sources[chosen], index
    return driver, day, source, path


def _sources(setting: Setting, numbers: Ints) -> list[tuple[str, Ints]]:
    """Return for each path of PATHS the party that each party may catch it from."""
    sister = sister_of(setting, numbers)
    return [
        ("guarantee", guaranteed_by(setting, numbers)),
        ("supply", core_of(setting, numbers)),
        ("same_owner", np.where(sister == NOBODY, owner_of(setting, numbers), sister)),
    ]


def _own(setting: Setting, shocks: Shocks, people: People) -> tuple[Ints, Ints]:
    """Return driver and day of what comes to parties by themselves: the earliest of the four."""
    n = len(people)
    driver, day = np.full(n, NONE), np.full(n, NEVER)
    for index, (chance, when) in {
        INCOME_LOSS: _income_loss(setting, shocks, people),
        OVER_INDEBTEDNESS: _over_indebtedness(setting, people),
        FRAUD: _fraud(setting, people),
        OWNER_EVENT: _owner_event(setting, people),
    }.items():
        met = (setting.uniform(f"drivers.{index}", people.number) < chance) & (when < day)
        driver[met], day[met] = index, when[met]
    return driver, day


def _frailty(setting: Setting, people: People) -> Floats:
    """Return how much likelier a party is to fall by its true ability; 1 in the mean."""
    slope = setting.plan["drivers.ability_slope"]
    return np.exp(-slope * people.ability - slope**2 / 2)


def _income_loss(setting: Setting, shocks: Shocks, people: People) -> tuple[Floats, Ints]:
    shock = shocks.of(people.region, people.industry)
    lift = np.where(shock == NO_SHOCK, 1.0, setting.plan["shocks.lift"])
    base = np.where(
        people.trades, setting.plan["drivers.income_loss_trade"], setting.plan["drivers.income_loss"]
    )
    after = setting.months.starts[shocks.month[np.maximum(shock, 0)]] + np.floor(
        30 + 150 * setting.uniform("drivers.after_shock", people.number)
    ).astype(np.int64)
    when = np.where(shock == NO_SHOCK, _any_day(setting, people, "income_loss"), after)
    when = np.maximum(when, people.since + NEW_DAYS)
    return base * lift * _frailty(setting, people), np.minimum(when, _last_day(setting))


def _over_indebtedness(setting: Setting, people: People) -> tuple[Floats, Ints]:
    many = people.multi_lender & ~people.disciplined
    plan = setting.plan
    chance = np.where(many, plan["drivers.over_indebted_many"], plan["drivers.over_indebted_few"])
    return chance * _frailty(setting, people) * ~people.no_record, _any_day(setting, people, "over_indebted")


def _fraud(setting: Setting, people: People) -> tuple[Floats, Ints]:
    plan, ganged = setting.plan, people.gang != NO_GROUP
    late = setting.whole("gangs.spread", people.number, least="gangs.spread_least", most="gangs.spread_most")
    with_gang = gang_day(setting, np.maximum(people.gang, 0)) + late
    when = np.where(ganged, with_gang, _any_day(setting, people, "fraud"))
    return np.where(ganged, plan["drivers.fraud_gang"], plan["drivers.fraud_alone"]), when


def _owner_event(setting: Setting, people: People) -> tuple[Floats, Ints]:
    chance = np.where(people.trades, setting.plan["drivers.owner_event"], 0.0)
    return chance, _any_day(setting, people, "owner_event")


def _any_day(setting: Setting, people: People, name: str) -> Ints:
    """Return a day after the plan's first share of the town's days, and after the party became a customer."""
    first, last = setting.months.first, _last_day(setting)
    begin = first + int((last - first) * setting.plan["drivers.first_day"])
    begins = np.minimum(np.maximum(begin, people.since + NEW_DAYS), last)
    span = setting.uniform(f"drivers.day.{name}", people.number)
    found: Ints = begins + np.floor(span * (last - begins + 1)).astype(np.int64)
    return found


def _last_day(setting: Setting) -> int:
    """Return the last day on which a default still leaves a trace: some weeks before the town's last."""
    return setting.months.last - int(setting.plan["drivers.last_days"])
