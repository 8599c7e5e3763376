"""The level of a pd moved to a target: met, the order kept, and refused where no shift reaches it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.calibration import calibrated_to

NANO = 10**9


@settings(max_examples=60, deadline=None)
@given(
    pds=st.lists(st.integers(1000, NANO - 1000), min_size=1, max_size=40),
    target=st.integers(1_000_000, NANO - 1_000_000),
)
def test_the_mean_is_the_target_and_the_order_stays(pds: list[int], target: int) -> None:
    found = calibrated_to(pd_nano=pds, target_nano=target)
    assert found.dtype == np.int64
    assert abs(int(found.sum()) - target * len(pds)) <= len(pds)
    order = np.argsort(pds, kind="stable")
    assert (np.diff(found[order]) >= 0).all()


def test_the_same_is_added_to_every_log_odds() -> None:
    before = np.array([10_000_000, 50_000_000, 300_000_000])
    found = calibrated_to(pd_nano=before, target_nano=60_000_000)
    shift = np.log(found / (NANO - found)) - np.log(before / (NANO - before))
    assert shift == pytest.approx(shift[0], abs=1e-6)


def test_a_pd_of_nothing_or_certainty_stays() -> None:
    found = calibrated_to(pd_nano=[0, NANO, 500_000_000, 100_000_000], target_nano=400_000_000)
    assert found[:2].tolist() == [0, NANO]
    assert int(found.sum()) == pytest.approx(1_600_000_000, abs=4)
    with pytest.raises(InputError, match="no shift reaches"):
        calibrated_to(pd_nano=[0, NANO, 500_000_000], target_nano=300_000_000)


@pytest.mark.parametrize(("pds", "target"), [([], 1), ([-1], 5), ([NANO + 1], 5), ([500_000_000], 0)])
def test_what_cannot_be_calibrated_is_refused(pds: list[int], target: int) -> None:
    with pytest.raises(InputError):
        calibrated_to(pd_nano=pds, target_nano=target)
