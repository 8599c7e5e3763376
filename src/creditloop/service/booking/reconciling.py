"""The book against the bills it was posted from: every balance, every month (对账)."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.service.booking.card_book import BookPlan, limits, owed_at, statement_rows
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthReconciled:
    """A month's comparison.

    Attributes:
        compared: customers in the book or in the statements.
        differing: how many balances are not the bill, or lack one side; `first_differing` is one of them.
        owed_fen: receivables; `credit_fen` credit balances, both >= 0.
        above_limit: customers who owe more than their limit: a fact, not an error.
    """

    business_date: date
    compared: int
    differing: int
    first_differing: str | None
    owed_fen: int
    credit_fen: int
    above_limit: int


def reconcile_month(work: Work, *, plan: BookPlan, month: date) -> MonthReconciled:
    """Compare every customer's balance at a month's end with the bill."""
    bills = statement_rows(work, plan=plan, month=month, columns=["bill_fen"], purpose="audit")
    balances = owed_at(work, plan=plan, month=month, purpose="audit")
    both = bills.join(balances, on="party_id", how="full", coalesce=True)
    differing = both.filter(pl.col("bill_fen").ne_missing(pl.col("owed_fen")))
    above = balances.join(limits(work, plan=plan, month=month, purpose="audit"), on="party_id").filter(
        pl.col("owed_fen") > pl.col("limit_fen")
    )
    return MonthReconciled(
        business_date=month,
        compared=both.height,
        differing=differing.height,
        first_differing=None if differing.is_empty() else str(differing["party_id"][0]),
        owed_fen=int(balances["receivable_fen"].sum()),
        credit_fen=-int(balances["credit_fen"].sum()),
        above_limit=above.height,
    )
