"""The plain rows the book is handed, and the checks they pass before anything is computed.

The book does not know where rows come from: it is handed frames with `party_id` and `source_ref` as text and
amounts as 64-bit whole numbers of fen. A row that cannot be posted stops the whole batch and is named.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date

import polars as pl

from creditloop.kernel.dates import month_end
from creditloop.kernel.errors import InputError
from creditloop.kernel.money import FEN_MAX

OPENING_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "party_id": pl.String,
    "source_ref": pl.String,
    "bill_fen": pl.Int64,
}
STATEMENT_COLUMNS: Mapping[str, type[pl.DataType]] = {**OPENING_COLUMNS, "payment_fen": pl.Int64}

_CONTROL = "[\\x00-\\x1f\\x7f]"
_CURRENCY = re.compile("[A-Z]{3}")


def checked_rows(rows: pl.DataFrame, *, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Check rows against the columns asked for and return just those, sorted by party.

    Row numbers in errors count from 1, in the order the rows were handed in.

    Raises: InputError naming the row, party and field: a missing or wrongly typed column, a null, empty text,
        a control character, a party twice, a negative payment, an amount of −2**63.
    """
    for name, dtype in columns.items():
        if name not in rows.columns:
            raise InputError(
                "a column is missing", got=rows.columns, expected=list(columns), where={"field": name}
            )
        if rows.schema[name] != dtype:
            raise InputError(
                "a column has the wrong type", got=rows.schema[name], expected=dtype, where={"field": name}
            )
    if rows.is_empty():
        raise InputError("there are no rows to post", expected="at least one row")
    numbered = rows.select(*columns).with_row_index("row", offset=1)
    for name, dtype in columns.items():
        value = pl.col(name)
        _refuse(numbered, value.is_null(), field=name, message=f"{name} is missing")
        if dtype == pl.String:
            _refuse(numbered, value == "", field=name, message=f"{name} is empty")
            message = f"{name} holds a control character"
            _refuse(numbered, value.str.contains(_CONTROL), field=name, message=message)
        else:
            # −2**63 is the one 64-bit integer whose opposite is not: its other leg would not fit
            _refuse(numbered, value < -FEN_MAX, field=name, message=f"{name} does not fit the book")
    _refuse(
        numbered, ~pl.col("party_id").is_first_distinct(), field="party_id", message="a party stands twice"
    )
    if "payment_fen" in columns:
        message = "a payment is negative"
        _refuse(numbered, pl.col("payment_fen") < 0, field="payment_fen", message=message)
    return numbered.drop("row").sort("party_id")


def rows_hash(rows: pl.DataFrame) -> str:
    """Return the SHA-256, in hex, of checked rows: one line a row, fields separated by tabs."""
    text = "\n".join(rows.select(pl.concat_str(pl.all(), separator="\t")).to_series().to_list())
    return hashlib.sha256(text.encode()).hexdigest()


def check_month_end(day: date) -> date:
    """Refuse a business date that does not close a month: statements are of whole months."""
    if day != (last := month_end(day.year, day.month)):
        raise InputError("the business date of a statement is a month's last day", got=day, expected=last)
    return day


def check_currency(code: str) -> str:
    """Refuse what is not an ISO 4217 code."""
    if not _CURRENCY.fullmatch(code):
        raise InputError("not a currency", got=repr(code), expected='three capital letters, e.g. "TWD"')
    return code


def _refuse(numbered: pl.DataFrame, bad: pl.Expr, *, field: str, message: str) -> None:
    found = numbered.filter(bad)
    if found.is_empty():
        return
    first = found.row(0, named=True)
    raise InputError(
        message if found.height == 1 else f"{message} ({found.height} rows; this is the first)",
        got=repr(first[field]),
        where={"row": first["row"], "party": first["party_id"], "field": field},
    )
