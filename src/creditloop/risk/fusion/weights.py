"""Weights of learners by which of them can speak (融合权重).

Each source has a learner of its own, which says log-odds of bad from what the source tells. Their answers are
added with weights found by logistic regression on out-of-fold answers (stacking: Wolpert, Stacked
Generalization, Neural Networks 5, 1992). What happens when a source is missing is written out: there are
weights for every set of sources that may be there, each fitted on the rows where they are. A learner whose
weight would not be positive has none. Where no source is there, there is no answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NANO, nano_from_float
from creditloop.risk.fitting.logistic import fit_logistic
from creditloop.risk.measures.outcomes import Bools, Floats, checked_bad, checked_both_classes

SOURCES_MAX = 6
"""Sources at most: there are weights for each of their sets, 63 of six."""
_DECIMALS = 6
"""Decimals kept of a weight: its last bits differ from machine to machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWeights:
    """Weights that hold where these sources are there and no others.

    Attributes:
        sources: in the order of the fusion; `weights_nano`: of each, >= 0.
        rows: of the sample that had all of them.
    """

    sources: tuple[str, ...]
    intercept_nano: int
    weights_nano: tuple[int, ...]
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """Learners' weights by which sources are there.

    Attributes:
        sources: all of them, in the order given.
        sets: one entry for each set of sources the sample has rows of both outcomes for, the largest first.
    """

    sources: tuple[str, ...]
    sets: tuple[SourceWeights, ...]

    @classmethod
    def fitted(cls, *, log_odds: Mapping[str, npt.ArrayLike], bad: npt.ArrayLike, ridge: float) -> Self:
        """Fit weights for every set of sources (融合).

        Args:
            log_odds: by source, (n,) float, log-odds of bad by its learner out of fold; nan where the source
                is missing.
            bad: (n,) of 0/1 or booleans, both occurring.
            ridge: > 0, see `fit_logistic`.
        Raises: InputError for no source or too many, columns of different length, an infinite answer.
        """
        outcomes = checked_both_classes(checked_bad(bad))
        sources = tuple(log_odds)
        if not 1 <= len(sources) <= SOURCES_MAX:
            raise InputError("learners cannot be fused", got=len(sources), expected=f"1..{SOURCES_MAX}")
        matrix = _matrix(log_odds, sources, rows=len(outcomes))
        there = ~np.isnan(matrix)
        sets = [
            entry
            for size in range(len(sources), 0, -1)
            for chosen in combinations(range(len(sources)), size)
            if (entry := _set_weights(matrix, there, outcomes, chosen, sources, ridge)) is not None
        ]
        if not sets:
            raise InputError("no source has rows of both outcomes", got=list(sources))
        return cls(sources=sources, sets=tuple(sets))

    def log_odds(self, given: Mapping[str, npt.ArrayLike]) -> Floats:
        """Return the log-odds of bad of rows, (n,) float; nan where there is no answer.

        A set of sources the sample had no rows of answers by the largest set within it that it had.

        Args:
            given: by source, (n,) float, nan where it is missing; a source nobody has may be left out.
        Raises: InputError for none of the sources, one that was not fused, or columns of different length.
        """
        known = [source for source in self.sources if source in given]
        if not known or len(known) != len(given):
            raise InputError(
                "sources are given that were not fused, or none", got=list(given), expected=list(self.sources)
            )
        rows = len(np.asarray(given[known[0]]))
        matrix = np.full((rows, len(self.sources)), np.nan)
        matrix[:, [self.sources.index(source) for source in known]] = _matrix(given, known, rows=rows)
        answers = np.full(rows, np.nan)
        open_rows = np.ones(rows, dtype=np.bool_)
        for entry in self.sets:
            places = [self.sources.index(source) for source in entry.sources]
            own = np.flatnonzero(open_rows & ~np.isnan(matrix[:, places]).any(axis=1))
            weights = np.array(entry.weights_nano) / NANO
            answers[own] = entry.intercept_nano / NANO + matrix[own][:, places] @ weights
            open_rows[own] = False
        return answers


def positive_weights(log_odds: Floats, bad: Bools, *, ridge: float) -> tuple[float, Floats]:
    """Return intercept and weights that make several answers one, none negative, to six decimals.

    Args:
        log_odds: (n, k) float, log-odds of bad by k learners, of rows they never saw.
        ridge: > 0, see `fit_logistic`.
    Returns: of log-odds of bad; the most negative weight is set to 0 and the rest fitted again until none is.
    """
    kept = list(range(log_odds.shape[1]))
    while True:
        intercept, fitted = fit_logistic(matrix=-log_odds[:, kept], good=~bad, ridge=ridge)
        if fitted.min(initial=1.0) > 0:
            break
        del kept[int(fitted.argmin())]
    weights = np.zeros(log_odds.shape[1])
    weights[kept] = np.round(fitted, _DECIMALS)
    return round(-intercept, _DECIMALS), weights


def _matrix(log_odds: Mapping[str, npt.ArrayLike], sources: Sequence[str], *, rows: int) -> Floats:
    columns = [np.asarray(log_odds[source], dtype=np.float64) for source in sources]
    for source, column in zip(sources, columns, strict=True):
        if column.shape != (rows,) or np.isinf(column).any():
            raise InputError(
                f"answers of the source {source} are not a finite number, or nan, in every row",
                got=column.shape,
                expected=(rows,),
            )
    return np.column_stack(columns)


def _set_weights(
    matrix: Floats, there: Bools, bad: Bools, chosen: Sequence[int], sources: Sequence[str], ridge: float
) -> SourceWeights | None:
    """Return the weights of a set of sources; None without rows of both outcomes."""
    own = there[:, list(chosen)].all(axis=1)
    if not 0 < int(bad[own].sum()) < int(own.sum()):
        return None
    intercept, weights = positive_weights(matrix[own][:, list(chosen)], bad[own], ridge=ridge)
    return SourceWeights(
        sources=tuple(sources[place] for place in chosen),
        intercept_nano=nano_from_float(intercept),
        weights_nano=tuple(nano_from_float(weight) for weight in weights.tolist()),
        rows=int(own.sum()),
    )
