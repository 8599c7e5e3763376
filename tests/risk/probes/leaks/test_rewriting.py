"""A column that was written again after the outcome is found beside the one it was made of."""

import numpy as np
import polars as pl
import pytest
from samples import customers

from creditloop.risk.measures.intervals import AucInterval
from creditloop.risk.probes.coding import code_frame
from creditloop.risk.probes.leaks.dependence import rank_within
from creditloop.risk.probes.leaks.rewriting import (
    Rewriting,
    _pooled,
    _windows,
    find_rewritings,
    written_again,
)


def found_in(frame: pl.DataFrame, bad: np.ndarray) -> dict[str, str]:
    """Return which columns were written again, each with the one that shows it best."""
    within = rank_within(columns=code_frame(frame=frame, rarer=int(bad.sum())), bad=bad, seed=1)
    again = written_again(find_rewritings(within), range(frame.width))
    return {frame.columns[place]: pair.name for place, pair in again.items()}


def test_what_bads_still_owe_beside_what_was_lent() -> None:
    frame, bad = customers(2000, seed=5)
    rng = np.random.default_rng(2)
    paid = np.where(bad, rng.uniform(0, 0.2, len(bad)), rng.uniform(0.1, 0.8, len(bad)))
    owed = frame.with_columns(owed=pl.col("limit") * pl.Series(1 - paid))
    assert found_in(owed, bad) == {"limit": "owed", "owed": "limit"}, "either may be the one"


def test_of_several_alike_the_odd_one_is_the_rewritten() -> None:
    rng = np.random.default_rng(3)
    bad = rng.random(3000) < 0.3
    lent = np.exp(rng.normal(9, 1, 3000))
    frame = pl.DataFrame(
        {
            "may": lent * np.exp(rng.normal(0, 0.03, 3000)),
            "june": lent * np.exp(rng.normal(0, 0.03, 3000)),
            "after": lent * np.where(bad, 1.3, 1.0),
        }
    )
    assert set(found_in(frame, bad)) == {"after"}


def test_two_honest_readings_of_one_thing_are_not_named() -> None:
    frame, bad = customers(2000, seed=5)
    rng = np.random.default_rng(4)
    twice = frame.with_columns(
        limit_then=pl.col("limit") * pl.Series(np.exp(rng.normal(0, 0.1, len(bad)))),
        used_then=pl.col("used_share") + pl.Series(rng.normal(0, 0.05, len(bad))),
    )
    assert found_in(twice, bad) == {}


def test_missing_values_and_texts_are_left_out() -> None:
    frame, bad = customers(500, seed=5)
    odd = frame.with_columns(
        never=pl.lit(None, dtype=pl.Float64),
        endless=pl.when(pl.col("age") > 60).then(float("inf")).otherwise(pl.col("limit")),
        gone=pl.when(~pl.Series(bad)).then(pl.col("limit")),
    )
    assert found_in(odd, bad) == {}


def test_the_pooled_area_by_hand() -> None:
    windows = np.array([0, 0, 0, 1, 1, 1])
    bad = np.array([True, False, False, True, True, False])
    values = np.array([2.0, 1.0, 2.0, 5.0, 7.0, 9.0])
    found = _pooled(windows, values, bad)  # the bads are above 1.5 of 2 pairs, and of 0 of 2
    assert found is not None
    assert found.estimate == pytest.approx(1 - 1.5 / 4)
    assert _pooled(np.array([0, 0, 1]), np.array([1.0, 2, 3]), np.array([False, False, True])) is None


def test_windows_hold_rows_next_to_each_other() -> None:
    beside = np.random.default_rng(1).normal(size=107)
    windows = _windows(beside)
    assert (np.diff(windows[np.argsort(beside)]) >= 0).all()
    assert set(np.bincount(windows)) <= {21, 22}
    assert _windows(np.zeros(3)).tolist() == [0, 0, 0]


def test_pairs_are_kept_among_the_columns_that_are_left() -> None:
    area = AucInterval(0.9, 0.01, 0.88, 0.92)
    pairs = [
        Rewriting(place=place, other=other, name=str(other), alike=0.9, auc=area)
        for place, other in ((0, 1), (1, 0), (2, 1), (1, 2))
    ]
    assert set(written_again(pairs, range(3))) == {1}
    assert set(written_again(pairs, {0, 1})) == {0, 1}
    assert written_again(pairs, {0, 2}) == {}
