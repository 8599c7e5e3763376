"""Events from monthly rates (按月发生率): how many, on which days, and how a month's sum is shared out."""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.months import Months


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Events in order of party and month: (events,) each."""

    party: Ints
    month: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.party)


def counted(random: np.random.Generator, months: Months, counts: Ints) -> Events:
    """Return so many events for each party and month, (parties, months), on any of its days."""
    cell = np.repeat(np.arange(counts.size, dtype=np.int64), counts.ravel())
    party, month = np.divmod(cell, months.count)
    day = months.starts[month] + np.floor(random.random(len(cell)) * months.lengths[month]).astype(np.int64)
    return Events(party=party, month=month, day=day)


def drawn(random: np.random.Generator, months: Months, rates: Floats) -> Events:
    """Return Poisson many events for each party and month, (parties, months), on any of its days."""
    return counted(random, months, random.poisson(rates))


def shared(random: np.random.Generator, events: Events, totals: Floats, *, spread: float) -> Ints:
    """Share each party's month total, (parties, months) in fen, out among its events; none gets less than 1.

    Args:
        spread: standard deviation of the parts' logarithms; 0 shares evenly.
    """
    cell = events.party * totals.shape[1] + events.month
    weight = np.exp(spread * random.standard_normal(len(cell)))
    sums = np.bincount(cell, weights=weight, minlength=totals.size)
    found: Ints = np.maximum(np.rint(totals.ravel()[cell] * weight / sums[cell]), 1).astype(np.int64)
    return found


def chosen(random: np.random.Generator, weights: tuple[float, ...], count: int) -> Ints:
    """Return so many indexes into the weights, drawn in their proportion."""
    edges = np.cumsum(weights)[:-1] / np.sum(weights)
    found: Ints = np.searchsorted(edges, random.random(count), side="right").astype(np.int64)
    return found
