"""Logistic regression against closed forms, planted coefficients and its own first-order condition."""

import math

import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk import fit_logistic

RIDGE = 1e-9


def test_one_column_of_two_values_has_a_closed_form() -> None:
    matrix = np.array([[0.0]] * 40 + [[1.0]] * 60)
    good = np.array([True] * 30 + [False] * 10 + [True] * 20 + [False] * 40)
    intercept, weights = fit_logistic(matrix=matrix, good=good, ridge=RIDGE)
    assert intercept == pytest.approx(math.log(3), abs=1e-6)
    assert weights[0] == pytest.approx(math.log(1 / 2) - math.log(3), abs=1e-6)


def test_one_woe_column_alone_has_coefficient_one() -> None:
    """A saturated fit on the woe of its own sample: intercept ln(G / B), coefficient 1."""
    goods, bads = np.array([80, 50, 10]), np.array([10, 20, 30])
    woe = np.log(goods / bads) - math.log(140 / 60)
    matrix = np.concatenate([np.repeat(woe, goods), np.repeat(woe, bads)])[:, None]
    good = np.arange(200) < 140
    intercept, weights = fit_logistic(matrix=matrix, good=good, ridge=RIDGE)
    assert intercept == pytest.approx(math.log(140 / 60), abs=1e-6)
    assert weights[0] == pytest.approx(1, abs=1e-6)


def test_planted_coefficients_are_found() -> None:
    rng = np.random.default_rng(11)
    matrix = rng.normal(size=(200_000, 3))
    planted = np.array([0.5, -1.0, 0.0])
    good = rng.random(200_000) < 1 / (1 + np.exp(-(0.7 + matrix @ planted)))
    intercept, weights = fit_logistic(matrix=matrix, good=good, ridge=RIDGE)
    assert intercept == pytest.approx(0.7, abs=0.03)
    assert weights == pytest.approx(planted, abs=0.03)


def test_a_column_that_knows_all_stays_finite_and_the_slope_is_zero_there() -> None:
    matrix = np.array([[-1.0]] * 5 + [[1.0]] * 5)
    good = np.arange(10) >= 5
    intercept, weights = fit_logistic(matrix=matrix, good=good, ridge=1e-4)
    assert 5 < weights[0] < 20
    pull = (1 / (1 + math.exp(weights[0]))) - 1e-4 * weights[0]
    assert pull == pytest.approx(0, abs=1e-8)
    assert intercept == pytest.approx(0, abs=1e-8)


def test_two_equal_columns_share_the_weight() -> None:
    rng = np.random.default_rng(3)
    column = rng.normal(size=5_000)
    good = rng.random(5_000) < 1 / (1 + np.exp(-column))
    _, weights = fit_logistic(matrix=np.column_stack([column, column]), good=good, ridge=1e-4)
    assert weights[0] == pytest.approx(weights[1], abs=1e-9)


FINE = np.array([[0.0], [1.0], [0.5], [0.2]])
GOOD = np.array([True, False, True, False])


@pytest.mark.parametrize(
    ("matrix", "good", "ridge", "words"),
    [
        (FINE, GOOD, 0.0, "the ridge of a logistic regression is above 0"),
        (FINE, GOOD, -1.0, "is above 0"),
        (FINE, GOOD, math.nan, "is above 0"),
        (FINE, GOOD, math.inf, "is above 0"),
        (FINE, np.ones(4, dtype=bool), 1e-4, "both outcomes must occur"),
        (FINE[:3], GOOD, 1e-4, "a finite number for every outcome"),
        (FINE[:, 0], GOOD, 1e-4, "a finite number for every outcome"),
        (np.where(FINE == 1, np.nan, FINE), GOOD, 1e-4, "a finite number for every outcome"),
        (np.where(FINE == 1, np.inf, FINE), GOOD, 1e-4, "a finite number for every outcome"),
        (FINE * 1e200, GOOD, 1e-9, "does not settle"),
        (np.column_stack([FINE, FINE]) * 1e155, GOOD, 1e-300, "does not settle"),
        (np.column_stack([FINE, FINE]), GOOD, 1e-300, "does not settle"),
    ],
)
def test_what_cannot_be_fitted_is_an_error_of_ours(
    matrix: np.ndarray, good: np.ndarray, ridge: float, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        fit_logistic(matrix=matrix, good=good, ridge=ridge)
