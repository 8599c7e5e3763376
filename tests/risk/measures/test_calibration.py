"""Calibration by hand, and on outcomes drawn from the pd itself."""

import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk import brier, calibration_table
from creditloop.risk.measures.calibration import wilson_interval

NANO = 10**9


def test_bands_by_hand_the_safest_first() -> None:
    pds = [NANO // 10] * 4 + [NANO // 2] * 4
    first, second = calibration_table(pd_nano=pds, bad=[0, 0, 0, 1, 1, 1, 0, 1], bands=2)
    assert first[:6] == (NANO // 10, NANO // 10, 4, 1, 0.1, 0.25)
    assert second[:6] == (NANO // 2, NANO // 2, 4, 3, 0.5, 0.75)
    assert first.holds
    assert 0 < first.low < 0.25 < first.high < 1


def test_wilsons_interval_as_published() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (bad, rows), (low, high) in published.items():
        assert wilson_interval(bad, rows) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_outcomes_drawn_from_the_pd_are_calibrated_and_others_are_not() -> None:
    rng = np.random.default_rng(8)
    pds = rng.integers(10_000_000, 600_000_000, 100_000)
    bad = rng.random(100_000) < pds / NANO
    table = calibration_table(pd_nano=pds, bad=bad, bands=10)
    assert len(table) == 10
    assert sum(band.holds for band in table) >= 8
    assert not any(band.holds for band in calibration_table(pd_nano=pds // 2, bad=bad, bands=10))


def test_equal_pds_stay_together_and_one_class_is_allowed() -> None:
    assert len(calibration_table(pd_nano=[NANO // 2] * 9, bad=[0] * 9, bands=5)) == 1


def test_brier_by_hand() -> None:
    assert brier(pd_nano=[NANO, 0, NANO // 4], bad=[1, 0, 0]) == pytest.approx(0.0625 / 3)


@pytest.mark.parametrize(
    ("pds", "bad", "bands", "message"),
    [
        ([], [], 1, "bad must be one column with rows"),
        ([1, 2], [1], 1, "pd_nano and bad must have the same rows"),
        ([1, None], [1, 0], 1, "pd_nano must be a number"),
        ([1, 2], [1, 0], 0, "a table has bands"),
        ([0.02, 0.5], [1, 0], 1, "pd_nano must hold whole billionths"),
        ([0, NANO + 1], [1, 0], 1, "pd_nano must hold whole billionths"),
        ([-1, 0], [1, 0], 1, "pd_nano must hold whole billionths"),
    ],
)
def test_what_is_no_sample_is_refused(pds: list[int], bad: list[int], bands: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        calibration_table(pd_nano=pds, bad=bad, bands=bands)
