"""A region is covered exactly where trying every cell says so; a budget that ends is told."""

from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from creditloop.formula.regions.boxes import Box, covers, meet, meets, merged
from creditloop.formula.regions.boxes import product as common
from creditloop.formula.regions.search import find_box

CELLS = {0: 3, 1: 2, 2: 4}
FULL = {dimension: (1 << count) - 1 for dimension, count in CELLS.items()}
POINTS = [
    {dimension: 1 << cell for dimension, cell in zip(CELLS, point, strict=True)}
    for point in product(*(range(count) for count in CELLS.values()))
]
boxes = st.dictionaries(st.sampled_from(list(CELLS)), st.integers(1, 15)).map(
    lambda box: {
        dimension: cells & FULL[dimension] for dimension, cells in box.items() if cells & FULL[dimension]
    }
)


def points(union: list[Box]) -> list[Box]:
    return [point for point in POINTS if any(covers(box, point) for box in union)]


@given(st.lists(boxes, max_size=3), st.lists(boxes, max_size=8))
def test_a_box_outside_is_found_exactly_where_there_is_one(start: list[Box], avoid: list[Box]) -> None:
    search = find_box(start=start, avoid=avoid, full=FULL, budget=10_000)
    open_points = [point for point in points(start) if point not in points(avoid)]
    assert search.proven
    assert (search.box is not None) == bool(open_points)
    if search.box is not None:
        assert not any(meets(search.box, other) for other in avoid)
        assert all(point in open_points for point in points([search.box]))


def test_where_ways_out_end_dead_the_others_are_tried_within_the_start() -> None:
    random = Random(1)
    full = dict.fromkeys(range(4), 0b111)
    every = [dict(enumerate(point)) for point in product((1, 2, 4), repeat=4)]

    def drawn(count: int) -> Box:
        return {dimension: random.randint(1, 6) for dimension in random.sample(range(4), count)}

    found = looked_at = 0
    for _ in range(400):
        start, avoid = drawn(2), [drawn(3) for _ in range(random.randint(8, 24))]
        search = find_box(start=[start], avoid=avoid, full=full, budget=10_000)
        inside = [point for point in every if covers(start, point)]
        free = [point for point in inside if not any(covers(other, point) for other in avoid)]
        looked_at += search.looked_at
        assert search.proven
        assert (search.box is not None) == bool(free)
        if search.box is not None:
            found += 1
            assert all(point in free for point in every if covers(search.box, point))
    assert 100 < found < 300
    assert looked_at == 10_006, "what a search costs does not depend on the machine"


@given(st.lists(boxes, max_size=8))
def test_joining_boxes_changes_no_point(union: list[Box]) -> None:
    joined = merged(union)
    assert points(list(joined)) == points(union)
    assert len(joined) <= len(union)


@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=4))
def test_what_two_unions_have_in_common_is_in_both(one: list[Box], other: list[Box]) -> None:
    both = points(list(common(tuple(one), tuple(other))))
    assert both == [point for point in points(one) if point in points(other)]


@given(boxes, boxes)
def test_boxes_meet_where_they_have_a_point_in_common(one: Box, other: Box) -> None:
    shared = [point for point in points([one]) if point in points([other])]
    assert meets(one, other) == bool(shared)
    assert (meet(one, other) is not None) == bool(shared)


def test_a_budget_that_ends_is_told() -> None:
    """Eight rows of eight parts each, pairwise hard to leave: the search gives up, and says so."""
    full = dict.fromkeys(range(12), 0b111)
    avoid = [{(row + n) % 12: 1 << (row * n) % 3 for n in range(4)} for row in range(200)]
    search = find_box(start=[{}], avoid=avoid, full=full, budget=50)
    assert not search.proven
    assert search.box is None
    assert search.looked_at == 50


def test_every_look_at_a_box_is_counted() -> None:
    first, second = find_box(start=[{}], avoid=[{0: 1}], full=FULL, budget=1), {0: 0b110}
    assert (first.box, first.proven, first.looked_at) == (second, True, 1)
    assert not find_box(start=[{}], avoid=[{0: 1}], full=FULL, budget=0).proven
    none = find_box(start=[{0: 1}, {0: 2}], avoid=[{0: 3}], full=FULL, budget=2)
    assert (none.box, none.proven, none.looked_at) == (None, True, 2)
    assert not find_box(start=[{0: 1}, {0: 2}], avoid=[{0: 3}], full=FULL, budget=1).proven
    far = find_box(start=[{0: 1}], avoid=[{0: 2}], full=FULL, budget=0)
    assert (far.box, far.looked_at) == ({0: 1}, 0), "a box that is not met is not looked at"


def test_nothing_to_avoid_leaves_the_start() -> None:
    assert find_box(start=[{0: 1}], avoid=[], full=FULL, budget=1).box == {0: 1}
    assert find_box(start=[], avoid=[], full=FULL, budget=1).box is None
