"""How long the close of a business day takes: durable, with postings, checked by the database, sealed.

    python -m bench.day_end [--loans 1000000] [--days 4] [--peer-loans 5000]

Loans of twelve equal instalments, shared with a partner (simulated). Days are closed as `creditloop dayend
run` closes them: accrual, penalty, days past due, class and stage by the bank's documents, each lender's
part, postings, seal. Every day is timed by the clock; the CPU seconds are this process's and all of the
server's. A thirtieth of the book comes due each day from the second on, and nobody pays, so that each kind of
row is there.

The peer: a sample of the same rows the way an object mapper closes a day, one SELECT, one UPDATE and three
INSERTs a loan, ten loans a transaction, with nothing checked or sealed. The server is the embedded one, or
that of CREDITLOOP_TEST_DATABASE_URL.
"""

import argparse
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl
from bench.evidence_verify import scratch_database

from creditloop.book.calendars import Cycle
from creditloop.book.day_end import SHARDS, board_loans, planned
from creditloop.book.interest import DayCount
from creditloop.book.plan import InterestBy, LoanColumns, PlanRules, RepaymentMethod, plan_columns
from creditloop.kernel.dates import start_of_day
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, connect
from creditloop.service.bank import Bank, open_bank
from creditloop.service.day_end import close_days
from creditloop.service.places import Places

PAID_OUT = date(2026, 1, 5)
BOARDED_AT_ONCE = 8_000
_POLICIES = Path(__file__).parents[1] / "policies"
_RULES = PlanRules(
    method=RepaymentMethod.EQUAL_INSTALMENT,
    period=Cycle(months=1),
    interest_by=InterestBy.DAYS,
    day_count=DayCount.ACT_360,
)
_PEER_TABLES = b"""
CREATE SCHEMA peer;
CREATE TABLE peer.loan AS
    SELECT loan_no, principal_fen, interest_fen, dpd FROM book.loan_day WHERE business_date = %s LIMIT %s;
ALTER TABLE peer.loan ADD PRIMARY KEY (loan_no);
CREATE TABLE peer.posting (loan_no bigint, business_date date, leg integer, account text, amount_fen bigint,
    PRIMARY KEY (loan_no, business_date, leg));
"""


def main() -> None:
    """Board, close, print a line a day and the medians."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--loans", type=int, default=1_000_000)
    asked.add_argument("--days", type=int, default=4)
    asked.add_argument("--peer-loans", type=int, default=5_000)
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), f"{os.cpu_count()} CPUs")
    with scratch_bank() as bank:
        started = time.perf_counter()
        for first in range(1, given.loans + 1, BOARDED_AT_ONCE):
            board(bank, first=first, after=min(first + BOARDED_AT_ONCE, given.loans + 1))
        print(f"boarded {given.loans:,} loans, 12 instalments each: {time.perf_counter() - started:.0f} s")
        print(f"{'day':<12}{'loans':>10}{'wall s':>9}{'CPU s':>8}{'server CPU s':>14}{'loans/s':>10}")
        rates = [line(bank, number) for number in range(given.days)]
        print(f"median {statistics.median(rates):,.0f} loans/s")
        if given.peer_loans:
            with connect(bank.url) as connection:
                ours, peer = statistics.median(rates), peer_rate(connection, given.peer_loans)
            print(f"row by row: {peer:,.0f} loans/s; ours is {ours / peer:,.0f} times as fast")


@contextmanager
def scratch_bank() -> Iterator[Bank]:
    """A bank of its own on a scratch database, with the product's policies."""
    with scratch_database() as url, tempfile.TemporaryDirectory(prefix="creditloop-bench-") as place:
        folder = Path(place)
        shutil.copytree(_POLICIES, folder / "policies")
        (folder / "contracts").mkdir()
        environment = {"CREDITLOOP_DATABASE_URL": url}
        yield open_bank(places=Places(documents=folder, state=folder / "state", environment=environment))


def board(bank: Bank, *, first: int, after: int) -> None:
    """Pay out the loans with these numbers."""
    loan_no = np.arange(first, after, dtype=np.int64)
    draw = np.random.default_rng(first)
    loans = pl.DataFrame({"loan_no": loan_no, "debtor_no": loan_no}).with_columns(
        principal_fen=pl.Series(draw.integers(100_000, 30_000_000, loan_no.size)),
        loan_id=pl.format("bench/{}", "loan_no"),
        party_id=pl.format("customer/{}", "debtor_no"),
        retail=pl.lit(1),
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
        rate_nano=np.full(loan_no.size, 72_000_000, dtype=np.int64),
        start=np.full(loan_no.size, np.datetime64(PAID_OUT)),
        # a thirtieth of the book comes due each day, from the second day on
        first_due=np.datetime64(PAID_OUT) + 1 + loan_no % 30,
        count=np.full(loan_no.size, 12, dtype=np.int64),
    )
    [plans] = plan_columns(rules=_RULES, loans=columns)
    batch: UUID = content_id("bench_loans", first)
    with bank.connection() as connection:
        if first == 1:
            connection.execute(
                "INSERT INTO book.programme VALUES"
                " (%s, 0, 1, 'instalment_loan', '{us,partner}', '{3,7}', repeat('a', 64))",
                (batch,),
            )
        new, now = planned(loans=loans, plans=plans), start_of_day(PAID_OUT, utc_offset_hours=8)
        board_loans(connection, batch_id=batch, day=PAID_OUT, new=new, now=now)


def line(bank: Bank, number: int) -> float:
    """Close one day, print its line, and return how many loans a second it closed."""
    day = PAID_OUT + timedelta(days=number)
    wall, ours, servers = time.perf_counter(), time.process_time(), servers_cpu()
    [closed] = close_days(bank, through=day)
    wall, ours, servers = time.perf_counter() - wall, time.process_time() - ours, servers_cpu() - servers
    rate = closed.loans / wall
    print(f"{day!s:<12}{closed.loans:>10,}{wall:>9.1f}{ours:>8.1f}{servers:>14.1f}{rate:>10,.0f}", flush=True)
    return rate


def servers_cpu() -> float:
    """Return the CPU seconds of all PostgreSQL processes, those that ended among them."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, fields = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name.startswith("postgres"):
            total += sum(map(int, fields.split()[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def peer_rate(connection: Connection, loans: int) -> float:
    """Close a day for some loans row by row; return how many a second."""
    connection.execute(_PEER_TABLES.decode() % (f"'{PAID_OUT}'", loans))
    connection.commit()
    numbers = [number for (number,) in connection.execute("SELECT loan_no FROM peer.loan ORDER BY loan_no")]
    started = time.perf_counter()
    for place, number in enumerate(numbers, start=1):
        row = connection.execute(
            "SELECT principal_fen FROM peer.loan WHERE loan_no = %s", (number,)
        ).fetchone()
        assert row is not None
        accrued = row[0] * 72 // 360_000
        connection.execute(
            "UPDATE peer.loan SET interest_fen = interest_fen + %s WHERE loan_no = %s", (accrued, number)
        )
        own = accrued * 3 // 10
        legs = (
            ("interest_receivable", accrued),
            ("interest_income", -own),
            ("partner_payable", own - accrued),
        )
        for leg, (account, amount) in enumerate(legs):
            connection.execute(
                "INSERT INTO peer.posting VALUES (%s, %s, %s, %s, %s)",
                (number, PAID_OUT, leg, account, amount),
            )
        if place % 10 == 0:
            connection.commit()
    connection.commit()
    return len(numbers) / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
