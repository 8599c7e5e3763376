"""Each side's rows of a reference put together to one item (归并): how much, when, how often, how it ended.

An item is known by loan and reference, a partner's by lender too. A side that says an item on several days of
the window, or twice on one, says it twice. Amounts of money coming in are positive, going out negative; of an
item without cash the amount is what its lines add up to.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from creditloop.book.reconciliation.words import CASH_IN, CASH_OUT, FAILED, PENDING, SETTLED

ITEM = ("loan_id", "reference")
PART_ITEM = ("loan_id", "reference", "lender")
LINE = (*ITEM, "kind")


def items_of_lines(lines: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """Return the items of a book's lines: ITEM, amount_fen, cash, item_day, twice."""
    kind, amount = pl.col("kind"), pl.col("amount_fen")
    is_in, is_out = kind.is_in(list(CASH_IN)), kind.is_in(list(CASH_OUT))
    signed = pl.when(is_in).then(amount).when(is_out).then(-amount).otherwise(0)
    copied = lines.select(*LINE).is_duplicated()
    return (
        lines.with_columns(copied=copied, cash=is_in | is_out, signed=signed)
        .group_by(ITEM)
        .agg(
            cash=pl.col("cash").any(),
            cash_fen=pl.col("signed").sum(),
            all_fen=amount.sum(),
            item_day=_item_day(day),
            twice=pl.col("copied").any(),
        )
        .with_columns(amount_fen=pl.when("cash").then("cash_fen").otherwise("all_fen"))
        .drop("cash_fen", "all_fen")
    )


def items_of_payments(payments: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """Return the items of the channel: ITEM, amount_fen that settled, tried_fen, status, item_day, twice.

    A reference that failed and then settled has settled; tried_fen is what did not settle.
    """
    signed = pl.when(pl.col("direction") == "in").then("amount_fen").otherwise(-pl.col("amount_fen"))
    settled = pl.col("status") == SETTLED
    return (
        payments.with_columns(signed=signed)
        .group_by(ITEM)
        .agg(
            amount_fen=pl.col("signed").filter(settled).sum(),
            tried_fen=pl.col("signed").filter(~settled).first(),
            twice=((settled & (pl.col("direction") == "in")).sum() > 1)
            | ((settled & (pl.col("direction") == "out")).sum() > 1),
            settled=settled.any(),
            pending=(pl.col("status") == PENDING).any(),
            settled_day=_item_day(day, pl.col("day").filter(settled)),
            any_day=_item_day(day),
        )
        .with_columns(
            status=pl.when("settled")
            .then(pl.lit(SETTLED))
            .when("pending")
            .then(pl.lit(PENDING))
            .otherwise(pl.lit(FAILED)),
            item_day=pl.coalesce("settled_day", "any_day"),
        )
        .drop("settled", "pending", "settled_day", "any_day")
    )


def items_of_parts(parts: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """Return the items of partners: PART_ITEM, amount_fen, item_day, twice."""
    return parts.group_by(PART_ITEM).agg(
        amount_fen=pl.sum("amount_fen"), item_day=_item_day(day), twice=pl.len() > 1
    )


def concerned(frames: Sequence[pl.DataFrame], *, day: date, key: Sequence[str]) -> pl.DataFrame:
    """Return the keys that any side names on the day itself; the other days only explain them."""
    return pl.concat([frame.filter(pl.col("day") == day).select(key) for frame in frames]).unique()


def _item_day(day: date, days: pl.Expr | None = None) -> pl.Expr:
    """Return the day of an item: the day itself if the item stands on it, else the first it stands on."""
    said = pl.col("day") if days is None else days
    return pl.when((said == day).any()).then(pl.lit(day)).otherwise(said.min())
