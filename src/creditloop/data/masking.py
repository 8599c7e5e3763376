"""Masking (脱敏) by sensitivity class and type: what a purpose sees that may not see the value itself.

A masked column is always text, so that nothing can be computed from it by mistake; what is missing stays
missing. Class 4 and above: "***", whatever the type. Below:

| type | seen |
| --- | --- |
| money | the order of magnitude, in units of the currency: "10000..99999", "-100..-999" |
| date, instant | the year: "2005-**-**" |
| text | the first character: "张**" |
| integer, code, boolean | "*" |
| party_id | the contract and the last two characters of a long number: "bank/***42" |
"""

from collections.abc import Callable, Mapping

import polars as pl

from creditloop.data.contracts import ColumnType

HIDDEN = "***"
_HIDDEN_FROM = 4
"""From this class on nothing of a value is seen."""
_PARTY_LONG = 6
"""A party's number of at least so many characters shows its last two."""


def masked(values: pl.Series, *, column_type: ColumnType, sensitivity: int) -> pl.Series:
    """Mask a column of a source table; null stays null.

    >>> masked(pl.Series([1_234_500, -5, None]), column_type=ColumnType.MONEY, sensitivity=3).to_list()
    ['10000..99999', '-0..-9', None]
    """
    mask = _MASKS[column_type] if sensitivity < _HIDDEN_FROM else _hidden
    return _each(values, mask)


def masked_party(values: pl.Series, *, sensitivity: int) -> pl.Series:
    """Mask party ids.

    >>> masked_party(pl.Series(["bank/1234567", "bank/12"]), sensitivity=3).to_list()
    ['bank/***67', 'bank/***']
    """
    return _each(values, _party if sensitivity < _HIDDEN_FROM else _hidden)


def _each(values: pl.Series, mask: Callable[[object], str]) -> pl.Series:
    texts = [None if value is None else mask(value) for value in values]
    return pl.Series(values.name, texts, dtype=pl.String)


def _hidden(_: object) -> str:
    return HIDDEN


def _magnitude(value: object) -> str:
    amount_fen = int(str(value))
    sign, digits = ("-" if amount_fen < 0 else ""), len(str(abs(amount_fen) // 100))
    low = 10 ** (digits - 1) if digits > 1 else 0
    return f"{sign}{low}..{sign}{10**digits - 1}"


def _year(value: object) -> str:
    return f"{str(value)[:4]}-**-**"


def _first_character(value: object) -> str:
    return f"{str(value)[:1]}**"


def _star(_: object) -> str:
    return "*"


def _party(value: object) -> str:
    contract, _, number = str(value).partition("/")
    return f"{contract}/***{number[-2:] if len(number) >= _PARTY_LONG else ''}"


_MASKS: Mapping[ColumnType, Callable[[object], str]] = {
    ColumnType.INTEGER: _star,
    ColumnType.MONEY: _magnitude,
    ColumnType.TEXT: _first_character,
    ColumnType.BOOLEAN: _star,
    ColumnType.DATE: _year,
    ColumnType.INSTANT: _year,
    ColumnType.CODE: _star,
}
