"""What partners get of each transaction, ours against their own files, to the fen (合作行对账).

A part that is missing or late because the transaction itself is a break is not named again: the transaction's
break is its root.
"""

import polars as pl

from creditloop.book.reconciliation.breaks import BREAK_COLUMNS, amount_text, joined
from creditloop.book.reconciliation.items import ITEM, PART_ITEM, concerned, items_of_parts
from creditloop.book.reconciliation.sides import Sides
from creditloop.book.reconciliation.words import BreakKind, Record

_OURS, _THEIRS = pl.col("amount_fen").is_not_null(), pl.col("partner_fen").is_not_null()
_DAYS = ("item_day", "partner_day")
_ROOTS = (BreakKind.MISSING.value, BreakKind.STATUS_DIFFERS.value, BreakKind.LATE.value)


def partner_breaks(sides: Sides, *, transactions: pl.DataFrame) -> pl.DataFrame:
    """Return the breaks of partners' parts, but for those that follow from a break of the transaction.

    Args:
        transactions: the breaks of transactions.
    """
    day = sides.day
    theirs = items_of_parts(sides.partner_parts, day=day).rename(
        {"amount_fen": "partner_fen", "item_day": "partner_day", "twice": "partner_twice"}
    )
    items = (
        concerned((sides.book_parts, sides.partner_parts), day=day, key=PART_ITEM)
        .join(items_of_parts(sides.book_parts, day=day), on=PART_ITEM, how="left")
        .join(theirs, on=PART_ITEM, how="left")
        .with_columns(today=pl.lit(day))
    )
    roots = transactions.filter(pl.col("kind").is_in(list(_ROOTS)))
    judged = items.with_columns(_kind()).filter(pl.col("kind").is_not_null())
    named = judged.filter(pl.col("kind").is_in(list(_ROOTS))).join(roots, on=ITEM, how="semi")
    return joined([_rows(judged.join(named, on=PART_ITEM, how="anti"))])


def _kind() -> pl.Expr:
    return (
        pl.when(pl.col("partner_twice").fill_null(value=False))
        .then(pl.lit(BreakKind.DUPLICATED.value))
        .when(~_OURS | ~_THEIRS)
        .then(pl.lit(BreakKind.MISSING.value))
        .when(pl.max_horizontal(_DAYS) != pl.min_horizontal(_DAYS))
        .then(pl.lit(BreakKind.LATE.value))
        .when(pl.col("amount_fen") != pl.col("partner_fen"))
        .then(pl.lit(BreakKind.AMOUNT_DIFFERS.value))
        .alias("kind")
    )


def _cause() -> pl.Expr:
    kind = pl.col("kind")
    return (
        pl.when(kind == BreakKind.DUPLICATED)
        .then(pl.lit("partner_said_twice"))
        .when(kind == BreakKind.LATE)
        .then(pl.lit("cut_off"))
        .when(~_THEIRS)
        .then(pl.lit("partner_did_not_report"))
        .when(~_OURS)
        .then(pl.lit("partner_alone"))
        .when((pl.col("amount_fen") - pl.col("partner_fen")).abs() == 1)
        .then(pl.lit("partner_rounding"))
        .otherwise(pl.lit("partner_share_differs"))
    )


def _rows(judged: pl.DataFrame) -> pl.DataFrame:
    late = pl.col("kind") == BreakKind.LATE
    difference = pl.col("amount_fen").fill_null(0) - pl.col("partner_fen").fill_null(0)
    columns: dict[str, pl.Expr] = {
        "record": pl.lit(Record.PARTNER.value),
        **{name: pl.col(name) for name in ("loan_id", "reference", "lender", "kind")},
        "field": pl.lit("item"),
        "day": pl.when(late).then(pl.min_horizontal(_DAYS)).otherwise(pl.col("today")),
        "book_says": _said("amount_fen", "item_day"),
        "core_says": pl.lit(None),
        "money_says": _said("partner_fen", "partner_day"),
        "difference_fen": pl.when(late).then(0).otherwise(difference),
        "cause": _cause(),
    }
    return judged.select(columns[name].cast(dtype).alias(name) for name, dtype in BREAK_COLUMNS.items())


def _said(amount: str, day: str) -> pl.Expr:
    elsewhere = pl.when(pl.col(day) != pl.col("today")).then(pl.format(" ({})", day)).otherwise(pl.lit(""))
    return pl.concat_str(amount_text(amount), elsewhere)
