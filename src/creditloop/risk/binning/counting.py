"""Count goods and bads of a feature by value, so that counts of parts of the rows add up (可合并计数).

Bins are found from counts alone, so rows may be counted where they lie, in parts, by Polars or by a database
(`counting_sql`), and the same rows give the same bins to the byte however they were parted.

A number is counted by distinct value while there are at most `cells_max`. Beyond that neighbours share a
cell: a value is cut toward zero to its leading `bits` binary digits, the most of a fixed ladder with which
the cells are few enough. Such a grid is as fine near nought as far away, whatever the unit; it knows no
sample, and a coarser one only joins cells of a finer. So a part never needs fewer digits than the whole, and
merged parts end with the digits, and so the cells, of the whole. A cell keeps its least and its greatest
value: a cut between two cells separates the rows just as they were counted.

Weighed against this: quantile sketches are smaller, but their cuts depend on how the rows were parted; cuts
from exact quantiles need a second pass over the rows, and all distinct values at one place in the first.
Measured by `python -m bench.binning`: a million distinct values are counted in the time of sorting them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

import numpy as np
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, CardFeature
from creditloop.risk.measures.outcomes import Bools, Ints

CELLS_MAX = 2**20
"""Cells of a feature at most if the caller does not ask for fewer."""
BITS = (63, 40, 32, 28, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4)
"""The ladder of leading binary digits kept of a number; 63 keeps every value apart."""
_CELLS_LEAST = 1024
"""With 4 digits an int64 falls into fewer cells than this, so the ladder always ends."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_DTYPES = {Kind.TEXT: pl.String, Kind.BOOLEAN: pl.Boolean}
_POWERS = np.uint64(1) << np.arange(64, dtype=np.uint64)


class Count(NamedTuple):
    """Goods and bads."""

    goods: int
    bads: int

    @property
    def rows(self) -> int:
        """All of them."""
        return self.goods + self.bads


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueCounts:
    """Goods and bads of a feature by value.

    Attributes:
        least, most: (m,) int64, of a number: the least and the greatest value of each cell, ascending and
            apart; one and the same where a cell is one value.
        words: of a text or boolean, ascending.
        goods, bads: (m,) int64, of the cells or words.
        special: of each special code of the feature, in its order.
        missing: of the nulls.
        bits: leading binary digits by which values were put into cells, of the ladder.
    """

    feature: CardFeature
    least: Ints
    most: Ints
    words: tuple[str | bool, ...]
    goods: Ints
    bads: Ints
    special: tuple[Count, ...]
    missing: Count
    bits: int

    @property
    def totals(self) -> tuple[int, int]:
        """Goods and bads of all rows, the missing included."""
        apart = (*self.special, self.missing)
        goods = int(self.goods.sum()) + sum(one.goods for one in apart)
        return goods, int(self.bads.sum()) + sum(one.bads for one in apart)


def count_values(
    *, values: pl.Series, bad: Bools, feature: CardFeature, cells_max: int = CELLS_MAX
) -> ValueCounts:
    """Count goods and bads of a column by value.

    Args:
        values: (n,) of the feature's kind, null is missing; a number as whole fen, nano or units.
        bad: (n,) outcomes.
        cells_max: cells of a number at most, >= 1024.
    Raises: InputError if the column is not of the feature's kind.
    """
    column = typed_column(values, feature)
    if len(column) != len(bad):
        raise InputError(
            f"{feature.name} and bad must have the same rows", got=len(column), expected=len(bad)
        )
    if feature.kind not in NUMBERS:
        return _count_words(column, bad, feature)
    missing, numbers = Count(0, 0), column
    if column.null_count():
        there = column.is_not_null().to_numpy()
        missing, numbers, bad = _count_of(bad[~there]), column.drop_nulls(), bad[there]
    found = numbers.to_numpy()
    apart = list[Count]()
    for code in feature.special:
        at = found == code
        apart.append(_count_of(bad[at]))
        found, bad = found[~at], bad[~at]
    distinct, goods, bads = _distinct(found, bad)
    counts = ValueCounts(
        feature=feature, least=distinct, most=distinct, words=(), goods=goods, bads=bads,
        special=tuple(apart), missing=missing, bits=BITS[0],
    )  # fmt: skip
    return within(counts, cells_max=cells_max)


def merged(*, parts: Sequence[ValueCounts], cells_max: int = CELLS_MAX) -> ValueCounts:
    """Add the counts of parts of the rows; the same as counting all rows at once.

    Args:
        parts: at least one, of one feature; counted with the same `cells_max`, or with more.
    Raises: InputError if they are not of one feature.
    """
    if not parts or any(part.feature != parts[0].feature for part in parts):
        raise InputError(
            "counts of one feature can be merged", got=sorted({part.feature.name for part in parts})
        )
    return within(reduce(_added, parts), cells_max=cells_max)


def within(counts: ValueCounts, *, cells_max: int) -> ValueCounts:
    """Put the counts of a number into fewer cells, by the ladder, until there are at most `cells_max`."""
    if cells_max < _CELLS_LEAST:
        raise InputError("too few cells to count by", got=cells_max, expected=f">= {_CELLS_LEAST}")
    for bits in BITS[BITS.index(counts.bits) + 1 :]:
        if len(counts.least) <= cells_max:
            break
        counts = _joined(replace(counts, bits=bits))
    return counts


def cells(values: Ints, *, bits: int) -> Ints:
    """Return each value cut toward zero to its leading binary digits.

    >>> cells(np.array([1000, -1000, 7]), bits=4).tolist()
    [960, -960, 7]
    """
    size = np.abs(values).view(np.uint64)  # the least int64 has no positive twin but as unsigned
    digits = np.searchsorted(_POWERS, size, side="right")
    drop = np.maximum(digits - bits, 0).astype(np.uint64)
    cut = ((size >> drop) << drop).view(np.int64)
    return np.where(values < 0, -cut, cut)


def typed_column(values: pl.Series, feature: CardFeature) -> pl.Series:
    """Return a column as int64, text or boolean, as the feature's kind is.

    Raises: InputError if it is of another kind, or holds whole numbers beyond int64.
    """
    dtype = values.dtype
    if dtype == pl.Null:
        return values.cast(_DTYPES.get(feature.kind, pl.Int64))
    if feature.kind in NUMBERS and dtype.is_integer():
        numbers = values.cast(pl.Int64, strict=False)
        if numbers.null_count() == values.null_count():
            return numbers
    if feature.kind is Kind.TEXT and dtype.base_type() in _TEXTS:
        return values.cast(pl.String)
    if feature.kind is Kind.BOOLEAN and dtype == pl.Boolean:
        return values
    raise InputError(
        f"the column {feature.name} is not of its kind", got=str(dtype), expected=feature.kind.value
    )


def _count_words(column: pl.Series, bad: Bools, feature: CardFeature) -> ValueCounts:
    found = _by_boolean(column, bad) if feature.kind is Kind.BOOLEAN else _by_text(column, bad)
    missing = found.pop(None, Count(0, 0))
    words = tuple(sorted(word for word in found if word is not None))
    none = np.zeros(0, dtype=np.int64)
    return ValueCounts(
        feature=feature,
        least=none,
        most=none,
        words=words,
        goods=np.array([found[word].goods for word in words], dtype=np.int64),
        bads=np.array([found[word].bads for word in words], dtype=np.int64),
        special=(),
        missing=missing,
        bits=BITS[0],
    )


def _by_text(column: pl.Series, bad: Bools) -> dict[str | bool | None, Count]:
    table = pl.DataFrame({"word": column, "bad": pl.Series(bad, dtype=pl.Boolean)})
    found = table.group_by("word").agg(rows=pl.len(), bads=pl.col("bad").sum())
    return {word: Count(rows - bads, bads) for word, rows, bads in found.iter_rows()}


def _by_boolean(column: pl.Series, bad: Bools) -> dict[str | bool | None, Count]:
    code = column.cast(pl.Int8).fill_null(2).to_numpy()
    told = {word: _count_of(bad[code == at]) for at, word in enumerate((False, True, None))}
    return {word: count for word, count in told.items() if count.rows}


def _distinct(values: Ints, bad: Bools) -> tuple[Ints, Ints, Ints]:
    """Return the distinct values, ascending, and the goods and bads of each."""
    distinct, rows = _run_lengths(np.sort(values))
    of_bads, counted = _run_lengths(np.sort(values[bad]))
    bads = np.zeros(len(distinct), dtype=np.int64)
    bads[np.searchsorted(distinct, of_bads)] = counted
    return distinct, rows - bads, bads


def _run_lengths(ordered: Ints) -> tuple[Ints, Ints]:
    if not len(ordered):
        return ordered, np.zeros(0, dtype=np.int64)
    starts = np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))
    return ordered[starts], np.diff(starts, append=len(ordered))


def _count_of(bad: Bools) -> Count:
    bads = int(bad.sum())
    return Count(len(bad) - bads, bads)


def _added(one: ValueCounts, other: ValueCounts) -> ValueCounts:
    both = replace(
        one,
        least=np.concatenate((one.least, other.least)),
        most=np.concatenate((one.most, other.most)),
        words=one.words + other.words,
        goods=np.concatenate((one.goods, other.goods)),
        bads=np.concatenate((one.bads, other.bads)),
        special=tuple(_sum(pair) for pair in zip(one.special, other.special, strict=True)),
        missing=_sum((one.missing, other.missing)),
        bits=min(one.bits, other.bits),
    )
    return _joined(both) if one.feature.kind in NUMBERS else _joined_words(both)


def _sum(counts: Iterable[Count]) -> Count:
    told = tuple(counts)
    return Count(sum(one.goods for one in told), sum(one.bads for one in told))


def _joined(counts: ValueCounts) -> ValueCounts:
    """Join what falls into one cell by the digits kept; the cells may stand in any order."""
    if not len(counts.least):
        return counts
    order = np.argsort(counts.least, kind="stable")
    of = cells(counts.least[order], bits=counts.bits)
    starts = np.concatenate(([0], np.flatnonzero(of[1:] != of[:-1]) + 1))
    return replace(
        counts,
        least=np.minimum.reduceat(counts.least[order], starts),
        most=np.maximum.reduceat(counts.most[order], starts),
        goods=np.add.reduceat(counts.goods[order], starts),
        bads=np.add.reduceat(counts.bads[order], starts),
    )


def _joined_words(counts: ValueCounts) -> ValueCounts:
    words = tuple(sorted(set(counts.words)))
    number = {word: at for at, word in enumerate(words)}
    place = np.array([number[word] for word in counts.words], dtype=np.int64)
    goods, bads = np.zeros((2, len(words)), dtype=np.int64)
    np.add.at(goods, place, counts.goods)
    np.add.at(bads, place, counts.bads)
    return replace(counts, words=words, goods=goods, bads=bads)
