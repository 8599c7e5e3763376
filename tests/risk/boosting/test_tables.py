import lightgbm
import numpy as np
import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk.boosting.columns import tree_columns
from creditloop.risk.boosting.tables import TableSum, purified, spread

SIZES = (7, 5, 4)
"""Bins of three features, that of the missing the last."""
COLUMNS = tree_columns(
    [np.zeros(size - 1, dtype=np.int64) for size in SIZES], ordered=[size - 1 for size in SIZES]
)


def grown(*, depth=2, leaves=4, missing=True, seed=1):
    draw = np.random.default_rng(seed)
    codes = np.column_stack([draw.integers(0, size if missing else size - 1, 3_000) for size in SIZES])
    log_odds = 0.4 * codes[:, 0] - 0.3 * codes[:, 1] + np.where(codes[:, 0] > codes[:, 2], 1.0, -1.0)
    bad = draw.random(3_000) < 1 / (1 + np.exp(-log_odds))
    matrix = np.where(codes == np.array(SIZES) - 1, np.nan, codes.astype(float))
    model = lightgbm.train(
        {"objective": "binary", "max_depth": depth, "num_leaves": leaves, "verbose": -1, "num_threads": 1},
        lightgbm.Dataset(matrix, label=bad.astype(float), params={"verbose": -1, "min_data_in_bin": 1}),
        40,
    )
    return model, codes, matrix


def summed(model):
    total = TableSum(COLUMNS)
    for tree in model.dump_model()["tree_info"]:
        total.add(tree["tree_structure"])
    return total.tables()


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("depth", [1, 2])
def test_tables_say_of_every_row_what_the_trees_say(depth, missing):
    model, codes, matrix = grown(depth=depth, missing=missing)
    assert np.abs(summed(model).log_odds(codes) - model.predict(matrix, raw_score=True)).max() < 1e-12


def test_purifying_changes_no_sum_and_leaves_pairs_without_means():
    model, codes, _ = grown()
    tables = summed(model)
    pure = purified(tables, codes)
    assert np.abs(pure.log_odds(codes) - tables.log_odds(codes)).max() < 1e-9
    for (one, other), grid in pure.pairs.items():
        place = codes[:, one] * SIZES[other] + codes[:, other]
        weight = np.bincount(place, minlength=grid.size).reshape(grid.shape)
        assert np.abs((weight * grid).sum(axis=0)).max() < 1e-6
        assert np.abs((weight * grid).sum(axis=1)).max() < 1e-6
    for feature, table in pure.mains.items():
        assert abs(np.bincount(codes[:, feature], minlength=len(table)) @ table) < 1e-6


def test_the_spread_of_a_table_is_the_variance_of_what_it_adds():
    model, codes, _ = grown()
    pure = purified(summed(model), codes)
    assert spread(pure, codes)[0] == pytest.approx(pure.mains[0][codes[:, 0]].var())


def test_a_deeper_tree_is_refused():
    model, _, _ = grown(depth=4, leaves=16)
    with pytest.raises(InputError, match="two splits deep"):
        summed(model)
