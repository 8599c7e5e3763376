"""Bins made of counts: in order, the small ones apart say nothing, every special code has one."""

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.risk import CardFeature, Direction, count_values
from creditloop.risk.binning.building import bins_of


def test_bins_stand_in_order_and_hold_all_rows() -> None:
    feature = CardFeature(
        name="x", kind=Kind.INTEGER, direction=Direction.NONE, zh="特征", en="x", special=(99, 96, 97, 98)
    )
    values = [1, 2, 3, 96, 96, 96, 97, 98, 98, None]
    bad = np.array([0, 1, 0, 1, 1, 0, 1, 0, 1, 1], dtype=np.bool_)
    counts = count_values(values=pl.Series("x", values), bad=bad, feature=feature)
    bins = bins_of(counts, number=np.array([0, 0, 1]), rows_min=3)
    assert [(part.low, part.high, part.special, part.missing, part.rows, part.bad) for part in bins] == [
        (None, 3, (), False, 2, 1),
        (3, None, (), False, 1, 0),
        (None, None, (96,), False, 3, 2),
        (None, None, (97, 98, 99), False, 3, 2),
        (None, None, (), True, 1, 1),
    ]
    assert [part.woe_nano == 0 for part in bins] == [False, False, False, False, True]
    assert [part.woe_nano == 0 for part in bins_of(counts, number=np.array([0, 0, 1]), rows_min=7)] == [
        False, False, True, True,
    ]  # fmt: skip


def test_what_was_not_seen_has_a_bin_only_if_asked_for() -> None:
    feature = CardFeature(name="x", kind=Kind.TEXT, direction=Direction.NONE, zh="特征", en="x")
    bad = np.array([True, False])
    counts = count_values(values=pl.Series("x", ["a", "b"]), bad=bad, feature=feature)
    for complete in (False, True):
        bins = bins_of(counts, number=np.array([0, 1]), rows_min=1, complete=complete)
        assert [part.missing for part in bins] == [False, False, True][: 2 + complete]
