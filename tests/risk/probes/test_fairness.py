"""How groups are treated: by hand, and the same ratios as those recorded of live decisions."""

import numpy as np
import polars as pl
import pytest

from creditloop.kernel.errors import InputError
from creditloop.oversight import measure_fairness
from creditloop.risk.probes import bands_of, report_fairness


def test_two_groups_by_hand() -> None:
    (found,) = report_fairness(
        attributes=pl.DataFrame({"sex": ["f", "f", "f", "f", "m", "m", "m", None]}),
        approved=[1, 1, 1, 0, 1, 0, 0, 1],
        pd_nano=[
            100_000_000,
            100_000_000,
            200_000_000,
            400_000_000,
            100_000_000,
            500_000_000,
            600_000_000,
            0,
        ],
        bad=[0, 0, 1, 1, 0, 1, 0, 0],
        counted_min=3,
    )
    assert found.best == "f"
    women, men, unknown = found.groups
    assert (women.group, men.group, unknown.group) == ("f", "m", "not_known")
    assert women.approval_rate_nano == 750_000_000
    assert men.impact_ratio_nano == 444_444_444
    assert women.bad_rate_approved_nano == 333_333_333
    assert women.pd_mean_nano == 200_000_000
    assert women.pd_gap_nano == -100_000_000
    assert women.auc is not None
    assert women.auc.estimate == 1
    assert unknown.auc is None
    assert unknown.too_small
    assert not men.too_small


def test_the_ratios_are_those_recorded_of_live_decisions() -> None:
    rng = np.random.default_rng(1)
    group = rng.choice(["a", "b", "c"], 400)
    approved, bad = rng.random((2, 400)) < 0.5
    score = rng.integers(300, 800, 400)
    recorded = measure_fairness(
        frame=pl.DataFrame({"score": score, "approved": approved, "bad": bad, "group": group}),
        attributes=["group"],
        counted_min=30,
    )
    (found,) = report_fairness(
        attributes=pl.DataFrame({"group": group}),
        approved=approved,
        pd_nano=1_000_000_000 - score * 1_000_000,
        bad=bad,
        counted_min=30,
    )
    by_name = {(metric.name, metric.segment): metric.value_nano for metric in recorded}
    for each in found.groups:
        assert each.auc is not None
        segment = f"group={each.group}"
        assert by_name["approval_rate", segment] == each.approval_rate_nano
        assert by_name["approval_ratio", segment] == each.impact_ratio_nano
        assert by_name["bad_rate_approved", segment] == each.bad_rate_approved_nano
        assert by_name["auc_within", segment] == round(each.auc.estimate * 1e9)


def test_ages_are_named_by_their_bands() -> None:
    ages = pl.Series("age", [17, 25, None, 60])
    assert bands_of(values=ages, starts=[25, 60]).to_list() == ["below_25", "25_59", None, "60_and_over"]
    with pytest.raises(InputError, match="ascending"):
        bands_of(values=ages, starts=[60, 25])


def test_attributes_of_other_rows_are_refused() -> None:
    with pytest.raises(InputError, match="same rows"):
        report_fairness(
            attributes=pl.DataFrame({"sex": ["f"]}),
            approved=[1, 0],
            pd_nano=[1, 2],
            bad=[0, 1],
            counted_min=1,
        )


def test_a_pd_as_a_fraction_is_refused_not_cut_to_nought() -> None:
    with pytest.raises(InputError, match="whole billionths"):
        report_fairness(
            attributes=pl.DataFrame({"sex": ["f", "m"]}),
            approved=[1, 0],
            pd_nano=[0.02, 0.5],
            bad=[0, 1],
            counted_min=1,
        )
