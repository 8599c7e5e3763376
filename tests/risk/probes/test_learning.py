"""The learner of the probes: the same rows give the same answer, about rows it has not seen."""

import numpy as np

from creditloop.risk.probes.learning import folds_of, predict_unseen, sampled


def test_the_same_rows_give_the_same_answer() -> None:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(400, 3))
    target = matrix[:, 0] + rng.normal(size=400) > 0
    fold = folds_of(groups=target.astype(np.int64), folds=3, seed=1)
    first, second = (
        predict_unseen(matrix=matrix, target=target, fold=fold, seed=1, rounds=10) for _ in range(2)
    )
    assert (first == second).all()


def test_every_group_is_spread_over_the_folds() -> None:
    groups = np.repeat([0, 1], [90, 30])
    fold = folds_of(groups=groups, folds=3, seed=1)
    assert [np.bincount(fold[groups == group]).tolist() for group in (0, 1)] == [[30] * 3, [10] * 3]


def test_a_sample_has_as_many_of_each_group_as_there_are() -> None:
    groups = np.repeat([0, 1], [1000, 30])
    rows = sampled(groups=groups, rows_max=200, seed=1)
    assert np.bincount(groups[rows]).tolist() == [170, 30]
    assert (np.diff(rows) > 0).all()
    assert len(sampled(groups=groups, rows_max=5000, seed=1)) == 1030
