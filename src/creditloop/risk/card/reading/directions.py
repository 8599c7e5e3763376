"""Refuse a card that goes against a direction it states (方向校验), to the last unit.

All else being the same, the sum of a feature's own points and those of all its pairs must move with the value
as badness of its direction makes it, whatever its partners are. So at every cut of any of its tables the
least and the greatest step of each table are added: what the step of the sum is at the least and at the most,
each partner being in the bin that makes it so. Special codes and the missing have no order.
"""

from collections.abc import Sequence
from itertools import pairwise

from creditloop.kernel.documents import Node
from creditloop.risk.binning.bins import Bin, Direction
from creditloop.risk.card.pairs import PairTable, turned
from creditloop.risk.card.parts import FittedFeature

_Ends = tuple[int, int]
"""The least and the greatest step of points, in units."""


def check_directions(features: Sequence[FittedFeature], pairs: Sequence[PairTable], node: Node) -> None:
    """Refuse features whose points, their pairs' included, go against the direction stated of badness.

    Args:
        node: the list of the features.
    Raises: PolicyError naming file, line and field.
    """
    for entry, place in zip(features, node.items(), strict=True):
        own = [pair for pair in pairs if entry.feature.name in pair.features]
        if (wrong := _against(_step_ends(entry, own), entry.feature.direction)) is not None:
            cut, ends = wrong
            which = "with its pairs the points" if own else "the points"
            raise place.mapping()["bins"].fail(
                f"{which} of {entry.feature.name} go against its direction",
                got=f"steps of {ends[0]} to {ends[1]} units at {cut}",
                expected=f"badness goes {entry.feature.direction.value} with the value",
            )


def _step_ends(entry: FittedFeature, pairs: Sequence[PairTable]) -> list[tuple[int, _Ends]]:
    """Return the least and the greatest step of the sum at every cut of its tables, ascending."""
    tables: list[tuple[Sequence[Bin], Sequence[Sequence[int]]]] = [
        (entry.ordered, [[part.points] for part in entry.ordered])
    ]
    for pair in pairs:
        is_first = entry.feature.name == pair.features[0]
        tables.append((pair.rows, pair.points) if is_first else (pair.columns, turned(pair.points)))
    found = dict[int, _Ends]()
    for axis, cells in tables:
        for cut, (least, most) in _steps(axis, cells):
            before = found.get(cut, (0, 0))
            found[cut] = (before[0] + least, before[1] + most)
    return sorted(found.items())


def _steps(axis: Sequence[Bin], cells: Sequence[Sequence[int]]) -> list[tuple[int, _Ends]]:
    """Return the steps of one table, the other feature being what it may, at each of its cuts."""
    found = list[tuple[int, _Ends]]()
    for part, (before, after) in zip(axis, pairwise(cells), strict=False):
        if part.high is not None:
            steps = [b - a for a, b in zip(before, after, strict=True)]
            found.append((part.high, (min(steps), max(steps))))
    return found


def _against(steps: Sequence[tuple[int, _Ends]], direction: Direction) -> tuple[int, _Ends] | None:
    """Return the first step that goes against a direction of badness: points fall where it rises."""
    has_turned = False
    for cut, (least, most) in steps:
        falls, rises = least < 0, most > 0
        if direction in {Direction.DOWN, Direction.VALLEY}:
            falls, rises = rises, falls
        if direction in {Direction.UP, Direction.DOWN}:
            is_wrong = rises
        elif direction in {Direction.PEAK, Direction.VALLEY}:
            is_wrong = falls and has_turned
        else:
            return None
        if is_wrong:
            return cut, (least, most)
        has_turned = has_turned or rises
    return None
