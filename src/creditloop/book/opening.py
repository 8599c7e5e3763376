"""Opening balances (期初余额): what customers owed when the book took over from the old bank's statements."""

from datetime import date

import polars as pl

from creditloop.book.accounts import EventKind
from creditloop.book.events import FIRST_PREVIOUS_HASH, Entries, entries_from_changes
from creditloop.book.postings import WIDE, ZERO


def opening_entries(rows: pl.DataFrame, *, business_date: date, booking_date: date, currency: str) -> Entries:
    """Make each party's first event from its bill (期初余额迁移); a bill of zero gives one without postings.

    Args:
        rows: party_id, source_ref, bill_fen, as `checked_rows` returns them; negative is a credit balance.
        business_date: the day the bill closed.
    """
    changes = rows.select(
        "party_id",
        "source_ref",
        pl.lit(1, dtype=pl.Int64).alias("sequence"),
        pl.lit(EventKind.OPENING_BALANCE.value).alias("kind"),
        ZERO.alias("before_fen"),
        pl.col("bill_fen").cast(WIDE).alias("change_fen"),
        pl.lit(False).alias("derived"),
        pl.lit("opening").alias("idempotency_key"),
        pl.lit(FIRST_PREVIOUS_HASH).alias("head_hash"),
    )
    return entries_from_changes(
        changes, value_date=business_date, booking_date=booking_date, currency=currency
    )
