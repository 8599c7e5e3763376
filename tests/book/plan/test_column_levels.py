"""Level instalments in columns: exact, or marked as doubtful; and doubt is rare."""

from math import gcd

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from creditloop.book.interest import Rounding, divide
from creditloop.book.plan.column_levels import FACTOR_END, PRINCIPAL_END, divided, level_instalments
from creditloop.book.plan.methods import divide_to_multiple, level_ratio

DENOMINATORS = st.one_of(st.integers(1, 1000), st.integers(1, FACTOR_END // 2 - 1))
PRINCIPALS = st.one_of(st.integers(1, 100), st.integers(1, PRINCIPAL_END - 1))


@st.composite
def loans(draw: st.DrawFn) -> tuple[int, list[int], int, int]:
    denominator = draw(DENOMINATORS)
    size = draw(st.sampled_from([1, 2, 5, 12, 30, 600]))
    most = draw(st.sampled_from([denominator // 1000, denominator // 50, denominator]))
    each = draw(st.integers(0, most))
    seed = draw(st.integers(0, 2**32))
    varied = np.random.default_rng(seed).integers(0, most + 1, size).tolist()
    factors = varied if draw(st.booleans()) else [each] * size
    return draw(PRINCIPALS), factors, denominator, draw(st.integers(1, size))


@settings(deadline=None)
@given(loans(), st.sampled_from(Rounding))
def test_levels_are_exact_or_doubtful(of: tuple[int, list[int], int, int], rounding: Rounding) -> None:
    principal, factors, denominator, count = of
    doubtful = np.zeros(1, dtype=np.bool_)
    (level,) = level_instalments(
        principal=np.array([principal]), factors=np.array(factors).reshape(-1, 1),
        denominator=np.array([denominator]), count=np.array([count]), rounding=rounding, doubtful=doubtful,
    ).tolist()  # fmt: skip
    exact = divide_to_multiple(principal, level_ratio(factors[:count], denominator), rounding, 1)
    assert abs(level - exact) <= 1
    assert level == exact or doubtful[0]


@settings(deadline=None)
@given(
    st.integers(2, 2**19), st.integers(1, 2**19), st.integers(2, 4), st.integers(-2, 2),
    st.sampled_from(Rounding), st.booleans(),
)  # fmt: skip
def test_levels_next_to_where_rounding_turns(
    denominator: int, factor: int, count: int, beside: int, rounding: Rounding, half: bool
) -> None:
    """Choose the principal so that the level instalment is a hair from half a fen, or from a whole one."""
    factor = min(factor, denominator)
    growth, weight = level_ratio([factor] * count, denominator)
    common = gcd(growth, weight)
    growth, weight = growth // common, weight // common
    principal = ((weight // 2 if half else 0) + beside) * pow(growth, -1, weight) % weight
    assume(0 < principal < PRINCIPAL_END)
    doubtful = np.zeros(1, dtype=np.bool_)
    (level,) = level_instalments(
        principal=np.array([principal]), factors=np.full((count, 1), factor),
        denominator=np.array([denominator]), count=np.array([count]), rounding=rounding, doubtful=doubtful,
    ).tolist()  # fmt: skip
    assert level == divide_to_multiple(principal, (growth, weight), rounding, 1) or doubtful[0]


def test_doubt_is_rare() -> None:
    random = np.random.default_rng(1)
    principal = random.integers(10**5, 10**9, 20_000)
    factors = random.integers(200, 1200, (12, 20_000))
    doubtful = np.zeros(20_000, dtype=np.bool_)
    level_instalments(
        principal=principal, factors=factors, denominator=np.full(20_000, 100_000),
        count=np.full(20_000, 12), rounding=Rounding.HALF_AWAY, doubtful=doubtful,
    )  # fmt: skip
    assert doubtful.sum() <= 3


def test_loans_without_interest_are_never_doubtful() -> None:
    doubtful = np.zeros(2, dtype=np.bool_)
    levels = level_instalments(
        principal=np.array([6, 18]), factors=np.array([[0, 0]] * 12 + [[0, 5]]),
        denominator=np.array([100, 100]), count=np.array([12, 12]), rounding=Rounding.HALF_AWAY,
        doubtful=doubtful,
    )  # fmt: skip
    assert (levels.tolist(), doubtful.any()) == ([1, 2], False)


@settings(deadline=None)
@given(st.integers(0, 2**60), st.integers(1, 2**31), st.sampled_from(Rounding))
def test_division_is_rounded_as_single_ones_are(numerator: int, denominator: int, rounding: Rounding) -> None:
    found = divided(np.array([numerator, 3, 5, 1]), np.array([denominator, 2, 2, 2]), rounding)
    expected = [(numerator, denominator), (3, 2), (5, 2), (1, 2)]
    assert found.tolist() == [
        divide(numerator=above, denominator=below, rounding=rounding) for above, below in expected
    ]
