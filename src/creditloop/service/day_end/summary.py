"""What a closed day adds to the general ledger (总账汇总): by product, account, lender; adds up to zero."""

import io
from datetime import date
from pathlib import Path

import polars as pl
from openpyxl import Workbook

from creditloop.book.day_end import find_day_postings
from creditloop.kernel.errors import BookError, InputError
from creditloop.kernel.money import text_from_fen
from creditloop.kernel.storage import Connection

COLUMNS = ("business_date", "product", "account", "lender", "debit_fen", "credit_fen")


def day_summary(connection: Connection, *, business_date: date) -> pl.DataFrame:
    """Return the day's general-ledger lines: columns `COLUMNS`, debit and credit in fen, one of them 0.

    Raises: BookError if they do not add up to zero.
    """
    rows = [
        (business_date, product, account, lender, max(amount, 0), max(-amount, 0))
        for product, account, lender, amount in find_day_postings(connection, business_date=business_date)
    ]
    schema = dict.fromkeys(COLUMNS[1:4], pl.String)
    frame = pl.DataFrame(
        rows,
        schema={"business_date": pl.Date, **schema, "debit_fen": pl.Int64, "credit_fen": pl.Int64},
        orient="row",
    )
    debit, credit = int(frame["debit_fen"].sum()), int(frame["credit_fen"].sum())
    if debit != credit:
        raise BookError("the day's postings do not add up to zero", got=debit, expected=credit)
    return frame


def write_summary(summary: pl.DataFrame, *, file: Path) -> None:
    """Write a summary as CSV (fen) or Excel (yuan with two decimals), by the file's ending.

    Raises: InputError for another ending.
    """
    if file.suffix == ".csv":
        file.write_text(summary.write_csv(), encoding="utf-8")
    elif file.suffix == ".xlsx":
        file.write_bytes(_workbook(summary))
    else:
        raise InputError("a summary is written as .csv or .xlsx", got=file.name)


def _workbook(summary: pl.DataFrame) -> bytes:
    """Return the Excel file: amounts as text with two decimals, since a cell's number is a float."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = "总账汇总"
    sheet.append(["日期 date", "产品 product", "科目 account", "出资方 lender", "借方 debit", "贷方 credit"])
    for day, product, account, lender, debit, credit in summary.iter_rows():
        sheet.append([day.isoformat(), product, account, lender, text_from_fen(debit), text_from_fen(credit)])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
