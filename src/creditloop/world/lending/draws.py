"""Chance of one loan's life (单笔借据的随机数): whole numbers, each a pure function of seed, loan and name.

Nothing is drawn in a row: a draw is hashed from what it is for, so that no other draw, no other loan and no
order of work changes it. No float is made, so that every machine draws the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from creditloop.kernel.errors import InputError
from creditloop.world.lending.behaviour import ALWAYS


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one subject, e.g. a loan, under a seed."""

    seed: int
    subject: str

    def bits(self, *name: str | int) -> int:
        """Return 64 bits that stand for seed, subject and name."""
        words = "/".join(map(str, (self.seed, self.subject, *name)))
        return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "little")

    def between(self, least: int, most: int, *name: str | int) -> int:
        """Return a whole number from least to most, both among them.

        Raises: InputError if least is above most.
        """
        if least > most:
            raise InputError("nothing lies between these", got=f"{least} to {most}", where={"draw": name})
        return least + self.bits(*name) * (most - least + 1) // 2**64

    def happens(self, chance: int, *name: str | int) -> bool:
        """Return whether something happens that has a chance in ten-thousandths."""
        return self.between(0, ALWAYS - 1, *name) < chance

    def pick(self, weights: Mapping[str, int], *name: str | int) -> str:
        """Return one of the names, in proportion to their weights.

        Raises: InputError if all weights are 0.
        """
        at = self.between(0, sum(weights.values()) - 1, *name)
        for each, weight in weights.items():
            at -= weight
            if at < 0:
                return each
        raise InputError("no weights to pick by", got=dict(weights))
