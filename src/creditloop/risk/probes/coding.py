"""Columns as small whole codes (编码): what the probes read, whatever kind of column it was.

A number with few values has a code each; one with many is cut at quantiles, and a value that occurs often has
a code of its own. A date is its day number, a text is coded by how often it occurs. Missing is a code of its
own, always. Nothing of the outcome is looked at but how many bads and goods there are, so codes tell nothing
by being made.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.outcomes import Bools, Floats, Ints

EXACT = 2**53
"""Whole numbers from here on are not exact as floats."""
CODES_MAX = 64
"""Intervals, or values, of a number."""
_WORDS_MAX = 255
_WORD_ROWS_MIN = 5
_OFTEN = 0.01
"""Share of rows from which a value has a code of its own."""
_ROWS_PER_CODE = 5
"""Rows of the rarer outcome that a code should have on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedColumn:
    """A column as codes.

    Attributes:
        codes: (n,) 0..len(labels)-1; numbers and dates ascending, the missing last.
        labels: what a code stands for, in the column's own values.
        missing: (n,) whether there is no value.
        numbers: (n,) the values, nan where missing; None for texts.
        ranked: whether `numbers` are ranks instead: whole numbers so large that floats would take some of
            them for equal (ids of more than 2^53).
    """

    name: str
    codes: Ints
    labels: tuple[str, ...]
    missing: Bools
    numbers: Floats | None
    ranked: bool = False


def code_column(*, column: pl.Series, rarer: int) -> CodedColumn:
    """Code a column of any kind.

    Args:
        column: numbers, booleans, dates, instants, texts, or categories; null and nan are missing.
        rarer: rows of the rarer outcome; the fewer, the coarser a number is cut.
    Raises: InputError for a column of lists or records.
    """
    ranked = _floats_merge(column)
    numbers = _numbers(column.rank("dense") if ranked else column)
    if numbers is None:
        return _coded_words(column.cast(pl.String), _words(column.cast(pl.String)))
    values, rows = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
    count = min(CODES_MAX, max(8, rarer // _ROWS_PER_CODE))
    cuts = values[1:] if len(values) <= CODES_MAX else _cuts(values, rows, count)
    return _coded_numbers(column, numbers, cuts, ranked=ranked)


def code_frame(*, frame: pl.DataFrame, rarer: int) -> tuple[CodedColumn, ...]:
    """Code every column of a frame; see `code_column`."""
    return tuple(code_column(column=column, rarer=rarer) for column in frame.iter_columns())


def code_alike(*, reference: pl.Series, recent: pl.Series, bins: int) -> CodedColumn:
    """Code two samples of a column by what the first one holds: its rows, then those of the second.

    A number with more than `bins` values is cut at quantiles of the reference; a text that is rare or unseen
    there is `other`.

    Raises: InputError if only one of them is of numbers, or it is of no kind that is coded.
    """
    before, after, name = _numbers(reference), _numbers(recent), reference.name
    if (before is None) != (after is None) and pl.Null not in (reference.dtype, recent.dtype):
        raise InputError(
            f"the column {name!r} is of another kind in the recent rows",
            got=str(recent.dtype),
            expected=str(reference.dtype),
        )
    if before is None or after is None:
        texts = [part.cast(pl.String) for part in (reference, recent)]
        return _coded_words(pl.concat(texts), _words(texts[0]))
    both = np.concatenate([before, after])
    shown = pl.Series(name, both)
    whole = _whole(reference, recent)
    ranked = whole is not None and _floats_merge(whole)
    if whole is not None and ranked:
        both, shown = _floats(whole.rank("dense")), whole
    known = both[: len(before)]
    values, rows = np.unique(known[~np.isnan(known)], return_counts=True)
    cuts = values[1:] if len(values) <= bins else _quantiles(values, rows, bins)
    return _coded_numbers(shown, both, cuts, ranked=ranked)


def matrix_of(columns: tuple[CodedColumn, ...], rows: Ints) -> Floats:
    """Return the codes of some rows as a matrix, a column each, missing as nan."""
    found = np.empty((len(rows), len(columns)))
    for at, column in enumerate(columns):
        found[:, at] = np.where(column.missing[rows], np.nan, column.codes[rows])
    return found


def _whole(reference: pl.Series, recent: pl.Series) -> pl.Series | None:
    """Return two samples of whole numbers as one, None where one is of something else."""
    if not (reference.dtype.is_integer() and recent.dtype.is_integer()):
        return None
    return pl.concat([part.cast(pl.Int128) for part in (reference, recent)])


def _floats_merge(column: pl.Series) -> bool:
    """Tell whether floats would take some of a column's whole numbers for equal."""
    if not column.dtype.is_integer() or column.null_count() == len(column):
        return False
    ends = [int(str(end)) for end in (column.min(), column.max())]
    if max(map(abs, ends)) <= EXACT:
        return False
    return column.cast(pl.Float64).n_unique() < column.n_unique()


def _numbers(column: pl.Series) -> Floats | None:
    """Return a column's values as floats, nan where missing; None for texts."""
    if column.dtype.is_numeric():
        return _floats(column)
    if column.dtype.is_temporal() or column.dtype == pl.Boolean:
        return _floats(column.to_physical())
    if column.dtype in {pl.String, pl.Categorical, pl.Enum, pl.Null}:
        return None
    raise InputError(
        f"the column {column.name!r} is of no kind that is coded",
        got=str(column.dtype),
        expected="numbers, booleans, dates or texts",
    )


def _floats(column: pl.Series) -> Floats:
    return column.cast(pl.Float64).to_numpy().astype(np.float64)


def _coded_numbers(column: pl.Series, numbers: Floats, cuts: Floats, *, ranked: bool) -> CodedColumn:
    missing = np.isnan(numbers)
    codes = np.searchsorted(cuts, numbers, side="right").astype(np.int64)
    codes[missing] = len(cuts) + 1
    labels = _interval_labels(column, numbers, codes, missing, len(cuts) + 1)
    return CodedColumn(
        name=column.name,
        codes=codes,
        labels=(*labels, "missing"),
        missing=missing,
        numbers=numbers,
        ranked=ranked,
    )


def _cuts(values: Floats, rows: Ints, count: int) -> Floats:
    """Return cut points at quantiles, and about each value that occurs often."""
    often = values[rows >= max(2, _OFTEN * rows.sum())]
    after = values[np.minimum(np.searchsorted(values, often) + 1, len(values) - 1)]
    cuts = np.unique(np.concatenate([_quantiles(values, rows, count), often, after]))
    return np.asarray(cuts[cuts > values[0]])


def _quantiles(values: Floats, rows: Ints, count: int) -> Floats:
    """Return the values at which intervals of about equal numbers of rows begin, but the first."""
    upto = np.cumsum(rows)
    found = np.unique(values[np.searchsorted(upto, upto[-1] * np.arange(1, count) / count)])
    return np.asarray(found[found > values[0]])


def _interval_labels(
    column: pl.Series, numbers: Floats, codes: Ints, missing: Bools, count: int
) -> list[str]:
    """Name each code by the least and the greatest value that has it, as the column writes them."""
    known = np.flatnonzero(~missing)
    order = known[np.lexsort((numbers[known], codes[known]))]
    bounds = np.searchsorted(codes[order], np.arange(count + 1))
    found = list[str]()
    for low, high in pairwise(bounds.tolist()):
        if low == high:
            found.append("")
            continue
        first, last = (str(column[int(order[at])]) for at in (low, high - 1))
        found.append(first if first == last else f"{first}..{last}")
    return found


def _words(column: pl.Series) -> list[str]:
    """Return the texts that have a code of their own, the most frequent first."""
    counts = column.drop_nulls().value_counts(name="rows")
    counts = counts.sort(["rows", column.name], descending=[True, False])
    return counts.filter(pl.col("rows") >= _WORD_ROWS_MIN)[column.name].head(_WORDS_MAX).to_list()


def _coded_words(column: pl.Series, words: list[str]) -> CodedColumn:
    place = {word: at for at, word in enumerate(words)}
    missing = column.is_null().to_numpy()
    codes = np.array([place.get(word, len(words)) for word in column.to_list()], dtype=np.int64)
    codes[missing] = len(words) + 1
    return CodedColumn(
        name=column.name, codes=codes, labels=(*words, "other", "missing"), missing=missing, numbers=None
    )
