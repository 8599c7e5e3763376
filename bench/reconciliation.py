"""How long it takes to reconcile a day: files of the other sides under their contracts, compared to the fen.

    python -m bench.reconciliation [--loans 1000000] [--breaks 1000] [--times 3]

Every loan has a balance, and one transaction of the day: a repayment (two lines, a payment, a partner's
part), a pay-out (a line, a payment) or a waiver (a line), in turn (simulated). The core's balances and lines
and the payment channel's file are CSV, read under their contracts as `creditloop reconcile run` reads them.
Breaks are planted into the core's balances and the channel; the run fails if it does not find exactly those.
CPU seconds are this process's, over all its threads; our own side is in memory, as the database gives it.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import polars as pl

from creditloop.book.reconciliation import (
    BALANCE_COLUMNS,
    PART_COLUMNS,
    PAYMENT_COLUMNS,
    TRANSACTION_COLUMNS,
    Sides,
    compare,
)
from creditloop.data import read_contract
from creditloop.data.whole_files import read_whole_file

T = TypeVar("T")
DAY = date(2026, 2, 5)
FILES = ("core_loan_balances", "core_loan_transactions", "payment_channel")
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of the processors."""

    wall: float
    cpu: float


def main() -> None:
    """Write the files, read and compare them some times, print a line each."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--loans", type=int, default=1_000_000)
    asked.add_argument("--breaks", type=int, default=1_000)
    asked.add_argument("--times", type=int, default=3)
    given = asked.parse_args()
    print(platform.platform(), platform.python_version(), f"{os.cpu_count()} CPUs, polars {pl.__version__}")
    with tempfile.TemporaryDirectory(prefix="creditloop-bench-") as place:
        balances, lines, payments, parts = clean_day(given.loans)
        rows = write_files(Path(place), balances, lines, payments, breaks=given.breaks)
        print(f"{given.loans:,} loans; rows: {rows}; breaks planted: {given.breaks:,}")
        print(f"{'':<8}{'read, wall s':>14}{'read, CPU s':>14}{'compare, wall s':>18}{'compare, CPU s':>16}")
        spent = [
            line(number, Path(place), balances, lines, parts, given.breaks) for number in range(given.times)
        ]
    read, compared = zip(*spent, strict=True)
    medians = [statistics.median(each.cpu for each in of) for of in (read, compared)]
    print(f"median CPU seconds: read {medians[0]:.1f}, compare {medians[1]:.1f}, together {sum(medians):.1f}")


def clean_day(loans: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return balances, lines, payments and partners' parts on which all sides agree."""
    number = pl.int_range(1, loans + 1, eager=True)
    base = pl.DataFrame({"number": number}).with_columns(
        loan_id=pl.format("bench/{}", "number"), reference=pl.format("R/{}", "number"), day=pl.lit(DAY)
    )
    balances = base.with_columns(
        principal_fen=1_000_000 + number * 7 % 9_000_000,
        interest_fen=number % 9_973,
        fee_fen=pl.lit(0),
        penalty_fen=number % 17,
        dpd=number % 31,
        **{"class": pl.lit("normal")},
    )
    repaid, paid_out, waived = (base.filter(pl.col("number") % 3 == kind) for kind in (1, 2, 0))
    lines = pl.concat(
        [
            repaid.with_columns(kind=pl.lit("repayment_principal"), amount_fen=pl.lit(8_000)),
            repaid.with_columns(kind=pl.lit("repayment_interest"), amount_fen=pl.lit(120)),
            paid_out.with_columns(kind=pl.lit("disbursement"), amount_fen=pl.lit(50_000)),
            waived.with_columns(kind=pl.lit("waiver"), amount_fen=pl.lit(30)),
        ]
    )
    payments = pl.concat(
        [
            repaid.with_columns(direction=pl.lit("in"), amount_fen=pl.lit(8_120)),
            paid_out.with_columns(direction=pl.lit("out"), amount_fen=pl.lit(50_000)),
        ]
    ).with_columns(status=pl.lit("settled"))
    parts = repaid.with_columns(lender=pl.lit("partner"), amount_fen=pl.lit(5_684))
    forms = (BALANCE_COLUMNS, TRANSACTION_COLUMNS, PAYMENT_COLUMNS, PART_COLUMNS)
    frames = (balances, lines, payments, parts)
    of_form = [
        frame.select(pl.col(name).cast(dtype) for name, dtype in form.items())
        for frame, form in zip(frames, forms, strict=True)
    ]
    return of_form[0], of_form[1], of_form[2], of_form[3]


def write_files(
    folder: Path, balances: pl.DataFrame, lines: pl.DataFrame, payments: pl.DataFrame, *, breaks: int
) -> str:
    """Write the other sides' files, half of the breaks in the balances, half in the channel."""
    odd = pl.int_range(pl.len()) < breaks - breaks // 2
    failed = pl.int_range(pl.len()) < breaks // 2
    core = balances.with_columns(
        interest_fen=pl.when(odd).then(pl.col("interest_fen") + 5).otherwise("interest_fen"), day=pl.lit(DAY)
    )
    channel = payments.with_columns(status=pl.when(failed).then(pl.lit("failed")).otherwise("status"))
    told = []
    for name, frame in zip(FILES, (core, lines, channel), strict=True):
        amounts = [column for column in frame.columns if column.endswith("_fen")]
        text = frame.with_columns(yuan(column) for column in amounts)
        text.rename({column: column.removesuffix("_fen") for column in amounts}).write_csv(
            folder / f"{name}.csv"
        )
        told.append(f"{name} {frame.height:,} ({(folder / f'{name}.csv').stat().st_size / 1e6:.0f} MB)")
    return ", ".join(told)


def yuan(column: str) -> pl.Expr:
    """Return amounts in fen, not negative, as text in yuan."""
    digits = pl.col(column).cast(pl.String).str.zfill(3)
    return pl.concat_str(digits.str.head(-2), pl.lit("."), digits.str.tail(2)).alias(column)


def line(
    number: int, folder: Path, balances: pl.DataFrame, lines: pl.DataFrame, parts: pl.DataFrame, breaks: int
) -> tuple[Spent, Spent]:
    """Read and compare once, print what it took, and check what was found."""
    files, read = timed(
        lambda: [
            read_whole_file(
                contract=read_contract(_ROOT / "contracts" / f"{name}.yaml", root=_ROOT),
                file=folder / f"{name}.csv",
            ).rows
            for name in FILES
        ]
    )
    core, core_lines, channel = files
    sides = Sides(
        day=DAY,
        book_balances=balances,
        core_balances=core.select(BALANCE_COLUMNS.keys()),
        core_balances_before=stood_before(core, core_lines),
        book_transactions=lines,
        core_transactions=core_lines.select(TRANSACTION_COLUMNS.keys()),
        payments=channel.select(PAYMENT_COLUMNS.keys()),
        book_parts=parts,
        partner_parts=parts,
    )
    compared, spent = timed(lambda: compare(sides))
    assert compared.breaks.height == breaks, f"found {compared.breaks.height}, planted {breaks}"
    print(
        f"{number + 1:<8}{read.wall:>14.1f}{read.cpu:>14.1f}{spent.wall:>18.1f}{spent.cpu:>16.1f}", flush=True
    )
    return read, spent


def stood_before(core: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the core's balances of the day before: less what was paid out, plus what was repaid."""
    sign = {"disbursement": -1, "repayment_principal": 1}
    moved = lines.group_by("loan_id").agg(
        moved=(
            pl.col("kind").replace_strict(sign, default=0, return_dtype=pl.Int64) * pl.col("amount_fen")
        ).sum()
    )
    joined = core.join(moved, on="loan_id", how="left").with_columns(
        principal_fen=pl.col("principal_fen") + pl.col("moved").fill_null(0)
    )
    return joined.select(BALANCE_COLUMNS.keys())


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    """Do something and say what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, Spent(time.perf_counter() - wall, time.process_time() - cpu)


if __name__ == "__main__":
    main()
