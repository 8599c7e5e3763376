from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.interest import FEN, Rounding, Scale, divide
from creditloop.kernel.errors import InputError

DECIMAL_NAMES = {  # Decimal's ROUND_HALF_UP is half away from zero
    Rounding.HALF_AWAY: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
}


@pytest.mark.parametrize(
    ("rounding", "halves"),
    [
        (Rounding.HALF_AWAY, [-3, -2, -1, 0, 1, 2, 3]),
        (Rounding.HALF_EVEN, [-2, -2, 0, 0, 0, 2, 2]),
        (Rounding.DOWN, [-2, -1, 0, 0, 0, 1, 2]),
        (Rounding.UP, [-3, -2, -1, 0, 1, 2, 3]),
    ],
)
def test_ties_go_where_the_rounding_says(rounding: Rounding, halves: list[int]) -> None:
    odd = [-5, -3, -1, 0, 1, 3, 5]
    assert [divide(numerator=n, denominator=2, rounding=rounding) for n in odd] == halves
    assert [divide(numerator=-n, denominator=-2, rounding=rounding) for n in odd] == halves


@given(
    numerator=st.integers(-(10**30), 10**30),
    denominator=st.integers(1, 10**12),
    rounding=st.sampled_from(Rounding),
)
def test_division_agrees_with_decimals_rounding(numerator: int, denominator: int, rounding: Rounding) -> None:
    with localcontext() as context:
        context.prec = 80
        scaled = Decimal(numerator) / Decimal(denominator)
        expected = int(scaled.quantize(Decimal(1), rounding=DECIMAL_NAMES[rounding]))
    found = divide(numerator=numerator, denominator=denominator, rounding=rounding)
    assert found == expected


def test_nothing_is_divided_by_zero() -> None:
    with pytest.raises(InputError, match="division by zero"):
        divide(numerator=1, denominator=0, rounding=Rounding.DOWN)


@given(st.integers(-(10**25), 10**25), st.sampled_from([0, 2, 20]))
def test_units_and_amounts_are_each_others_inverse(units: int, decimals: int) -> None:
    scale = Scale(decimals=decimals, rounding=Rounding.HALF_AWAY)
    amount = scale.amount(units)
    assert scale.units(amount) == units
    assert amount.as_tuple().exponent == -decimals


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "1e-9"])
def test_what_is_no_whole_number_of_units_is_refused(amount: str) -> None:
    with pytest.raises(InputError):
        FEN.units(Decimal(amount))


@pytest.mark.parametrize("decimals", [-1, 41])
def test_a_scale_has_its_range(decimals: int) -> None:
    with pytest.raises(InputError, match="no such scale"):
        Scale(decimals=decimals, rounding=Rounding.DOWN)


def test_fen_is_a_hundredth_rounded_half_away() -> None:
    assert FEN.one == 100
    assert FEN.divide(5, 2) == 3
    assert FEN.divide(-5, 2) == -3
