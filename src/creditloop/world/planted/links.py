"""Who stands behind whom (关系): owners, sisters, guarantors, suppliers; each found by arithmetic.

Every function takes party numbers of any shard and returns party numbers, or NOBODY. Firms are set out in
shuffled orders: of two neighbours some have one owner; of a cell of guarantees each member guarantees the
next; of a cell of supply the others supply the first, its core firm (核心企业).
"""

import numpy as np

from creditloop.world.draws import Ints
from creditloop.world.numbering import FIRM, firm_number, firm_rank, kind_of, person_number, person_rank
from creditloop.world.setting import Setting

NOBODY = -1
RING_CELL = 10
"""Firms of a cell of guarantees; the ring itself is no longer than that."""
SUPPLY_CELL = 6
"""Firms of a cell of supply: the core firm and up to five suppliers."""


def _of_firms(numbers: Ints, found: Ints) -> Ints:
    return np.where(kind_of(numbers) == FIRM, found, NOBODY)


def sister_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the other firm of the same owner."""
    order = setting.firms("links.sisters")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    other = place ^ 1
    joined = setting.chance("links.same_owner", place // 2) & (other < order.size)
    return _of_firms(numbers, np.where(joined, firm_number(order.back(other % order.size)), NOBODY))


def owner_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the person or sole trader who owns a firm; of two sisters it is the same."""
    order, owners = setting.firms("links.sisters"), setting.people("links.owners")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    first = np.where(sister_of(setting, numbers) == NOBODY, place, place & ~1)
    return _of_firms(numbers, person_number(owners.back(first)))


def firm_owned(setting: Setting, numbers: Ints) -> Ints:
    """Return the firm a person owns, the first of two sisters."""
    order, owners = setting.firms("links.sisters"), setting.people("links.owners")
    place = owners.to(np.maximum(person_rank(numbers), 0))
    firm = firm_number(order.back(place % order.size))
    owned = (kind_of(numbers) != FIRM) & (place < order.size)
    owned &= owner_of(setting, firm) == numbers
    return np.where(owned, firm, NOBODY)


def guaranteed_by(setting: Setting, numbers: Ints) -> Ints:
    """Return the party a party guarantees: the next firm of its ring, or the firm a person owns."""
    order = setting.firms("links.rings")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    cell, within = place // RING_CELL, place % RING_CELL
    size = setting.whole("links.ring_size", cell, least="links.ring_least", most="links.ring_most")
    whole = (cell + 1) * RING_CELL <= order.size
    member = setting.chance("links.ring", cell) & (within < size) & whole
    after = cell * RING_CELL + (within + 1) % size
    ring = _of_firms(numbers, np.where(member, firm_number(order.back(after % order.size)), NOBODY))
    own = firm_owned(setting, numbers)
    stands_in = setting.chance("links.owner_guarantees", numbers) & (own != NOBODY)
    return np.where(stands_in, own, ring)


def guarantor_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the firm that guarantees a firm in its ring; the other direction of `guaranteed_by`."""
    order = setting.firms("links.rings")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    cell, within = place // RING_CELL, place % RING_CELL
    size = setting.whole("links.ring_size", cell, least="links.ring_least", most="links.ring_most")
    whole = (cell + 1) * RING_CELL <= order.size
    member = setting.chance("links.ring", cell) & (within < size) & whole
    before = cell * RING_CELL + (within - 1) % size
    return _of_firms(numbers, np.where(member, firm_number(order.back(before % order.size)), NOBODY))


def core_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the core firm a firm supplies."""
    order = setting.firms("links.supply")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    core = place - place % SUPPLY_CELL
    supplies = (place != core) & setting.chance("links.supplies", numbers)
    return _of_firms(numbers, np.where(supplies, firm_number(order.back(core)), NOBODY))


def suppliers_of(setting: Setting, numbers: Ints) -> tuple[Ints, Ints]:
    """Return (index into numbers, supplier) for every supplier of every core firm."""
    order = setting.firms("links.supply")
    place = order.to(np.maximum(firm_rank(numbers), 0))
    cores = np.flatnonzero((kind_of(numbers) == FIRM) & (place % SUPPLY_CELL == 0))
    index = np.repeat(cores, SUPPLY_CELL - 1)
    places = place[index] + np.tile(np.arange(1, SUPPLY_CELL), len(cores))
    there = places < order.size
    index, suppliers = index[there], firm_number(order.back(places[there]))
    supplies = core_of(setting, suppliers) == numbers[index]
    return index[supplies], suppliers[supplies]


def employer_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the firm a person works for."""
    order = setting.firms("links.employers")
    firm = firm_number((setting.bits("links.employer", numbers) % np.uint64(order.size)).astype(np.int64))
    employed = (kind_of(numbers) == 0) & setting.chance("people.employed_in_town", numbers)
    return np.where(employed, firm, NOBODY)


def spouse_of(setting: Setting, numbers: Ints) -> Ints:
    """Return the person somebody is married to."""
    order = setting.people("links.spouses")
    place = order.to(np.maximum(person_rank(numbers), 0))
    other = place ^ 1
    married = setting.chance("links.married", place // 2) & (other < order.size)
    married &= kind_of(numbers) != FIRM
    return np.where(married, person_number(order.back(other % order.size)), NOBODY)
