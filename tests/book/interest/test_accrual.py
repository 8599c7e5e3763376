from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.interest import Rounding, interest, interest_carried, ratio
from creditloop.kernel.errors import InputError

RATES = st.decimals("0", "0.5", places=6).map(ratio)


def test_interest_is_rounded_once() -> None:
    assert interest(units=1, rate=(1, 2), fraction=(1, 1), rounding=Rounding.HALF_AWAY) == 1
    assert interest(units=-1, rate=(1, 2), fraction=(1, 1), rounding=Rounding.HALF_AWAY) == -1
    assert interest(
        units=10**24, rate=ratio(Decimal("0.05")), fraction=(365, 365), rounding=Rounding.DOWN
    ) == (5 * 10**22)


@given(
    units=st.integers(0, 10**12),
    rate=RATES,
    cuts=st.lists(st.integers(1, 31), min_size=1, max_size=40),
    rounding=st.sampled_from([Rounding.HALF_AWAY, Rounding.DOWN]),
)
def test_days_add_up_to_their_period(
    units: int, rate: tuple[int, int], cuts: list[int], rounding: Rounding
) -> None:
    posted, carried = 0, (0, 1)
    for days in cuts:
        whole, carried = interest_carried(
            units=units, rate=rate, fraction=(days, 360), carried=carried, rounding=rounding
        )
        posted += whole
        assert abs(Fraction(*carried)) < 1
    exact = Fraction(units) * Fraction(*rate) * Fraction(sum(cuts), 360)
    assert posted + Fraction(*carried) == exact


@pytest.mark.parametrize("rate", ["NaN", "Infinity"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(InputError, match="not a rate"):
        ratio(Decimal(rate))
