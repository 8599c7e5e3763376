"""The level instalment's two formulas are one, and rounding is what it is called."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.book.interest import Rounding, level_instalment
from creditloop.book.plan.methods import divide_to_multiple, level_ratio

FACTORS = st.one_of(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=40),
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 360)).map(
        lambda drawn: [drawn[0], *[drawn[1]] * drawn[2]]
    ),
)


@settings(deadline=None)
@given(FACTORS, st.integers(1, 10**9), st.integers(1, 10**13), st.sampled_from(Rounding))
def test_level_instalments_are_those_of_interest(
    factors: list[int], denominator: int, principal: int, rounding: Rounding
) -> None:
    assert divide_to_multiple(principal, level_ratio(factors, denominator), rounding, 1) == level_instalment(
        units=principal, factors=[(factor, denominator) for factor in factors], rounding=rounding
    )


@settings(max_examples=30, deadline=None)
@given(FACTORS, st.integers(1, 10**9))
def test_level_instalments_repay_to_the_last_part_of_a_fen(factors: list[int], denominator: int) -> None:
    level, balance = Fraction(*level_ratio(factors, denominator)), Fraction(1)
    for factor in factors:
        balance += balance * Fraction(factor, denominator) - level
    assert balance == 0


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [(Rounding.HALF_AWAY, 300), (Rounding.HALF_EVEN, 200), (Rounding.DOWN, 200), (Rounding.UP, 300)],
)
def test_multiples(rounding: Rounding, expected: int) -> None:
    assert divide_to_multiple(500, (1, 2), rounding, 100) == expected
