"""Links between parties hold from both sides, across shards, and nobody is linked to a stranger."""

import numpy as np

from creditloop.world.numbering import FIRM, PERSON, kind_of
from creditloop.world.planted import links
from creditloop.world.planted.links import NOBODY
from creditloop.world.setting import Setting


def test_links_agree_from_both_sides(setting: Setting) -> None:
    everybody = np.arange(setting.parties, dtype=np.int64)
    sister, spouse = links.sister_of(setting, everybody), links.spouse_of(setting, everybody)
    for other in (sister, spouse):
        linked = np.flatnonzero(other != NOBODY)
        assert len(linked) > 1_000
        assert np.array_equal(other[other[linked]], linked)
    guarantor = links.guarantor_of(setting, everybody)
    ringed = np.flatnonzero(guarantor != NOBODY)
    assert np.array_equal(links.guaranteed_by(setting, everybody)[guarantor[ringed]], ringed)


def test_a_firm_has_one_owner_and_its_sister_the_same(setting: Setting) -> None:
    everybody = np.arange(setting.parties, dtype=np.int64)
    owner, sister = links.owner_of(setting, everybody), links.sister_of(setting, everybody)
    firms = everybody[kind_of(everybody) == FIRM]
    assert (owner[firms] != NOBODY).all()
    assert (kind_of(owner[firms]) != FIRM).all()
    with_sister = firms[sister[firms] != NOBODY]
    assert np.array_equal(owner[with_sister], owner[sister[with_sister]])
    owned = links.firm_owned(setting, everybody)
    owners = np.flatnonzero(owned != NOBODY)
    assert np.array_equal(owner[owned[owners]], owners)


def test_links_are_as_many_as_planned_and_reach_across_shards(setting: Setting) -> None:
    everybody = np.arange(setting.parties, dtype=np.int64)
    firms = int((kind_of(everybody) == FIRM).sum())
    core = links.core_of(setting, everybody)
    supplies = core != NOBODY
    planned = setting.plan["links.supplies"] * (links.SUPPLY_CELL - 1) / links.SUPPLY_CELL
    assert abs(supplies.sum() / firms - planned) < 0.02
    shard = everybody // int(setting.plan["town.shard_parties"])
    assert (shard[supplies] != shard[core[supplies]]).mean() > 0.9
    index, suppliers = links.suppliers_of(setting, everybody)
    assert np.array_equal(np.sort(suppliers), np.flatnonzero(supplies))
    assert np.array_equal(core[suppliers], index)
    employer = links.employer_of(setting, everybody)
    works = employer != NOBODY
    assert (kind_of(everybody[works]) == PERSON).all() and (kind_of(employer[works]) == FIRM).all()
