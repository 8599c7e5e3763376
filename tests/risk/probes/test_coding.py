"""Columns as codes: every kind, missing always last, and nothing of the outcome in them."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk.probes.coding import CODES_MAX, code_alike, code_column, matrix_of


@pytest.mark.parametrize(
    ("column", "codes", "labels"),
    [
        (pl.Series("a", [3, 1, None, 3]), [1, 0, 2, 1], ("1", "3", "missing")),
        (pl.Series("a", [1.5, float("nan"), None]), [0, 1, 1], ("1.5", "missing")),
        (pl.Series("a", [True, False, None]), [1, 0, 2], ("False", "True", "missing")),
        (
            pl.Series("a", [date(2026, 1, 2), date(2026, 1, 1)]),
            [1, 0],
            ("2026-01-01", "2026-01-02", "missing"),
        ),
        (pl.Series("a", ["x"] * 6 + ["rare", None]), [0] * 6 + [1, 2], ("x", "other", "missing")),
        (pl.Series("a", [None, None]), [1, 1], ("other", "missing")),
    ],
)
def test_each_kind_has_its_codes(column: pl.Series, codes: list[int], labels: tuple[str, ...]) -> None:
    found = code_column(column=column, rarer=100)
    assert found.codes.tolist() == codes
    assert found.labels == labels


def test_many_values_are_cut_at_quantiles_and_a_frequent_one_stands_alone() -> None:
    values = np.concatenate([np.zeros(500), np.arange(1, 1001)])
    found = code_column(column=pl.Series("a", values), rarer=10_000)
    assert len(found.labels) <= CODES_MAX + 3
    assert found.labels[0] == "0.0"
    assert (np.diff(found.codes) >= 0).all()
    assert len(code_column(column=pl.Series("a", values), rarer=10).labels) < 14, "few bads, few codes"


def test_two_samples_are_coded_by_the_first() -> None:
    found = code_alike(
        reference=pl.Series("a", range(100)), recent=pl.Series("a", [-5, 50, 1000, None]), bins=4
    )
    assert found.codes[100:].tolist() == [0, 2, 3, 4]


def test_missing_is_not_a_number_to_the_learner() -> None:
    column = code_column(column=pl.Series("a", [1, None, 2]), rarer=10)
    assert np.isnan(matrix_of((column,), np.arange(3))[:, 0]).tolist() == [False, True, False]


def test_a_column_of_lists_is_refused() -> None:
    with pytest.raises(InputError, match="no kind"):
        code_column(column=pl.Series("a", [[1], [2]]), rarer=10)


BIG = 2**60
"""An id here and its neighbour are the same float."""


def test_ids_that_floats_cannot_tell_apart_are_ranked() -> None:
    found = code_column(column=pl.Series("a", [BIG + 3, BIG + 1, None, BIG + 2]), rarer=100)
    assert found.ranked
    assert found.codes.tolist() == [2, 0, 3, 1]
    assert found.labels == (str(BIG + 1), str(BIG + 2), str(BIG + 3), "missing")
    assert not code_column(column=pl.Series("a", [BIG, 2 * BIG]), rarer=100).ranked, "floats do as well"


def test_two_samples_of_such_ids_are_ranked_together() -> None:
    found = code_alike(
        reference=pl.Series("a", [BIG + 2, BIG + 4]),
        recent=pl.Series("a", [BIG + 1, BIG + 4, BIG + 5, None], dtype=pl.UInt64),
        bins=4,
    )
    assert found.codes.tolist() == [0, 1, 0, 1, 1, 2]
    assert found.labels == (f"{BIG + 1}..{BIG + 2}", f"{BIG + 4}..{BIG + 5}", "missing")
