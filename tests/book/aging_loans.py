"""Loans that are paid out and never repaid, so that they grow older day by day; for several test folders."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import numpy as np
import polars as pl

from creditloop.book.calendars import Cycle
from creditloop.book.day_end import SHARDS, board_loans, planned
from creditloop.book.interest import DayCount
from creditloop.book.plan import InterestBy, LoanColumns, PlanRules, RepaymentMethod, plan_columns
from creditloop.kernel.storage import Connection

RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.DAYS,
    day_count=DayCount.ACT_360,
)
PROGRAMMES = ((1, "instalment_loan", "{us,partner}", "{3,7}"), (2, "shop_loan", "{us}", "{1}"))
PROGRAMME_BATCH = UUID(int=71)
_RATE_NANO = 72_000_000


def add_programmes(connection: Connection) -> None:
    """Two products: one shared with a partner 3 : 7, one of our own."""
    for row_no, programme in enumerate(PROGRAMMES):
        connection.execute(
            "INSERT INTO book.programme VALUES (%s, %s, %s, %s, %s, %s, repeat('a', 64))",
            (PROGRAMME_BATCH, row_no, *programme),
        )


def pay_out(
    connection: Connection,
    *,
    batch_id: UUID,
    day: date,
    first_due: date,
    numbers: Sequence[int],
    programme: int,
    now: datetime,
) -> None:
    """Pay out loans of 10,000.00 and 100.00 more for each number, in twelve instalments; a debtor each."""
    loan_no = np.array(numbers, dtype=np.int64)
    loans = pl.DataFrame({"loan_no": loan_no}).with_columns(
        principal_fen=1_000_000 + 10_000 * pl.col("loan_no"),
        debtor_no=pl.col("loan_no"),
        loan_id=pl.format("L/{}", "loan_no"),
        party_id=pl.format("borrower/{}", "loan_no"),
        retail=pl.lit(1),
        programme_no=pl.lit(programme),
        shard=pl.col("loan_no") % SHARDS,
        paid_out_on=pl.lit(day),
        penalty_rate_nano=pl.lit(108_000_000),
        overdue_interest_rate_nano=pl.lit(0),
        interest_bears_penalty=pl.lit(0),
        penalty_basis=pl.lit(360),
        grace_days=pl.lit(0),
        grace_is_charged=pl.lit(0),
        terms_hash=pl.lit("b" * 64),
    )
    columns = LoanColumns(
        principal_fen=loans["principal_fen"].to_numpy(),
        rate_nano=np.full(len(loan_no), _RATE_NANO, dtype=np.int64),
        start=np.full(len(loan_no), np.datetime64(day)),
        first_due=np.full(len(loan_no), np.datetime64(first_due)),
        count=np.full(len(loan_no), 12, dtype=np.int64),
    )
    [plans] = plan_columns(rules=RULES, loans=columns)
    board_loans(connection, batch_id=batch_id, day=day, new=planned(loans=loans, plans=plans), now=now)
