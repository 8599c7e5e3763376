"""Words of short texts (文本用词): amounts and days as they stand in Chinese documents."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from creditloop.world.draws import Ints
from creditloop.world.writing.columns import joined, numbered


def amount_words(amount_fen: Ints) -> pa.Array:
    """Return amounts in yuan with two decimals: 12345.67."""
    return joined(pc.cast(pa.array(amount_fen // 100), pa.string()), ".", numbered("", amount_fen % 100, 2))


def day_words(days: Ints) -> pa.Array:
    """Return days as 2024年5月3日."""
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    month = (dates.astype("datetime64[M]") - years.astype("datetime64[M]")).astype(np.int64) + 1
    day = (dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    year = years.astype(np.int64) + 1970
    return joined(_plain(year), "年", _plain(month), "月", _plain(day), "日")


def _plain(numbers: Ints) -> pa.Array:
    return pc.cast(pa.array(numbers), pa.string())
