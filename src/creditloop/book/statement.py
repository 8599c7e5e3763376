"""A statement month (账单月): the payment as reported, then the charges that lead to the new bill.

    payment      as reported, paid in the month; lowers what is owed
    net charges  bill − bill before + payment: purchases, cash, interest and fees less refunds

The statement does not tell the parts of the net charges, so they are marked as derived. Negative ones are
refunds or adjustments. The old bank's interest is inside the bills; nothing is added here.
"""

from datetime import date

import polars as pl

from creditloop.book.accounts import EventKind
from creditloop.book.events import Entries, entries_from_changes
from creditloop.book.postings import WIDE, ZERO


def statement_entries(
    rows: pl.DataFrame, heads: pl.DataFrame, *, business_date: date, booking_date: date, currency: str
) -> Entries:
    """Make a month's events: per party first the payment, then the net charges; zeros give no event.

    Args:
        rows: party_id, source_ref, bill_fen, payment_fen, as `checked_rows` returns them.
        heads: per party of `rows` where its record stands: sequence, hash, owed_fen (64-bit integers).
        business_date: the day the statement closes; all events of the month count from it, because the
            statement tells the month of a payment, not its day.
    """
    wide = rows.join(heads, on="party_id", how="inner", validate="1:1").with_columns(
        pl.col("bill_fen", "payment_fen", "owed_fen").cast(WIDE)
    )
    month = business_date.strftime("%Y-%m")
    payments = _changes(
        wide,
        order=1,
        kind=pl.lit(EventKind.PAYMENT.value),
        before=pl.col("owed_fen"),
        change=ZERO - pl.col("payment_fen"),
        derived=False,
        idempotency_key=f"payment/{month}",
    )
    net_charges = pl.col("bill_fen") - pl.col("owed_fen") + pl.col("payment_fen")
    charges = _changes(
        wide,
        order=2,
        kind=pl.when(net_charges > 0)
        .then(pl.lit(EventKind.NET_CHARGES.value))
        .otherwise(pl.lit(EventKind.REFUND_OR_ADJUSTMENT.value)),
        before=pl.col("owed_fen") - pl.col("payment_fen"),
        change=net_charges,
        derived=True,
        idempotency_key=f"net_charges/{month}",  # also of a negative one: a month has one or the other
    )
    both = pl.concat([payments, charges]).sort("party_id", "order")
    changes = both.with_columns(
        sequence=pl.col("sequence") + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("party_id")
    ).drop("order")
    return entries_from_changes(
        changes, value_date=business_date, booking_date=booking_date, currency=currency
    )


def _changes(
    wide: pl.DataFrame,
    *,
    order: int,
    kind: pl.Expr,
    before: pl.Expr,
    change: pl.Expr,
    derived: bool,
    idempotency_key: str,
) -> pl.DataFrame:
    return wide.select(
        "party_id",
        "source_ref",
        "sequence",
        pl.lit(order, dtype=pl.Int8).alias("order"),
        kind.alias("kind"),
        before.alias("before_fen"),
        change.alias("change_fen"),
        pl.lit(derived).alias("derived"),
        pl.lit(idempotency_key).alias("idempotency_key"),
        pl.col("hash").alias("head_hash"),
    ).filter(pl.col("change_fen") != 0)
