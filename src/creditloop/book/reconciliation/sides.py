"""What each side says of a day, as frames (三方数据), checked to be what the comparison expects."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from creditloop.book.reconciliation.words import CLASSES, FAILED, KINDS, PENDING, SETTLED
from creditloop.kernel.errors import InputError

_AMOUNT_COLUMNS = {
    "principal_fen": pl.Int64(),
    "interest_fen": pl.Int64(),
    "fee_fen": pl.Int64(),
    "penalty_fen": pl.Int64(),
}
BALANCE_COLUMNS: Mapping[str, pl.DataType] = {
    "loan_id": pl.String(),
    **_AMOUNT_COLUMNS,
    "dpd": pl.Int64(),
    "class": pl.String(),
}
"""A loan at the close of the day; `class` is a word of `words.CLASSES`."""
_ITEM = {"day": pl.Date(), "loan_id": pl.String(), "reference": pl.String()}
TRANSACTION_COLUMNS: Mapping[str, pl.DataType] = {**_ITEM, "kind": pl.String(), "amount_fen": pl.Int64()}
"""A line of a transaction; `kind` is one of `words.KINDS`, its amount above 0 but for a reversal."""
PAYMENT_COLUMNS: Mapping[str, pl.DataType] = {
    **_ITEM,
    "direction": pl.String(),
    "amount_fen": pl.Int64(),
    "status": pl.String(),
}
"""A payment of the channel: "in" or "out"; "settled", "failed" or "pending"."""
PART_COLUMNS: Mapping[str, pl.DataType] = {**_ITEM, "lender": pl.String(), "amount_fen": pl.Int64()}
"""What a partner gets of a transaction: principal, interest and penalty together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What the three sides say of a business day.

    Balances are those at the day's close, and the core's at the close before, None if they are not there.
    Transactions, payments and parts are those of the day and, as far as they are known, of the day before and
    the day after: they tell a late item from a missing one.

    Attributes:
        book_...: our book (我方台账); core_...: the core's loan records (核心).
        payments: the payment channel (支付渠道); partner_parts: the partners' own files (合作行).
    """

    day: date
    book_balances: pl.DataFrame
    core_balances: pl.DataFrame
    core_balances_before: pl.DataFrame | None
    book_transactions: pl.DataFrame
    core_transactions: pl.DataFrame
    payments: pl.DataFrame
    book_parts: pl.DataFrame
    partner_parts: pl.DataFrame

    def __post_init__(self) -> None:
        """Refuse frames of another form or with other words, days out of the window, our own loans twice.

        Raises: InputError naming the frame and the column.
        """
        for name, columns in _FORMS.items():
            frame: pl.DataFrame | None = getattr(self, name)
            if frame is not None:
                _check_form(frame, columns, name=name)
                _check_words(frame, name=name)
                _check_days(frame, day=self.day, name=name)
        if self.book_balances["loan_id"].is_duplicated().any():
            raise InputError("our own balances name a loan twice", where={"frame": "book_balances"})


_FORMS: Mapping[str, Mapping[str, pl.DataType]] = {
    "book_balances": BALANCE_COLUMNS,
    "core_balances": BALANCE_COLUMNS,
    "core_balances_before": BALANCE_COLUMNS,
    "book_transactions": TRANSACTION_COLUMNS,
    "core_transactions": TRANSACTION_COLUMNS,
    "payments": PAYMENT_COLUMNS,
    "book_parts": PART_COLUMNS,
    "partner_parts": PART_COLUMNS,
}
_WORDS: Mapping[str, Collection[str]] = {
    "kind": KINDS,
    "class": CLASSES,
    "direction": ("in", "out"),
    "status": (SETTLED, FAILED, PENDING),
}


def _check_form(frame: pl.DataFrame, columns: Mapping[str, pl.DataType], *, name: str) -> None:
    for column, dtype in columns.items():
        if frame.schema.get(column) != dtype:
            raise InputError(
                "a frame of a side lacks a column, or it is of another type",
                got=frame.schema.get(column),
                expected=dtype,
                where={"frame": name, "field": column},
            )
        if frame[column].has_nulls():
            raise InputError("a value is missing", where={"frame": name, "field": column})


def _check_words(frame: pl.DataFrame, *, name: str) -> None:
    for column, words in _WORDS.items():
        if column not in frame.columns:
            continue
        odd = frame.filter(~pl.col(column).is_in(list(words)))
        if not odd.is_empty():
            raise InputError(
                "no such word in this column",
                got=odd[column][0],
                expected=", ".join(sorted(words)),
                where={"frame": name, "field": column},
            )


def _check_days(frame: pl.DataFrame, *, day: date, name: str) -> None:
    if "day" not in frame.columns or frame.is_empty():
        return
    window = pl.Series([day - timedelta(days=1), day, day + timedelta(days=1)])
    outside = frame.filter(~pl.col("day").is_in(window.implode()))
    if not outside.is_empty():
        raise InputError(
            "an item is neither of the day nor of the day before or after",
            got=outside["day"][0],
            expected=day,
            where={"frame": name, "field": "day"},
        )
