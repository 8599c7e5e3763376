"""Chance by number (按编号取随机数): a draw is a pure function of the seed, a name and what is drawn for.

What belongs to a party is drawn by hashing its number, so that any shard can compute any party's trait and a
link across shards needs no message. What belongs to an event is drawn from a Philox generator whose key is
made of the seed, the shard and a name, so that no order of work and no number of workers changes it.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def key(seed: int, name: str) -> int:
    """Return 128 bits that stand for a seed and a name."""
    digest = hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "little")


def bits(seed: int, name: str, numbers: Ints) -> Bits:
    """Return 64 bits for each number, by the finaliser of splitmix64 (Steele, Lea, Flood 2014, figure 17)."""
    mixed = numbers.astype(np.uint64) * _STEP + np.uint64(key(seed, name) & (2**64 - 1))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    return mixed ^ (mixed >> np.uint64(31))


def uniform(seed: int, name: str, numbers: Ints) -> Floats:
    """Return a float in [0, 1) for each number."""
    return (bits(seed, name, numbers) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(seed: int, name: str, numbers: Ints) -> Floats:
    """Return a standard normal float for each number (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, f"{name}.radius", numbers)))
    return radius * np.cos(2.0 * np.pi * uniform(seed, f"{name}.angle", numbers))


def pick(seed: int, name: str, numbers: Ints, *, weights: Floats) -> Ints:
    """Return for each number an index into the weights, drawn in their proportion."""
    edges = np.cumsum(weights) / np.sum(weights)
    found = np.searchsorted(edges, uniform(seed, name, numbers), side="right")
    return np.minimum(found, len(weights) - 1).astype(np.int64)


def generator(seed: int, shard: int, name: str) -> np.random.Generator:
    """Return the generator of a shard's events of one name."""
    return np.random.Generator(np.random.Philox(key=key(seed, f"{name}:{shard}")))
