"""Who stops paying and why: rates against the plan, drivers against their causes, contagion along links."""

from dataclasses import dataclass

import numpy as np
import pytest

from creditloop.world.planted import drivers
from creditloop.world.planted.drivers import (
    CONTAGION,
    FRAUD,
    INCOME_LOSS,
    NEVER,
    NONE,
    OVER_INDEBTEDNESS,
    OWNER_EVENT,
    Fates,
    fates_of,
)
from creditloop.world.planted.groups import NO_GROUP
from creditloop.world.planted.links import NOBODY, core_of, guaranteed_by, owner_of, sister_of
from creditloop.world.planted.people import People, people_of
from creditloop.world.planted.shocks import NO_SHOCK, Shocks, shocks_of
from creditloop.world.setting import Setting


@dataclass(frozen=True, slots=True)
class Planted:
    people: People
    fates: Fates
    shocks: Shocks

    @property
    def shocked(self) -> np.ndarray:
        return self.shocks.of(self.people.region, self.people.industry) != NO_SHOCK


@pytest.fixture(scope="module")
def planted(setting: Setting) -> Planted:
    shocks = shocks_of(setting)
    people = people_of(setting, np.arange(setting.parties, dtype=np.int64))
    return Planted(people, fates_of(setting, shocks, people), shocks)


def _near(found: np.ndarray, planned: float, *, less: float = 0.0) -> None:
    """A share is as planned, within five standard errors, or up to `less` lower: another came first."""
    error = 5 * np.sqrt(planned * (1 - planned) / len(found))
    assert planned - error - less < found.mean() < planned + error


def test_traits_are_as_planned(setting: Setting, planted: Planted) -> None:
    people, plan = planted.people, setting.plan
    persons = people.kind == 0
    _near(people.no_record[persons & (people.gang == NO_GROUP)], plan["people.no_record"])
    with_record = (people.kind != 2) & ~people.no_record
    _near(people.multi_lender[with_record], plan["people.multi_lender"])
    _near(people.disciplined[people.multi_lender], plan["people.disciplined"])
    _near(people.inflates[people.kind == 2], plan["firms.inflate"])
    assert not (people.no_record & people.multi_lender).any()
    assert (people.willingness[people.gang != NO_GROUP].mean() + plan["gangs.willingness_less"]) < 0.15


def test_rates_of_default_by_driver_are_as_planned(setting: Setting, planted: Planted) -> None:
    people, plan, driver = planted.people, setting.plan, planted.fates.driver
    calm = ~planted.shocked & (people.gang == NO_GROUP)
    persons, trades = calm & (people.kind == 0), calm & people.trades
    _near((driver == INCOME_LOSS)[persons], plan["drivers.income_loss"], less=0.002)
    _near((driver == INCOME_LOSS)[trades], plan["drivers.income_loss_trade"], less=0.004)
    _near((driver == OWNER_EVENT)[trades], plan["drivers.owner_event"], less=0.002)
    many = people.multi_lender & ~people.disciplined & calm
    _near((driver == OVER_INDEBTEDNESS)[many], plan["drivers.over_indebted_many"], less=0.02)
    few = calm & ~people.multi_lender & ~people.no_record
    _near((driver == OVER_INDEBTEDNESS)[few], plan["drivers.over_indebted_few"], less=0.001)
    _near((driver == FRAUD)[people.gang != NO_GROUP], plan["drivers.fraud_gang"], less=0.03)
    _near((driver == FRAUD)[people.gang == NO_GROUP], plan["drivers.fraud_alone"], less=0.0005)


def test_a_disciplined_borrower_of_many_is_no_worse_than_others(planted: Planted) -> None:
    people, falls = planted.people, planted.fates.defaults & (planted.people.gang == NO_GROUP)
    disciplined, single = (
        falls[people.disciplined].mean(),
        falls[~people.multi_lender & ~people.no_record].mean(),
    )
    undisciplined = falls[people.multi_lender & ~people.disciplined].mean()
    assert disciplined < 1.3 * single
    assert undisciplined > 4 * disciplined


def test_shocks_lift_income_loss_and_ability_holds_it_down(setting: Setting, planted: Planted) -> None:
    lost, people = planted.fates.driver == INCOME_LOSS, planted.people
    persons = (people.kind == 0) & (people.gang == NO_GROUP)
    lift = lost[persons & planted.shocked].mean() / lost[persons & ~planted.shocked].mean()
    assert abs(lift - setting.plan["shocks.lift"]) < 1.2
    assert abs(people.ability[lost].mean() + setting.plan["drivers.ability_slope"]) < 0.1
    month = planted.shocks.month[planted.shocks.of(people.region, people.industry)]
    hit = lost & planted.shocked
    assert (planted.fates.day[hit] > setting.months.starts[month[hit]]).all()


def test_contagion_comes_from_a_linked_party_that_fell_before(setting: Setting, planted: Planted) -> None:
    fates = planted.fates
    caught = np.flatnonzero(fates.driver == CONTAGION)
    source, path = fates.source[caught], fates.path[caught]
    assert len(caught) > 200
    lag = fates.day[caught] - fates.day[source]
    least, most = setting.plan["contagion.lag_least"], setting.plan["contagion.lag_most"]
    # a source that itself caught it in a later wave may fall even earlier than it seemed: the lag only grows
    assert (lag >= least).all() and (lag <= most).mean() > 0.97
    for name, linked in (("guarantee", guaranteed_by), ("supply", core_of)):
        of_path = path == drivers.PATHS.index(name)
        assert of_path.sum() > 20
        assert np.array_equal(linked(setting, caught[of_path]), source[of_path])
    same = caught[path == drivers.PATHS.index("same_owner")]
    assert all(
        fates.source[each]
        in (sister_of(setting, np.array([each]))[0], owner_of(setting, np.array([each]))[0])
        for each in same
    )
    assert ((fates.source == NOBODY) == (fates.driver != CONTAGION)).all()


def test_contagion_is_as_likely_as_planned(setting: Setting, planted: Planted) -> None:
    everybody, fates = planted.people.number, planted.fates
    for name, linked in (("guarantee", guaranteed_by), ("supply", core_of)):
        source = linked(setting, everybody)
        exposed = (source != NOBODY) & fates.defaults[source]
        early = exposed & (fates.day[source] < setting.months.last - 200)
        fell = fates.driver[early] == CONTAGION
        planned = setting.plan[f"contagion.{name}"]
        assert abs(fell.mean() - planned) < 5 * np.sqrt(planned * (1 - planned) / early.sum())


def test_days_are_within_the_town_and_after_the_causes_first_trace(
    setting: Setting, planted: Planted
) -> None:
    fates, months = planted.fates, setting.months
    falls = fates.defaults
    assert ((fates.day == NEVER) == (fates.driver == NONE)).all()
    assert (fates.onset[falls] < fates.day[falls]).all()
    assert fates.day[falls].min() > months.first + 90
    assert fates.day[falls].max() <= months.last
    assert (fates.day[falls] > planted.people.since[falls]).all()


def test_a_party_has_one_fate_whoever_asks(setting: Setting, planted: Planted) -> None:
    some = np.array([99_999, 3, 40_017, 77], dtype=np.int64)
    alone = fates_of(setting, planted.shocks, people_of(setting, some))
    for name in ("driver", "day", "onset", "source", "path"):
        assert np.array_equal(getattr(alone, name), getattr(planted.fates, name)[some])
