"""What a column tells alone: noise of many values tells nothing, and the strongest reading counts."""

import numpy as np
import polars as pl
import pytest

from creditloop.risk.probes.coding import code_column
from creditloop.risk.probes.learning import folds_of
from creditloop.risk.probes.telling import Telling, tell


def told(column: pl.Series, bad: np.ndarray) -> Telling:
    fold = folds_of(groups=bad.astype(np.int64), folds=5, seed=1)
    return tell(column=code_column(column=column, rarer=int(bad.sum())), bad=bad, fold=fold)


def test_noise_of_many_values_tells_nothing() -> None:
    rng = np.random.default_rng(1)
    bad = rng.random(2000) < 0.2
    words = pl.Series("a", [f"w{at}" for at in rng.integers(0, 200, 2000)])
    assert abs(told(words, bad).gini) < 0.1
    assert abs(told(pl.Series("a", rng.normal(size=2000)), bad).gini) < 0.1


def test_missing_alone_is_a_reading() -> None:
    bad = np.arange(1000) < 200
    column = pl.Series("a", [float(row * 7919 % 997) if row < 150 else None for row in range(1000)])
    found = told(column, bad)
    assert found.auc == pytest.approx(0.875, abs=0.01)
    assert found.risky.sum() == 150


def test_a_number_that_rises_and_falls_is_read_by_its_codes() -> None:
    rng = np.random.default_rng(2)
    value = rng.normal(size=4000)
    bad = np.abs(value) > 1
    assert told(pl.Series("a", value), bad).gini_low > 0.9
