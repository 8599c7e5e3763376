"""A break (差异) as a row: which loan and reference, how the sides disagree, what each of them says."""

from collections.abc import Mapping

import polars as pl

from creditloop.kernel.money import text_from_fen

BREAK_COLUMNS: Mapping[str, pl.DataType] = {
    "record": pl.String(),
    "loan_id": pl.String(),
    "reference": pl.String(),
    "lender": pl.String(),
    "field": pl.String(),
    "day": pl.Date(),
    "kind": pl.String(),
    "book_says": pl.String(),
    "core_says": pl.String(),
    "money_says": pl.String(),
    "difference_fen": pl.Int64(),
    "cause": pl.String(),
}
"""`reference` and `lender` are empty where there is none; a side that says nothing is null.

`difference_fen` is what we say less what the other side says, nothing counting as 0; null if the break is not
about an amount. Of an allocation it is the amount that stands in another part.
"""
KEY = ("record", "loan_id", "reference", "lender", "field")
"""What makes two breaks the same, from run to run and from day to day."""


def no_breaks() -> pl.DataFrame:
    """Return a frame of breaks without rows."""
    return pl.DataFrame(schema=BREAK_COLUMNS)


def joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of breaks together, by key."""
    return pl.concat([no_breaks(), *frames]).sort(KEY)


def amount_text(column: str) -> pl.Expr:
    """Return amounts in fen as text in yuan; what is null stays so. Only for the few rows that are breaks."""
    return pl.col(column).map_elements(text_from_fen, return_dtype=pl.String)
