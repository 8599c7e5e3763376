"""Find columns that must not be fitted as they are (建模前列检查), each named with what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import NUMBERS, CardFeature
from creditloop.risk.binning.counting import Count, ValueCounts, count_values, typed_column
from creditloop.risk.binning.merging import PREBINS_MAX
from creditloop.risk.measures.outcomes import Bools, checked_bad

BAD = "bad"
"""The column that a finding about the outcomes names."""
_RARER_A_GROUP = 10
"""A column that tells good from bad without fault has two groups, or one for so many of the rarer outcome.

A column of keys, each once, does so too and says nothing: chance alone makes two groups of each of the rarer.
"""
_UNITS = {Kind.MONEY: 100, Kind.NANO: 10**9}
"""Whole units of one yuan, and of one."""
_INT64_END = 2.0**63


class ColumnFault(StrEnum):
    """What is wrong with a column."""

    ONE_CLASS = "one_class"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    NOT_OF_KIND = "not_of_kind"
    ALL_MISSING = "all_missing"
    CONSTANT = "constant"
    TARGET = "target"
    DUPLICATE = "duplicate"
    MANY_WORDS = "many_words"


_TOLD = {
    ColumnFault.ONE_CLASS: ("样本只有一类结果", "the sample has one outcome only"),
    ColumnFault.NOT_FINITE: ("有无穷大或非数值", "holds infinite values, or what is no number"),
    ColumnFault.OUT_OF_RANGE: ("有超出 64 位整数的值", "holds values beyond 64-bit whole numbers"),
    ColumnFault.NOT_OF_KIND: ("不是所声明的类型", "is not of its kind"),
    ColumnFault.ALL_MISSING: ("全部缺失", "is missing in every row"),
    ColumnFault.CONSTANT: ("只有一个取值", "has one value only"),
    ColumnFault.TARGET: ("与结果完全对应，疑为目标泄漏", "tells good from bad as the target does"),
    ColumnFault.DUPLICATE: ("逐行等同于", "is row by row the same as"),
    ColumnFault.MANY_WORDS: ("取值过多，少见值合为一组", "has too many words: the rare ones are one group"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFinding:
    """A column that must not be fitted as it is, or not without a look.

    Attributes:
        column: the feature, or `bad` for the outcomes themselves.
        count: of what is wrong: rows, or words of `many_words`.
        same_as: the column that a duplicate repeats, the first of them.
        zh, en: said in words.
    """

    column: str
    fault: ColumnFault
    count: int
    same_as: str | None
    zh: str
    en: str

    @property
    def leaves_out(self) -> bool:
        """Whether nothing can be fitted with the column; of `many_words` the rare ones share bins."""
        return self.fault is not ColumnFault.MANY_WORDS


def column_findings(
    *,
    frame: pl.DataFrame,
    bad: npt.ArrayLike,
    features: Sequence[CardFeature],
    prebins_max: int = PREBINS_MAX,
) -> tuple[ColumnFinding, ...]:
    """Look at the columns of a sample before it is fitted.

    A column has at most one finding, the gravest: values that are no whole numbers of its unit, all missing,
    one value, the target among the features, a copy of a column before it, more words than pre-bins.

    Args:
        frame: a column for each feature; numbers should be whole fen, nano or units. Floats are looked at as
            yuan, ratios or units, to tell infinite values and values too great from a wrong kind.
        bad: (n,) of 0/1 or booleans, none missing.
        prebins_max: words of a text that are binned each by itself.
    Returns: findings in the order of the features, that of the outcomes first.
    Raises: InputError if a column is absent, or outcomes are no outcomes.
    """
    outcomes = checked_bad(bad)
    if absent := [one.name for one in features if one.name not in frame.columns]:
        raise InputError("the frame lacks features", got=absent, expected=frame.columns)
    if frame.height != len(outcomes):
        raise InputError(
            "the frame and bad must have the same rows", got=frame.height, expected=len(outcomes)
        )
    found = list[ColumnFinding]()
    if outcomes.all() or not outcomes.any():
        found.append(_finding(BAD, ColumnFault.ONE_CLASS, len(outcomes)))
    seen: dict[tuple[str, int], list[pl.Series]] = {}
    for one in features:
        told = _told_of(frame[one.name], outcomes, one, prebins_max)
        if told is None or not told.leaves_out:
            copied = _copied(typed_column(frame[one.name], one), seen)
            if copied is not None:
                told = _finding(one.name, ColumnFault.DUPLICATE, frame.height, same_as=copied)
        if told is not None:
            found.append(told)
    return tuple(found)


def _finding(column: str, fault: ColumnFault, count: int, *, same_as: str | None = None) -> ColumnFinding:
    zh, en = _TOLD[fault]
    of = f" {same_as}" if same_as else ""
    return ColumnFinding(
        column=column, fault=fault, count=count, same_as=same_as,
        zh=f"{column} {zh}{of} ({count})", en=f"{column} {en}{of} ({count})",
    )  # fmt: skip


def _told_of(values: pl.Series, bad: Bools, feature: CardFeature, prebins_max: int) -> ColumnFinding | None:
    name = feature.name
    if values.null_count() == len(values):
        return _finding(name, ColumnFault.ALL_MISSING, len(values))
    try:
        typed_column(values, feature)
    except InputError:
        fault, count = _unfit(values, feature)
        return _finding(name, fault, count)
    counts = count_values(values=values, bad=bad, feature=feature, cells_max=max(len(values), 1024))
    if len(counts.goods) + len(_apart(counts)) == 1:
        return _finding(name, ColumnFault.CONSTANT, len(values))
    if _is_target(counts):
        return _finding(name, ColumnFault.TARGET, len(values))
    if len(counts.words) > prebins_max:
        return _finding(name, ColumnFault.MANY_WORDS, len(counts.words))
    return None


def _unfit(values: pl.Series, feature: CardFeature) -> tuple[ColumnFault, int]:
    """Tell why a column is not of its kind, and in how many rows."""
    there = values.drop_nulls()
    if feature.kind in NUMBERS and there.dtype.is_float():
        wrong = len(there) - int(there.is_finite().sum())
        beyond = int((there.abs() * _UNITS.get(feature.kind, 1) >= _INT64_END).sum())
        if wrong:
            return ColumnFault.NOT_FINITE, wrong
        if beyond:
            return ColumnFault.OUT_OF_RANGE, beyond
    if feature.kind in NUMBERS and there.dtype.is_integer():
        return ColumnFault.OUT_OF_RANGE, there.cast(pl.Int64, strict=False).null_count()
    return ColumnFault.NOT_OF_KIND, len(there)


def _apart(counts: ValueCounts) -> list[Count]:
    """Return what stands apart from the values and occurs: special codes, the missing."""
    return [one for one in (*counts.special, counts.missing) if one.rows]


def _is_target(counts: ValueCounts) -> bool:
    """Whether a column tells good from bad without fault: by few words, or by few runs of values."""
    goods, bads = counts.totals
    apart = _apart(counts)
    if not goods or not bads or any(one.goods and one.bads for one in apart):
        return False
    if ((counts.goods > 0) & (counts.bads > 0)).any():
        return False
    groups = len(counts.goods) + len(apart)
    if counts.feature.kind in NUMBERS:
        groups = int(np.count_nonzero(np.diff(counts.bads > 0))) + bool(len(counts.bads)) + len(apart)
    return groups <= max(2, min(goods, bads) // _RARER_A_GROUP)


def _copied(values: pl.Series, seen: dict[tuple[str, int], list[pl.Series]]) -> str | None:
    """Return the column seen before that is the same row by row, and remember this one."""
    key = (str(values.dtype), int(values.hash(seed=0).sum() or 0))
    alike = seen.setdefault(key, [])
    found = next((other.name for other in alike if other.equals(values)), None)
    alike.append(values)
    return found
