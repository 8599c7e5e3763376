"""Boxes: for some operands a set of cells each, for the others anything (区域盒).

A set of cells is a whole number, bit by bit, so that meeting, covering and joining are a few operations on
numbers. A union of boxes stays short: boxes are joined where that is exact, and given up beyond a number.
"""

from collections.abc import Mapping, Sequence

Box = Mapping[int, int]
"""Sets of cells by dimension, none empty; a dimension that is not there is not restricted."""
Boxes = tuple[Box, ...]

BOXES_MAX = 256
"""A condition of more boxes is not known."""
EVERYTHING: Boxes = ({},)


class TooManyBoxes(Exception):  # noqa: N818  # caught where a condition is asked for: it is not known
    """A condition falls into more boxes than are followed."""


def meets(one: Box, other: Box) -> bool:
    """Whether two boxes have a cell in common."""
    return all(one.get(dimension, cells) & cells for dimension, cells in other.items())


def meet(one: Box, other: Box) -> Box | None:
    """Return what two boxes have in common, or None."""
    found = dict(one)
    for dimension, cells in other.items():
        common = found.get(dimension, cells) & cells
        if not common:
            return None
        found[dimension] = common
    return found


def covers(outer: Box, inner: Box) -> bool:
    """Whether a box holds all of another."""
    return all(dimension in inner and not inner[dimension] & ~cells for dimension, cells in outer.items())


def product(one: Boxes, other: Boxes) -> Boxes:
    """Return what two unions of boxes have in common.

    Raises: TooManyBoxes.
    """
    if len(one) * len(other) > BOXES_MAX * BOXES_MAX:
        raise TooManyBoxes
    found = [box for left in one for right in other if (box := meet(left, right)) is not None]
    return merged(found) if len(found) > 1 else tuple(found)


def merged(boxes: Sequence[Box]) -> Boxes:
    """Join boxes that differ in one dimension only, and drop those that lie within another.

    Raises: TooManyBoxes.
    """
    kept: list[Box] = []
    for box in boxes:
        _put(kept, box)
        if len(kept) > BOXES_MAX:
            raise TooManyBoxes
    return tuple(kept)


def _put(kept: list[Box], box: Box) -> None:
    pending: Box | None = box
    while pending is not None:
        grown = None
        for index, other in enumerate(kept):
            if covers(other, pending):
                return
            if covers(pending, other) or (joined := _joinable(other, pending)) is None:
                continue
            grown = joined
            del kept[index]
            break
        else:
            kept[:] = [other for other in kept if not covers(pending, other)]
            kept.append(pending)
        pending = grown


def _joinable(one: Box, other: Box) -> Box | None:
    if one.keys() != other.keys():
        return None
    differing = [dimension for dimension, cells in one.items() if other[dimension] != cells]
    if len(differing) != 1:
        return None
    dimension = differing[0]
    return {**one, dimension: one[dimension] | other[dimension]}
