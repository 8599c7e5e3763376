"""What we say of a day, for the bank's core (台账导出): files in the shape of the core's own, and a manifest.

    book_loan_balances.csv       as contracts/core_loan_balances.yaml
    book_loan_transactions.csv   as contracts/core_loan_transactions.yaml
    book_day_summary.csv         what the day adds to the general ledger, debit and credit
    manifest.json                of each file: rows, sums, SHA-256; written last

Amounts are yuan with two decimals. The same book gives the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.book.reconciliation import book_balances, book_transactions
from creditloop.kernel.money import text_from_fen
from creditloop.service.bank import Bank
from creditloop.service.day_end import day_summary
from creditloop.service.own_reads import record_own_read

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file of an export: its rows, the sums of its amounts in yuan, its SHA-256."""

    file: str
    rows: int
    sums: Mapping[str, str]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was exported of a day."""

    business_date: date
    files: tuple[FileLine, ...]


def export_book(bank: Bank, *, business_date: date, folder: Path, reader: str, reason: str) -> Manifest:
    """Write what we say of a closed day into a folder; files of the same names are written over.

    Args:
        reader, reason: who takes it and why; both go to the log of reads.
    Raises: OutOfOrder if the day is not closed.
    """
    with bank.work() as work:
        balances = book_balances(work.connection, business_date=business_date)
        lines = book_transactions(work.connection, first=business_date, last=business_date)
        summary = day_summary(work.connection, business_date=business_date)
        record_own_read(
            work,
            package="creditloop.book",
            table="book.loan_day",
            columns=balances.columns,
            purpose="audit",
            reader=reader,
            reason=reason,
            parties_count=balances.height,
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)  # a manifest never stands beside files that are not its own
    dated = balances.insert_column(0, pl.lit(business_date).alias("day"))
    manifest = Manifest(
        business_date=business_date,
        files=(
            _written(folder, "book_loan_balances.csv", dated),
            _written(folder, "book_loan_transactions.csv", lines),
            _written(folder, "book_day_summary.csv", summary),
        ),
    )
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=2, default=str)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return manifest


def _written(folder: Path, name: str, frame: pl.DataFrame) -> FileLine:
    amounts = [column for column in frame.columns if column.endswith("_fen")]
    sums = {
        column.removesuffix("_fen"): text_from_fen(int(frame[column].cast(pl.Int128).sum()))
        for column in amounts
    }
    shown = frame.with_columns(yuan(column).alias(column) for column in amounts)
    text = shown.rename({column: column.removesuffix("_fen") for column in amounts}).write_csv().encode()
    (folder / name).write_bytes(text)
    return FileLine(file=name, rows=frame.height, sums=sums, sha256=hashlib.sha256(text).hexdigest())


def yuan(column: str) -> pl.Expr:
    """Return amounts in fen as exact text in yuan with two decimals, for whole columns."""
    fen = pl.col(column)
    digits = fen.abs().cast(pl.String).str.zfill(3)
    sign = pl.when(fen < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, digits.str.head(-2), pl.lit("."), digits.str.tail(2))
