"""Rows as the book is handed them, and short ways to post them, for the tests of this folder."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import polars as pl

from creditloop.book import PostedBatch, migrate_opening, post_statement_month
from creditloop.kernel.dates import Dates, add_months, month_end
from creditloop.kernel.storage import Connection

APRIL, MAY, JUNE = date(2005, 4, 30), date(2005, 5, 31), date(2005, 6, 30)
RULES_AS_OF = date(2024, 6, 30)
BOOKED = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FEN_MAX = 2**63 - 1
OPENED = {"c/1": 500, "c/2": -80, "c/3": 0}
"""Bills of a small book: one customer owes, one is owed, one neither."""

Statements = Mapping[str, Sequence[tuple[int, int]]]
"""Per party, bill and payment of each month; the first month opens the book and its payment is not posted."""


def opening_rows(bills: Mapping[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "party_id": list(bills),
            "source_ref": [f"file/{party}" for party in bills],
            "bill_fen": list(bills.values()),
        },
        schema={"party_id": pl.String, "source_ref": pl.String, "bill_fen": pl.Int64},
    )


def statement_rows(statements: Mapping[str, tuple[int, int]]) -> pl.DataFrame:
    payments = [payment for _, payment in statements.values()]
    bills = {party: bill for party, (bill, _) in statements.items()}
    return opening_rows(bills).with_columns(pl.Series("payment_fen", payments, dtype=pl.Int64))


def open_book(connection: Connection, bills: Mapping[str, int], **changed: object) -> PostedBatch:
    return migrate_opening(
        connection, **{**request("opening", APRIL), "rows": opening_rows(bills), **changed}
    )


def post_month(
    connection: Connection, statements: Mapping[str, tuple[int, int]], on: date = MAY, **changed: object
) -> PostedBatch:
    asked = {**request(f"month/{on}", on), "rows": statement_rows(statements), **changed}
    return post_statement_month(connection, **asked)


def request(batch_key: str, business_date: date) -> dict[str, object]:
    return {
        "batch_key": batch_key,
        "dates": Dates(business_date=business_date, rules_as_of=RULES_AS_OF),
        "booking_date": BOOKED,
        "now": NOW,
        "currency": "TWD",
    }


def post_all(connection: Connection, statements: Statements) -> None:
    """Post a whole little book: every party has as many months as the others."""
    open_book(connection, {party: months[0][0] for party, months in statements.items()})
    for i, on in enumerate(month_ends(statements)[1:], start=1):
        post_month(connection, {party: months[i] for party, months in statements.items()}, on)


def month_ends(statements: Statements) -> list[date]:
    count = len(next(iter(statements.values())))
    firsts = [add_months(date(2005, 4, 1), i) for i in range(count)]
    return [month_end(first.year, first.month) for first in firsts]


def counts(connection: Connection) -> tuple[int, int, int]:
    """How many batches, events and postings there are."""
    return connection.execute(
        "SELECT (SELECT count(*) FROM book.batch), (SELECT count(*) FROM book.event),"
        " (SELECT count(*) FROM book.posting)"
    ).fetchone()
