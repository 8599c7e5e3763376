"""Gangs (团伙) and innocent hubs (无辜枢纽): who shares devices, networks and addresses, guilty or not.

A gang's members apply together to deceive, from a few devices. A hub's people share something without
guilt: a dormitory (宿舍) its address and network, a shop terminal (门店终端) its device, a carrier address
(运营商出口地址) its network. Nothing but the truth files tells one from the other by name.
"""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Ints
from creditloop.world.numbering import FIRM, kind_of, person_number, person_rank
from creditloop.world.setting import Setting

NO_GROUP = -1
GANG_CELL = 20
HUB_CELL = 60
HUB_KINDS = ("dormitory", "shop_terminal", "carrier_address")
DORMITORY, SHOP_TERMINAL, CARRIER_ADDRESS = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One kind of group: cells of a shuffled order of the people, of which some are groups."""

    name: str
    width: int

    def of(self, setting: Setting, numbers: Ints) -> Ints:
        """Return the group of each party, or NO_GROUP."""
        place = setting.people(self.name).to(np.maximum(person_rank(numbers), 0))
        cell, within = place // self.width, place % self.width
        member = (
            (kind_of(numbers) != FIRM) & self.planted(setting, cell) & (within < self.size(setting, cell))
        )
        return np.where(member, cell, NO_GROUP)

    def planted(self, setting: Setting, cells: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say which cells are groups; the last, incomplete one never is."""
        whole = (cells + 1) * self.width <= setting.people(self.name).size
        return setting.chance(f"{self.name}.share", cells) & whole

    def size(self, setting: Setting, cells: Ints) -> Ints:
        """Return how many members each cell's group has."""
        return setting.whole(f"{self.name}.size", cells, least=f"{self.name}.least", most=f"{self.name}.most")

    def all(self, setting: Setting) -> Ints:
        """Return every group of the town."""
        cells = np.arange(setting.people(self.name).size // self.width, dtype=np.int64)
        return cells[self.planted(setting, cells)]

    def first_member(self, setting: Setting, cells: Ints) -> Ints:
        """Return the party at the head of each cell."""
        return person_number(setting.people(self.name).back(cells * self.width))


GANGS = Cells(name="gangs", width=GANG_CELL)
HUBS = Cells(name="hubs", width=HUB_CELL)


def hub_kind(setting: Setting, hubs: Ints) -> Ints:
    """Return an index into HUB_KINDS for each hub."""
    return setting.pick("hubs.kinds", hubs)


def gang_day(setting: Setting, gangs: Ints) -> Ints:
    """Return the day around which a gang stops paying, in the later part of the town's days."""
    days = setting.months.last - setting.months.first
    low, high = setting.plan["gangs.day_least"], setting.plan["gangs.day_most"]
    span = low + (high - low) * setting.uniform("gangs.day", gangs)
    return setting.months.first + np.floor(span * days).astype(np.int64)
