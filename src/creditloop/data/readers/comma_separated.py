"""CSV, strictly: RFC 4180 in UTF-8 with a header, separated by commas; nothing is guessed or repaired."""

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import polars as pl

from creditloop.data.contracts import ColumnType
from creditloop.data.readers.batches import BATCH_ROWS, Batch
from creditloop.kernel.errors import ContractBroken

_OTHER_SEPARATORS = ";\t|"


class CsvReader:
    """Reads a CSV file row by row; see `SourceReader`. An empty cell is null, quoted or not."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stream = file.open(encoding="utf-8-sig", newline="")
        self._rows = csv.reader(self._lines(), strict=True)
        self.rows_total: int | None = None
        self.simulated = False  # such a file cannot say so
        self._rows_read = 0  # the header counts: the row being read is data row `_rows_read`
        self._line = 0  # the last line of the last whole row
        try:
            self.columns = self._header()
        except ContractBroken:
            self.close()
            raise

    def batches(self, types: Mapping[str, ColumnType]) -> Iterator[Batch]:
        """Yield the rows in order; see `SourceReader`."""
        wanted = [(self.columns.index(name), name) for name in types]
        rows = self._checked_rows()
        while chunk := list(islice(rows, BATCH_ROWS)):
            cells = list(zip(*chunk, strict=True))
            frame = pl.DataFrame([pl.Series(name, cells[at], dtype=pl.String) for at, name in wanted])
            yield Batch(frame=frame.with_columns(pl.all().replace("", None)))

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def _header(self) -> tuple[str, ...]:
        header = next(self._checked_rows(), None)
        where = {"file": self._file.name, "line": 1, "row": "header"}
        if not header:
            raise ContractBroken("the file has no header", where=where)
        separators = [mark for mark in _OTHER_SEPARATORS if mark in header[0]]
        if len(header) == 1 and separators:
            raise ContractBroken(
                "the columns are not separated by commas",
                got=repr(separators[0]),
                expected="','",
                where=where,
            )
        return tuple(header)

    def _lines(self) -> Iterator[str]:
        for line in self._stream:
            if "\0" in line:
                raise self._broken("a NUL character: this is not text")
            yield line

    def _checked_rows(self) -> Iterator[list[str]]:
        try:
            for row in self._rows:
                if self._rows_read and len(row) != len(self.columns):
                    raise self._broken(
                        "the row has another number of cells than the header",
                        got=len(row),
                        expected=len(self.columns),
                    )
                self._rows_read += 1
                self._line = self._rows.line_num
                yield row
        except UnicodeDecodeError as error:
            raise self._undecodable() from error
        except csv.Error as error:
            # a cell over the reader's limit, 131,072 characters, is nearly always a quote never closed
            raise self._broken(
                "a quote is not closed, or something follows a closed one", got=str(error)
            ) from error

    def _broken(self, message: str, *, got: object = None, expected: object = None) -> ContractBroken:
        where = {"file": self._file.name, "line": self._line + 1, "row": self._rows_read or "header"}
        return ContractBroken(message, got=got, expected=expected, where=where)

    def _undecodable(self) -> ContractBroken:
        line, text = self._first_undecodable_line()
        guess = "UTF-16" if text.startswith((b"\xff\xfe", b"\xfe\xff")) else None
        return ContractBroken(
            "the file is not UTF-8 text",
            got=guess or repr(text[:40]),
            expected="UTF-8",
            where={"file": self._file.name, "line": line},
            hint="save it as UTF-8; files of older Chinese programs are often GB18030",
        )

    def _first_undecodable_line(self) -> tuple[int, bytes]:
        with self._file.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number, line
        return self._line + 1, b""
