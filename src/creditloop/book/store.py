"""Posting into the book: take over opening balances, then post statements month by month.

    1 check the rows                    4 compute events and postings
    2 let one writer in                 5 declare the batch, copy events and postings
    3 answer a repeat, check the order  6 have the database check them now, not only at commit

The book stands at one month: customers join it there, and a statement month moves all of them one month on.
The caller owns the transaction: nothing is committed here, and after an error the caller rolls back.
"""

from datetime import date, datetime

import polars as pl

from creditloop.book.batches import (
    BatchKind,
    BatchRequest,
    PostedBatch,
    check_currency_of_book,
    first_result,
    write_batch,
)
from creditloop.book.opening import opening_entries
from creditloop.book.rows import (
    OPENING_COLUMNS,
    STATEMENT_COLUMNS,
    check_currency,
    check_month_end,
    checked_rows,
    rows_hash,
)
from creditloop.book.statement import statement_entries
from creditloop.kernel.dates import Dates, add_months, check_aware, month_end
from creditloop.kernel.errors import InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

CARD_TABLES: tuple[AppendOnlyTable, ...] = (
    AppendOnlyTable(name="book.currency", key=("code",), columns=("batch_id", "row_no", "code")),
    AppendOnlyTable(
        name="book.batch",
        key=("batch_key",),
        columns=(
            "batch_id",
            "row_no",
            "batch_key",
            "kind",
            "business_date",
            "rules_as_of",
            "booking_date",
            "posted_at",
            "currency",
            "rows_hash",
            "row_count",
            "event_count",
            "posting_count",
            "event_amount_abs_fen",
            "posting_amount_abs_fen",
        ),
    ),
    AppendOnlyTable(
        name="book.event",
        key=("party_id", "sequence"),
        columns=(
            "batch_id",
            "row_no",
            "party_id",
            "sequence",
            "kind",
            "value_date",
            "booking_date",
            "amount_fen",
            "owed_after_fen",
            "derived",
            "idempotency_key",
            "source_ref",
            "previous_hash",
            "hash",
        ),
    ),
    AppendOnlyTable(
        name="book.posting",
        key=("party_id", "sequence", "leg"),
        columns=("batch_id", "row_no", "party_id", "sequence", "leg", "account", "amount_fen", "currency"),
    ),
)
"""The card book's tables."""

_SQL = "creditloop.book"


def migrate_opening(
    connection: Connection,
    *,
    rows: pl.DataFrame,
    batch_key: str,
    dates: Dates,
    booking_date: date,
    now: datetime,
    currency: str,
) -> PostedBatch:
    """Take over customers with what they owed when their last statement closed (期初余额迁移).

    Args:
        rows: party_id and source_ref (text), bill_fen (64-bit; negative is a credit balance 溢缴款); other
            columns are left alone, the order does not matter.
        batch_key: names this request; the same key with the same rows, dates and currency is a repeat.
        dates: `business_date` is the last day of the month the book stands at; the first batch sets it.
        booking_date: the day the bank enters it.
        now: aware.
        currency: ISO 4217; the first batch sets the book's one currency.
    Raises: InputError if a row cannot be posted (it is named) or the book is kept in another currency;
        ConflictingRepeat if the key was used with other content;
        OutOfOrder if the book stands at another month, or a party is in the book already;
        BookError if an amount does not fit, or the database refuses the batch.
    """
    checked = checked_rows(rows, columns=OPENING_COLUMNS)
    request = _request(BatchKind.OPENING, checked, batch_key, dates, booking_date, now, currency)
    if (first := first_result(connection, request)) is not None:
        return first
    check_currency_of_book(connection, currency)
    standing = _month(connection)
    if standing is not None and standing != dates.business_date:
        raise OutOfOrder(
            "customers join the month the book stands at", got=dates.business_date, expected=standing
        )
    known = checked.join(_heads(connection), on="party_id", how="semi")
    if not known.is_empty():
        raise OutOfOrder(
            "a party has an opening balance already",
            got=f"{known.height} such parties",
            where={"party": known["party_id"][0]},
        )
    entries = opening_entries(
        checked, business_date=dates.business_date, booking_date=booking_date, currency=currency
    )
    return write_batch(connection, request, entries)


def post_statement_month(
    connection: Connection,
    *,
    rows: pl.DataFrame,
    batch_key: str,
    dates: Dates,
    booking_date: date,
    now: datetime,
    currency: str,
) -> PostedBatch:
    """Post a month's statements: per customer the payment, then the net charges (derived) up to the bill.

    Args:
        rows: party_id and source_ref (text), bill_fen and payment_fen (64-bit), one row for every customer
            in the book; other columns are left alone, the order does not matter.
        batch_key: names this request; the same key with the same rows, dates and currency is a repeat.
        dates: `business_date` is the last day of the month after the one the book stands at.
        booking_date: the day the bank enters it.
        now: aware.
        currency: the book's.
    Raises: InputError if a row cannot be posted (it is named), a customer of the book is left out, or the
        book is kept in another currency;
        UnknownId if a party has no opening balance;
        ConflictingRepeat if the key was used with other content;
        OutOfOrder if the month is not the one that follows;
        BookError if an amount or balance does not fit, or the database refuses the batch.
    """
    checked = checked_rows(rows, columns=STATEMENT_COLUMNS)
    request = _request(BatchKind.STATEMENT_MONTH, checked, batch_key, dates, booking_date, now, currency)
    if (first := first_result(connection, request)) is not None:
        return first
    check_currency_of_book(connection, currency)
    _check_month_follows(connection, dates.business_date)
    heads = _heads(connection)
    _check_same_parties(checked, heads)
    entries = statement_entries(
        checked, heads, business_date=dates.business_date, booking_date=booking_date, currency=currency
    )
    return write_batch(connection, request, entries)


def _request(
    kind: BatchKind,
    checked: pl.DataFrame,
    batch_key: str,
    dates: Dates,
    booking_date: date,
    now: datetime,
    currency: str,
) -> BatchRequest:
    if not batch_key.strip():
        raise InputError("a batch needs a key", got=repr(batch_key), expected="text that names the request")
    check_month_end(dates.business_date)
    return BatchRequest(
        batch_key=batch_key,
        kind=kind,
        dates=dates,
        booking_date=booking_date,
        now=check_aware(now, name="now"),
        currency=check_currency(currency),
        rows_hash=rows_hash(checked),
        row_count=checked.height,
    )


def _month(connection: Connection) -> date | None:
    """Return the last day of the month the book stands at, None for an empty book."""
    found: date | None = load_queries(_SQL).find_month(connection)[0]
    return found


def _heads(connection: Connection) -> pl.DataFrame:
    """Return where each party's record stands: party_id, sequence, hash, owed_fen; sorted by party."""
    found = load_queries(_SQL).find_heads(connection)
    schema = {"party_id": pl.String, "sequence": pl.Int64, "hash": pl.String, "owed_fen": pl.Int64}
    return pl.DataFrame(list(found), schema=schema, orient="row")


def _check_same_parties(checked: pl.DataFrame, heads: pl.DataFrame) -> None:
    unknown = checked.join(heads, on="party_id", how="anti")
    if not unknown.is_empty():
        raise UnknownId(
            "a party of the statement has no opening balance",
            got=f"{unknown.height} such parties",
            where={"party": unknown["party_id"][0]},
        )
    left_out = heads.join(checked, on="party_id", how="anti")
    if not left_out.is_empty():
        raise InputError(
            "the statement leaves out a customer of the book",
            got=f"{left_out.height} such parties",
            expected="a row for every customer, also one without bill or payment",
            where={"party": left_out["party_id"][0]},
        )


def _check_month_follows(connection: Connection, asked: date) -> None:
    standing = _month(connection)
    if standing is None:
        raise UnknownId("the book is empty: no party has an opening balance", got=asked)
    following = add_months(standing, 1)
    following = month_end(following.year, following.month)
    if asked != following:
        raise OutOfOrder("statement months follow each other, each once", got=asked, expected=following)
