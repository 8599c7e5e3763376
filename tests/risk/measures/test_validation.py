"""A pd by month and by segment: what is small is said to be small, and who has no record is a segment."""

import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk import auc, brier, ks
from creditloop.risk.measures.validation import validate_by_segment, validate_by_time

SETTING = {"rows_min": 50, "outcomes_min": 5, "draws": 100, "seed": 1}


def drawn(rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    pd = rng.beta(2, 8, rows)
    return np.rint(pd * 1e9).astype(np.int64), rng.random(rows) < pd


def test_each_month_is_measured_by_itself_in_order() -> None:
    pd, bad = drawn(600)
    months = [f"2026-{1 + row % 3:02d}" for row in range(600)]
    found = validate_by_time(pd_nano=pd, bad=bad, months=months, **SETTING)
    assert [each.group for each in found] == ["2026-01", "2026-02", "2026-03"]
    first = np.arange(600) % 3 == 0
    assert found[0].auc is not None
    assert found[0].ks is not None
    assert found[0].auc.estimate == auc(score=-pd[first], bad=bad[first])
    assert found[0].ks.estimate == ks(score=-pd[first], bad=bad[first]).value
    assert found[0].ks.low <= found[0].ks.high
    assert found[0].brier == brier(pd_nano=pd[first], bad=bad[first])
    assert not any(each.too_small for each in found)
    assert sum(each.calibration.holds for each in found) >= 2, "each holds in 19 of 20 by chance"


def test_no_record_is_a_segment_and_small_ones_say_so() -> None:
    pd, bad = drawn(300)
    segments = [None if row < 150 else "salaried" if row < 292 else "farmer" for row in range(300)]
    found = validate_by_segment(pd_nano=pd, bad=bad, segments=segments, no_record="no_record", **SETTING)
    assert [(each.group, each.rows, each.too_small) for each in found] == [
        ("farmer", 8, True),
        ("no_record", 150, False),
        ("salaried", 142, False),
    ]


def test_a_group_of_one_outcome_has_no_discrimination() -> None:
    (found,) = validate_by_segment(
        pd_nano=[1, 2], bad=[0, 0], segments=["a", "a"], no_record="none", **SETTING
    )
    assert found.auc is None
    assert found.ks is None
    assert found.too_small


def test_a_row_without_a_month_is_refused() -> None:
    with pytest.raises(InputError, match="has a month"):
        validate_by_time(pd_nano=[1, 2], bad=[0, 1], months=["2026-01", None], **SETTING)
    with pytest.raises(InputError, match="has a group"):
        validate_by_time(pd_nano=[1, 2], bad=[0, 1], months=["2026-01"], **SETTING)


def test_a_pd_as_a_fraction_is_refused_not_cut_to_nought() -> None:
    with pytest.raises(InputError, match="whole billionths"):
        validate_by_time(pd_nano=[0.02, 0.5], bad=[0, 1], months=["2026-01", "2026-01"], **SETTING)
