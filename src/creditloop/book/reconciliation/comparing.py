"""Reconcile a day (对账): a pure function of what the three sides say."""

from dataclasses import dataclass

import polars as pl

from creditloop.book.reconciliation.balances import balance_breaks
from creditloop.book.reconciliation.breaks import joined
from creditloop.book.reconciliation.partners import partner_breaks
from creditloop.book.reconciliation.sides import Sides
from creditloop.book.reconciliation.transactions import transaction_breaks
from creditloop.book.reconciliation.words import AMOUNTS, CASH_IN, CASH_OUT, SETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What each side says of a measure in all (合计), in fen; None where the side does not speak of it."""

    measure: str
    book_fen: int
    core_fen: int | None
    money_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of a day.

    Attributes:
        breaks: `breaks.BREAK_COLUMNS`, by key; empty if every side says the same to the fen.
        totals: of balances, cash and partners' parts.
        loans, items: how many loans our book has, and how many lines.
    """

    breaks: pl.DataFrame
    totals: tuple[Total, ...]
    loans: int
    items: int


def compare(sides: Sides) -> Compared:
    """Compare a day's balances, transactions and partners' parts without tolerance.

    Raises: InputError if a frame is not of its form (by `Sides`).
    """
    transactions = transaction_breaks(sides)
    balances = balance_breaks(sides, loans_with_breaks=transactions["loan_id"].unique())
    partners = partner_breaks(sides, transactions=transactions)
    return Compared(
        breaks=joined([balances, transactions, partners]),
        totals=_totals(sides),
        loans=sides.book_balances.height,
        items=_today(sides.book_transactions, sides).height,
    )


def _today(frame: pl.DataFrame, sides: Sides) -> pl.DataFrame:
    return frame.filter(pl.col("day") == sides.day)


def _total(frame: pl.DataFrame, column: str = "amount_fen") -> int:
    return int(frame[column].cast(pl.Int128).sum())


def _totals(sides: Sides) -> tuple[Total, ...]:
    balances = [
        Total(
            measure=name.removesuffix("_fen"),
            book_fen=_total(sides.book_balances, name),
            core_fen=_total(sides.core_balances, name),
            money_fen=None,
        )
        for name in AMOUNTS
    ]
    book, core, payments = (
        _today(frame, sides) for frame in (sides.book_transactions, sides.core_transactions, sides.payments)
    )
    settled = payments.filter(pl.col("status") == SETTLED)
    cash = [
        Total(
            measure=f"cash_{direction}",
            book_fen=_total(book.filter(pl.col("kind").is_in(list(kinds)))),
            core_fen=_total(core.filter(pl.col("kind").is_in(list(kinds)))),
            money_fen=_total(settled.filter(pl.col("direction") == direction)),
        )
        for direction, kinds in (("in", CASH_IN), ("out", CASH_OUT))
    ]
    parts = Total(
        measure="partner_parts",
        book_fen=_total(_today(sides.book_parts, sides)),
        core_fen=None,
        money_fen=_total(_today(sides.partner_parts, sides)),
    )
    return (*balances, *cash, parts)
