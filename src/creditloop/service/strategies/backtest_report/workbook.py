"""The workbook of a backtest (回测工作簿): one sheet a table, numbers as numbers, versions above each."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from creditloop.service.strategies.backtest_report.columns import NANO, Holds, ReportTable

_FORMATS = {Holds.COUNT: "#,##0", Holds.RATIO: "0.00%", Holds.MONEY: "#,##0.00", Holds.TEXT: "General"}
_HEAD = PatternFill("solid", fgColor="F0F5FF")
_WIDTHS = {Holds.TEXT: 24, Holds.COUNT: 12, Holds.RATIO: 13, Holds.MONEY: 18}
_TITLE_MAX = 31
"""Longest name of a sheet."""


def write_workbook(tables: Sequence[ReportTable], *, facts: Sequence[tuple[str, object]], file: Path) -> None:
    """Write tables as a workbook: `about` with the facts, then a sheet for each.

    Text is written as text, also where it begins like a formula.
    """
    book = Workbook(write_only=True)
    about = book.create_sheet("about")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 36, 90
    for name, value in facts:
        about.append([_text(about, str(name)), _text(about, str(value))])
    taken = {"about"}
    for table in tables:
        _write(book.create_sheet(_sheet_name(table.id, taken)), table)
    book.save(file)


def _write(sheet: Any, table: ReportTable) -> None:
    for number, column in enumerate(table.columns):
        sheet.column_dimensions[_letter(number)].width = _WIDTHS[column.holds]
    sheet.freeze_panes = "A4"
    sheet.append([_text(sheet, f"{table.zh} {table.en}", bold=True)])
    sheet.append([_text(sheet, table.stands_on)])
    heads = [
        _text(sheet, column.zh if column.zh == column.en else f"{column.zh}\n{column.en}", bold=True)
        for column in table.columns
    ]
    for head in heads:
        head.fill, head.alignment = _HEAD, Alignment(wrap_text=True, vertical="bottom")
    sheet.append(heads)
    for row in table.rows:
        sheet.append(
            [_cell(sheet, value, column.holds) for value, column in zip(row, table.columns, strict=True)]
        )


def _cell(sheet: Any, value: object, holds: Holds) -> WriteOnlyCell:
    if holds is Holds.TEXT or not isinstance(value, int):
        return _text(sheet, "" if value is None else str(value))
    scale = {Holds.RATIO: NANO, Holds.MONEY: 100}.get(holds, 1)
    cell = WriteOnlyCell(sheet, value=Decimal(value) / scale if scale > 1 else value)
    cell.number_format = _FORMATS[holds]
    return cell


def _text(sheet: Any, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # a text that begins with = is no formula
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name for a sheet that is allowed, short and not taken."""
    plain = "".join("_" if sign in "[]:*?/\\'" else sign for sign in name)[:_TITLE_MAX]
    told, count = plain, 1
    while told.lower() in taken:
        count += 1
        told = f"{plain[: _TITLE_MAX - 4]}_{count}"
    taken.add(told.lower())
    return told


def _letter(number: int) -> str:
    """Return the letters of a column, from 0.

    >>> _letter(0), _letter(25), _letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
