"""Drift that was planted is found where it was planted; two halves of one sample do not differ."""

import numpy as np
import polars as pl
import pytest
from samples import customers

from creditloop.kernel.errors import InputError
from creditloop.risk import psi
from creditloop.risk.probes import PsiLimits, find_drift

LIMITS = PsiLimits(yellow_nano=100_000_000, red_nano=250_000_000)


def test_two_halves_of_one_sample_do_not_differ() -> None:
    frame, _ = customers(3000, seed=1)
    report = find_drift(reference=frame[:1500], recent=frame[1500:], bins=10, limits=LIMITS, seed=1)
    assert not report.drifted
    assert {feature.level for feature in report.features} == {"green"}
    assert sum(feature.part for feature in report.features) == pytest.approx(1)


def test_the_feature_that_moved_stands_first_and_by_month() -> None:
    frame, _ = customers(3000, seed=1)
    months = np.repeat(["2026-01", "2026-02", "2026-03"], 500)
    moved = frame[1500:].with_columns(
        used_share=pl.col("used_share") + pl.Series(np.where(months == "2026-03", 0.6, 0.0))
    )
    report = find_drift(
        reference=frame[:1500], recent=moved, bins=10, limits=LIMITS, seed=1, months=months.tolist()
    )
    assert report.drifted
    first = report.features[0]
    assert first.feature == "used_share"
    assert first.auc_alone > 0.55
    assert [month.level for month in first.months] == ["green", "green", "red"]
    assert [month.rows for month in first.months] == [500, 500, 500]


def test_what_moves_only_in_how_features_go_together_is_seen_by_the_learner_alone() -> None:
    rng = np.random.default_rng(3)
    one, two = rng.normal(size=(2, 4000))
    before = pl.DataFrame({"a": one[:2000], "b": 0.8 * one[:2000] + 0.6 * two[:2000]})
    after = pl.DataFrame({"a": one[2000:], "b": two[2000:]})
    report = find_drift(reference=before, recent=after, bins=10, limits=LIMITS, seed=1)
    assert report.drifted
    assert {feature.level for feature in report.features} == {"green"}


def test_psi_is_that_of_the_references_bins() -> None:
    before = pl.DataFrame({"code": ["a"] * 50 + ["b"] * 50, "number": [1, 2, None, 2] * 25})
    after = pl.DataFrame({"code": ["a"] * 60 + ["b"] * 30 + ["new"] * 10, "number": [1, 2, None, 3] * 25})
    report = find_drift(reference=before, recent=after, bins=10, limits=LIMITS, seed=1)
    found = {feature.feature: feature.psi_nano for feature in report.features}
    assert found["code"] == pytest.approx(psi(expected=[50, 50, 0], actual=[60, 30, 10]) * 1e9, abs=1)
    assert found["number"] == 0, "3 is in the last bin of the reference"


@pytest.mark.parametrize(
    ("after", "bins", "message"),
    [
        (pl.DataFrame({"b": range(50)}), 10, "same columns"),
        (pl.DataFrame({"a": range(5)}), 10, "samples of rows"),
        (pl.DataFrame({"a": range(50)}), 1, "bins"),
        (pl.DataFrame({"a": ["x"] * 50}), 10, "another kind"),
    ],
)
def test_samples_that_do_not_compare_are_refused(after: pl.DataFrame, bins: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_drift(reference=pl.DataFrame({"a": range(50)}), recent=after, bins=bins, limits=LIMITS, seed=1)


@pytest.mark.parametrize(("yellow", "red"), [(250_000_000, 100_000_000), (0, 100_000_000)])
def test_limits_that_do_not_rise_are_refused(yellow: int, red: int) -> None:
    with pytest.raises(InputError, match="rise from yellow to red"):
        PsiLimits(yellow_nano=yellow, red_nano=red)
