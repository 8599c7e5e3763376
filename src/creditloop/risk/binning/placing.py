"""Put values into bins that stand (落箱)."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from creditloop.risk.binning.bins import NUMBERS, Bin, CardFeature
from creditloop.risk.binning.counting import typed_column
from creditloop.risk.measures.outcomes import Ints


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
    column = typed_column(values, feature)
    missing = next((number for number, part in enumerate(bins) if part.missing), -1)
    if feature.kind not in NUMBERS:
        return _place_words(bins, column, missing)
    place = _place_numbers(bins, feature, column.fill_null(0).to_numpy(), missing)
    if column.null_count():
        place[column.is_null().to_numpy()] = missing
    return place


def _place_numbers(bins: Sequence[Bin], feature: CardFeature, numbers: Ints, missing: int) -> Ints:
    ends = [part.high for part in bins if not part.special and not part.missing]
    if ends:
        cuts = np.array([end for end in ends if end is not None], dtype=np.int64)
        place = np.searchsorted(cuts, numbers, side="right").astype(np.int64, copy=False)
    else:
        place = np.full(len(numbers), missing, dtype=np.int64)
    apart = {code: number for number, part in enumerate(bins) for code in part.special}
    for code in feature.special:
        place[numbers == code] = apart.get(code, missing)
    return place


def _place_words(bins: Sequence[Bin], column: pl.Series, missing: int) -> Ints:
    number = {word: at for at, part in enumerate(bins) for word in part.values}
    if not number:
        return np.full(len(column), missing, dtype=np.int64)
    place = column.replace_strict(number, default=missing, return_dtype=pl.Int64)
    return place.fill_null(missing).to_numpy().copy()
