"""Shares, means and entropies of columns are those of single numbers, and those are exact."""

from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.windows.integers import (
    deviation_nano,
    divided,
    entropies_nano,
    entropy_nano,
    entropy_weight,
    ratio_nano,
    ratios_nano,
)
from creditloop.kernel.money import divide_half_away

LARGE = st.integers(-(2**62), 2**62)
PAIRS = st.lists(st.tuples(LARGE | st.integers(-9, 9), LARGE | st.integers(-9, 9)), min_size=1, max_size=20)


def columns(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    one, other = zip(*pairs, strict=True)
    return np.array(one, np.int64), np.array(other, np.int64)


@given(PAIRS)
def test_ratios_of_columns_are_those_of_numbers(pairs: list[tuple[int, int]]) -> None:
    values, there = ratios_nano(*columns(pairs))
    told = [int(value) if is_there else None for value, is_there in zip(values, there, strict=True)]
    assert told == [ratio_nano(one, other) for one, other in pairs]
    for (one, other), ratio in zip(pairs, told, strict=True):
        if ratio is not None:
            assert abs(Fraction(one, other) * 10**9 - ratio) <= Fraction(1, 2)
            assert -(2**63) <= ratio < 2**63


@given(PAIRS)
def test_columns_are_divided_as_numbers_are(pairs: list[tuple[int, int]]) -> None:
    found = divided(*columns(pairs)).tolist()
    assert found == [divide_half_away(one, other) if other > 0 else 0 for one, other in pairs]


@given(st.lists(st.lists(st.integers(0, 50) | st.integers(0, 10**6), min_size=3, max_size=3), min_size=1))
def test_entropies_of_columns_are_those_of_numbers(rows: list[list[int]]) -> None:
    counts = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    assert entropies_nano(counts).tolist() == [entropy_nano(row) or 0 for row in rows]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_an_entropy_is_within_a_nano_of_the_logarithms(counts: list[int]) -> None:
    total, found = sum(counts), entropy_nano(counts)
    if total == 0:
        assert found is None
        return
    exact = -sum(count / total * log2(count / total) for count in counts if count)
    assert found is not None
    assert found / 10**9 == pytest.approx(exact, abs=2e-9)


def test_the_weight_of_a_count_is_exact_to_half_a_nano() -> None:
    assert [entropy_weight(2**n) for n in range(12)] == [n * 2**n * 10**9 for n in range(12)]
    assert entropy_weight(3) == 4_754_887_502


def test_a_deviation_is_of_the_mean_month() -> None:
    assert deviation_nano([100, 0, 1]) == round(398 / 303 * 10**9)
    assert deviation_nano([-3, -3]) == 0
    assert deviation_nano([5, -5]) is None
