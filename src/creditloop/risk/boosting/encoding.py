"""Rows as numbers of bins (编码): what trees of a card read, so that what they learn is a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.binning import Bin, CardFeature, place_values, prebin_feature
from creditloop.risk.fitting.sample import check_sample
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
        if absent := [entry.name for entry in self.features if entry.name not in frame.columns]:
            raise InputError("the frame lacks features", got=absent)
        columns = [
            place_values(bins=bins, feature=feature, values=frame[feature.name])
            for feature, bins in zip(self.features, self.bins, strict=True)
        ]
        return np.column_stack(columns)

    def matrix(self, codes: Ints) -> Floats:
        """Return codes as trees read them, (n, features) float, nan for the missing."""
        last = np.array(self.sizes) - 1
        return np.where(codes == last, np.nan, codes.astype(np.float64))


def encoded(
    frame: pl.DataFrame, bad: Bools, *, features: Sequence[CardFeature], prebins_max: int
) -> tuple[Encoding, Ints]:
    """Cut every feature into pre-bins and return them with the codes of the sample itself.

    Raises: InputError as `check_sample`, and for a column that is not of its feature's kind.
    """
    check_sample(frame, features, rows=len(bad))
    found = [
        prebin_feature(values=frame[entry.name], bad=bad, feature=entry, prebins_max=prebins_max)
        for entry in features
    ]
    encoding = Encoding(features=tuple(features), bins=tuple(entry.bins for entry in found))
    return encoding, np.column_stack([entry.place for entry in found])
