"""Gangs and innocent hubs: their sizes and number as planned, every member's group the same from anywhere."""

import numpy as np
import pytest

from creditloop.world.planted.groups import GANGS, HUB_KINDS, HUBS, NO_GROUP, Cells, hub_kind
from creditloop.world.setting import Setting


@pytest.mark.parametrize("cells", [GANGS, HUBS], ids=["gangs", "hubs"])
def test_groups_have_their_planned_size_and_share(setting: Setting, cells: Cells) -> None:
    groups = cells.all(setting)
    of_party = cells.of(setting, np.arange(setting.parties, dtype=np.int64))
    found, sizes = np.unique(of_party[of_party != NO_GROUP], return_counts=True)
    assert np.array_equal(found, groups)
    assert np.array_equal(sizes, cells.size(setting, groups))
    least, most = setting.plan[f"{cells.name}.least"], setting.plan[f"{cells.name}.most"]
    assert sizes.min() >= least and sizes.max() <= most
    assert abs(sizes.mean() - (least + most) / 2) < 5 * (most - least) / np.sqrt(12 * len(sizes))
    possible = 85_000 // cells.width
    share = setting.plan[f"{cells.name}.share"]
    assert abs(len(groups) / possible - share) < 5 * np.sqrt(share * (1 - share) / possible)


def test_a_group_is_spread_over_shards_and_its_head_is_a_member(setting: Setting) -> None:
    everybody = np.arange(setting.parties, dtype=np.int64)
    of_party = GANGS.of(setting, everybody)
    groups = GANGS.all(setting)
    heads = GANGS.first_member(setting, groups)
    assert np.array_equal(of_party[heads], groups)
    shards = everybody // int(setting.plan["town.shard_parties"])
    several = [len(np.unique(shards[of_party == group])) > 1 for group in groups[:50]]
    assert np.mean(several) > 0.9


def test_every_kind_of_hub_is_there(setting: Setting) -> None:
    assert set(hub_kind(setting, HUBS.all(setting)).tolist()) == set(range(len(HUB_KINDS)))
