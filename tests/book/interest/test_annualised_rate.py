"""Annualised rates: published examples, the defining equation, and flows that have no rate."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import accumulate, pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from creditloop.book.interest.annualised_rate import Flow, compound_rate, simple_rate
from creditloop.kernel.errors import InputError

ULP = Decimal("1e-10")
EXCEL = [  # the example of XIRR in Microsoft's reference: 37.34 %
    (date(2008, 1, 1), -10_000),
    (date(2008, 3, 1), 2_750),
    (date(2008, 10, 30), 4_250),
    (date(2009, 2, 15), 3_250),
    (date(2009, 4, 1), 2_750),
]


def in_days(dated: Sequence[tuple[date, int]]) -> list[Flow]:
    return [((day - dated[0][0]).days, amount) for day, amount in dated]


@st.composite
def loans(draw: st.DrawFn) -> list[Flow]:
    """Draw money paid out and paid back, with a profit or a loss."""
    count = draw(st.integers(1, 36))
    gaps = draw(st.lists(st.integers(1, 95), min_size=count, max_size=count))
    paid = draw(st.lists(st.integers(0, 10**8), min_size=count, max_size=count))
    assume(sum(paid) > 0)
    lent = draw(st.integers(1 + sum(paid) // 2, 2 * sum(paid)))
    return [(0, -lent), *zip(accumulate(gaps), paid, strict=True)]


def present_value(flows: Sequence[Flow], rate: Decimal, units: int) -> Decimal:
    with localcontext(prec=60):
        return sum(
            (amount / (1 + rate) ** (Decimal(time) / units) for time, amount in flows), start=Decimal(0)
        )


def balance(flows: Sequence[Flow], rate: Decimal, units: int) -> Decimal:
    """Return what is left when each period between payments bears simple interest."""
    with localcontext(prec=60):
        owed = Decimal(-flows[0][1])
        for (before, _), (time, amount) in pairwise(flow for flow in flows if flow[1]):
            owed = owed * (1 + rate * (time - before) / units) - amount
        return owed


def test_published_examples() -> None:
    assert compound_rate(flows=in_days(EXCEL), units_per_year=365).quantize(Decimal("1e-8")) == Decimal(
        "0.37336253"
    )
    yearly = [(0, -70_000), (1, 12_000), (2, 15_000), (3, 18_000), (4, 21_000), (5, 26_000)]
    for rate in (compound_rate, simple_rate):  # the example of IRR: 8.7 %
        assert rate(flows=yearly, units_per_year=1).quantize(Decimal("1e-7")) == Decimal("0.0866309")


def test_a_month_s_rate_times_twelve_and_to_the_twelfth() -> None:
    flows = [(0, -10_000), *[(month, 200) for month in range(1, 12)], (12, 10_200)]
    assert simple_rate(flows=flows, units_per_year=12) == Decimal("0.24")
    expected = (Decimal("1.02") ** 12 - 1).quantize(ULP)
    assert compound_rate(flows=flows, units_per_year=12) == expected


@settings(max_examples=40, deadline=None)
@given(loans())
@example([(0, -(10**16)), (1, 1), (10_800, 10**16)])
@example([(0, -1), (1, 1)])
@example([(0, -100), *[(30 * month, 60) for month in range(1, 361)]])
def test_the_rate_brings_the_flows_to_nothing(flows: list[Flow]) -> None:
    """Within the last decimal on either side the value of the flows changes its sign."""
    try:
        compound = compound_rate(flows=flows, units_per_year=365)
    except InputError as error:
        assert "out of range" in error.message
    else:
        assert present_value(flows, compound - ULP, 365) >= 0 >= present_value(flows, compound + ULP, 365)
    try:
        simple = simple_rate(flows=flows, units_per_year=365)
    except InputError as error:
        assert "out of range" in error.message
    else:
        assert balance(flows, simple - ULP, 365) <= 0 <= balance(flows, simple + ULP, 365)


@settings(max_examples=40, deadline=None)
@given(loans())
def test_pyxirr_agrees(flows: list[Flow]) -> None:
    pyxirr = pytest.importorskip("pyxirr", reason="a second opinion that need not be installed")
    try:
        ours = compound_rate(flows=flows, units_per_year=365)
    except InputError:
        return
    dates = [date(2020, 1, 1) + timedelta(days=time) for time, _ in flows]
    theirs = pyxirr.xirr(dates, [amount for _, amount in flows])
    assert theirs == pytest.approx(float(ours), rel=1e-7, abs=1e-8)


def test_rates_below_nothing_and_of_nothing() -> None:
    assert compound_rate(flows=[(0, -100), (365, 50)], units_per_year=365) == Decimal("-0.5")
    assert simple_rate(flows=[(0, -100), (730, 50)], units_per_year=365) == Decimal("-0.25")
    for rate in (compound_rate, simple_rate):
        for last in (10**16, 10**16 - 1):
            nothing = rate(flows=[(0, -(10**16)), (3650, last)], units_per_year=365)
            assert (nothing, nothing.is_signed()) == (0, False)


def test_money_drawn_again_has_a_rate_while_the_debt_is_paid_once_and_for_all() -> None:
    flows = [(0, -(10**6)), (30, 10**5), (60, -(10**5)), (90, 5 * 10**5), (120, 6 * 10**5)]
    found = compound_rate(flows=flows, units_per_year=365)
    assert present_value(flows, found - ULP, 365) >= 0 >= present_value(flows, found + ULP, 365)
    assert simple_rate(flows=flows, units_per_year=365) > 0


def test_flows_of_one_time_are_added_up() -> None:
    apart = [(0, -100), (0, 3), (0, 2), (365, 60), (365, 50)]
    assert compound_rate(flows=apart, units_per_year=365) == (Decimal(110) / 95 - 1).quantize(ULP)


@pytest.mark.parametrize(
    ("flows", "message"),
    [
        ([], "in order and begin at 0"),
        ([(1, -100), (2, 110)], "in order and begin at 0"),
        ([(0, -100), (2, 50), (1, 60)], "in order and begin at 0"),
        ([(0, 100), (1, -110)], "no loan"),
        ([(0, -100)], "no loan"),
        ([(0, -100), (1, 0)], "no loan"),
        ([(0, -100), (0, 100), (1, -5), (2, 5)], "no loan"),
        ([(0, -100), (1, 300), (2, -100)], "no loan"),
        ([(0, -100), (1, 230), (2, -132), (3, 10)], "several rates or none"),
        ([(0, -100), (1, 10), (2, -20), (3, 90)], "several rates or none"),
        ([(0, -100), (1, 250)], "out of range"),
        ([(0, -(10**9)), (3, 1)], "out of range"),
    ],
)
def test_flows_without_a_rate_are_refused(flows: list[Flow], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compound_rate(flows=flows, units_per_year=365)


def test_a_simple_rate_out_of_range_is_refused() -> None:
    with pytest.raises(InputError, match="out of range"):
        simple_rate(flows=[(0, -1), (1, 100)], units_per_year=365)
    with pytest.raises(InputError, match="no units"):
        simple_rate(flows=[(0, -1), (1, 1)], units_per_year=0)
