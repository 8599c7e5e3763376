"""Excel (.xlsx): one sheet, its first row the header. Cells are taken as text, by value.

A workbook is loaded whole (a sheet has at most 1,048,576 rows). Its numbers are what Excel itself keeps: 15
digits; an identity number of 18 digits must stand there as text. Formulas are refused: what they last gave
depends on the program that computed them.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import fastexcel
import polars as pl

from creditloop.data.contracts import ColumnType
from creditloop.data.readers.batches import BATCH_ROWS, Batch, CellFault
from creditloop.kernel.errors import ContractBroken

_FORMULA = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]+[0-9]+)"[^>]*>\s*<(?:\w+:)?f[\s>/]')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_READ_AT_ONCE = 1 << 20
_OVERLAP = 1 << 10
_FAULT = re.compile(r"Error\((\w+)\)")
_AT_MIDNIGHT = " 00:00:00"


class WorkbookReader:
    """Reads one sheet of a workbook; see `SourceReader`."""

    def __init__(self, file: Path, *, sheet: str | None) -> None:
        self._file = file
        try:
            book = fastexcel.read_excel(file)
            self._sheet = self._chosen(book.sheet_names, sheet)
            self._refuse_formulas()
            loaded = book.load_sheet(self._sheet, header_row=None, dtypes="string", eager=False)
            cells, errors = loaded.to_arrow_with_errors()
        except (fastexcel.FastExcelError, zipfile.BadZipFile, ElementTree.ParseError, KeyError) as error:
            raise self._broken("not a well-formed workbook", got=str(error).splitlines()[0]) from error
        frame = pl.DataFrame(pl.from_arrow(cells))
        if frame.height == 0:
            raise self._broken("the sheet is empty", got=self._sheet)
        self._cells = frame.slice(1)
        self._faults = [
            (error.position[0] - 1, error.position[1], _FAULT.search(error.detail))
            for error in (errors.errors if errors else ())
        ]
        header = frame.row(0)
        if None in header:
            raise self._broken(
                "a column of the sheet has no name", got=f"column {header.index(None) + 1}", row="header"
            )
        self.columns: tuple[str, ...] = header
        self.rows_total: int | None = self._cells.height
        self.simulated = False  # such a file cannot say so

    def batches(self, types: Mapping[str, ColumnType]) -> Iterator[Batch]:
        """Yield the rows in order; see `SourceReader`."""
        chosen = self._cells.select(
            _cell(pl.nth(self.columns.index(name)), column_type).alias(name)
            for name, column_type in types.items()
        )
        for start in range(0, chosen.height, BATCH_ROWS):
            frame = chosen.slice(start, BATCH_ROWS)
            faults = tuple(
                CellFault(row=row - start, column=self.columns[at], got=f"#{match[1] if match else 'ERROR'}")
                for row, at, match in self._faults
                if start <= row < start + frame.height and self.columns[at] in types
            )
            yield Batch(frame=frame, faults=faults)

    def close(self) -> None:
        """Let go of the file: it is loaded whole, so nothing is held."""

    def _chosen(self, names: list[str], sheet: str | None) -> str:
        if sheet is None and len(names) == 1:
            return names[0]
        if sheet is None:
            raise self._broken("the workbook has several sheets: say which", got=", ".join(names))
        if sheet not in names:
            raise self._broken("the workbook has no such sheet", got=sheet, expected=", ".join(names))
        return sheet

    def _refuse_formulas(self) -> None:
        with zipfile.ZipFile(self._file) as archive, archive.open(self._part(archive)) as stream:
            tail = b""
            while block := stream.read(_READ_AT_ONCE):
                if (match := _FORMULA.search(tail + block)) is not None:
                    raise self._broken(
                        "the sheet holds a formula: save it with values only", got=f"cell {match[1].decode()}"
                    )
                tail = block[-_OVERLAP:]

    def _part(self, archive: zipfile.ZipFile) -> str:
        """Return the archive's name of the chosen sheet."""
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        named = {each.get("Id"): each.get("Target", "") for each in relations}
        for each in book.iter():
            if each.tag.endswith("}sheet") and each.get("name") == self._sheet:
                target = named[each.get(_RELATION)]
                return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        raise KeyError(self._sheet)

    def _broken(
        self, message: str, *, got: str, expected: object = None, row: object = None
    ) -> ContractBroken:
        where = {"file": self._file.name} | ({} if row is None else {"row": row})
        return ContractBroken(message, got=got, expected=expected, where=where)


def _cell(cell: pl.Expr, column_type: ColumnType) -> pl.Expr:
    """Return the cell's text; Excel has no days, only instants, so a day stands there as its midnight."""
    text = cell.replace("", None)
    return text.str.strip_suffix(_AT_MIDNIGHT) if column_type is ColumnType.DATE else text
