"""The learner of the probes (探测用学习器): a small LightGBM of one stated setting.

It is a measuring instrument, not a model of the bank: shallow, quick, one thread, seeded (the same rows give
the same answer), and always asked about rows it has not seen.
"""

import lightgbm
import numpy as np

from creditloop.risk.measures.outcomes import Bools, Floats, Ints

_SETTING = {
    "objective": "binary",
    "num_leaves": 8,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.8,
    "lambda_l2": 1.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
ROUNDS = 60
"""Trees of the learner."""


def folds_of(*, groups: Ints, folds: int, seed: int) -> Ints:
    """Return a fold 0..folds-1 for each row, every group spread evenly over them."""
    draw = np.random.default_rng(seed).permutation(len(groups))
    found = np.empty(len(groups), dtype=np.int64)
    order = draw[np.argsort(groups[draw], kind="stable")]
    found[order] = np.arange(len(groups)) % folds
    return found


def train(*, matrix: Floats, target: Bools, seed: int, rounds: int = ROUNDS) -> lightgbm.Booster:
    """Train the learner on rows; nan is a missing value."""
    data = lightgbm.Dataset(matrix, label=target.astype(np.int8), params={"max_bin": 63, "verbosity": -1})
    return lightgbm.train({**_SETTING, "seed": seed}, data, num_boost_round=rounds)


def predict_unseen(*, matrix: Floats, target: Bools, fold: Ints, seed: int, rounds: int = ROUNDS) -> Floats:
    """Return each row's probability of the target, from a learner that did not see its fold."""
    found = np.empty(len(target))
    for number in range(int(fold.max()) + 1):
        out = fold == number
        learner = train(matrix=matrix[~out], target=target[~out], seed=seed, rounds=rounds)
        found[out] = learner.predict(matrix[out], num_threads=1)
    return found


def sampled(*, groups: Ints, rows_max: int, seed: int) -> Ints:
    """Return at most so many rows, in order: as many of each group as of the others, where there are."""
    rng = np.random.default_rng(seed)
    sizes = np.bincount(groups)
    share = rows_max // len(sizes)
    spare = sum(max(0, share - int(size)) for size in sizes)
    kept = [
        rng.permutation(np.flatnonzero(groups == group))[: share + (spare if size > share else 0)]
        for group, size in enumerate(sizes)
    ]
    return np.sort(np.concatenate(kept))
