"""Rows that stand in a table more than once: copies are told from customers who look the same."""

import numpy as np
import polars as pl
import pytest
from samples import customers

from creditloop.risk.probes.coding import code_frame
from creditloop.risk.probes.leaks.repeats import Repeats, find_repeats


def repeats_of(frame: pl.DataFrame, bad: np.ndarray) -> Repeats:
    columns = code_frame(frame=frame, rarer=int(bad.sum()))
    return find_repeats(frame=frame, columns=columns, bad=bad, seed=1)


@pytest.mark.parametrize(("share", "tells"), [(0.0, False), (0.005, False), (0.1, True)])
def test_copies_are_told_of_where_there_are_enough(share: float, tells: bool) -> None:
    frame, bad = customers(2000, seed=5)
    rng = np.random.default_rng(1)
    rows = rng.permutation([*range(2000), *rng.permutation(2000)[: int(share * 2000)]])
    found = repeats_of(frame[rows], bad[rows])
    assert (found.rows, found.apart, found.tell) == (int(share * 2000), 0, tells)
    assert (found.expected is None) == (share < 0.01)


def test_customers_who_look_the_same_are_no_copies() -> None:
    frame, bad = customers(3000, seed=5)
    rough = frame.select("late_count", "queries", "home", pl.col("age") // 10)
    found = repeats_of(rough, bad)
    assert found.rows > 2000
    assert found.expected is not None
    assert abs(found.apart - found.expected) < 0.15 * found.expected
    assert not found.tell


def test_missing_equals_missing() -> None:
    frame = pl.DataFrame(
        {"a": [None, None, 1.0, float("nan"), float("nan")], "b": ["x", "x", None, "y", "y"]}
    )
    found = repeats_of(frame, np.array([True, False, True, False, False]))
    assert (found.rows, found.apart, found.tell) == (2, 1, False)
    assert found.as_record() == {"rows": 2, "apart": 1, "expected": None, "tell": False}


def test_of_many_rows_a_part_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("creditloop.risk.probes.leaks.repeats._ROWS_MAX", 1_000)
    frame, bad = customers(1500, seed=5)
    rows = np.random.default_rng(1).permutation([*range(1500), *range(700)])
    found = repeats_of(frame[rows], bad[rows])
    assert (found.rows, found.apart, found.tell) == (700, 0, True)
    assert found.expected is not None
    assert found.expected > 100
