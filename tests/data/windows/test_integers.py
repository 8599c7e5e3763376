"""Shares, means and entropies of columns are those of single numbers, and those are exact."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from creditloop.data.windows.integers import (
    GUARD,
    deviation_nano,
    divided,
    entropies_nano,
    entropy_nano,
    entropy_weight,
    ratio_nano,
    ratios_nano,
)
from creditloop.kernel.money import divide_half_away

EXACT = Context(prec=80)
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


@given(st.integers(-(2**63) // 10**9 - 3, 2**63 // 10**9 + 3), st.integers(-3, 3))
def test_a_ratio_has_64_bits_or_is_not_there(whole: int, divisor: int) -> None:
    exact = Fraction(whole * 10**9, divisor) if divisor else None
    fits = exact is not None and abs(exact) + Fraction(1, 2) < 2**63
    told = ratio_nano(whole, divisor)
    assert (told is not None) is fits
    values, there = ratios_nano(*columns([(whole, divisor)]))
    assert (values[0], there[0]) == (told or 0, fits)


def test_the_greatest_ratios_are_told() -> None:
    assert ratio_nano(9_223_372_036, 1) == 9_223_372_036 * 10**9
    assert ratio_nano(2**63 - 1, 10**9) == 2**63 - 1
    assert ratio_nano(2**63, 10**9) is None
    assert ratio_nano(9_223_372_037, -1) is None


@given(st.lists(st.lists(st.integers(0, 50) | st.integers(0, 10**6), min_size=3, max_size=3), min_size=1))
def test_entropies_of_columns_are_those_of_numbers(rows: list[list[int]]) -> None:
    counts = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    assert entropies_nano(counts).tolist() == [entropy_nano(row) or 0 for row in rows]


def test_columns_that_could_not_decide_ask_for_the_number() -> None:
    """Weights of 3·10⁸ events leave no digit, or one, behind the nano; more have no 64 bits."""
    rows = [[1, 3, 0], [10**8, 2 * 10**8, 7], [0, 0, 0]]
    for more in ([10**9, 10**10, 3], [1, 1, 1]):
        counts = [np.array(column, np.int64) for column in zip(*rows, more, strict=True)]
        assert entropies_nano(counts).tolist() == [entropy_nano(row) or 0 for row in [*rows, more]]


def textbook(counts: list[int]) -> int:
    """Return minus the sum of p log2 p in nano, by eighty digits, rounded once."""
    shares = [EXACT.divide(Decimal(count), Decimal(sum(counts))) for count in counts if count]
    bits = sum((-share * EXACT.ln(share) for share in shares), Decimal(0)) / EXACT.ln(Decimal(2))
    return int(EXACT.multiply(bits, Decimal(10**9)).to_integral_value(rounding=ROUND_HALF_UP))


@given(st.lists(st.integers(0, 10_000) | st.integers(0, 9), min_size=1, max_size=12))
def test_an_entropy_is_the_textbook_s_rounded_once(counts: list[int]) -> None:
    assert entropy_nano(counts) == (textbook(counts) if any(counts) else None)


def test_an_entropy_is_not_that_of_weights_rounded_before() -> None:
    assert entropy_nano([1, 3]) == 811_278_124
    assert entropies_nano([np.array([1]), np.array([3])]).tolist() == [811_278_124]


def test_half_a_nano_of_entropy_goes_away_from_zero() -> None:
    halves = [2, 1, 1, *(2**n for n in range(2, 11))]
    total = sum(halves)
    exact = Fraction(11 * total - sum(n * (n.bit_length() - 1) for n in halves), total) * 10**9
    assert exact.denominator == 2
    for times in (1, 3, 7):
        counts = [times * one for one in halves]
        assert entropy_nano(counts) == exact + Fraction(1, 2)
        assert entropies_nano([np.array([one]) for one in counts]).tolist() == [exact + Fraction(1, 2)]


def test_the_weight_of_a_count_is_exact_to_half_a_bit() -> None:
    assert [entropy_weight(2**n) for n in range(12)] == [n * 2**n * 10**9 << GUARD for n in range(12)]
    bits = Fraction(EXACT.divide(EXACT.ln(Decimal(3)), EXACT.ln(Decimal(2))))
    assert abs(entropy_weight(3) - (3 * 10**9 << GUARD) * bits) <= Fraction(501, 1000)


def test_a_deviation_is_of_the_mean_month() -> None:
    assert deviation_nano([100, 0, 1]) == round(398 / 303 * 10**9)
    assert deviation_nano([-3, -3]) == 0
    assert deviation_nano([5, -5]) is None
