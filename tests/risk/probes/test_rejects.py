"""Rejects whose truth is known: the band holds it where the prudence spans it."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.risk.probes import augmented_sample, infer_rejects

NANO = 10**9
GRID = [1_000_000_000, 1_250_000_000, 1_500_000_000, 2_000_000_000]


def through_the_door(rows: int, hidden: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw pds as the accepted show them, true outcomes, and whom the old lender accepted (simulated).

    `hidden` is how much worse a rejected is than an accepted of the same pd.
    """
    rng = np.random.default_rng(seed)
    pd = rng.beta(1.5, 12, rows)
    accepted = rng.random(rows) < 1 / (1 + np.exp(12 * (pd - 0.12)))
    bad = rng.random(rows) < np.minimum(1, np.where(accepted, pd, hidden * pd))
    return np.rint(pd * NANO).astype(np.int64), bad, accepted


@pytest.mark.parametrize("hidden", [1.0, 1.4, 1.9])
def test_the_band_holds_the_truth_where_the_prudence_spans_it(hidden: float) -> None:
    pd, bad, accepted = through_the_door(20_000, hidden, seed=1)
    found = infer_rejects(
        pd_accepted_nano=pd[accepted],
        bad=bad[accepted],
        pd_rejected_nano=pd[~accepted],
        factors_nano=GRID,
        bands=10,
        seed=1,
    )
    truth, chance = float(bad[~accepted].mean()), 3 * float(bad.std()) / np.sqrt((~accepted).sum())
    assert found.bad_rate_rejected.least_nano / NANO - chance <= truth
    assert truth <= found.bad_rate_rejected.most_nano / NANO + chance
    assert found.bad_rate_all.least_nano > found.bad_rate_accepted_nano


def test_fuzzy_is_unbiased_where_the_rejected_are_as_the_accepted_of_the_same_pd() -> None:
    errors = []
    for seed in range(20):
        pd, bad, accepted = through_the_door(5000, 1.0, seed=seed)
        found = infer_rejects(
            pd_accepted_nano=pd[accepted],
            bad=bad[accepted],
            pd_rejected_nano=pd[~accepted],
            factors_nano=[NANO],
            bands=10,
            seed=1,
        )
        errors.append(found.figures[0].bad_rate_rejected_nano / NANO - float(bad[~accepted].mean()))
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors))


def test_more_prudence_is_never_fewer_bads() -> None:
    pd, bad, accepted = through_the_door(3000, 1.5, seed=4)
    found = infer_rejects(
        pd_accepted_nano=pd[accepted],
        bad=bad[accepted],
        pd_rejected_nano=pd[~accepted],
        factors_nano=GRID,
        bands=8,
        seed=1,
    )
    for method in ("fuzzy", "parcelling"):
        rates = [each.bad_rate_all_nano for each in found.figures if each.method == method]
        assert rates == sorted(rates)
        assert len(rates) == len(GRID)
    assert found.auc.least_nano <= found.auc.most_nano


@settings(max_examples=25, deadline=None)
@given(
    rejected=st.lists(st.integers(0, NANO), min_size=1, max_size=30),
    method=st.sampled_from(["fuzzy", "parcelling"]),
    factor=st.sampled_from(GRID),
)
def test_the_weights_of_each_rejected_row_add_up_to_one(
    rejected: list[int], method: str, factor: int
) -> None:
    found = augmented_sample(
        pd_accepted_nano=[100_000_000, 300_000_000, 500_000_000],
        bad=[0, 0, 1],
        pd_rejected_nano=rejected,
        method=method,
        factor_nano=factor,
        bands=2,
        seed=1,
    )
    sums = found.filter(~pl.col("accepted")).group_by("row").agg(pl.col("weight_nano").sum())
    assert sums["weight_nano"].to_list() == [NANO] * len(rejected)
    assert found.filter("accepted")["bad"].to_list() == [0, 0, 1]
    assert (found["weight_nano"] > 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factors_nano": [900_000_000]}, "ascend from 1"),
        ({"factors_nano": []}, "ascend from 1"),
        ({"bad": [0, 0]}, "both outcomes"),
        ({"pd_rejected_nano": []}, "inferred from"),
        ({"pd_rejected_nano": [2 * NANO]}, "whole billionths"),
        ({"pd_rejected_nano": [0.03]}, "pd_rejected_nano must hold whole billionths"),
    ],
)
def test_what_cannot_be_inferred_is_refused(change: dict[str, list[int]], message: str) -> None:
    whole: dict[str, list[int]] = {
        "pd_accepted_nano": [1, 2],
        "bad": [0, 1],
        "pd_rejected_nano": [3],
        "factors_nano": [NANO],
    }
    with pytest.raises(InputError, match=message):
        infer_rejects(**(whole | change), bands=1, seed=1)
    with pytest.raises(InputError, match="no such"):
        augmented_sample(
            pd_accepted_nano=[1, 2],
            bad=[0, 1],
            pd_rejected_nano=[3],
            method="hope",
            factor_nano=NANO,
            bands=1,
            seed=1,
        )
