"""What a closed day adds to the general ledger (总账汇总), and what is settled with partners (合作方清算)."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
from openpyxl import Workbook

from creditloop.book.day_end import (
    Settlement,
    find_day_postings,
    find_settlement_lines,
    find_settlements,
)
from creditloop.kernel.errors import BookError, InputError
from creditloop.kernel.money import text_from_fen
from creditloop.kernel.storage import Connection

COLUMNS = ("business_date", "product", "account", "lender", "debit_fen", "credit_fen")
SETTLEMENT_COLUMNS = (
    "business_date",
    "product",
    "lender",
    "loan_id",
    "event_id",
    "kind",
    "value_date",
    "collected_fen",
    "payable_fen",
)
_HEADINGS = {
    "business_date": "日期 date",
    "product": "产品 product",
    "account": "科目 account",
    "lender": "出资方 lender",
    "debit_fen": "借方 debit",
    "credit_fen": "贷方 credit",
    "loan_id": "借据 loan",
    "event_id": "事件 event",
    "kind": "种类 kind",
    "value_date": "生效日 value date",
    "collected_fen": "代收 collected",
    "payable_fen": "应付变动 payable",
}


def day_summary(connection: Connection, *, business_date: date) -> pl.DataFrame:
    """Return the day's general-ledger lines: columns `COLUMNS`, debit and credit in fen, one of them 0.

    Raises: BookError if they do not add up to zero.
    """
    rows = [
        (business_date, product, account, lender, max(amount, 0), max(-amount, 0))
        for product, account, lender, amount in find_day_postings(connection, business_date=business_date)
    ]
    frame = _frame(rows, COLUMNS)
    debit, credit = int(frame["debit_fen"].sum()), int(frame["credit_fen"].sum())
    if debit != credit:
        raise BookError("the day's postings do not add up to zero", got=debit, expected=credit)
    return frame


def day_settlement(connection: Connection, *, business_date: date) -> tuple[list[Settlement], pl.DataFrame]:
    """Return what stands between us and each partner at the close of a day, and the day's lines behind it.

    The lines have the columns `SETTLEMENT_COLUMNS`: one an event and partner, fen.

    Raises: BookError if the lines do not add up to what was collected on the day.
    """
    totals = find_settlements(connection, business_date=business_date)
    lines = find_settlement_lines(connection, business_date=business_date)
    frame = _frame([(business_date, *line) for line in lines], SETTLEMENT_COLUMNS)
    collected = sum(total.collected_fen for total in totals)
    if int(frame["collected_fen"].sum()) != collected:
        raise BookError(
            "the settlement's lines do not add up", got=frame["collected_fen"].sum(), expected=collected
        )
    return totals, frame


def write_summary(summary: pl.DataFrame, *, file: Path, title: str = "总账汇总") -> None:
    """Write lines as CSV (fen) or Excel (yuan with two decimals), by the file's ending.

    Raises: InputError for another ending.
    """
    if file.suffix == ".csv":
        file.write_text(summary.write_csv(), encoding="utf-8")
    elif file.suffix == ".xlsx":
        file.write_bytes(_workbook(summary, title))
    else:
        raise InputError("a summary is written as .csv or .xlsx", got=file.name)


def _frame(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> pl.DataFrame:
    kinds = {name: pl.Int64 if name.endswith("_fen") else pl.String for name in columns}
    dates = {name: pl.Date for name in columns if name.endswith("_date")}
    return pl.DataFrame(rows, schema={**kinds, **dates}, orient="row")


def _workbook(lines: pl.DataFrame, title: str) -> bytes:
    """Return the Excel file: amounts as text with two decimals, since a cell's number is a float."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None, "a new workbook has a sheet"
    sheet.title = title
    sheet.append([_HEADINGS[name] for name in lines.columns])
    for row in lines.iter_rows(named=True):
        sheet.append([_cell(name, value) for name, value in row.items()])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(name: str, value: object) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return text_from_fen(value)
    return value.isoformat() if isinstance(value, date) else str(value)
