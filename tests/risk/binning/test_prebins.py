"""Pre-bins hold every value that may come: intervals at round cuts, special codes, the missing last."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature, Direction, PrebinnedFeature, place_values, prebin_feature


def feature(kind: Kind = Kind.INTEGER, special: tuple[int, ...] = ()) -> CardFeature:
    return CardFeature(
        name="x", kind=kind, direction=Direction.NONE, zh="特征", en="feature", special=special
    )


def prebinned(
    values: list[object], bad: list[int], one: CardFeature | None = None, **limits: int
) -> PrebinnedFeature:
    wanted = {"prebins_max": 4, **limits}
    return prebin_feature(values=pl.Series("x", values), bad=bad, feature=one or feature(), **wanted)


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.none() | st.integers(-9, 9) | st.integers(-(2**62), 2**62), min_size=2, max_size=60),
    prebins_max=st.integers(2, 12),
    rows_min=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_every_row_is_counted_in_its_bin(
    values: list[int | None], prebins_max: int, rows_min: int, seed: int
) -> None:
    bad = np.random.default_rng(seed).random(len(values)) < 0.5
    bad[:2] = (True, False)
    column = pl.Series("x", values, dtype=pl.Int64)
    found = prebin_feature(
        values=column, bad=bad, feature=feature(special=(5, -7)), prebins_max=prebins_max, rows_min=rows_min
    )
    assert found.bins[-1].missing
    assert sorted(code for one in found.bins for code in one.special) == [-7, 5]
    intervals = [one for one in found.bins if not one.special and not one.missing]
    assert 1 <= len(intervals) <= prebins_max
    assert (intervals[0].low, intervals[-1].high) == (None, None)
    assert len(intervals) == 1 or all(one.rows >= rows_min for one in intervals)
    for number, one in enumerate(found.bins):
        assert one.rows == int((found.place == number).sum())
        assert one.bad == int(bad[found.place == number].sum())
    assert found.place.min() >= 0
    assert np.array_equal(place_values(bins=found.bins, feature=found.feature, values=column), found.place)


def test_cuts_are_round_and_at_quantiles() -> None:
    found = prebinned(list(range(1, 1_001)), [0, 1] * 500)
    assert [(one.low, one.high, one.rows) for one in found.bins] == [
        (None, 251, 250), (251, 501, 250), (501, 751, 250), (751, None, 250), (None, None, 0),
    ]  # fmt: skip
    assert found.bins[-1].woe_nano == 0


def test_words_stand_by_rising_smoothed_bad_rate_and_rare_ones_together() -> None:
    words = ["b"] * 50 + ["a"] * 50 + ["c"] * 50 + ["rare", "z", "once"]
    bad = [1] * 10 + [0] * 40 + [1] * 2 + [0] * 48 + [1] * 30 + [0] * 20 + [1, 0, 0]
    found = prebinned(words, bad, feature(Kind.TEXT), prebins_max=8)
    assert [one.values for one in found.bins] == [("a",), ("b",), ("once", "rare", "z"), ("c",), ()]
    joined = prebinned(words, bad, feature(Kind.TEXT), prebins_max=8, rows_min=10)
    assert [one.values for one in joined.bins] == [("a",), ("b",), ("c", "once", "rare", "z"), ()]


def test_a_column_without_a_value_has_bins_too() -> None:
    found = prebinned([None, None], [0, 1], feature(special=(9,)))
    assert [(one.special, one.missing, one.rows) for one in found.bins] == [
        ((), False, 0), ((9,), False, 0), ((), True, 2),
    ]  # fmt: skip
    assert place_values(bins=found.bins, feature=found.feature, values=pl.Series([3, 9, None])).tolist() == [
        0, 1, 2,
    ]  # fmt: skip
    assert [one.missing for one in prebinned([None, None], [0, 1], feature(Kind.TEXT)).bins] == [True]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="both outcomes must occur"):
        prebinned([1, 2], [0, 0])
    with pytest.raises(InputError, match="limits of pre-bins"):
        prebinned([1, 2], [0, 1], prebins_max=1)
    with pytest.raises(InputError, match="limits of pre-bins"):
        prebinned([1, 2], [0, 1], rows_min=0)
    with pytest.raises(InputError, match="not of its kind"):
        prebinned([1.0, float("nan")], [0, 1])
