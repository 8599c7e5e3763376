"""Pairs of features cut crosswise (交叉切分): what two features say together and neither says alone.

A tree chooses one split after the other; where two features matter only together its first split gains
nothing and is not found. Here a pair is cut by both features at once: of all places to cut the one and the
other, the four quadrants of the greatest gain are taken, each moved a little towards what it shows (Newton's
step), the pairs in turn, round after round (Lou et al., Accurate Intelligible Models with Pairwise
Interactions, KDD 2013; which pairs are worth it is asked as by their FAST). They start from what tables of
one feature leave over, and end, as trees do, where the mean out-of-fold loss is least.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from creditloop.risk.boosting.encoding import Encoding
from creditloop.risk.boosting.settings import Crossing
from creditloop.risk.boosting.tables import Pair
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

_LOG_ODDS_MOST = 700.0


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
    free: Sequence[int],
    starts: Floats,
    fold: Ints,
    crossing: Crossing,
) -> Crossed:
    """Cut pairs crosswise, by folds.

    Args:
        codes: (n, features) numbers of pre-bins.
        free: features that may stand in a pair.
        starts: (folds, n) float, what each fold's model so far says of every row, log-odds of bad.
        fold: (n,) which fold each row is in.
    """
    coarse = [_coarsened(encoding, number, column, crossing.bins) for number, column in enumerate(codes.T)]
    cells = np.column_stack([group[codes[:, number]] for number, group in enumerate(coarse)])
    sizes = [int(group.max()) + 1 for group in coarse]
    says = starts[fold, np.arange(len(bad))]
    chosen = _worthy(cells, bad, sizes, combinations(free, 2), says, crossing)
    parts = [
        _FoldCrosses(cells, bad, sizes, chosen, starts[number], fold == number, crossing)
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
        sizes: Sequence[int],
        pairs: Sequence[Pair],
        start: Floats,
        unseen: Bools,
        crossing: Crossing,
    ) -> None:
        seen = ~unseen
        self._crossing, self._pairs = crossing, pairs
        self._shapes = [(sizes[one], sizes[other]) for one, other in pairs]
        self._seen = [_places(cells[seen], pair, sizes) for pair in pairs]
        self._unseen = [_places(cells[unseen], pair, sizes) for pair in pairs]
        self._bad, self._says = bad[seen].astype(np.float64), start[seen].copy()
        self._sign, self._watched = np.where(bad[unseen], -1.0, 1.0), start[unseen].copy()
        self._tables = [np.zeros(shape) for shape in self._shapes]
        self.best = [table.copy() for table in self._tables]

    def loss(self) -> float:
        """Return the loss on the rows that are not seen."""
        return float(np.logaddexp(0, self._sign * self._watched).mean())

    def keep(self) -> None:
        """Take the tables as they are now for the best."""
        self.best = [table.copy() for table in self._tables]

    def cut_all(self) -> None:
        """Cut every pair once, in their order."""
        for place, shape in enumerate(self._shapes):
            pd = _pd(self._says)
            found = _best_cut(self._seen[place], self._bad - pd, pd * (1 - pd), shape, self._crossing)
            if found is None:
                continue
            step = _quadrants(found, shape) * self._crossing.learning_rate
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


def _worthy(
    cells: Ints, bad: Bools, sizes: Sequence[int], pairs: Iterable[Pair], says: Floats, crossing: Crossing
) -> list[Pair]:
    """Return the pairs whose first cut gains most on what is left over, in order of the features."""
    pd = _pd(says)
    found = list[tuple[float, Pair]]()
    for pair in pairs:
        shape = sizes[pair[0]], sizes[pair[1]]
        cut = _best_cut(_places(cells, pair, sizes), bad - pd, pd * (1 - pd), shape, crossing)
        if cut is not None:
            found.append((-cut.gain, pair))
    return sorted(pair for _, pair in sorted(found)[: crossing.pairs_max])


def _best_cut(
    place: Ints, slope: Floats, bend: Floats, shape: tuple[int, int], crossing: Crossing
) -> _Cut | None:
    """Return the cut of the greatest gain, the first of equals; None where none leaves enough everywhere."""
    if min(shape) < 2:
        return None
    slopes, bends = (_quadrant_sums(place, part, shape) for part in (slope, bend))
    held = [part + crossing.ridge for part in bends]
    enough = np.minimum.reduce(bends) > crossing.weight_min
    gain = sum(one * one / other for one, other in zip(slopes, held, strict=True))
    gain = np.where(enough, gain, -np.inf)
    row, column = divmod(int(gain.argmax()), shape[1] - 1)
    if not np.isfinite(gain[row, column]):
        return None
    steps = [float(one[row, column] / other[row, column]) for one, other in zip(slopes, held, strict=True)]
    return _Cut(float(gain[row, column]), row, column, (steps[0], steps[1], steps[2], steps[3]))


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


def _places(cells: Ints, pair: Pair, sizes: Sequence[int]) -> Ints:
    found: Ints = cells[:, pair[0]] * sizes[pair[1]] + cells[:, pair[1]]
    return found


def _coarsened(encoding: Encoding, number: int, codes: Ints, bins: int) -> Ints:
    """Return the coarse bin of each pre-bin: runs of equal rows; special codes and missing stand alone."""
    parts = encoding.bins[number]
    ordered = sum(1 for part in parts if not part.special and not part.missing)
    rows = np.bincount(codes, minlength=len(parts))[:ordered]
    middle = 2 * np.cumsum(rows) - rows
    runs = middle * bins // max(2 * int(rows.sum()), 1) if ordered > bins else np.arange(ordered)
    group = np.unique(runs, return_inverse=True)[1] if ordered else np.zeros(0, dtype=np.int64)
    after = int(group.max()) + 1 if ordered else 0
    return np.concatenate((group, after + np.arange(len(parts) - ordered))).astype(np.int64)


def _pd(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -_LOG_ODDS_MOST, _LOG_ODDS_MOST)))
    return found
