"""Each table goes as stated exactly where the sum does; nothing is said otherwise than it was."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression
from tests.risk.boosting import boosted_sample
from tests.risk.boosting.boosted_sample import feature

from creditloop.kernel.documents import parse_document
from creditloop.risk import card_text, read_card
from creditloop.risk.binning import Bin
from creditloop.risk.boosting import fit_boosted_card
from creditloop.risk.boosting.directions import directed, held_steps, possible_steps, seen_steps
from creditloop.risk.boosting.tables import AdditiveTables

SIZES = (5, 4, 4)
"""Bins of three features; the last is that of the missing, and of the first the one before a special code."""


def bins(rates, *, special=()):
    values = [
        Bin(low=place, high=place + 1, rows=100, bad=round(100 * rate), woe_nano=0)
        for place, rate in enumerate(rates)
    ]
    codes = [Bin(special=(code,), rows=3, bad=3, woe_nano=0) for code in special]
    return (*values, *codes, Bin(missing=True, rows=0, bad=0, woe_nano=0))


@pytest.mark.parametrize(
    ("direction", "rates", "wanted"),
    [
        ("up", (0.9, 0.5, 0.1), [1, 1, 0, 0]),
        ("down", (0.9, 0.5, 0.1), [-1, -1, 0, 0]),
        ("none", (0.9, 0.5, 0.1), [0, 0, 0, 0]),
        ("free", (0.9, 0.5, 0.1), [0, 0, 0, 0]),
        ("peak", (0.1, 0.6, 0.3), [1, -1, 0, 0]),
        ("peak", (0.1, 0.2, 0.3), [1, 1, 0, 0]),
        ("valley", (0.4, 0.1, 0.3), [-1, 1, 0, 0]),
        ("valley", (0.1, 0.2, 0.3), [1, 1, 0, 0]),
        ("up", (0.1,), [0, 0]),
    ],
)
def test_steps_go_as_stated_and_turn_where_the_bad_rate_does(direction, rates, wanted):
    assert (
        seen_steps(feature("x", direction=direction, special=(9,)), bins(rates, special=(9,))).tolist()
        == wanted
    )


@settings(max_examples=40, deadline=None)
@given(rates=st.lists(st.integers(0, 20), min_size=2, max_size=6), way=st.sampled_from(["peak", "valley"]))
def test_a_turn_leaves_the_least_squared_error_of_all_turns(rates, way):
    parts = bins([rate / 20 for rate in rates])
    one, sign = feature("x", direction=way), 1 if way == "peak" else -1
    values = sign * np.array([part.bad / part.rows for part in parts[:-1]])

    def misfit(turn):  # exact: rates that rise to the turn and fall after it, among all of those seen
        places = [np.arange(turn, -1, -1), np.arange(turn, len(values))]
        best = np.inf
        for top in np.unique(np.concatenate([values, [values[at].mean() for at in runs(len(values), turn)]])):
            fitted = values.copy()
            for line in places:
                fitted[line[1:]] = np.minimum(top, falling(values[line[1:]]))
            fitted[turn] = top
            best = min(best, float(((values - fitted) ** 2).sum()))
        return best

    errors = [misfit(turn) for turn in range(len(values))]
    steps = seen_steps(one, parts)[:-1]
    assert errors[int((steps * sign > 0).sum())] < min(errors) + 1e-9


def runs(count, turn):
    """Give every run of bins that holds the turn: its mean may be the greatest rate."""
    return [np.arange(first, last + 1) for first in range(turn + 1) for last in range(turn, count)]


def falling(values):
    return isotonic_regression(values, increasing=False) if len(values) else values


def test_a_peak_turns_where_rates_that_wobble_turn_in_the_main():
    steps = seen_steps(feature("x", direction="peak"), bins((0.1, 0.3, 0.25, 0.5, 0.3, 0.35, 0.1)))
    assert steps.tolist() == [1, 1, 1, -1, -1, -1, 0]


def drawn(seed, *, stated):
    """Draw tables whose sum goes as stated, in a form in which no table needs to."""
    draw = np.random.default_rng(seed)
    names = [feature("a", direction=stated[0], special=(9,)), feature("b", direction=stated[1]), feature("c")]
    sizes = [(0.1, 0.4, 0.2), (0.3, 0.1, 0.2), (0.1, 0.1, 0.1)]
    parts = [bins(rates, special=one.special) for rates, one in zip(sizes, names, strict=True)]
    steps = [
        list(possible_steps(one, own))[0 if stated[number] in {"up", "down"} else -1 - seed % 3]
        if list(possible_steps(one, own))
        else np.zeros(len(own) - 1, dtype=int)
        for number, (one, own) in enumerate(zip(names, parts, strict=True))
    ]
    mains = {number: _going(draw, (size,), [steps[number]]) for number, size in enumerate(SIZES)}
    pairs = {
        pair: _going(draw, (SIZES[pair[0]], SIZES[pair[1]]), [steps[one] for one in pair])
        for pair in ((0, 1), (0, 2), (1, 2))
    }
    mixed = {number: table.copy() for number, table in mains.items()}
    for (one, other), grid in pairs.items():
        moved = draw.normal(size=grid.shape[0]), draw.normal(size=grid.shape[1])
        pairs[one, other] = grid + moved[0][:, None] + moved[1][None, :]
        mixed[one] -= moved[0]
        mixed[other] -= moved[1]
    codes = np.column_stack([draw.integers(0, size, 200) for size in SIZES])
    return names, parts, steps, AdditiveTables(0.3, mixed, pairs), codes


def _going(draw, shape, steps):
    """Draw a table that goes by the steps along each axis."""
    found = draw.normal(size=shape)
    for axis, ways in enumerate(steps):
        if not ways.any():
            continue
        rises = np.zeros(shape)
        size = np.abs(draw.normal(size=shape[axis] - 1)) * 3
        signs = np.where(ways == 0, draw.choice([-1, 1], len(ways)), ways)
        line = np.concatenate(([0.0], np.cumsum(size * signs)))
        rises += np.expand_dims(line, tuple(set(range(len(shape))) - {axis}))
        slopes = np.diff(found, axis=axis)
        found = found / max(1.0, float(np.abs(slopes).max() / max(size.min(), 0.1)))
        found = found * min(1.0, size.min() / 4) + rises
    return found


def goes(table, steps, axis=0):
    rises = np.moveaxis(np.diff(table, axis=axis), axis, 0)
    ways = steps.reshape(-1, *([1] * (rises.ndim - 1)))
    return bool((rises * ways >= 0).all())


WAYS = st.sampled_from(["up", "down", "peak", "valley", "none"])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), first=WAYS, second=WAYS)
def test_every_table_goes_as_stated_and_no_sum_is_changed(seed, first, second):
    _, _, steps, tables, codes = drawn(seed, stated=(first, second))
    found, bent = directed(tables, steps, codes)
    assert max(bent.values()) < 1e-9
    everything = np.stack(np.meshgrid(*map(np.arange, SIZES)), axis=-1).reshape(-1, len(SIZES))
    assert np.abs(found.log_odds(everything) - tables.log_odds(everything)).max() < 1e-9
    for number, table in found.mains.items():
        assert goes(table, steps[number])
    for pair, grid in found.pairs.items():
        assert all(goes(grid, steps[number], axis) for axis, number in enumerate(pair))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), way=st.sampled_from(["up", "down", "peak", "valley"]))
def test_a_sum_that_goes_against_a_direction_is_bent_and_says_how_far(seed, way):
    names, parts, steps, tables, codes = drawn(seed, stated=(way, "none"))
    place = int(np.flatnonzero(steps[0])[0])
    against = tables.pairs[0, 2].copy()
    against[place + 1 :, 1] -= 100.0 * steps[0][place]  # beside one bin of one partner alone
    turned = AdditiveTables(tables.base, tables.mains, {**tables.pairs, (0, 2): against})
    assert directed(turned, steps, codes).bent[0] > 20
    held = held_steps(names[0], parts[0], tables=tables, number=0)
    assert directed(tables, [held, *steps[1:]], codes).bent[0] < 1e-9


FRAME, BAD = boosted_sample.sample()
CODED = FRAME.with_columns(pl.when(pl.arange(pl.len()) % 9 == 0).then(98).otherwise("left").alias("left"))
STATED = [
    replace(boosted_sample.FEATURES[0], direction="up", special=(4,)),
    boosted_sample.FEATURES[1],
    feature("left", direction="peak", special=(98,)),
    feature("right", direction="down"),
    replace(boosted_sample.FEATURES[4], direction="valley"),
]


@pytest.fixture(scope="module")
def fitted():
    return fit_boosted_card(
        frame=CODED, bad=BAD, features=STATED, settings=boosted_sample.settings(pairs_max=10)
    )


def test_a_fitted_card_with_pairs_is_read_and_every_table_goes_as_stated(fitted):
    text = card_text(fitted.card, card="c", product="p", title={"zh": "卡", "en": "card"}, facts={})
    card = read_card(parse_document(text, path="c.yaml"))
    assert [entry.feature.direction.value for entry in card.features] == [
        "up",
        "none",
        "peak",
        "down",
        "valley",
    ]
    assert {name for pair in card.pairs for name in pair.features} >= {"late", "left", "right"}
    late, *_, right, _ = card.features
    points = [part.points for part in late.ordered]
    assert points == sorted(points, reverse=True)
    assert [part.points for part in right.ordered] == sorted(part.points for part in right.ordered)
    for pair in card.pairs:
        if "late" in pair.features:
            rows = pair.points if pair.features[0] == "late" else list(zip(*pair.points, strict=True))
            count = sum(
                1 for part in (pair.rows, pair.columns)[pair.features.index("late")] if part.low or part.high
            )
            for column in zip(*rows[:count], strict=True):
                assert list(column) == sorted(column, reverse=True)


@settings(max_examples=60, deadline=None)
@given(
    row=st.fixed_dictionaries(
        {
            "word": st.sampled_from(["shop", "farm", "mill"]),
            "left": st.sampled_from([*range(10), 98]),
            "noise": st.integers(-(10**9), 10**9),
        }
    ),
    late=st.lists(st.sampled_from([0, 1, 2, 3, 5]), min_size=2, max_size=2).map(sorted),
    right=st.lists(st.integers(-3, 12), min_size=2, max_size=2).map(sorted),
)
def test_all_else_being_the_same_the_score_never_goes_against_a_direction(fitted, row, late, right):
    def units(late, right):
        frame = pl.DataFrame({**row, "late": [late], "right": [right]})
        return int(fitted.units.total(frame)[0])

    assert units(late[1], right[0]) <= units(late[0], right[0])
    assert units(late[0], right[1]) >= units(late[0], right[0])


def test_a_peak_turns_at_one_value_whatever_the_others_are(fitted):
    signs = set()
    for row in CODED.drop_nulls().sample(50, seed=1).select("word", "noise", "right").iter_rows(named=True):
        frame = pl.DataFrame({**row, "late": 1, "left": list(range(10))})
        signs.add(tuple(np.sign(np.diff(fitted.units.total(frame))).tolist()))
    falls = max(max((place for place, sign in enumerate(one) if sign < 0), default=-1) for one in signs)
    rises = min(min((place for place, sign in enumerate(one) if sign > 0), default=9) for one in signs)
    assert falls < rises


def test_the_stated_truth_costs_little():
    plain = [replace(one, direction="none") for one in STATED]
    free = fit_boosted_card(frame=CODED, bad=BAD, features=plain, settings=boosted_sample.settings())
    true = [replace(plain[0], direction="up"), *plain[1:]]
    held = fit_boosted_card(frame=CODED, bad=BAD, features=true, settings=boosted_sample.settings())
    losses = [min(one.loss for one in each.learners) for each in (free, held)]
    assert losses[1] < losses[0] + 0.002
