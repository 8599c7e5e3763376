"""Trees of two splits as tables (树转表): what a boosted model says, feature by feature and pair by pair.

A tree whose leaves lie at most two splits deep reads, on each side of its first split, one further feature:
so it is a sum of tables of one or two features, and a whole model is the sum of its trees' tables. Nothing
is lost: the tables say of every row exactly what the trees say of it.

A pair's table is then freed of what belongs to its features alone (functional analysis of variance: Lengerich
et al., Purifying Interaction Effects with the Functional ANOVA, AISTATS 2020): every row and column of it has
mean 0 over the sample, so that what stands in a pair's table is only what the two say together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from creditloop.kernel.errors import InputError
from creditloop.risk.boosting.columns import TreeColumn
from creditloop.risk.measures.outcomes import Floats, Ints

Pair = tuple[int, int]
_SWEEPS_MAX = 200
_CLOSE = 1e-12


@dataclass(frozen=True, slots=True)
class AdditiveTables:
    """A model that is a sum of tables, in log-odds of bad.

    Attributes:
        base: what every row is given.
        mains: by feature, (bins,) float: what each bin of it adds.
        pairs: by two features (a < b), (bins of a, bins of b) float.
    """

    base: float
    mains: Mapping[int, Floats]
    pairs: Mapping[Pair, Floats]

    def log_odds(self, codes: Ints) -> Floats:
        """Return the log-odds of bad of rows given by the numbers of their bins, (n, features) int."""
        total = np.full(len(codes), self.base)
        for feature, table in self.mains.items():
            total += table[codes[:, feature]]
        for (one, other), grid in self.pairs.items():
            total += grid[codes[:, one], codes[:, other]]
        return total


def weighted_sum(parts: Sequence[tuple[float, AdditiveTables]]) -> AdditiveTables:
    """Return several models' tables as one, each times its weight."""
    mains, pairs = dict[int, Floats](), dict[Pair, Floats]()
    for weight, tables in parts:
        for feature, table in tables.mains.items():
            mains[feature] = mains.get(feature, 0.0) + weight * table
        for pair, grid in tables.pairs.items():
            pairs[pair] = pairs.get(pair, 0.0) + weight * grid
    return AdditiveTables(sum(weight * tables.base for weight, tables in parts), mains, pairs)


class TableSum:
    """Adds up trees as tables."""

    def __init__(self, columns: Sequence[TreeColumn]) -> None:
        """Begin with nothing.

        Args:
            columns: what the trees read.
        """
        self._columns = tuple(columns)
        self._sizes = {column.feature: len(column.values) for column in columns}
        self._base = 0.0
        self._mains = dict[int, Floats]()
        self._pairs = dict[Pair, Floats]()

    def add(self, tree: Mapping[str, object]) -> None:
        """Add a tree, as LightGBM writes its structure.

        Raises: InputError for a tree that is deeper, or splits otherwise than `<=`.
        """
        if "split_feature" not in tree:
            self._base += _leaf(tree)
            return
        feature, left = self._split(tree)
        for side, child in ((left, tree["left_child"]), (~left, tree["right_child"])):
            assert isinstance(child, Mapping)
            if "split_feature" not in child:
                self._main(feature)[side] += _leaf(child)
                continue
            other, inner = self._split(child)
            kids = child["left_child"], child["right_child"]
            if any("split_feature" in kid for kid in kids):
                raise InputError("a card's trees lie at most two splits deep", got="a third split")
            values = np.where(inner, _leaf(kids[0]), _leaf(kids[1]))
            if other == feature:
                self._main(feature)[side] += values[side]
            elif feature < other:
                self._pair((feature, other))[side] += values
            else:
                self._pair((other, feature))[:, side] += values[:, None]

    def tables(self) -> AdditiveTables:
        """Return the sum."""
        return AdditiveTables(self._base, self._mains, self._pairs)

    def _split(self, node: Mapping[str, object]) -> tuple[int, np.ndarray]:
        """Return the feature of a split and which of its bins go left."""
        if node["decision_type"] != "<=":
            raise InputError("a card's trees part numbers of bins", got=node["decision_type"], expected="<=")
        place, threshold = node["split_feature"], node["threshold"]
        assert isinstance(place, int) and isinstance(threshold, float)
        column = self._columns[place]
        to_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0
        left = np.where(np.isnan(column.values), to_left, column.values <= threshold)
        return column.feature, left

    def _main(self, feature: int) -> Floats:
        return self._mains.setdefault(feature, np.zeros(self._sizes[feature]))

    def _pair(self, pair: Pair) -> Floats:
        return self._pairs.setdefault(pair, np.zeros((self._sizes[pair[0]], self._sizes[pair[1]])))


def purified(tables: AdditiveTables, codes: Ints) -> AdditiveTables:
    """Return the same sums with every table's means taken out, pairs' into their features', those into base.

    Args:
        codes: (n, features) numbers of bins of the sample that means are taken over. A bin without rows keeps
            what it has.
    """
    mains = {feature: table.copy() for feature, table in tables.mains.items()}
    pairs = dict[Pair, Floats]()
    base = tables.base
    for (one, other), grid in tables.pairs.items():
        rows, columns, pure = _pure_pair(grid, cell_rows(codes, one, other, grid.shape))
        for feature, part in ((one, rows), (other, columns)):
            mains[feature] = mains[feature] + part if feature in mains else part
        pairs[one, other] = pure
    for feature, table in mains.items():
        weight = np.bincount(codes[:, feature], minlength=len(table))
        mean = float(weight @ table / weight.sum())
        base += mean
        mains[feature] = table - mean
    return AdditiveTables(base, dict(sorted(mains.items())), dict(sorted(pairs.items())))


def spread(tables: AdditiveTables, codes: Ints) -> dict[Pair | int, float]:
    """Return how much each table moves the sample's log-odds: the variance of what it adds, by table."""
    found = dict[Pair | int, float]()
    for feature, table in tables.mains.items():
        found[feature] = float(table[codes[:, feature]].var())
    for (one, other), grid in tables.pairs.items():
        found[one, other] = float(grid[codes[:, one], codes[:, other]].var())
    return found


def _pure_pair(grid: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return row parts, column parts and the rest, whose weighted row and column means are 0."""
    rows, columns, rest = np.zeros(grid.shape[0]), np.zeros(grid.shape[1]), grid.copy()
    by_row, by_column = np.maximum(weight.sum(axis=1), 1), np.maximum(weight.sum(axis=0), 1)
    for _ in range(_SWEEPS_MAX):
        row = (rest * weight).sum(axis=1) / by_row
        rest -= row[:, None]
        column = (rest * weight).sum(axis=0) / by_column
        rest -= column[None, :]
        rows += row
        columns += column
        if max(np.abs(row).max(), np.abs(column).max()) < _CLOSE:
            break
    return rows, columns, rest


def cell_rows(codes: Ints, one: int, other: int, shape: tuple[int, ...]) -> Floats:
    """Return how many rows of the sample fall into each cell of two features' bins."""
    place = codes[:, one] * shape[1] + codes[:, other]
    return np.bincount(place, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def _leaf(node: object) -> float:
    assert isinstance(node, Mapping)
    return float(node["leaf_value"])
