"""Put values into bins that stand (落箱)."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature
from creditloop.risk.binning.counting import typed_column
from creditloop.risk.measures.outcomes import Ints


@dataclass(frozen=True, slots=True)
class BinFinder:
    """Where the bins of one table part values, by the number of the bin.

    What no bin holds stands with the missing: a word, or a special code, that was not seen.

    Attributes:
        cuts: of the intervals, ascending; None: there are no intervals.
        missing: the bin of the missing, None if there is none.
    """

    cuts: tuple[int, ...] | None
    words: Mapping[str | bool, int]
    codes: Mapping[int, int]
    missing: int | None

    @classmethod
    def of(cls, bins: Sequence[Bin]) -> Self:
        """Return what finds values in bins."""
        cuts = tuple(part.high for part in bins if part.high is not None)
        return cls(
            cuts if any(not (part.special or part.missing or part.values) for part in bins) else None,
            {word: number for number, part in enumerate(bins) for word in part.values},
            {code: number for number, part in enumerate(bins) for code in part.special},
            next((number for number, part in enumerate(bins) if part.missing), None),
        )

    def of_number(self, value: int, *, is_code: bool) -> int | None:
        """Return the bin of a number; None where it and the missing have none."""
        if is_code or self.cuts is None:
            return self.codes.get(value, self.missing)
        return bisect_right(self.cuts, value)


def place_values(*, bins: Sequence[Bin], feature: CardFeature, values: pl.Series) -> Ints:
    """Return the number of each value's bin.

    What no bin holds stands with the missing: a word, or a special code, that was not seen. Where there is no
    bin of the missing, it and the nulls get -1.

    Args:
        bins: of the feature, in its order.
        values: (n,) of the feature's kind, null is missing.
    Returns: (n,) int64.
    Raises: InputError if the column is not of the feature's kind.
    """
    column, finder = typed_column(values, feature), BinFinder.of(bins)
    missing = -1 if finder.missing is None else finder.missing
    if feature.kind not in NUMBERS:
        return _place_words(finder, column, missing)
    place = _place_numbers(finder, feature, column.fill_null(0).to_numpy(), missing)
    if column.null_count():
        place[column.is_null().to_numpy()] = missing
    return place


def _place_numbers(finder: BinFinder, feature: CardFeature, numbers: Ints, missing: int) -> Ints:
    if finder.cuts is None:
        place = np.full(len(numbers), missing, dtype=np.int64)
    else:
        cuts = np.array(finder.cuts, dtype=np.int64)
        place = np.searchsorted(cuts, numbers, side="right").astype(np.int64, copy=False)
    for code in feature.special:
        place[numbers == code] = finder.codes.get(code, missing)
    return place


def _place_words(finder: BinFinder, column: pl.Series, missing: int) -> Ints:
    if not finder.words:
        return np.full(len(column), missing, dtype=np.int64)
    place = column.replace_strict(finder.words, default=missing, return_dtype=pl.Int64)
    return place.fill_null(missing).to_numpy().copy()
