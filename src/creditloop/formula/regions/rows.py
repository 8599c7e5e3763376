"""What rows of conditions do to each other: what one leaves the next, what all leave open (行间分析).

Rows are taken in order, as in a table of hit policy first: where a row matches or refers, no later row is
asked. Claims of all cases are proven on boxes; claims of one case come with that case, on which the program
was run. What the budget did not suffice for is told as not known, never left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from creditloop.formula.kinds import NullPolicy
from creditloop.formula.regions.boxes import EVERYTHING, Box, Boxes, TooManyBoxes, covers, meet, product
from creditloop.formula.regions.cases import Case, Cases
from creditloop.formula.regions.cells import Outcomes
from creditloop.formula.regions.conditions import Regions
from creditloop.formula.regions.search import Search, find_box

BUDGET = 4_000_000
"""Boxes looked at for one set of rows."""
BUDGET_ROW = 200_000
"""Boxes looked at for one row of it."""
_TRIED_MAX = 3
"""Pairs of overlapping rows for which a case is looked for, for each row."""
Requirement = tuple[int, Outcomes]


class Unknown(Enum):
    """What an analysis says where its budget did not suffice, or a condition could not be followed."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Covered:
    """A row that earlier rows leave nothing.

    Attributes:
        rows: the earlier rows, by index, that take something of it; one alone if it takes all.
        by_null: whether it is left nothing only because an earlier row refers on a null.
    """

    rows: tuple[int, ...]
    by_null: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """A row that matches where earlier rows match too.

    Attributes:
        row: one of the earlier rows, by index; `count` of all of them.
        within: whether all of that row's cases are this row's too.
        case: one on which both match; None if none was found.
    """

    row: int
    count: int
    within: bool
    case: Case | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A case that no row matches or refers; `case` None: there may be one, but none was found."""

    case: Case | None


@dataclass(frozen=True, slots=True)
class NullStop:
    """A row at which a null of these inputs stops; with one null only, in `case`."""

    row: int
    inputs: tuple[str, ...]
    case: Case


class RowAnalysis:
    """The rows of one table, by index.

    Attributes:
        unknown: the rows whose conditions fall into too many boxes to be followed.
    """

    def __init__(
        self,
        regions: Regions,
        conditions: Sequence[int],
        *,
        cases: Cases,
        reached: Sequence[Requirement] = (),
    ) -> None:
        """Turn the conditions of the rows, in order, into boxes.

        Args:
            conditions: numbers of operations.
            reached: what must come out of which conditions for a case to get to the rows at all.
        """
        self._regions = regions
        self._cases = cases
        self._conditions = tuple(conditions)
        self._reached = dict(reached)
        self._start = self._from(reached)
        self._matches = [regions.boxes(number, Outcomes.MATCHES) for number in conditions]
        self._stops = [regions.boxes(number, Outcomes.STOPS) for number in conditions]
        self._left = BUDGET
        both = zip(self._matches, self._stops, strict=True)
        self.unknown = frozenset(i for i, pair in enumerate(both) if None in pair)

    def never_matches(self, row: int) -> bool:
        """Whether a row is proven to match in no case."""
        return self._matches[row] == ()

    def always_matches(self, row: int) -> bool:
        """Whether a row is proven to match in every case."""
        number = self._conditions[row]
        return self._regions.boxes(number, ~Outcomes.MATCHES & Outcomes(31)) == ()

    def constant_parts(self, row: int) -> Iterator[tuple[int, bool]]:
        """Give the comparisons of a row that, taken alone, come out the same in every case: number, holds."""
        for number in self._regions.leaves(self._conditions[row]):
            outcomes = self._regions.leaf_outcomes(number)
            if outcomes is None:
                continue
            if not outcomes & Outcomes.FAILS:
                yield number, True
            elif not outcomes & Outcomes.HOLDS:
                yield number, False

    def covered(self, row: int) -> Covered | Unknown | None:
        """Return by what a row is proven to be left nothing; None if boxes leave it something."""
        mine = self._within(self._matches[row])
        search = self._search(mine, self._earlier(self._stops, row))
        if search is None or not search.proven:
            return Unknown.UNKNOWN
        if search.box is not None:
            return None
        by_match = self._search(mine, self._earlier(self._matches, row))
        return Covered(self._takers(row), by_match is not None and by_match.box is not None)

    def gap(self) -> Gap | Unknown | None:
        """Look for a case that no row answers; None if there is proven to be none."""
        search = self._search(self._start, self._earlier(self._stops, len(self._stops)))
        if self.unknown or search is None or not search.proven:
            return Unknown.UNKNOWN
        if search.box is None:
            return None
        passes = dict.fromkeys(self._conditions, Outcomes.PASSES)
        return Gap(self._cases.find(search.box, {**self._reached, **passes}))

    def overlap(self, row: int, differing: Sequence[int]) -> Overlap | None:
        """Look for an earlier row, among those that give other outputs, that matches where this one does."""
        found = [(other, box) for other in differing if (box := self._common(row, other)) is not None]
        first: Overlap | None = None
        for other, box in found[:_TRIED_MAX]:
            wanted = {self._conditions[row]: Outcomes.MATCHES, self._conditions[other]: Outcomes.MATCHES}
            case = self._cases.find(box, {**self._reached, **wanted})
            seen = Overlap(other, len(found), self._lies_within(other, row), case)
            if case is not None:
                return seen
            first = first or seen
        return first

    def null_stops(self) -> Iterator[NullStop]:
        """Tell at which row a single null stops, for each input whose null refers."""
        stopped: dict[int, list[tuple[str, Case]]] = {}
        for entry in self._regions.program.inputs:
            if entry.null is NullPolicy.REFER:
                for row, case in self._stopped_by(entry.name):
                    stopped.setdefault(row, []).append((entry.name, case))
        for row, found in sorted(stopped.items()):
            yield NullStop(row, tuple(name for name, _ in found), found[0][1])

    # what these are made of

    def _from(self, reached: Sequence[Requirement]) -> Boxes | None:
        start: Boxes = EVERYTHING
        for number, outcomes in reached:
            boxes = self._regions.boxes(number, outcomes)
            try:
                start = product(start, boxes) if boxes is not None else start
            except TooManyBoxes:
                return None
        return start

    def _within(self, boxes: Boxes | None) -> Boxes | None:
        """Return the part of a region that gets to the rows at all."""
        if boxes is None or self._start is None:
            return boxes
        try:
            return product(self._start, boxes)
        except TooManyBoxes:
            return boxes

    def _earlier(self, regions: Sequence[Boxes | None], row: int) -> list[Box]:
        return [box for boxes in regions[:row] for box in boxes or ()]

    def _search(self, start: Boxes | None, avoid: Sequence[Box]) -> Search | None:
        """Search, as far as the budget goes; None where nothing can be said."""
        if start is None or self._left <= 0:
            return None
        found = find_box(
            start=start, avoid=avoid, full=self._regions.full, budget=min(BUDGET_ROW, self._left)
        )
        self._left -= found.looked_at
        return found

    def _takers(self, row: int) -> tuple[int, ...]:
        mine = self._within(self._matches[row]) or ()
        earlier = [(index, boxes) for index, boxes in enumerate(self._stops[:row]) if boxes]
        for index, boxes in earlier:
            if all(any(covers(box, own) for box in boxes) for own in mine):
                return (index,)
        return tuple(
            index for index, boxes in earlier if any(meet(box, own) for box in boxes for own in mine)
        )

    def _common(self, row: int, other: int) -> Box | None:
        for own in self._matches[row] or ():
            for box in self._matches[other] or ():
                if (common := meet(own, box)) is not None:
                    return common
        return None

    def _lies_within(self, inner: int, outer: int) -> bool:
        outside = self._matches[outer] or ()
        return all(any(covers(box, own) for box in outside) for own in self._matches[inner] or ())

    def _stopped_by(self, name: str) -> Iterator[tuple[int, Case]]:
        """Give the first row that refers where an input is null and no earlier row stops, with a case."""
        for row, number in enumerate(self._conditions):
            refers = self._within(self._regions.boxes(number, Outcomes.NULL_REFER)) or ()
            mine = [part for box in refers if (part := self._regions.one_null(box, name)) is not None]
            search = self._search(tuple(mine), self._earlier(self._stops, row)) if mine else None
            if search is None or search.box is None:
                continue
            before = dict.fromkeys(self._conditions[:row], Outcomes.PASSES)
            wanted = {**self._reached, **before, number: Outcomes.NULL_REFER}
            case = self._cases.find(search.box, wanted, null=name)
            if case is not None:
                yield row, case
                return
