"""DeLong's interval: by the definition, by its coverage, and where it has nothing to say."""

import numpy as np
import pytest

from creditloop.risk import auc
from creditloop.risk.measures.intervals import auc_interval


def test_it_is_the_definition_pair_by_pair() -> None:
    rng = np.random.default_rng(1)
    score, bad = rng.integers(0, 12, 80), rng.random(80) < 0.3
    pairs = np.where(
        score[~bad][None] > score[bad][:, None],
        1.0,
        np.where(score[~bad][None] == score[bad][:, None], 0.5, 0),
    )
    of_bads, of_goods = pairs.mean(axis=1), pairs.mean(axis=0)
    error = np.sqrt(of_bads.var(ddof=1) / len(of_bads) + of_goods.var(ddof=1) / len(of_goods))
    found = auc_interval(score=score, bad=bad)
    assert found.estimate == pytest.approx(auc(score=score, bad=bad), abs=1e-12)
    assert found.error == pytest.approx(error, abs=1e-12)
    assert (found.low, found.high) == pytest.approx(
        (found.estimate - 1.96 * error, found.estimate + 1.96 * error), abs=1e-4
    )


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(2), 0
    truth = 0.760250  # of two normals a deviation apart
    for _ in range(300):
        score, bad = np.concatenate([rng.normal(0, 1, 60), rng.normal(1, 1, 140)]), np.arange(200) < 60
        found = auc_interval(score=score, bad=bad)
        held += found.low <= truth <= found.high
    assert 0.90 <= held / 300 <= 0.99


def test_one_bad_says_little_and_all_told_apart_is_cut_off_at_one() -> None:
    assert auc_interval(score=[1, 2, 3], bad=[1, 0, 0]).error == 0.5
    assert auc_interval(score=[1, 1, 3, 4], bad=[1, 1, 0, 0]).high == 1
