"""Pairs of features cut crosswise (交叉切分): what two features say together and neither says alone.

A tree chooses one split after the other; where two features matter only together its first split gains
nothing and is not found. Here a pair is cut by both features at once: of all places to cut the one and the
other, the four quadrants of the greatest gain are taken, each moved a little towards what it shows (Newton's
step), the pairs in turn, round after round (Lou et al., Accurate Intelligible Models with Pairwise
Interactions, KDD 2013; which pairs are worth it is asked as by their FAST). They start from what tables of
one feature leave over, and end, as trees do, where the mean out-of-fold loss is least.

Where a direction is stated, a cut may go against it only as far as the tables so far go with it at that very
place: of every step it is kept what is left (slack), so that the whole never turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from creditloop.risk.boosting.directions import ordered
from creditloop.risk.boosting.encoding import Encoding
from creditloop.risk.boosting.settings import Crossing
from creditloop.risk.boosting.tables import AdditiveTables, Pair
from creditloop.risk.fitting.logistic import probability
from creditloop.risk.measures.outcomes import Bools, Floats, Ints


class _Bound(NamedTuple):
    """What cuts of a feature are held to at each end of its coarse bins but the last.

    Attributes:
        way: of badness to the next bin: 1 rises, -1 falls, 0 as it likes.
        slack: how far a cut may go against it, log-odds, since the tables so far go with it by as much.
    """

    way: Ints
    slack: Floats

    def allows(self, rises: Floats, *, rate: float) -> Bools:
        """Return which steps, (cuts, …) times the rate, leave the whole going as stated."""
        found: Bools = (self.way * rises.T >= -self.slack / rate).T
        return found

    def note(self, place: int, rises: tuple[float, float]) -> None:
        """Take from the slack at a cut what a step against it needs, or add what one with it is sure of."""
        self.slack[place] += min(self.way[place] * rise for rise in rises)


_Bounds = tuple[_Bound, _Bound]
"""Of the feature of the rows and of that of the columns."""


class _Cut(NamedTuple):
    """Where a pair is cut, after which row and which column, what it gains, and the step of each quadrant."""

    gain: float
    row: int
    column: int
    steps: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Tables of pairs, the mean of those of the folds, and what they add out of fold.

    Attributes:
        pairs: by two numbers of features, over their pre-bins, log-odds of bad.
        out_of_fold: (n,) float, log-odds of bad, what they started from included.
        rounds: how often each pair was cut; `loss`: mean out-of-fold negative log-likelihood then.
    """

    pairs: dict[Pair, Floats]
    out_of_fold: Floats
    rounds: int
    loss: float


def cross(
    codes: Ints,
    bad: Bools,
    *,
    encoding: Encoding,
    steps: Sequence[Ints],
    alone: Sequence[AdditiveTables],
    fold: Ints,
    crossing: Crossing,
) -> Crossed:
    """Cut pairs crosswise, by folds.

    Args:
        codes: (n, features) numbers of pre-bins.
        steps: of each feature, which way badness may go from each bin to the next: 1, -1, or 0 for either.
        alone: each fold's tables of one feature so far; they go as stated. A cut goes against that by no more
            than they go with it, so that both together never do.
        fold: (n,) which fold each row is in.
    """
    starts = np.stack([tables.log_odds(codes) for tables in alone])
    coarse = [_coarsened(encoding, number, column, crossing.bins) for number, column in enumerate(codes.T)]
    cells = np.column_stack([group[codes[:, number]] for number, group in enumerate(coarse)])
    bounds = [_bounds(steps, coarse, tables.mains) for tables in alone]
    says = starts[fold, np.arange(len(bad))]
    chosen = _worthy(cells, bad, bounds, says, crossing)
    parts = [
        _FoldCrosses(cells, bad, bounds[number], chosen, starts[number], fold == number, crossing)
        for number in range(len(starts))
    ]
    rounds, loss = _cut_together(parts, crossing)
    answers = np.empty(len(bad))
    for number, part in enumerate(parts):
        own = fold == number
        answers[own] = starts[number][own] + part.added(cells[own])
    pairs = {
        (one, other): np.mean([part.best[place] for part in parts], axis=0)[
            np.ix_(coarse[one], coarse[other])
        ]
        for place, (one, other) in enumerate(chosen)
    }
    return Crossed(pairs=pairs, out_of_fold=answers, rounds=rounds, loss=loss)


class _FoldCrosses:
    """Tables of one fold's model, grown on the rows it sees and watched on those it does not."""

    def __init__(
        self,
        cells: Ints,
        bad: Bools,
        bounds: Sequence[_Bound],
        pairs: Sequence[Pair],
        start: Floats,
        unseen: Bools,
        crossing: Crossing,
    ) -> None:
        seen = ~unseen
        self._crossing, self._pairs = crossing, pairs
        self._bounds = [(bounds[one], bounds[other]) for one, other in pairs]
        self._seen = [_places(cells[seen], pair, bounds) for pair in pairs]
        self._unseen = [_places(cells[unseen], pair, bounds) for pair in pairs]
        self._bad, self._says = bad[seen].astype(np.float64), start[seen].copy()
        self._sign, self._watched = np.where(bad[unseen], -1.0, 1.0), start[unseen].copy()
        self._tables = [np.zeros(_shape(both)) for both in self._bounds]
        self.best = [table.copy() for table in self._tables]

    def loss(self) -> float:
        """Return the loss on the rows that are not seen."""
        return float(np.logaddexp(0, self._sign * self._watched).mean())

    def keep(self) -> None:
        """Take the tables as they are now for the best."""
        self.best = [table.copy() for table in self._tables]

    def cut_all(self) -> None:
        """Cut every pair once, in their order."""
        for place, bounds in enumerate(self._bounds):
            pd = probability(self._says)
            found = _best_cut(self._seen[place], self._bad - pd, pd * (1 - pd), bounds, self._crossing)
            if found is None:
                continue
            step = _quadrants(found, _shape(bounds)) * self._crossing.learning_rate
            low, above, left, high = step[0, 0], step[0, -1], step[-1, 0], step[-1, -1]
            bounds[0].note(found.row, (left - low, high - above))
            bounds[1].note(found.column, (above - low, high - left))
            self._tables[place] += step
            self._says += step.ravel()[self._seen[place]]
            self._watched += step.ravel()[self._unseen[place]]

    def added(self, cells: Ints) -> Floats:
        """Return what the best tables add to rows."""
        total = np.zeros(len(cells))
        for (one, other), table in zip(self._pairs, self.best, strict=True):
            total += table[cells[:, one], cells[:, other]]
        return total


def _cut_together(parts: Sequence[_FoldCrosses], crossing: Crossing) -> tuple[int, float]:
    """Cut round by round until the mean loss has long been no better; return the best round and its loss."""
    best, at = float(np.mean([part.loss() for part in parts])), 0
    for number in range(1, crossing.rounds_max + 1):
        for part in parts:
            part.cut_all()
        loss = float(np.mean([part.loss() for part in parts]))
        if loss < best:
            best, at = loss, number
            for part in parts:
                part.keep()
        elif number - at >= crossing.patience:
            break
    return at, best


def _bounds(steps: Sequence[Ints], coarse: Sequence[Ints], mains: Mapping[int, Floats]) -> list[_Bound]:
    """Return what each feature's cuts are held to beside a fold's tables of one feature."""
    found = list[_Bound]()
    for number, (ways, group) in enumerate(zip(steps, coarse, strict=True)):
        ends = np.flatnonzero(np.diff(group))
        rises = np.diff(mains[number]) if number in mains else np.zeros(len(ways))
        found.append(_Bound(ways[ends], np.maximum(ways * rises, 0)[ends]))
    return found


def _worthy(
    cells: Ints, bad: Bools, bounds: Sequence[Sequence[_Bound]], says: Floats, crossing: Crossing
) -> list[Pair]:
    """Return the pairs whose first cut gains most on what is left over, in order of the features."""
    pd = probability(says)
    mean = [
        _Bound(each[0].way, np.mean([one.slack for one in each], axis=0))
        for each in zip(*bounds, strict=True)
    ]
    found = list[tuple[float, Pair]]()
    for pair in combinations(range(len(mean)), 2):
        both = mean[pair[0]], mean[pair[1]]
        cut = _best_cut(_places(cells, pair, mean), bad - pd, pd * (1 - pd), both, crossing)
        if cut is not None:
            found.append((-cut.gain, pair))
    return sorted(pair for _, pair in sorted(found)[: crossing.pairs_max])


def _best_cut(place: Ints, slope: Floats, bend: Floats, bounds: _Bounds, crossing: Crossing) -> _Cut | None:
    """Return the cut of the greatest gain, the first of equals; None where none may be taken.

    A cut leaves enough in every quadrant, and goes against no direction by more than it may.
    """
    shape = _shape(bounds)
    if min(shape) < 2:
        return None
    slopes, bends = (_quadrant_sums(place, part, shape) for part in (slope, bend))
    held = [part + crossing.ridge for part in bends]
    allowed = np.minimum.reduce(bends) > crossing.weight_min
    if bounds[0].way.any() or bounds[1].way.any():
        moves = [one / other for one, other in zip(slopes, held, strict=True)]
        allowed &= _as_stated(moves, bounds, rate=crossing.learning_rate)
    gain = sum(one * one / other for one, other in zip(slopes, held, strict=True))
    gain = np.where(allowed, gain, -np.inf)
    row, column = divmod(int(gain.argmax()), shape[1] - 1)
    if not np.isfinite(gain[row, column]):
        return None
    steps = [float(one[row, column] / other[row, column]) for one, other in zip(slopes, held, strict=True)]
    return _Cut(float(gain[row, column]), row, column, (steps[0], steps[1], steps[2], steps[3]))


def _as_stated(steps: Sequence[Floats], bounds: _Bounds, *, rate: float) -> Bools:
    """Return which cuts the directions of both features allow."""
    low, above, left, high = steps
    rows, columns = bounds
    found = rows.allows(left - low, rate=rate) & rows.allows(high - above, rate=rate)
    found &= columns.allows((above - low).T, rate=rate).T & columns.allows((high - left).T, rate=rate).T
    return found


def _quadrant_sums(place: Ints, weights: Floats, shape: tuple[int, int]) -> list[Floats]:
    """Return, for every cut, the sums of the four quadrants: low-low, low-high, high-low, high-high."""
    size = shape[0] * shape[1]
    running = np.bincount(place, weights, size).reshape(shape).cumsum(axis=0).cumsum(axis=1)
    low = running[:-1, :-1]
    above, left = running[:-1, -1:] - low, running[-1:, :-1] - low
    return [low, above, left, running[-1, -1] - low - above - left]


def _quadrants(cut: _Cut, shape: tuple[int, int]) -> Floats:
    step = np.empty(shape)
    down, across = cut.row + 1, cut.column + 1
    step[:down, :across], step[:down, across:], step[down:, :across], step[down:, across:] = cut.steps
    return step


def _places(cells: Ints, pair: Pair, bounds: Sequence[_Bound]) -> Ints:
    found: Ints = cells[:, pair[0]] * (len(bounds[pair[1]].way) + 1) + cells[:, pair[1]]
    return found


def _shape(bounds: _Bounds) -> tuple[int, int]:
    return len(bounds[0].way) + 1, len(bounds[1].way) + 1


def _coarsened(encoding: Encoding, number: int, codes: Ints, bins: int) -> Ints:
    """Return the coarse bin of each pre-bin: runs of equal rows; special codes and missing stand alone."""
    parts = encoding.bins[number]
    count = ordered(parts)
    rows = np.bincount(codes, minlength=len(parts))[:count]
    middle = 2 * np.cumsum(rows) - rows
    runs = middle * bins // max(2 * int(rows.sum()), 1) if count > bins else np.arange(count)
    group = np.unique(runs, return_inverse=True)[1] if count else np.zeros(0, dtype=np.int64)
    after = int(group.max()) + 1 if count else 0
    return np.concatenate((group, after + np.arange(len(parts) - count))).astype(np.int64)
