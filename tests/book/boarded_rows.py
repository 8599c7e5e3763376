"""A few loans of a small programme, as they are boarded."""

import uuid
from datetime import UTC, date, datetime

import numpy as np
import polars as pl

from creditloop.book.day_end import SHARDS, Instalments, NewLoans, day_number
from creditloop.kernel.storage import Connection

PAID_OUT = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 18, tzinfo=UTC)
COUNT = 3
SHARD = 2
PROGRAMME_BATCH, LOANS_BATCH = uuid.UUID(int=1), uuid.UUID(int=2)


def new_loans(*, first: int = SHARD, count: int = COUNT) -> NewLoans:
    """Loans of 1,200.00 and a little more each, in 3 instalments 30 days apart, all of one shard."""
    loan_no = first + SHARDS * np.arange(count, dtype=np.int64)
    principal = 120_000 + 3 * loan_no
    number = np.tile(np.arange(1, 4, dtype=np.int64), loan_no.size)
    begin = day_number(PAID_OUT) + 30 * (number - 1)
    plan = Instalments(
        loan_no=np.repeat(loan_no, 3),
        version=np.ones(3 * loan_no.size, dtype=np.int64),
        no=number,
        due=begin + 30,
        principal_fen=np.repeat(principal // 3, 3),
        interest_fen=1200 - 400 * (number - 1),
        period_interest_fen=1200 - 400 * (number - 1),
    )
    loans = pl.DataFrame({"loan_no": loan_no, "principal_fen": principal}).with_columns(
        loan_id=pl.format("L/{}", "loan_no"),
        party_id=pl.format("customer/{}", "loan_no"),
        debtor_no=pl.col("loan_no"),
        retail=pl.lit(1),
        programme_no=pl.lit(1),
        shard=pl.col("loan_no") % SHARDS,
        paid_out_on=pl.lit(PAID_OUT),
        penalty_rate_nano=pl.lit(180_000_000),
        overdue_interest_rate_nano=pl.lit(0),
        interest_bears_penalty=pl.lit(0),
        penalty_basis=pl.lit(360),
        grace_days=pl.lit(0),
        grace_is_charged=pl.lit(0),
        terms_hash=pl.lit("b" * 64),
    )
    return NewLoans(loans=loans, instalments=plan, instalment_from=begin)


def add_programme(connection: Connection) -> None:
    """A product whose loans we share with a partner, 3 : 7."""
    connection.execute(
        "INSERT INTO book.programme VALUES"
        " (%s, 0, 1, 'instalment_loan', '{us,partner}', '{3,7}', repeat('a', 64))",
        (PROGRAMME_BATCH,),
    )
