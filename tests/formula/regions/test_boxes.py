"""Unions of boxes hold exactly the points they should, whatever is joined or dropped on the way."""

from itertools import product as every_combination

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula.regions.boxes import (
    BOXES_MAX,
    EVERYTHING,
    Box,
    Boxes,
    TooManyBoxes,
    covers,
    meet,
    meets,
    merged,
    product,
)

Point = tuple[int, ...]
POINTS: set[Point] = set(every_combination(range(3), repeat=3))
box = st.dictionaries(st.integers(0, 2), st.integers(1, 7), max_size=3)
boxes = st.lists(box, max_size=6)


def points(*union: Box) -> set[Point]:
    return {
        point
        for point in POINTS
        if any(all(cells >> point[dimension] & 1 for dimension, cells in each.items()) for each in union)
    }


def assert_short(found: Boxes) -> None:
    """No box lies within another, and no two could be one."""
    for index, one in enumerate(found):
        for other in found[:index]:
            assert not covers(one, other)
            assert not covers(other, one)
            differing = [dimension for dimension in one if one[dimension] != other.get(dimension)]
            assert one.keys() != other.keys() or len(differing) > 1


@given(box, box)
def test_two_boxes_meet_in_the_points_of_both(one: Box, other: Box) -> None:
    common = points(one) & points(other)
    assert meets(one, other) == bool(common)
    found = meet(one, other)
    assert (points(found) if found is not None else set()) == common


@given(box, box)
def test_a_box_covers_another_where_it_restricts_nothing_more(outer: Box, inner: Box) -> None:
    if covers(outer, inner):
        assert points(inner) <= points(outer)
    restricting = {dimension: cells for dimension, cells in outer.items() if cells != 7}
    if points(inner) <= points(restricting):
        assert covers(restricting, inner)


@given(boxes)
def test_merging_keeps_the_points_and_no_box_within_another(union: list[Box]) -> None:
    found = merged(union)
    assert points(*found) == points(*union)
    assert len(found) <= len(union)
    assert_short(found)


@given(boxes, boxes)
def test_a_product_holds_the_points_of_both(one: list[Box], other: list[Box]) -> None:
    found = product(tuple(one), tuple(other))
    assert points(*found) == points(*one) & points(*other)
    assert_short(found)


def test_everything_times_a_union_is_that_union() -> None:
    union: Boxes = ({0: 1}, {1: 2})
    assert product(EVERYTHING, union) == union
    assert product(union, ()) == ()
    assert product(({0: 3},), ({0: 6},)) == ({0: 2},)


def apart(count: int) -> Boxes:
    """Boxes of two dimensions that cannot be joined."""
    return tuple({0: 1 << index, 1: 1 << index} for index in range(count))


def test_so_many_boxes_are_followed_and_no_more() -> None:
    assert len(merged(apart(BOXES_MAX))) == BOXES_MAX
    with pytest.raises(TooManyBoxes):
        merged(apart(BOXES_MAX + 1))
    assert len(product(apart(BOXES_MAX), apart(BOXES_MAX))) == BOXES_MAX
    with pytest.raises(TooManyBoxes):
        product(apart(BOXES_MAX), apart(BOXES_MAX + 1))
    wide: Boxes = tuple({0: 1} for _ in range(BOXES_MAX))
    assert product(wide, wide) == ({0: 1},)
    assert BOXES_MAX == 256
