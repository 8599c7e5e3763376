"""Whether a column is another one written again after the outcome (改写): what is owed beside what was lent.

Such a column is bound to the one it was made of, among goods and among bads, so it looks like a description
of the customer; and it need not tell more alone than that one does. But among rows that are alike in the
other column nothing is left in it but what was done to it, and that knows the outcome. So every two columns
that are bound up with each other are compared: how one stands among rows alike in the other.

Two honest columns that tell nearly one thing differ as well, and their difference may tell something (of two
months' balances it is what was paid); it does not decide.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from creditloop.risk.measures.intervals import AucInterval, interval_about
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes.leaks.dependence import Within

_ALIKE = 0.5
"""Rank correlation within the outcomes from which one column may have been made of the other."""
_DECIDES = 0.7
"""A Gini surely above this, among rows alike in the other column, is more than two descriptions differ by."""
_WINDOW = 20
"""Rows alike in the other column that are compared with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """A column that decides among rows alike in another.

    Attributes:
        place, other: of the columns; `name` of the other.
        alike: their rank correlation within the outcomes.
        auc: of how it stands among rows alike in the other, turned the way it tells.
    """

    place: int
    other: int
    name: str
    alike: float
    auc: AucInterval

    @property
    def ends(self) -> tuple[int, int]:
        """The places of the two, the lesser first."""
        return min(self.place, self.other), max(self.place, self.other)


def find_rewritings(within: Within) -> tuple[Rewriting, ...]:
    """Find columns that decide among rows alike in another.

    Source: windows are strata, weighted by their pairs (van Elteren, Bull. Int. Stat. Inst. 37, 1960).
    """
    places = range(len(within.columns))
    return tuple(
        found
        for place, other in permutations(places, 2)
        if abs(within.alike[place, other]) >= _ALIKE
        if (found := _beside(within, place, other)) is not None and 2 * found.auc.low - 1 >= _DECIDES
    )


def written_again(pairs: Sequence[Rewriting], left: Collection[int]) -> dict[int, Rewriting]:
    """Return which columns were written again, each with the pair that shows it best.

    A column that decides beside several others is the odd one. Of two that decide beside each other and
    beside nothing else either may be it: both are returned, and whoever knows the source can tell.

    Args:
        left: places of the columns that are asked.
    """
    found = dict[int, Rewriting]()
    open_pairs = [one for one in pairs if one.place in left and one.other in left]
    while open_pairs:
        partners = Counter(place for pair in {one.ends for one in open_pairs} for place in pair)
        most = max(partners.values())
        for place in [place for place, count in partners.items() if count == most]:
            own = [one for one in open_pairs if one.place == place]
            if own:
                found[place] = max(own, key=lambda one: one.auc.estimate)
        open_pairs = [one for one in open_pairs if not any(partners[place] == most for place in one.ends)]
    return found


def _beside(within: Within, place: int, other: int) -> Rewriting | None:
    stands = _stands_beside(within, place, other)
    if stands is None:
        return None
    return Rewriting(
        place=place,
        other=other,
        name=within.columns[other].name,
        alike=float(within.alike[place, other]),
        auc=stands,
    )


def _stands_beside(within: Within, place: int, other: int) -> AucInterval | None:
    """Return the AUC of a column's rank among rows alike in another; None where there is nothing to rank."""
    own, others = within.columns[place].numbers, within.columns[other].numbers
    if own is None or others is None:
        return None
    values, beside = own[within.rows], others[within.rows]
    known = ~np.isnan(values) & ~np.isnan(beside)
    bad = within.bad[known]
    if not 0 < int(bad.sum()) < len(bad):
        return None
    return _pooled(_windows(beside[known]), values[known], bad)


def _windows(beside: Floats) -> Ints:
    """Return a number for each row; about `_WINDOW` rows that are next to each other in a column have one."""
    count = len(beside)
    found = np.empty(count, dtype=np.int64)
    found[np.argsort(beside, kind="stable")] = np.arange(count) * max(1, count // _WINDOW) // count
    return found


def _pooled(windows: Ints, values: Floats, bad: Bools) -> AucInterval | None:
    """Return the AUC of values within windows, each with the weight of its pairs of a bad and a good.

    The error is that of the windows' own AUCs about it; a value that parts them all is held to half a row of
    the rarer outcome.
    """
    order = np.lexsort((values, windows))
    ordered, placed, bads = values[order], windows[order], bad[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (placed[1:] != placed[:-1]) | (ordered[1:] != ordered[:-1])
    run = np.cumsum(fresh) - 1
    of_run = placed[fresh]
    bad_rows = np.bincount(run, weights=bads)
    good_rows = np.bincount(run, weights=~bads)
    goods_of_window, bads_of_window = (np.bincount(of_run, weights=rows) for rows in (good_rows, bad_rows))
    before = np.cumsum(good_rows) - good_rows
    below = before - (np.cumsum(goods_of_window) - goods_of_window)[of_run]
    won = np.bincount(of_run, weights=bad_rows * (below + good_rows / 2))
    pairs = goods_of_window * bads_of_window
    if not pairs.any():
        return None
    estimate = float(won.sum() / pairs.sum())
    error = math.sqrt(float(((won - estimate * pairs) ** 2).sum())) / float(pairs.sum())
    least = 0.5 / min(int(bad.sum()), int((~bad).sum()))
    return interval_about(max(estimate, 1 - estimate), max(error, least))
