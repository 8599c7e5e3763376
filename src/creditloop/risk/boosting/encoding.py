"""Rows as numbers of bins (编码), of which only tables are learnt; or as values, for the challenger."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import Bin, CardFeature, place_values, prebin_feature
from creditloop.risk.binning.bins import NUMBERS
from creditloop.risk.binning.counting import typed_column
from creditloop.risk.measures.outcomes import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """The pre-bins of features, which turn rows into numbers.

    Attributes:
        bins: of each feature, that of the missing last.
    """

    features: tuple[CardFeature, ...]
    bins: tuple[tuple[Bin, ...], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many bins each feature has."""
        return tuple(len(bins) for bins in self.bins)

    def codes(self, frame: pl.DataFrame) -> Ints:
        """Return the number of each row's bin, (n, features) int64, from 0.

        Raises: InputError for a column that is absent or not of its feature's kind.
        """
        self._check_there(frame)
        columns = [
            place_values(bins=bins, feature=feature, values=frame[feature.name])
            for feature, bins in zip(self.features, self.bins, strict=True)
        ]
        return np.column_stack(columns)

    def values(self, frame: pl.DataFrame) -> Floats:
        """Return numbers as they are, words as the number of their bin, (n, features) float.

        The missing, and words that were not seen, are nan.

        Raises: as `codes`.
        """
        self._check_there(frame)
        return np.column_stack(
            [
                _values(frame[feature.name], feature, bins)
                for feature, bins in zip(self.features, self.bins, strict=True)
            ]
        )

    def _check_there(self, frame: pl.DataFrame) -> None:
        if absent := [entry.name for entry in self.features if entry.name not in frame.columns]:
            raise InputError("the frame lacks features", got=absent)


def _values(column: pl.Series, feature: CardFeature, bins: Sequence[Bin]) -> Floats:
    if feature.kind in NUMBERS:
        numbers = typed_column(column, feature).cast(pl.Float64)
        return numbers.fill_null(np.nan).to_numpy()
    places = place_values(bins=bins, feature=feature, values=column)
    return np.where(places == len(bins) - 1, np.nan, places.astype(np.float64))


def encoded(
    frame: pl.DataFrame, bad: Bools, *, features: Sequence[CardFeature], prebins_max: int
) -> tuple[Encoding, Ints]:
    """Cut every feature into pre-bins and return them with the codes of the sample itself.

    Args:
        frame: as `checked_columns` lets it pass.
    """
    found = [
        prebin_feature(values=frame[entry.name], bad=bad, feature=entry, prebins_max=prebins_max)
        for entry in features
    ]
    encoding = Encoding(features=tuple(features), bins=tuple(entry.bins for entry in found))
    return encoding, np.column_stack([entry.place for entry in found])
