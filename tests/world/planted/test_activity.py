"""True income and sales: seasons, shocks and the way down before a default."""

import numpy as np
import pytest

from creditloop.world.draws import Floats
from creditloop.world.planted.activity import FARMING, FESTIVE, activity_of
from creditloop.world.planted.drivers import INCOME_LOSS, NONE, Fates, fates_of
from creditloop.world.planted.people import INDUSTRIES, People, people_of
from creditloop.world.planted.shocks import NO_SHOCK, Shocks, shocks_of
from creditloop.world.setting import Setting


@pytest.fixture(scope="module")
def people(setting: Setting) -> People:
    return people_of(setting, np.arange(20_000, dtype=np.int64))


@pytest.fixture(scope="module")
def shocks(setting: Setting) -> Shocks:
    return shocks_of(setting)


@pytest.fixture(scope="module")
def fates(setting: Setting, shocks: Shocks, people: People) -> Fates:
    return fates_of(setting, shocks, people)


@pytest.fixture(scope="module")
def activity(setting: Setting, shocks: Shocks, people: People, fates: Fates) -> Floats:
    """Income or sales of each month beside the party's usual month."""
    return activity_of(setting, shocks, people, fates) / people.income_fen[:, None]


def _calm(people: People, shocks: Shocks, fates: Fates) -> np.ndarray:
    return (fates.driver == NONE) & (shocks.of(people.region, people.industry) == NO_SHOCK)


def test_seasons_are_as_planned(
    setting: Setting, people: People, shocks: Shocks, fates: Fates, activity: Floats
) -> None:
    plan, festival = setting.plan, setting.months.festival > 0
    calm = _calm(people, shocks, fates) & people.trades
    farmers = activity[calm & (people.industry == FARMING)].mean(axis=0)
    assert np.abs(farmers - np.tile(plan.numbers("season.farming"), 2)).max() < 0.12
    shops = activity[calm & np.isin(people.industry, FESTIVE)].mean(axis=0)
    assert np.abs(shops[festival] - plan["season.festival_festive"]).max() < 0.05
    assert np.abs(shops[~festival] - 1).max() < 0.03
    builders = activity[calm & (people.industry == INDUSTRIES.index("building"))].mean(axis=0)
    assert np.abs(builders[festival] - plan["season.festival_resting"]).max() < 0.05


def test_a_shock_takes_its_share_and_fades(
    setting: Setting, people: People, shocks: Shocks, fates: Fates, activity: Floats
) -> None:
    shock = shocks.of(people.region, people.industry)
    assert len(shocks.region) == setting.plan["shocks.count"]
    largest = int(np.bincount(shock[people.trades & (shock != NO_SHOCK)]).argmax())
    alike = people.trades & (fates.driver == NONE) & (people.industry == shocks.industry[largest])
    left = activity[alike & (shock == largest)].mean(axis=0) / activity[alike & (shock == NO_SHOCK)].mean(
        axis=0
    )
    month, lost = int(shocks.month[largest]), float(shocks.size[largest])
    assert abs(left[:month].mean() - 1) < 0.05
    assert abs(left[month] - (1 - lost)) < 0.1
    months_later = setting.plan["shocks.recovery_months"]
    assert abs(left[month + 6] - (1 - lost * np.exp(-6 / months_later))) < 0.1


def test_income_falls_to_the_drivers_floor_by_the_day_of_default(
    setting: Setting, people: People, fates: Fates, activity: Floats
) -> None:
    lost = np.flatnonzero((fates.driver == INCOME_LOSS) & (people.kind == 0))
    month = np.minimum(setting.months.of(fates.day[lost]) + 1, setting.months.count - 1)
    assert abs(np.median(activity[lost, month]) - setting.plan["drivers.floor_income_loss"]) < 0.06
    before = setting.months.of(fates.onset[lost]) - 1
    early = before >= 0
    assert np.median(activity[lost[early], before[early]]) > 0.9
