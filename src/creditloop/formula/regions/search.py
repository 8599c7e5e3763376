"""Look for a box outside other boxes: is a region covered, and if not, where is it open (区域覆盖).

Each box to stay out of offers ways out: a dimension, and the cells in it that the other box does not hold. An
only way out is taken at once; where there are several they are tried in turn, the widest first. The search
ends at a budget, counted in boxes looked at, so that an answer does not depend on the machine.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula.regions.boxes import Box, meets


@dataclass(frozen=True, slots=True)
class Search:
    """What a search ended with.

    Attributes:
        box: a box that meets none of those to avoid; None if there is none, or none was found.
        proven: whether the search ended by itself; if not, its budget was used up.
        looked_at: the boxes it looked at.
    """

    box: Box | None
    proven: bool
    looked_at: int


class _OutOfBudget(Exception):  # noqa: N818  # caught in this module
    """The budget is used up."""


def find_box(*, start: Sequence[Box], avoid: Sequence[Box], full: Mapping[int, int], budget: int) -> Search:
    """Look for a box within one of `start` that meets none of `avoid`.

    Args:
        full: the set of all cells of each dimension, as in `Regions.full`.
        budget: how many boxes may be looked at.
    """
    looked_at = 0
    for box in start:
        near = sorted((other for other in avoid if meets(box, other)), key=len)
        walk = _Walk(near, full, budget - looked_at)
        try:
            found = walk.outside(box)
        except _OutOfBudget:
            return Search(None, False, budget)
        looked_at += walk.looked_at
        if found is not None:
            return Search(found, True, looked_at)
    return Search(None, True, looked_at)


class _Walk:
    """One search; a set of boxes already left is a whole number, bit by bit."""

    def __init__(self, avoid: Sequence[Box], full: Mapping[int, int], budget: int) -> None:
        self._avoid = avoid
        self._full = full
        self._budget = budget
        self._touching: dict[int, list[int]] = defaultdict(list)
        for index, other in enumerate(avoid):
            for dimension in other:
                self._touching[dimension].append(index)
        self.looked_at = 0

    def outside(self, start: Box) -> Box | None:
        """Return a part of the box that meets none of the others."""
        first = self._forced(dict(start), 0, list(range(len(self._avoid))))
        pending = [first] if first is not None else []
        every = (1 << len(self._avoid)) - 1
        while pending:
            box, left = pending.pop()
            if left == every:
                return box
            index = (left ^ (left + 1)).bit_length() - 1  # the first that is not left yet
            for way in self._branches(box, index):
                forced = self._forced({**box, **way}, left, self._touched(box, way))
                if forced is not None:
                    pending.append(forced)
        return None

    def _branches(self, box: Box, index: int) -> list[dict[int, int]]:
        """Return the ways out of a box, each without what those after it allow; the widest is last."""
        ways = self._ways_out(box, self._avoid[index]) or {}
        width = {
            dimension: cells.bit_count() / self._cells(box, dimension).bit_count()
            for dimension, cells in ways.items()
        }
        inside: dict[int, int] = {}
        found = []
        for dimension in sorted(ways, key=lambda each: -width[each]):
            found.append({dimension: ways[dimension], **inside})
            inside[dimension] = self._cells(box, dimension) & ~ways[dimension]
        return found[::-1]

    def _forced(
        self, box: dict[int, int], left: int, looked: Sequence[int]
    ) -> tuple[dict[int, int], int] | None:
        """Look at these boxes, take every only way out and what follows from it; None at a dead end."""
        pending = list(looked)
        while pending:
            index = pending.pop()
            if left >> index & 1:
                continue
            ways = self._ways_out(box, self._avoid[index])
            if ways is None:
                left |= 1 << index
            elif not ways:
                return None
            elif len(ways) == 1:
                pending.extend(self._touched(box, ways))
                box.update(ways)
                left |= 1 << index
        return box, left

    def _touched(self, box: Box, narrowed: Box) -> list[int]:
        """Return the boxes for which narrowing changes something: no longer met, or a way out less."""
        found = []
        for dimension, cells in narrowed.items():
            lost = self._cells(box, dimension) & ~cells
            for index in self._touching[dimension]:
                own = self._avoid[index][dimension]
                if own & lost or not cells & ~own:
                    found.append(index)
        return found

    def _ways_out(self, box: Box, other: Box) -> dict[int, int] | None:
        """Return the cells by dimension that lead out of a box; None if it is not met."""
        self.looked_at += 1
        if self.looked_at > self._budget:
            raise _OutOfBudget
        ways = {}
        for dimension, cells in other.items():
            own = box[dimension] if dimension in box else self._full[dimension]
            if not own & cells:
                return None
            if rest := own & ~cells:
                ways[dimension] = rest
        return ways

    def _cells(self, box: Box, dimension: int) -> int:
        return box[dimension] if dimension in box else self._full[dimension]
