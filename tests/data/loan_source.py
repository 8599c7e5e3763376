"""A small source of every type of column, its contract, and files of it in every format."""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data import Contract, parse_contract

Row = dict[str, object]

CONTRACT = (Path(__file__).parent / "loans.yaml").read_text("utf-8")
"""The contract; tests change it by replacing a piece of it."""

COLUMNS: Mapping[str, pa.DataType] = {
    "party_no": pa.string(),
    "account_no": pa.string(),
    "balance": pa.float64(),
    "kind": pa.string(),
    "late": pa.int64(),
    "opened": pa.date32(),
    "active": pa.bool_(),
    "seen_at": pa.timestamp("us", tz="UTC"),
    "phone": pa.string(),
    "faith": pa.string(),
    "bill_1": pa.int64(),
    "bill_2": pa.float64(),
    "star_sign": pa.string(),
}
"""The file's columns, as a Parquet file holds them."""


def contract(*replacements: tuple[str, str]) -> Contract:
    """Return the contract, with pieces of its text replaced; each must be there once."""
    return parse_contract(contract_text(*replacements), path="contracts/loans.yaml")


def contract_text(*replacements: tuple[str, str]) -> str:
    """Return the contract's text with pieces replaced."""
    text = CONTRACT
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the contract"
        text = text.replace(old, new)
    return text


def rows(count: int = 10, /, **changes: Mapping[int, object]) -> list[Row]:
    """Return good rows; `changes` gives for a column the values of some rows, from 1."""
    made: list[Row] = [
        {
            "party_no": f"P{number:03}",
            "account_no": f"A{number:03}",
            "balance": 100.5 + number,
            "kind": "AB"[number % 2],
            "late": number % 3 or None,
            "opened": date(2020, 1, number % 28 + 1),
            "active": number % 2 == 0,
            "seen_at": datetime(2024, 3, 1, 8, 30, number % 60, tzinfo=UTC),
            "phone": f"1380000{number:04}",
            "faith": None,
            "bill_1": 10 + number,
            "bill_2": 20.25 + number,
            "star_sign": "leo",
        }
        for number in range(1, count + 1)
    ]
    for column, values in changes.items():
        for number, value in values.items():
            made[number - 1][column] = value
    return made


def text_of(value: object) -> str:
    """Return a value as CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if not isfinite(value) else f"{Decimal(repr(value)):f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def write_csv(file: Path, made: Sequence[Row], columns: Sequence[str] = tuple(COLUMNS)) -> Path:
    """Write rows as CSV."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows([text_of(row.get(column)) for column in columns] for row in made)
    return file


def write_parquet(file: Path, made: Sequence[Row], types: Mapping[str, pa.DataType] = COLUMNS) -> Path:
    """Write rows as Parquet; a column with a value that is not of its type is written as text."""
    arrays = []
    for name, kind in types.items():
        cells = [row.get(name) for row in made]
        try:
            arrays.append(pa.array(cells, type=kind))
        except (pa.ArrowException, TypeError):
            arrays.append(pa.array([None if cell is None else text_of(cell) for cell in cells]))
    pq.write_table(pa.Table.from_arrays(arrays, names=list(types)), file)
    return file


def write_excel(file: Path, made: Sequence[Row], columns: Sequence[str] = tuple(COLUMNS)) -> Path:
    """Write rows as a workbook of one sheet; instants as text, since Excel has none with a zone."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(columns))
    for row in made:
        cells = [row.get(column) for column in columns]
        sheet.append([text_of(cell) if _only_as_text(cell) else cell for cell in cells])
    book.save(file)
    return file


def _only_as_text(cell: object) -> bool:
    return isinstance(cell, datetime) or (isinstance(cell, float) and not isfinite(cell))


WRITERS: Mapping[str, Callable[[Path, Sequence[Row]], Path]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "xlsx": write_excel,
}
"""How to write rows, by the file's ending."""


def write(folder: Path, ending: str, made: Sequence[Row], name: str = "loans") -> Path:
    """Write rows in the format of an ending."""
    return WRITERS[ending](folder / f"{name}.{ending}", made)
