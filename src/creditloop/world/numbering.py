"""Party numbers (客户编号) and the arithmetic that links them.

Numbers run from 0. Of every twenty, fourteen are persons, three sole traders and three firms; a party's kind
is its number's place in the twenty. Groups (gangs, hubs, rings of guarantees, chains of supply) are cells of
a shuffled order: an affine map r -> (a*r + b) mod size, which is undone by arithmetic alone, so that every
member of a cell can be named from any other, in whatever shard it lives.
"""

import math
from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Ints, key

BLOCK = 20
PEOPLE_OF_BLOCK = 17
"""Places 0 to 13 are persons, 14 to 16 sole traders (together: people), 17 to 19 firms."""
PERSONS_OF_BLOCK = 14
PERSON, SOLE_TRADER, FIRM = 0, 1, 2


def kind_of(numbers: Ints) -> Ints:
    """Return PERSON, SOLE_TRADER or FIRM for each party."""
    place = numbers % BLOCK
    return np.where(place < PERSONS_OF_BLOCK, PERSON, np.where(place < PEOPLE_OF_BLOCK, SOLE_TRADER, FIRM))


def people_count(parties: int) -> int:
    """Return how many of the first so many parties are people (persons and sole traders)."""
    return PEOPLE_OF_BLOCK * (parties // BLOCK) + min(parties % BLOCK, PEOPLE_OF_BLOCK)


def firm_count(parties: int) -> int:
    """Return how many of the first so many parties are firms."""
    return parties - people_count(parties)


def person_rank(numbers: Ints) -> Ints:
    """Return each person's or sole trader's place among the people."""
    return PEOPLE_OF_BLOCK * (numbers // BLOCK) + numbers % BLOCK


def person_number(ranks: Ints) -> Ints:
    """Return the party number at a place among the people; undoes `person_rank`."""
    return BLOCK * (ranks // PEOPLE_OF_BLOCK) + ranks % PEOPLE_OF_BLOCK


def firm_rank(numbers: Ints) -> Ints:
    """Return each firm's place among the firms."""
    return (BLOCK - PEOPLE_OF_BLOCK) * (numbers // BLOCK) + numbers % BLOCK - PEOPLE_OF_BLOCK


def firm_number(ranks: Ints) -> Ints:
    """Return the party number at a place among the firms; undoes `firm_rank`."""
    firms = BLOCK - PEOPLE_OF_BLOCK
    return BLOCK * (ranks // firms) + ranks % firms + PEOPLE_OF_BLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffle:
    """An affine order of 0 .. size-1: `to` gives a rank's place, `back` the rank at a place."""

    size: int
    factor: int
    offset: int

    def to(self, ranks: Ints) -> Ints:
        """Return the places of ranks."""
        return (ranks * self.factor + self.offset) % self.size

    def back(self, places: Ints) -> Ints:
        """Return the ranks at places."""
        return ((places - self.offset) * pow(self.factor, -1, self.size)) % self.size


def shuffle(seed: int, name: str, size: int) -> Shuffle:
    """Return the order of a name; the factor is coprime to the size, so that no place is taken twice."""
    bits = key(seed, name)
    factor = 1 + bits % max(1, size - 1)
    while math.gcd(factor, size) != 1:
        factor += 1
    return Shuffle(size=size, factor=factor, offset=(bits >> 64) % size)
