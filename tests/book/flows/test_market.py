from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.book.flows.small_loans import INDEX

from creditloop.book.flows import Market, Reset
from creditloop.book.flows.market import minus, plus, reset_rate, times, within
from creditloop.kernel.errors import InputError

RATIOS = st.tuples(st.integers(-(10**9), 10**9), st.integers(1, 10**6))


def test_a_value_holds_until_the_next() -> None:
    assert INDEX.value_on("LPR", day=date(2024, 2, 29)) == (6, 25)
    assert INDEX.value_on("LPR", day=date(2024, 3, 1)) == (3, 50)
    assert INDEX.value_on("LPR", day=date(2030, 1, 1)) == (3, 50)


@pytest.mark.parametrize(
    ("name", "message"), [("LPR", "no value yet"), ("SHIBOR", "no such"), (None, "no such")]
)
def test_what_the_market_does_not_know_is_refused(name: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        INDEX.value_on(name, day=date(2023, 12, 31))


def test_a_series_out_of_order_is_refused() -> None:
    with pytest.raises(InputError, match="order of date"):
        Market(series={"LPR": [(date(2024, 1, 1), Decimal(1)), (date(2024, 1, 1), Decimal(2))]})


@pytest.mark.parametrize(
    ("reset", "rate"),
    [
        (Reset(), (1, 25)),
        (Reset(multiplier=Decimal(-1), spread=Decimal("0.1")), (3, 50)),
        (Reset(rate_min=Decimal("0.05")), (1, 20)),
        (Reset(rate_max=Decimal("0.03")), (3, 100)),
        (Reset(change_min=Decimal("-0.02")), (2, 25)),
        (Reset(change_min=Decimal("-0.02"), rate_max=Decimal("0.07")), (7, 100)),
    ],
)
def test_a_reset_keeps_its_bounds(reset: Reset, rate: tuple[int, int]) -> None:
    """From 10 %, the market at 4 %."""
    assert reset_rate(observed=(4, 100), spread=None, current=(1, 10), reset=reset) == rate


def test_a_rise_is_bounded_and_a_step_has_its_own_spread() -> None:
    reset = Reset(spread=Decimal("0.5"), change_max=Decimal("0.01"))
    assert reset_rate(observed=(4, 100), spread=(1, 100), current=(1, 10), reset=reset) == (1, 20)
    assert reset_rate(observed=(20, 100), spread=(1, 100), current=(1, 10), reset=reset) == (11, 100)


@given(RATIOS, RATIOS)
def test_ratios_are_exact(left: tuple[int, int], right: tuple[int, int]) -> None:
    assert Fraction(*plus(left, right)) == Fraction(*left) + Fraction(*right)
    assert Fraction(*minus(left, right)) == Fraction(*left) - Fraction(*right)
    assert Fraction(*times(left, right)) == Fraction(*left) * Fraction(*right)


def test_the_upper_bound_wins() -> None:
    assert within((5, 1), Decimal(7), Decimal(6)) == (6, 1)
    assert within((5, 1), None, None) == (5, 1)
