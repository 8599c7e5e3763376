from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.interest import Rounding, level_instalment
from creditloop.kernel.errors import InputError


@given(
    units=st.integers(10**8, 10**14),
    factors=st.lists(st.tuples(st.integers(0, 60), st.integers(1000, 1100)), min_size=1, max_size=36),
)
def test_the_instalment_repays_the_loan_over_unequal_periods(
    units: int, factors: list[tuple[int, int]]
) -> None:
    amount = level_instalment(units=units, factors=factors, rounding=Rounding.HALF_AWAY)
    balance = Fraction(units)
    for factor in factors:
        balance = balance * (1 + Fraction(*factor)) - amount
    grown = Fraction(1)
    error = Fraction(0)
    for factor in reversed(factors):
        error += grown
        grown *= 1 + Fraction(*factor)
    assert abs(balance) <= error / 2  # half a unit an instalment, with interest


def test_without_interest_it_is_the_even_part() -> None:
    assert level_instalment(units=1000, factors=[(0, 1)] * 3, rounding=Rounding.HALF_AWAY) == 333


def test_the_sheet_everybody_knows() -> None:
    """120,000 yuan over 12 months at 7.2 % a year, 0.6 % a month: 10,394.28 yuan (PMT)."""
    factors = [(72, 12_000)] * 12
    assert level_instalment(units=120_000_00, factors=factors, rounding=Rounding.HALF_AWAY) == 1_039_428


def test_a_negative_rate_is_a_rate() -> None:
    assert level_instalment(units=1000, factors=[(-1, 100)] * 2, rounding=Rounding.HALF_AWAY) == 493


@pytest.mark.parametrize("factors", [[], [(-3, 1), (-3, 1)]])
def test_what_nothing_repays_is_refused(factors: list[tuple[int, int]]) -> None:
    with pytest.raises(InputError, match="no instalment repays"):
        level_instalment(units=1000, factors=factors, rounding=Rounding.DOWN)
