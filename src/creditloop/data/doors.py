"""The doors of typed values: every cell of a file becomes a value of its contract's type here, or a fault.

Where exactness can be shown for a whole column at once it is done so (plain decimal text, whole floats below
2**53 fen, integers); every other value goes alone through the door of `kernel.money` or is refused. Nothing
is stripped, guessed or rounded: " 5", "1e3", "31/12/2005" are faults.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from creditloop.data.contracts import ColumnType
from creditloop.data.moments import INSTANT
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import FEN_MAX, fen_from_float, fen_from_text

FLOAT_EXACT = 2**53
"""Whole numbers below this are floats one by one; above, a float names several."""
INT64_MAX = 2**63 - 1

_WHOLE = r"^-?(0|[1-9][0-9]{0,17})(\.0+)?$"
_WHOLE_LONG = r"^-?[1-9][0-9]+(\.0+)?$"
_AMOUNT = r"^[+-]?[0-9]{1,15}(\.[0-9]{1,2}0*)?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_INSTANT_TEXT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$"
)
_TRUTHS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}

EXPECTED: Mapping[ColumnType, str] = {
    ColumnType.INTEGER: "a whole number within 64 bits",
    ColumnType.MONEY: "an amount with at most 2 decimals, within 64 bits of fen",
    ColumnType.TEXT: "text without NUL characters",
    ColumnType.CODE: "text without NUL characters",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.DATE: "a day as YYYY-MM-DD",
    ColumnType.INSTANT: "an instant with its time zone, to the microsecond",
}
"""What a fault's cell should have been."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed column: `values` is null where the cell was empty or at fault; `fault` says which."""

    values: pl.Series
    fault: pl.Series


def typed(cells: pl.Series, *, column_type: ColumnType) -> Typed:
    """Turn the cells of a column into values of a contract's type; a null cell is null and no fault.

    Returns: values as Int64 (integer, money in fen), String (text, code), Boolean, Date or Datetime in UTC.
    """
    values = _DOORS[column_type](cells)
    return Typed(values=values, fault=cells.is_not_null() & values.is_null())


def _integer(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        whole = cells.str.contains(_WHOLE)
        plain = _where(cells, whole).str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
        return _one_by_one(cells, plain, _integer_from_text, when=cells.str.contains(_WHOLE_LONG) & ~whole)
    if cells.dtype.is_float():
        exact = cells.is_finite() & (cells == cells.floor()) & (cells.abs() < FLOAT_EXACT)
        return _where(cells, exact).cast(pl.Int64)
    if cells.dtype.is_decimal():
        return _integer(cells.cast(pl.String))
    return cells.cast(pl.Int64, strict=False)


def _integer_from_text(text: object) -> int | None:
    value = int(str(text).partition(".")[0])
    return value if -INT64_MAX <= value <= INT64_MAX else None


def _money(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        plain = _where(cells, cells.str.contains(_AMOUNT))
        return _one_by_one(cells, _fen_of_plain_text(plain), _fen_from_text, when=plain.is_null())
    if cells.dtype.is_float():
        whole = cells.is_finite() & (cells == cells.floor()) & (cells.abs() * 100 < FLOAT_EXACT)
        plain = _where(cells, whole).cast(pl.Int64) * 100
        return _one_by_one(cells, plain, _fen_from_float, when=~whole)
    if cells.dtype.is_integer():
        units = cells.cast(pl.Int64, strict=False)
        return _where(units, units.is_between(-(FEN_MAX // 100), FEN_MAX // 100)) * 100
    return _money(cells.cast(pl.String))


def _fen_of_plain_text(text: pl.Series) -> pl.Series:
    """Read amounts of at most 15 digits before the point and 2 that matter after it."""
    parts = text.str.split_exact(".", 1).struct.unnest()
    units = parts["field_0"].cast(pl.Int64)
    hundredths = parts["field_1"].fill_null("").str.slice(0, 2).str.pad_end(2, "0").cast(pl.Int64)
    negative = text.str.starts_with("-")
    return units * 100 + pl.select(pl.when(negative).then(-hundredths).otherwise(hundredths)).to_series()


def _fen_from_text(text: object) -> int | None:
    try:
        return fen_from_text(str(text))
    except InputError:
        return None


def _fen_from_float(amount: object) -> int | None:
    try:
        return fen_from_float(float(str(amount)))
    except InputError:
        return None


def _text(cells: pl.Series) -> pl.Series:
    text = cells if cells.dtype == pl.String else cells.cast(pl.String)
    return _where(text, ~text.str.contains("\0", literal=True))


def _boolean(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.Boolean:
        return cells
    return (
        cells.cast(pl.String)
        .str.to_lowercase()
        .replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)
    )


def _date(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        days = _where(cells, cells.str.contains(_DAY)).str.to_date("%Y-%m-%d", strict=False)
    else:
        days = cells.cast(pl.Date)
    return _where(days, days.is_between(date.min, date.max))


def _instant(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.String:
        return _one_by_one(
            cells,
            pl.Series(cells.name, [None] * len(cells), dtype=INSTANT),
            _instant_from_text,
            when=cells.str.contains(_INSTANT_TEXT),
        )
    if cells.dtype == pl.Null:
        return cells.cast(INSTANT)
    exact = cells.cast(INSTANT)
    whole = exact.cast(cells.dtype) == cells
    return _where(exact, whole & exact.dt.year().is_between(date.min.year, date.max.year))


def _instant_from_text(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _where(values: pl.Series, mask: pl.Series) -> pl.Series:
    """Return the values, null where the mask is not true."""
    return values.zip_with(mask.fill_null(value=False), pl.Series([None], dtype=values.dtype))


def _one_by_one(
    cells: pl.Series, values: pl.Series, door: Callable[[object], object], *, when: pl.Series
) -> pl.Series:
    """Fill in the values that could not be read together: each alone through its door."""
    rows = (when & cells.is_not_null()).arg_true()
    if len(rows) == 0:
        return values
    alone = pl.Series([door(cell) for cell in cells.gather(rows)], dtype=values.dtype)
    return values.clone().scatter(rows, alone)


_DOORS: Mapping[ColumnType, Callable[[pl.Series], pl.Series]] = {
    ColumnType.INTEGER: _integer,
    ColumnType.MONEY: _money,
    ColumnType.TEXT: _text,
    ColumnType.CODE: _text,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.DATE: _date,
    ColumnType.INSTANT: _instant,
}
