"""Loans for the day end: twelve equal instalments each, of a product shared with a partner."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import polars as pl

from creditloop.book.calendars import Cycle
from creditloop.book.day_end import SHARDS, board_loans, planned
from creditloop.book.interest import DayCount
from creditloop.book.plan import InterestBy, LoanColumns, PlanRules, RepaymentMethod, plan_columns
from creditloop.service.bank import Bank

PAID_OUT = date(2026, 1, 5)
RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.DAYS,
    day_count=DayCount.ACT_360,
)
LOANS_BATCH = UUID(int=11)
RATE = Decimal("0.072")


def board(bank: Bank, *, count: int = 40, retail: int = 1) -> None:
    """Pay out loans of 10,000.00 and more, two of each debtor."""
    loan_no = np.arange(1, count + 1, dtype=np.int64)
    debtor_no = (loan_no + 1) // 2
    loans = pl.DataFrame({"loan_no": loan_no, "debtor_no": debtor_no}).with_columns(
        principal_fen=1_000_000 + 100 * pl.col("loan_no"),
        loan_id=pl.format("L/{}", "loan_no"),
        party_id=pl.format("customer/{}", "debtor_no"),
        retail=pl.lit(retail),
        programme_no=pl.lit(1),
        shard=pl.col("debtor_no") % SHARDS,
        paid_out_on=pl.lit(PAID_OUT),
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
        rate_nano=np.full(count, int(RATE * 10**9), dtype=np.int64),
        start=np.full(count, np.datetime64(PAID_OUT)),
        first_due=np.full(count, np.datetime64("2026-02-05")),
        count=np.full(count, 12, dtype=np.int64),
    )
    [plans] = plan_columns(rules=RULES, loans=columns)
    with bank.work() as work:
        work.connection.execute(
            "INSERT INTO book.programme VALUES"
            " (%s, 0, 1, 'instalment_loan', '{us,partner}', '{3,7}', repeat('a', 64))",
            (LOANS_BATCH,),
        )
        board_loans(
            work.connection,
            batch_id=LOANS_BATCH,
            day=PAID_OUT,
            new=planned(loans=loans, plans=plans),
            now=work.now,
        )
        work.recorded(LOANS_BATCH)
