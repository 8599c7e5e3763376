"""A clean day: three sides that say the same of some loans, each with a payment of the day (simulated)."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from creditloop.book.reconciliation import (
    BALANCE_COLUMNS,
    PART_COLUMNS,
    PAYMENT_COLUMNS,
    TRANSACTION_COLUMNS,
    Sides,
)

DAY = date(2026, 2, 5)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
LENDER = "partner"


def clean_sides(*, loans: int = 24, day: date = DAY) -> Sides:
    """Loans L/1 … L/n; each has one transaction, by its number in turn: repayment, pay-out, waiver."""
    number = pl.int_range(1, loans + 1, eager=True)
    base = pl.DataFrame({"number": number}).with_columns(
        loan_id=pl.format("L/{}", "number"), reference=pl.format("R/{}", "number"), day=pl.lit(day)
    )
    principal = 1_000_000 + 1_000 * number
    balances = base.with_columns(
        principal_fen=principal,
        interest_fen=200 + number,
        fee_fen=pl.lit(0, dtype=pl.Int64),
        penalty_fen=number % 3 * 7,
        dpd=number % 3,
        **{"class": pl.lit("normal")},
    ).select(pl.col(name).cast(dtype) for name, dtype in BALANCE_COLUMNS.items())
    repaid = base.filter(pl.col("number") % 3 == 1)
    paid_out = base.filter(pl.col("number") % 3 == 2)
    waived = base.filter(pl.col("number") % 3 == 0)
    lines = pl.concat(
        [
            line(repaid, "repayment_principal", 8_000),
            line(repaid, "repayment_interest", 120),
            line(paid_out, "disbursement", 50_000),
            line(waived, "waiver", 30),
        ]
    )
    payments = pl.concat([payment(repaid, "in", 8_120), payment(paid_out, "out", 50_000)])
    parts = repaid.with_columns(lender=pl.lit(LENDER), amount_fen=pl.lit(5_684)).select(
        pl.col(name).cast(dtype) for name, dtype in PART_COLUMNS.items()
    )
    moved = pl.DataFrame({"number": number}).select(
        moved=pl.when(pl.col("number") % 3 == 1)
        .then(-8_000)
        .when(pl.col("number") % 3 == 2)
        .then(50_000)
        .otherwise(0)
    )["moved"]
    before = balances.with_columns(principal_fen=pl.col("principal_fen") - moved)
    return Sides(
        day=day,
        book_balances=balances,
        core_balances=balances,
        core_balances_before=before,
        book_transactions=lines,
        core_transactions=lines,
        payments=payments,
        book_parts=parts,
        partner_parts=parts,
    )


def line(loans: pl.DataFrame, kind: str, amount: int) -> pl.DataFrame:
    """Return a line of a kind for each of some loans."""
    named = loans.with_columns(kind=pl.lit(kind), amount_fen=pl.lit(amount))
    return named.select(pl.col(name).cast(dtype) for name, dtype in TRANSACTION_COLUMNS.items())


def payment(loans: pl.DataFrame, direction: str, amount: int) -> pl.DataFrame:
    """Return a settled payment for each of some loans."""
    named = loans.with_columns(
        direction=pl.lit(direction), amount_fen=pl.lit(amount), status=pl.lit("settled")
    )
    return named.select(pl.col(name).cast(dtype) for name, dtype in PAYMENT_COLUMNS.items())


def at(number: int) -> pl.Expr:
    """Say which rows are of a loan."""
    return pl.col("loan_id") == f"L/{number}"


def changed(sides: Sides, frame: str, number: int, **columns: pl.Expr) -> Sides:
    """Give the rows of a loan in a frame other values."""
    rows: pl.DataFrame = getattr(sides, frame)
    given = {name: pl.when(at(number)).then(value).otherwise(pl.col(name)) for name, value in columns.items()}
    return replace(sides, **{frame: rows.with_columns(**given)})


def without(sides: Sides, frame: str, number: int) -> Sides:
    """Take the rows of a loan out of a frame."""
    return replace(sides, **{frame: getattr(sides, frame).filter(~at(number))})


def twice(sides: Sides, frame: str, number: int) -> Sides:
    """Put the rows of a loan into a frame once more."""
    rows: pl.DataFrame = getattr(sides, frame)
    return replace(sides, **{frame: pl.concat([rows, rows.filter(at(number))])})
