"""Traces of the recording, by hand."""

import numpy as np
import polars as pl
import pytest

from creditloop.risk.probes.coding import code_column
from creditloop.risk.probes.leaks.recording import decided_groups, is_id, missing_trace, pattern_traces


def test_missing_is_set_against_the_outcome() -> None:
    bad = np.array([True] * 10 + [False] * 40)
    column = code_column(column=pl.Series("a", [None] * 8 + [1] * 40 + [None] * 2), rarer=10)
    found = missing_trace(column=column, bad=bad)
    assert (found.rows, found.share_bad, found.share_good) == (10, 0.8, 0.05)
    assert found.gap == pytest.approx(0.75)
    assert found.bad_rate == 0.8
    assert found.bad_rate_rest == pytest.approx(2 / 40)
    assert 0 < found.surely < found.gap


def test_a_term_rewritten_after_default_shows_in_its_multiples() -> None:
    bad = np.arange(400) < 100
    term = np.where(bad, 7 + 12 * (np.arange(400) % 4), 12 + 12 * (np.arange(400) % 4))
    found = {
        trace.name: trace
        for trace in pattern_traces(column=code_column(column=pl.Series("a", term), rarer=100), bad=bad)
    }
    assert found["multiple of 12"].gap == -1
    assert found["multiple of 12"].share_good == 1


def test_a_pattern_is_compared_among_nearly_equal_values() -> None:
    rng = np.random.default_rng(1)
    bad = np.arange(4000) < 1000
    size = np.exp(rng.normal(np.where(bad, 9, 7), 1))
    rounded = np.where(size > 3000, np.round(size, -2), np.round(size, 2))  # large amounts are round
    column = code_column(column=pl.Series("a", rounded), rarer=1000)
    found = {trace.name: trace for trace in pattern_traces(column=column, bad=bad)}["multiple of 100"]
    assert found.share_bad - found.share_good > 0.5
    assert abs(found.gap) < 0.05


@pytest.mark.parametrize(
    ("values", "names"), [([5, 3, 9], True), ([5, 5, 9], False), ([5, None, 9], False), ([1.5, 2, 3], False)]
)
def test_an_id_is_a_whole_number_of_its_own_in_each_row(values: list[float | None], names: bool) -> None:
    column = pl.Series("a", values, dtype=pl.Float64, strict=False)
    assert is_id(column=code_column(column=column, rarer=1)) == names


def test_ids_beyond_what_floats_hold_are_ids_still() -> None:
    column = code_column(column=pl.Series("a", range(2**60, 2**60 + 50)), rarer=10)
    assert is_id(column=column)
    assert pattern_traces(column=column, bad=np.arange(50) < 10) == (), "ranks have no digits"


def test_groups_that_are_decided_are_found_on_both_sides() -> None:
    bad = np.array([True] * 20 + [False] * 80)
    bads, goods = decided_groups(rates=np.array([0.9] * 10 + [0.2] * 40 + [0.001] * 50), bad=bad)
    assert (bads.kind, bads.rows, bads.bad, bads.share) == ("bad", 10, 10, 0.5)
    assert (goods.kind, goods.rows, goods.bad, goods.share) == ("good", 50, 0, 0.625)
