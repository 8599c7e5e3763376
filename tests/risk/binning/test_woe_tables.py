"""A table of weights of evidence by hand; its parts add up to what the feature is worth."""

import numpy as np
import polars as pl
import pytest

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk import (
    Bin,
    BinLimits,
    CardFeature,
    CountedBins,
    Direction,
    WoeRow,
    bin_feature,
    prebin_feature,
    woe_table,
)

AGE = CardFeature(name="age", kind=Kind.INTEGER, direction=Direction.DOWN, zh="年龄", en="age")


def made(*bins: Bin) -> CountedBins:
    return CountedBins(feature=AGE, bins=bins, iv_nano=0, finding=None)


def test_a_table_by_hand() -> None:
    bins = (
        Bin(high=30, rows=40, bad=30, woe_nano=-1_500_000_000),
        Bin(low=30, rows=60, bad=10, woe_nano=1_000_000_001),
        Bin(missing=True, rows=0, bad=0, woe_nano=0),
    )
    first, second, missing = woe_table(made(*bins))
    assert first == WoeRow("< 30", 40, 400_000_000, 30, 750_000_000, -1_500_000_000, 875_000_000)
    assert second == WoeRow(">= 30", 60, 600_000_000, 10, 166_666_667, 1_000_000_001, 583_333_334)
    assert (missing.label, missing.bad_rate_nano, missing.iv_nano) == ("缺失 missing", None, 0)


def test_the_parts_add_up_to_the_information_value() -> None:
    random = np.random.default_rng(1)
    values = random.integers(18, 80, 3_000)
    bad = random.random(3_000) < 8 / values
    found = bin_feature(
        values=pl.Series("age", values), bad=bad, feature=AGE,
        limits=BinLimits(prebins_max=32, bins_max=6, rows_min=150),
    )  # fmt: skip
    table = woe_table(found)
    assert sum(row.iv_nano for row in table) == pytest.approx(found.iv_nano, abs=len(table))
    assert sum(row.share_nano for row in table) == pytest.approx(10**9, abs=len(table))
    assert [row.bad_rate_nano for row in table] == sorted((row.bad_rate_nano for row in table), reverse=True)
    pre = prebin_feature(values=pl.Series("age", values), bad=bad, feature=AGE, prebins_max=9)
    assert len(woe_table(pre)) == len(pre.bins)


def test_bins_of_one_outcome_have_no_table() -> None:
    with pytest.raises(InputError, match="both outcomes must occur"):
        woe_table(made(Bin(rows=3, bad=0, woe_nano=0)))
