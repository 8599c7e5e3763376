"""Growing trees by folds (交叉训练): every row is judged by a model that never saw it.

The sample is cut into folds, bads spread evenly. A model is grown without each fold, and its loss on that
fold is kept tree by tree: the number of trees is where the mean loss is least, the same for all; growing
ends when it has long been no better. What the
models say of their own fold together is the out-of-fold answer, an honest one; the mean of the models is what
is kept for new rows. One thread, LightGBM's deterministic mode: the same rows and settings give the same
trees.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from sklearn.model_selection import StratifiedKFold

from creditloop.risk.boosting.columns import TreeColumn
from creditloop.risk.boosting.settings import Growth
from creditloop.risk.boosting.tables import Pair
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

CARD_DEPTH = 2
"""Splits on the way to a leaf of a card's tree: a table has two features at most."""
_BINS_MAX = 1023
_PATIENCE_LEAST, _PATIENCE_SHARE = 40, 8
"""Growing ends when so many trees, or so large a part of the best number, have made nothing better."""
_SCOUT_ROUNDS = 600
"""Trees that are grown to see which pairs are worth a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Models grown by folds in one way.

    Attributes:
        models: one a fold.
        rounds: trees of each that count.
        loss: mean of the folds' loss at that number of trees (mean negative log-likelihood).
        out_of_fold: (n,) float, log-odds of bad of each row by the model that never saw it.
        fold: (n,) int, which fold each row was in.
    """

    models: tuple[lightgbm.Booster, ...]
    rounds: int
    loss: float
    out_of_fold: Floats
    fold: Ints

    def log_odds(self, matrix: Floats) -> Floats:
        """Return the mean of the models' log-odds of bad, (n,) float."""
        answers = [model.predict(matrix, raw_score=True, num_iteration=self.rounds) for model in self.models]
        mean: Floats = np.mean(answers, axis=0)
        return mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What the trees of a card are held to.

    Attributes:
        depth: splits on the way to a leaf.
        columns: what they read, each with its direction.
        pairs: which features may stand in a tree together; None: any.
    """

    depth: int
    columns: Sequence[TreeColumn]
    pairs: Sequence[Pair] | None = None

    def groups(self) -> list[list[int]]:
        """Return which columns may stand in a branch together: those of a feature, or of a pair."""
        own = defaultdict[int, list[int]](list)
        for number, column in enumerate(self.columns):
            own[column.feature].append(number)
        return [own[one] + own[other] for one, other in self.pairs or ()] + list(own.values())


def grow(
    matrix: Floats,
    bad: Bools,
    fold: Ints,
    *,
    growth: Growth,
    constraints: Constraints | None,
    rounds_max: int,
    seed: int,
) -> Grown:
    """Grow one model a fold.

    Args:
        matrix: (n, features) float, nan is missing.
        fold: (n,) int, which fold each row is in; every fold, and what is outside it, has both outcomes.
        constraints: None: trees of any depth, over anything.
    """
    parameters = _parameters(growth, constraints, seed)
    folds = range(int(fold.max()) + 1)
    models = [_begun(parameters, matrix, bad, fold == number) for number in folds]
    curve = _grown_together(models, rounds_max)
    rounds = int(np.argmin(curve)) + 1
    answers = np.empty(len(bad))
    for number, model in enumerate(models):
        own = fold == number
        answers[own] = model.predict(matrix[own], raw_score=True, num_iteration=rounds)
    return Grown(
        models=tuple(models),
        rounds=rounds,
        loss=curve[rounds - 1],
        out_of_fold=answers,
        fold=fold,
    )


def _begun(parameters: dict[str, object], matrix: Floats, bad: Bools, unseen: Bools) -> lightgbm.Booster:
    """Return a model without trees that will tell its loss on the rows it does not see."""
    data = _dataset(matrix[~unseen], bad[~unseen], parameters)
    model = lightgbm.Booster(parameters, data)
    labels = bad[unseen].astype(np.float64)
    model.add_valid(data.create_valid(matrix[unseen], label=labels, params=parameters), "unseen")
    return model


def _grown_together(models: Sequence[lightgbm.Booster], rounds_max: int) -> list[float]:
    """Grow models tree by tree until their mean loss has long been no better; return that loss by round."""
    curve = list[float]()
    for _ in range(rounds_max):
        for model in models:
            model.update()
        curve.append(float(np.mean([model.eval_valid()[0][2] for model in models])))
        best = int(np.argmin(curve)) + 1
        if len(curve) - best >= max(_PATIENCE_LEAST, best // _PATIENCE_SHARE):
            break
    return curve


def fold_of(bad: Bools, *, folds: int, seed: int) -> Ints:
    """Return the number of each row's fold, (n,) int; bads are spread evenly, rows are shuffled by seed."""
    found = np.empty(len(bad), dtype=np.int64)
    cut = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for number, (_, unseen) in enumerate(cut.split(np.zeros(len(bad)), bad)):
        found[unseen] = number
    return found


def worthy_pairs(
    matrix: Floats,
    bad: Bools,
    *,
    growth: Growth,
    constraints: Constraints,
    count: int,
    rounds_max: int,
    seed: int,
) -> list[Pair]:
    """Return the pairs of features that trees of two splits gain most by, at most `count`, best first.

    A pair's gain is that of the second splits below a first one by the other feature. Equal ones stand in
    order of the features.
    """
    if count == 0:
        return []
    parameters = _parameters(growth, constraints, seed)
    model = lightgbm.train(parameters, _dataset(matrix, bad, parameters), min(rounds_max, _SCOUT_ROUNDS))
    owner = [column.feature for column in constraints.columns]
    gains = defaultdict[Pair, float](float)
    for entry in model.dump_model()["tree_info"]:
        tree = entry["tree_structure"]
        for child in (tree.get("left_child", {}), tree.get("right_child", {})):
            if "split_feature" not in child:
                continue
            one, other = sorted(owner[split["split_feature"]] for split in (tree, child))
            if one != other:
                gains[one, other] += child["split_gain"]
    return sorted(gains, key=lambda pair: (-gains[pair], pair))[:count]


def trees_of(model: lightgbm.Booster, *, rounds: int) -> list[Mapping[str, object]]:
    """Return the structure of a model's first trees, as LightGBM writes it."""
    return [entry["tree_structure"] for entry in model.dump_model(num_iteration=rounds)["tree_info"]]


def _dataset(matrix: Floats, bad: Bools, parameters: dict[str, object]) -> lightgbm.Dataset:
    return lightgbm.Dataset(matrix, label=bad.astype(np.float64), params=parameters)


def _parameters(growth: Growth, constraints: Constraints | None, seed: int) -> dict[str, object]:
    found: dict[str, object] = {
        "objective": "binary",
        "metric": "binary_logloss",
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "max_bin": _BINS_MAX,
        "min_data_in_bin": 1,
        "feature_pre_filter": False,
        "num_leaves": growth.leaves,
        "learning_rate": growth.learning_rate,
        "feature_fraction": growth.feature_share,
        "bagging_fraction": growth.row_share,
        "bagging_freq": 1,
        "lambda_l2": growth.ridge,
        "min_data_in_leaf": growth.rows_min,
        "min_sum_hessian_in_leaf": growth.weight_min,
    }
    if constraints is None:
        return found
    found["max_depth"] = constraints.depth
    senses = [column.sense for column in constraints.columns]
    if any(senses):
        found["monotone_constraints"] = senses
    if constraints.pairs is not None:
        found["interaction_constraints"] = constraints.groups()
    return found
