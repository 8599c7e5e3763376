"""Money: one door for text, one for floats, one place that rounds, and splits that add up."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.kernel.money import (
    FEN_MAX,
    divide_half_away,
    fen,
    fen_from_float,
    fen_from_text,
    split_by_largest_remainder,
    text_from_fen,
)

AMOUNTS = st.integers(-FEN_MAX, FEN_MAX)


@given(AMOUNTS)
def test_text_and_fen_are_one_another(amount: int) -> None:
    assert fen_from_text(text_from_fen(amount)) == amount


@given(AMOUNTS)
def test_commas_and_needless_zeros_change_nothing(amount: int) -> None:
    sign, units = "-" if amount < 0 else "+", abs(amount) // 100
    assert fen_from_text(f"{sign}{units:,}.{abs(amount) % 100:02d}000") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("-0", 0),
        ("-0.00", 0),
        ("7", 700),
        ("007.5", 750),
        ("+1.05", 105),
        ("-1,234,567.89", -123_456_789),
        ("92233720368547758.07", FEN_MAX),
    ],
)
def test_text_read_as(text: str, amount: int) -> None:
    assert fen_from_text(text) == amount


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an amount of money"),
        (" 1", "not an amount of money"),
        ("1\n", "not an amount of money"),
        ("1.", "not an amount of money"),
        (".5", "not an amount of money"),
        ("1,23", "not an amount of money"),
        ("1234,567", "not an amount of money"),
        ("1e3", "not an amount of money"),
        ("--1", "not an amount of money"),
        ("nan", "not an amount of money"),
        ("Infinity", "not an amount of money"),
        ("０.５", "not an amount of money"),
        ("٣", "not an amount of money"),
        ("1_000", "not an amount of money"),
        ("¥1", "not an amount of money"),
        ("9" * 5000, "not an amount of money"),
        ("0.001", "amount is not a whole number of fen"),
        ("-12.345", "amount is not a whole number of fen"),
        ("92233720368547758.08", "amount does not fit the book"),
        ("-92233720368547758.08", "amount does not fit the book"),
    ],
)
def test_text_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}$") as caught:
        fen_from_text(text)
    assert len(caught.value.diagnostics()) < 400, "the message shows the amount, not a page of it"


@given(st.integers(-(2**46) * 100 + 1, 2**46 * 100 - 1))
@example(2**46 * 100 - 1)
@example(-(2**46) * 100 + 1)
def test_a_float_that_names_fen_is_read_exactly(amount: int) -> None:
    assert fen_from_float(amount / 100) == amount


@given(st.floats())
def test_a_float_is_exact_or_refused(number: float) -> None:
    try:
        amount = fen_from_float(number)
    except InputError:
        named = math.isfinite(number) and abs(number) < 2**46 and number == round(number, 2)
        assert not named
    else:
        assert amount / 100 == number


@pytest.mark.parametrize(
    "number", [math.nan, math.inf, -math.inf, 2.0**46, -(2.0**46), 0.001, 1e-7, 0.1 + 0.2]
)
def test_floats_refused(number: float) -> None:
    with pytest.raises(InputError):
        fen_from_float(number)


def test_numpy_floats_are_read_like_pythons() -> None:
    assert fen_from_float(np.float64(20000.1)) == 2_000_010
    with pytest.raises(InputError):
        fen_from_float(np.float32(20000.1))  # the narrower float names another number


@given(st.integers(-(10**40), 10**40), st.integers(-(10**20), 10**20).filter(bool))
def test_rounding_is_half_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    rounded = divide_half_away(numerator, denominator)
    assert abs(exact - rounded) <= Fraction(1, 2)
    if abs(exact - rounded) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@given(st.integers(-(10**9), 10**9), st.sampled_from([2, -2, 10, -10, 1000]))
def test_ties_go_away_from_zero(whole: int, denominator: int) -> None:
    numerator = whole * denominator + denominator // 2
    exact = Fraction(numerator, denominator)
    assert divide_half_away(numerator, denominator) == (whole + 1 if exact > 0 else whole)


def test_division_by_zero_is_refused() -> None:
    with pytest.raises(InputError, match="division by zero"):
        divide_half_away(1, 0)


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_a_split_adds_up_and_each_part_is_within_a_fen(amount: int, weights: list[int]) -> None:
    parts = split_by_largest_remainder(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(AMOUNTS, st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any))
def test_a_refund_splits_like_the_charge(amount: int, weights: list[int]) -> None:
    charge = split_by_largest_remainder(amount, weights)
    assert split_by_largest_remainder(-amount, weights) == [-part for part in charge]


def test_the_fen_left_over_go_to_the_largest_remainders_and_ties_to_the_earlier() -> None:
    assert split_by_largest_remainder(100, [1, 5, 1]) == [14, 72, 14]
    assert split_by_largest_remainder(5, [1, 1, 1, 1]) == [2, 1, 1, 1]
    assert split_by_largest_remainder(-5, [1, 1, 1, 1]) == [-2, -1, -1, -1]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [3, -1]])
def test_weights_refused(weights: list[int]) -> None:
    with pytest.raises(InputError, match="weights must be non-negative and not all zero"):
        split_by_largest_remainder(100, weights)


@pytest.mark.parametrize("amount", [FEN_MAX + 1, -FEN_MAX - 1, 10**30])
def test_an_amount_beyond_the_book_is_refused(amount: int) -> None:
    with pytest.raises(InputError, match="amount does not fit the book"):
        fen(amount)


@given(AMOUNTS)
def test_an_amount_within_the_book_is_itself(amount: int) -> None:
    assert fen(amount) == amount
