"""Crosswise cuts find what matters only together, and never turn a direction that was held to before them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from tests.risk.boosting.boosted_sample import crossing, feature

from creditloop.risk.binning import Bin
from creditloop.risk.boosting.crosses import cross
from creditloop.risk.boosting.encoding import Encoding
from creditloop.risk.boosting.tables import AdditiveTables

SIZES = (9, 7, 5)
ROWS = 1_500


def anything(codes, draw):
    """Return log-odds that go any way in two pairs."""
    shapes = [draw.normal(size=(SIZES[one], SIZES[other])) for one, other in ((0, 1), (0, 2))]
    return shapes[0][codes[:, 0], codes[:, 1]] + shapes[1][codes[:, 0], codes[:, 2]]


def steeper_beside_one_half(codes, draw):
    """Return log-odds that rise with the first feature, and twice as fast where the second is high."""
    return np.where(codes[:, 1] > 2, 0.6, 0.0) * (codes[:, 0] - 3.5)


def crossed(seed, steps, slopes, *, truth=anything, **changed):
    """Cut pairs of three features beside tables of one that go by the slopes; return all tables as one."""
    draw = np.random.default_rng(seed)
    codes = np.column_stack([draw.integers(0, size - 1, ROWS) for size in SIZES])
    bad = draw.random(ROWS) < 1 / (1 + np.exp(1 - truth(codes, draw)))
    fold = np.arange(ROWS) % 3
    mains = {
        number: slope * np.arange(size)
        for number, (slope, size) in enumerate(zip(slopes, SIZES, strict=True))
    }
    bins = [
        tuple(
            Bin(low=at, high=at + 1, missing=at == size - 1, rows=1, bad=0, woe_nano=0) for at in range(size)
        )
        for size in SIZES
    ]
    found = cross(
        codes,
        bad,
        encoding=Encoding(features=tuple(map(feature, "abc")), bins=tuple(bins)),
        steps=[
            np.where(np.arange(size - 1) < size - 2, step, 0) for step, size in zip(steps, SIZES, strict=True)
        ],
        alone=[AdditiveTables(-1.0, mains, {})] * 3,
        fold=fold,
        crossing=crossing(**{"rounds_max": 12, "weight_min": 0.1, **changed}),
    )
    return found, AdditiveTables(-1.0, mains, found.pairs)


def least_step(tables, number, steps):
    """Return the least step of the whole with a direction, over all that the partners may be."""
    own = np.diff(tables.mains[number]) * steps
    for pair, grid in tables.pairs.items():
        if number in pair:
            axis = pair.index(number)
            own = own + (np.moveaxis(np.diff(grid, axis=axis), axis, 0) * steps).min(axis=1)
    return own[:-1].min()


@limits(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.tuples(*[st.sampled_from([-1, 0, 1])] * 3),
    size=st.sampled_from([0.0, 0.02, 0.5]),
)
def test_the_whole_never_turns_a_direction(seed, steps, size):
    found, tables = crossed(seed, steps, [size * step for step in steps])
    assert found.rounds > 0 or found.pairs == {} or all(not grid.any() for grid in found.pairs.values())
    for number, step in enumerate(steps):
        if step:
            assert least_step(tables, number, step) >= -1e-12


def test_the_tables_so_far_leave_room_for_cuts_against_a_direction():
    # beside the low half of the second the first says nothing: the mean slope must be taken back there
    ways = {"slopes": [0.3, 0.0, 0.0], "truth": steeper_beside_one_half, "rounds_max": 40}
    found, tables = crossed(3, (1, 0, 0), **ways)
    alone = AdditiveTables(0.0, {0: np.zeros(SIZES[0])}, tables.pairs)
    assert least_step(alone, 0, 1) < -0.1
    assert least_step(tables, 0, 1) >= -1e-12
    losses = [
        crossed(3, (0, 0, 0), **{**ways, "weight_min": weight_min})[0].loss for weight_min in (1e5, 0.1)
    ]
    assert losses[0] - found.loss > 0.7 * (losses[0] - losses[1])  # of what cuts can gain, most is had


def test_without_directions_pairs_are_cut_as_they_like():
    found, _ = crossed(5, (0, 0, 0), [0.0] * 3)
    assert set(found.pairs) == {(0, 1), (0, 2), (1, 2)}
    held, _ = crossed(5, (1, -1, 1), [0.0] * 3)
    assert found.loss < held.loss


def test_a_crossing_that_leaves_nothing_adds_nothing():
    found, _ = crossed(7, (0, 0, 0), [0.0] * 3, weight_min=1e5)
    assert found.pairs == {}
    assert found.rounds == 0
    assert found.out_of_fold == pytest.approx(-1.0)
