"""Stability by hand; always a number, never negative, the same either way round."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.risk import psi, psi_parts

COUNTS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=12).filter(
    lambda rows: any(one for one, _ in rows) and any(other for _, other in rows)
)


def test_by_hand() -> None:
    wanted = 0.1 * math.log(0.6 / 0.5) - 0.1 * math.log(0.4 / 0.5)
    assert psi(expected=[500, 500], actual=[60, 40]) == pytest.approx(wanted)
    assert psi(expected=[1, 2, 3], actual=[10, 20, 30]) == pytest.approx(0, abs=1e-15)


def test_an_empty_bin_counts_half_a_row_and_one_empty_in_both_nothing() -> None:
    before, after = (10 / 20, 10 / 20), (0.5 / 20.5, 20 / 20.5)
    wanted = sum((a - e) * math.log(a / e) for e, a in zip(before, after, strict=True))
    assert psi(expected=[10, 10], actual=[0, 20]) == pytest.approx(wanted)
    assert psi(expected=[10, 0, 10], actual=[0, 0, 20]) == pytest.approx(wanted)
    assert psi_parts(expected=[10, 0, 10], actual=[0, 0, 20])[1] == 0


@given(COUNTS)
def test_it_is_a_number_never_negative_and_the_same_either_way(rows: list[tuple[int, int]]) -> None:
    expected, actual = ([row[i] for row in rows] for i in (0, 1))
    told = psi(expected=expected, actual=actual)
    assert math.isfinite(told)
    assert all(part >= 0 for part in psi_parts(expected=expected, actual=actual))
    assert told == pytest.approx(psi(expected=actual, actual=expected))
    assert told == pytest.approx(sum(psi_parts(expected=expected, actual=actual)))


@pytest.mark.parametrize(
    ("expected", "actual", "message"),
    [
        ([], [], "expected must be counts"),
        ([0, 0], [1, 1], "expected must be counts"),
        ([1, 1], [0, 0], "actual must be counts"),
        ([1, -1], [1, 1], "expected must be counts"),
        ([0.5, 0.5], [1, 1], "expected must be counts"),
        ([1, 1], [1, 1, 1], "counts must be of the same bins"),
        ([[1]], [[1]], "expected must be counts"),
    ],
)
def test_what_are_no_counts_is_refused(expected: list[int], actual: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        psi(expected=expected, actual=actual)
