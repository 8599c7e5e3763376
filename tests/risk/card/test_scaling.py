"""The scale of a card: pdo doubles the odds, a score and its pd give each other, units are rounded once."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.risk.card_texts import SETTINGS

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import divide_half_away
from creditloop.risk.card.scaling import (
    Scale,
    half_away,
    points_text,
    rounded_score,
    rounded_scores,
    units_of_score,
)

SCALE = Scale.of(SETTINGS, decimals=3)


def test_a_scale_means_odds() -> None:
    assert SCALE.log_odds(620 * 10**9) == pytest.approx(math.log(40))
    assert SCALE.pd(600 * 10**9) == pytest.approx(1 / 21)
    assert SCALE.score_nano(1 / 21) == pytest.approx(600 * 10**9, abs=10)
    assert (SCALE.base(math.log(20)), SCALE.points(-math.log(2))) == (600_000, -20_000)
    for pd in (0.0, 1.0, -1.0, math.nan):
        with pytest.raises(InputError, match="no score has this pd"):
            SCALE.score_nano(pd)


@given(st.floats(1e-6, 1 - 1e-6))
def test_a_pd_comes_back_from_its_score(pd: float) -> None:
    assert SCALE.pd(SCALE.score_nano(pd)) == pytest.approx(pd, rel=1e-6)


@given(st.lists(st.integers(-(10**11), 10**11)), st.integers(0, 6))
def test_arrays_are_rounded_as_numbers_are(units: list[int], decimals: int) -> None:
    got = rounded_scores(np.array(units, dtype=np.int64), decimals).tolist()
    assert got == [rounded_score(one, decimals) for one in units]


@given(st.integers(-1000, 1000), st.integers(0, 6))
def test_the_fewest_units_of_a_score(score: int, decimals: int) -> None:
    units = units_of_score(score, decimals)
    assert rounded_score(units, decimals) >= score > rounded_score(units - 1, decimals)
    assert rounded_score(units, decimals) == score


def test_units_are_written_as_points() -> None:
    assert [points_text(one, 3) for one in (0, -1, 12_345, -12_340)] == [
        "0.000",
        "-0.001",
        "12.345",
        "-12.340",
    ]


@given(st.floats(-(2.0**62), 2.0**62))
def test_a_float_is_rounded_by_what_is_left_of_its_whole_part(value: float) -> None:
    assert half_away(np.array([value])).tolist() == [divide_half_away(*value.as_integer_ratio())]


@pytest.mark.parametrize("value", [math.nan, math.inf, 2.0**63])
def test_what_is_no_whole_number_of_64_bits_is_refused(value: float) -> None:
    with pytest.raises(InputError, match="no whole number"):
        half_away(np.array([1.0, value]))
