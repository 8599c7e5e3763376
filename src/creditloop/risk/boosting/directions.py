"""Directions held to by tables of one feature and of two (方向约束): what `up` means where there are pairs.

What is promised: all else being the same, badness never moves against the direction stated, whatever all else
is. Of a sum of tables that says: at every cut between neighbouring intervals, the step of the feature's own
table and the least steps of its pairs, each over all bins of the partner, add up to no step against it. Then,
and only then, the tables can be written so that each of them goes as stated by itself: every pair hands its
least step to the feature's own table, which says what a step does at the least; what is left in the pair
is what it does beyond that beside this partner, never less than nothing. `directed` writes them so, at no
change of any sum. Rounding never changes the order of two numbers, so that whole units go as stated exactly.

Special codes and the missing stand outside the order: no direction speaks of them. A peak or a valley turns
at one bin, the same beside every partner; in a card that is fitted it is the bin at which the bad rate of the
sample turns, by the unimodal rates of the least squared error (isotonic regression: Barlow and others,
Statistical Inference under Order Restrictions, 1972).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from creditloop.risk.binning import Bin, CardFeature, Direction
from creditloop.risk.boosting.tables import AdditiveTables, Pair, cell_rows
from creditloop.risk.measures.outcomes import Floats, Ints

_FIRST = {Direction.UP: 1, Direction.PEAK: 1, Direction.DOWN: -1, Direction.VALLEY: -1}


class Directed(NamedTuple):
    """Tables each of which goes as stated.

    Attributes:
        bent: by feature, how far its tables had to be bent to that, in log-odds: no more than the last bits
            of the arithmetic where the sums already went as stated.
    """

    tables: AdditiveTables
    bent: dict[int, float]


def possible_steps(feature: CardFeature, bins: Sequence[Bin]) -> Iterator[Ints]:
    """Give how badness may go from each bin to the next, (bins - 1,): 1 rises, -1 falls, 0 as it likes.

    Nothing where no direction is stated or no step is ordered; of a peak or a valley, every place to turn at.
    """
    first, count = _FIRST.get(feature.direction, 0), ordered(bins)
    if not first or count < 2:
        return
    turns = range(count) if feature.direction in {Direction.PEAK, Direction.VALLEY} else [count - 1]
    for turn in turns:
        steps = np.zeros(len(bins) - 1, dtype=np.int64)
        steps[:turn], steps[turn : count - 1] = first, -first
        yield steps


def seen_steps(feature: CardFeature, bins: Sequence[Bin]) -> Ints:
    """Return the steps that are stated, a turn being where the bad rates of the bins turn; else all 0."""
    found = list(possible_steps(feature, bins))
    if len(found) < 2:
        return found[0] if found else np.zeros(len(bins) - 1, dtype=np.int64)
    values = bins[: ordered(bins)]
    rates = np.array([part.bad / max(part.rows, 1) for part in values])
    rows = np.array([part.rows for part in values], dtype=np.float64)
    return found[_turn(rates if feature.direction is Direction.PEAK else -rates, rows)]


def held_steps(feature: CardFeature, bins: Sequence[Bin], *, tables: AdditiveTables, number: int) -> Ints:
    """Return the steps that tables made elsewhere go against least; all 0 where none are stated."""
    least, most = _step_ends(tables, number)
    return min(
        possible_steps(feature, bins),
        key=lambda steps: float(np.maximum(0, np.where(steps > 0, -least, most))[steps != 0].sum()),
        default=np.zeros(len(bins) - 1, dtype=np.int64),
    )


def directed(tables: AdditiveTables, steps: Sequence[Ints], codes: Ints) -> Directed:
    """Write the same sums so that each table goes as stated.

    Args:
        tables: with a table of its own for every feature of which a direction is stated and that has a pair.
        steps: of each feature, see `possible_steps`.
        codes: (n, features) numbers of bins of the sample: what pairs hand over has mean 0 there, and a
            partner without direction keeps in the pair no part of its own.
    """
    mains, pairs, bent = dict(tables.mains), dict[Pair, Floats](), dict[int, float]()
    for (one, other), grid in tables.pairs.items():
        weight, rest = cell_rows(codes, one, other, grid.shape), grid
        for axis, feature in enumerate((one, other)):
            if steps[feature].any():
                part = _least_part(np.moveaxis(rest, axis, 0), steps[feature], weight.sum(axis=1 - axis))
                mains[feature] = mains.get(feature, 0.0) + part
                rest = rest - np.expand_dims(part, 1 - axis)
        for axis, feature in enumerate((one, other)):
            if not steps[feature].any() and steps[(other, one)[axis]].any():
                mean = (rest * weight).sum(axis=1 - axis) / np.maximum(weight.sum(axis=1 - axis), 1)
                mains[feature] = mains.get(feature, 0.0) + mean
                rest = rest - np.expand_dims(mean, 1 - axis)
        held = _held(_held(rest, steps[one]).T, steps[other]).T
        _note(bent, (one, other), held - rest)
        pairs[one, other] = held
    for feature, table in mains.items():
        mains[feature] = _held(table, steps[feature])
        _note(bent, (feature,), mains[feature] - table)
    return Directed(AdditiveTables(tables.base, dict(sorted(mains.items())), pairs), bent)


def ordered(bins: Sequence[Bin]) -> int:
    """Return how many bins hold ordinary values; they stand first."""
    return sum(1 for part in bins if not part.special and not part.missing)


def _turn(rates: Floats, rows: Floats) -> int:
    """Return which bin is the greatest of the rates that rise and then fall and are nearest, by rows.

    They rise to some bin and fall from the next: the greatest is one of these two.
    """
    tried = list[tuple[float, int]]()
    for last in range(len(rates)):
        rising, falling = slice(last + 1), slice(last + 1, None)
        fitted = [_monotone(rates[rising], rows[rising], 1), _monotone(rates[falling], rows[falling], -1)]
        misfit = float(rows @ (rates - np.concatenate(fitted)) ** 2)
        tried.append((misfit, last + int(len(fitted[1]) > 0 and fitted[1][0] > fitted[0][-1])))
    return min(tried)[1]


def _monotone(rates: Floats, rows: Floats, sense: int) -> Floats:
    if not len(rates):
        return rates
    found: Floats = isotonic_regression(rates, sample_weight=rows, increasing=sense > 0)
    return found


def _step_ends(tables: AdditiveTables, number: int) -> tuple[Floats, Floats]:
    """Return the least and the greatest step of all tables of a feature together, from bin to bin."""
    own = np.diff(tables.mains[number]) if number in tables.mains else np.zeros(1)
    least, most = own, own
    for pair, grid in tables.pairs.items():
        if number in pair:
            rises = np.diff(grid, axis=pair.index(number))
            least = least + rises.min(axis=1 - pair.index(number))
            most = most + rises.max(axis=1 - pair.index(number))
    return least, most


def _least_part(grid: Floats, steps: Ints, rows: Floats) -> Floats:
    """Return what the bins of the first axis say at the least beside every bin of the second; mean 0.

    Only ordered bins have a part.
    """
    rises = np.diff(grid, axis=0)
    least = np.where(steps > 0, rises.min(axis=1), np.where(steps < 0, rises.max(axis=1), 0.0))
    count = int(np.flatnonzero(steps)[-1]) + 2
    part = np.concatenate(([0.0], np.cumsum(least)))
    part -= part[:count] @ rows[:count] / max(float(rows[:count].sum()), 1.0)
    part[count:] = 0.0
    return part


def _held(table: Floats, steps: Ints) -> Floats:
    """Return a table whose first axis goes by the steps: nothing is changed where it does."""
    found = table.copy()
    for place in np.flatnonzero(steps).tolist():
        hold = np.maximum if steps[place] > 0 else np.minimum
        found[place + 1] = hold(found[place + 1], found[place])
    return found


def _note(bent: dict[int, float], features: Sequence[int], change: Floats) -> None:
    for feature in features:
        bent[feature] = max(bent.get(feature, 0.0), float(np.abs(change).max()))
