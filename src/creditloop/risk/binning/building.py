"""Make bins of counted values that have been put together, with what was seen and what it says."""

from collections.abc import Iterator

import numpy as np

from creditloop.risk.binning.bins import NUMBERS, Bin, nano_from_float
from creditloop.risk.binning.counting import Count, ValueCounts
from creditloop.risk.binning.cutting import intervals, summed
from creditloop.risk.binning.merging import woe
from creditloop.risk.measures.outcomes import Ints


def bins_of(counts: ValueCounts, *, number: Ints, rows_min: int, complete: bool = False) -> tuple[Bin, ...]:
    """Return the bins of a feature: of its values, of its special codes, of the missing.

    A special code of `rows_min` rows has a bin; those of fewer share one, of no rows perhaps. A bin of
    special codes or of the missing with fewer than `rows_min` rows says nothing: its woe is 0.

    Args:
        number: (m,) the number of each cell's or word's bin, from 0.
        complete: whether the missing, and a number's values, have a bin even if none were seen.
    """
    bins = [*_value_bins(counts, number)]
    if complete and not bins and counts.feature.kind in NUMBERS:
        bins.append(Bin(rows=0, bad=0, woe_nano=0))
    bins += _special_bins(counts, rows_min)
    if complete or counts.missing.rows:
        weight = _apart_woe(counts.missing, counts.totals, rows_min)
        bins.append(Bin(missing=True, rows=counts.missing.rows, bad=counts.missing.bads, woe_nano=weight))
    return tuple(bins)


def _value_bins(counts: ValueCounts, number: Ints) -> Iterator[Bin]:
    goods, bads = (summed(part, number) for part in (counts.goods, counts.bads))
    woes = [nano_from_float(value) for value in woe(goods, bads, counts.totals).tolist()]
    seen = [
        {"rows": good + one, "bad": one, "woe_nano": weight}
        for good, one, weight in zip(goods.tolist(), bads.tolist(), woes, strict=True)
    ]
    if counts.feature.kind in NUMBERS:
        for (low, high), told in zip(intervals(counts, number), seen, strict=True):
            yield Bin(low=low, high=high, **told)
        return
    words: list[list[str | bool]] = [[] for _ in seen]
    for word, at in zip(counts.words, number.tolist(), strict=True):
        words[at].append(word)
    for listed, told in zip(words, seen, strict=True):
        yield Bin(values=tuple(listed), **told)


def _special_bins(counts: ValueCounts, rows_min: int) -> Iterator[Bin]:
    shared, few = list[int](), Count(0, 0)
    for code, one in zip(counts.feature.special, counts.special, strict=True):
        if one.rows >= rows_min:
            weight = _apart_woe(one, counts.totals, rows_min)
            yield Bin(special=(code,), rows=one.rows, bad=one.bads, woe_nano=weight)
        else:
            shared.append(code)
            few = Count(few.goods + one.goods, few.bads + one.bads)
    if shared:
        weight = _apart_woe(few, counts.totals, rows_min)
        yield Bin(special=tuple(shared), rows=few.rows, bad=few.bads, woe_nano=weight)


def _apart_woe(one: Count, totals: tuple[int, int], rows_min: int) -> int:
    if one.rows < rows_min:
        return 0
    return nano_from_float(float(woe(np.array([one.goods]), np.array([one.bads]), totals)[0]))
