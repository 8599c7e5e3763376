"""More than thirty ways in which a file can be broken: how each is made, and what must be said of it.

`made` writes the file into a folder and gives its path; `code` is the error's, `said` stands in what a person
reads and names the thing that is wrong. The good file of `loan_source` is the beginning of each.
"""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import loan_source as source
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

TOO_MANY = "more rows are rejected than the contract allows"


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken file."""

    name: str
    made: Callable[[Path], Path]
    said: tuple[str, ...]
    code: str = "contract_broken"


def text(change: Callable[[str], str], *, encoding: str = "utf-8") -> Callable[[Path], Path]:
    """Change the text of a good CSV file."""

    def made(folder: Path) -> Path:
        file = source.write(folder, "csv", source.rows())
        file.write_bytes(change(file.read_bytes().decode()).encode(encoding))
        return file

    return made


def raw(
    ending: str, change: Callable[[bytes], bytes], *, called: str | None = None
) -> Callable[[Path], Path]:
    """Change the bytes of a good file, and perhaps its ending."""

    def made(folder: Path) -> Path:
        file = source.write(folder, ending, source.rows())
        file.write_bytes(change(file.read_bytes()))
        return file.rename(file.with_suffix(f".{called or ending}"))

    return made


def cells(ending: str, count: int = 10, /, **changes: dict[int, object]) -> Callable[[Path], Path]:
    """Write a file of rows with some values changed."""
    return lambda folder: source.write(folder, ending, source.rows(count, **changes))


def columns(ending: str, change: Callable[[list[str]], list[str]]) -> Callable[[Path], Path]:
    """Write a good file with other columns."""

    def made(folder: Path) -> Path:
        names = change(list(source.COLUMNS))
        made_rows = [{**row, "shoe_size": "42"} for row in source.rows()]
        file = folder / f"loans.{ending}"
        if ending == "csv":
            return source.write_csv(file, made_rows, names)
        if ending == "xlsx":
            return source.write_excel(file, made_rows, names)
        table = pa.table({name: [source.text_of(row[name]) for row in made_rows] for name in set(names)})
        pq.write_table(table.select(names), file)
        return file

    return made


def column(name: str, values: list[object], kind: pa.DataType) -> Callable[[Path], Path]:
    """Write a good Parquet file with a column of another physical type."""

    def made(folder: Path) -> Path:
        table = pq.read_table(source.write(folder, "parquet", source.rows()))
        at = table.column_names.index(name)
        pq.write_table(table.set_column(at, name, pa.array(values * 10, type=kind)), folder / "loans.parquet")
        return folder / "loans.parquet"

    return made


def workbook(change: Callable[[openpyxl.Workbook], None]) -> Callable[[Path], Path]:
    """Change a good workbook."""

    def made(folder: Path) -> Path:
        file = source.write(folder, "xlsx", source.rows())
        book = openpyxl.load_workbook(file)
        change(book)
        book.save(file)
        return file

    return made


def nothing(folder: Path) -> Path:
    """Name a file that is not there."""
    return folder / "nowhere.csv"


def a_folder(folder: Path) -> Path:
    """Make a folder that is called like a file."""
    (folder / "loans.csv").mkdir()
    return folder / "loans.csv"


def a_loop(folder: Path) -> Path:
    """Make a link to itself: a file that nobody can open, root neither."""
    (folder / "loans.csv").symlink_to(folder / "loans.csv")
    return folder / "loans.csv"


def damaged_page(content: bytes) -> bytes:
    """Overwrite the first column's data, and leave the file's end as it is."""
    return content[:8] + b"\xff" * 120 + content[128:]


def formula(book: openpyxl.Workbook) -> None:
    """Put a formula into a cell."""
    book.worksheets[0]["C5"] = "=1+1"


def errors(book: openpyxl.Workbook) -> None:
    """Put errors into most rows of a column."""
    for row in range(2, 8):
        book.worksheets[0][f"C{row}"] = "#DIV/0!"


def nameless(book: openpyxl.Workbook) -> None:
    """Take the name of a column away."""
    book.worksheets[0]["D1"] = None


def no_sheets_part(folder: Path) -> Path:
    """Make a zip archive that is no workbook."""
    with zipfile.ZipFile(folder / "loans.xlsx", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    return folder / "loans.xlsx"


def twice(name: str) -> Callable[[list[str]], list[str]]:
    """Let a column stand twice."""
    return lambda names: [*names, name]


def lines(change: Callable[[list[str]], None]) -> Callable[[Path], Path]:
    """Change the lines of a good CSV file."""

    def changed(whole: str) -> str:
        parts = whole.split("\r\n")
        change(parts)
        return "\r\n".join(parts)

    return text(changed)


def set_line(number: int, value: Callable[[str], str]) -> Callable[[list[str]], None]:
    """Change one line, counted from 1."""

    def change(parts: list[str]) -> None:
        parts[number - 1] = value(parts[number - 1])

    return change


FILES = (
    Broken("no such file", nothing, ("no such file", "nowhere.csv"), "input"),
    Broken("a folder", a_folder, ("this is a folder", "loans.csv"), "input"),
    Broken("cannot be opened", a_loop, ("the file cannot be read", "loans.csv"), "input"),
    Broken(
        "no ending",
        raw("csv", lambda all_: all_, called="data"),
        ("files of this ending are not read", ".data"),
    ),
    Broken(
        "Parquet called csv",
        raw("parquet", lambda all_: all_, called="csv"),
        ("not what its ending says", "parquet"),
    ),
    Broken(
        "CSV called parquet",
        raw("csv", lambda all_: all_, called="parquet"),
        ("not a well-formed Parquet file",),
    ),
    Broken("CSV called xlsx", raw("csv", lambda all_: all_, called="xlsx"), ("not a well-formed workbook",)),
    Broken(
        "a workbook called csv",
        raw("xlsx", lambda all_: all_, called="csv"),
        ("not what its ending says", "excel"),
    ),
    Broken("gzip called csv", raw("csv", lambda _: b"\x1f\x8b\x08\x00 rest", called="csv"), ("gzip",)),
    # CSV: the text
    Broken("header only", cells("csv", 0), ("a header and no rows",)),
    Broken("blank lines only", text(lambda _: "\r\n\r\n"), ("the file has no header", "row header")),
    Broken("a byte order mark only", text(lambda _: "\ufeff"), ("the file has no header",)),
    Broken("semicolons", text(lambda all_: all_.replace(",", ";")), ("not separated by commas", "';'")),
    Broken("UTF-16", text(lambda all_: all_, encoding="utf-16"), ("not UTF-8 text", "UTF-16")),
    Broken(
        "GB18030",
        text(lambda all_: all_.replace("P005", "王五"), encoding="gb18030"),
        ("not UTF-8 text", "loans.csv:6", "GB18030"),
    ),
    Broken(
        "NUL", text(lambda all_: all_.replace("P004", "P\0 4")), ("a NUL character", "loans.csv:5", "row 4")
    ),
    Broken(
        "a quote never closed",
        lines(set_line(4, lambda line: '"' + line)),
        ("a quote is not closed", "row 3"),
    ),
    Broken(
        "text after a closed quote",
        lines(set_line(7, lambda line: '"a"b' + line)),
        ("a quote is not closed", "row 6"),
    ),
    Broken("a huge cell", lines(set_line(3, lambda line: "x" * 140_000 + line)), ("field limit", "row 2")),
    Broken(
        "a short row",
        lines(set_line(6, lambda line: line.rpartition(",")[0])),
        ("another number of cells", "row 5"),
    ),
    Broken(
        "a long row", lines(set_line(8, lambda line: line + ",1")), ("another number of cells", "row 7", "14")
    ),
    Broken("a blank line", lines(lambda parts: parts.insert(3, "")), ("another number of cells", "row 3")),
    # Parquet and Excel: the container
    Broken("truncated Parquet", raw("parquet", lambda all_: all_[:-20]), ("not a well-formed Parquet file",)),
    Broken("a damaged page", raw("parquet", damaged_page), ("not a well-formed Parquet file",)),
    Broken(
        "truncated workbook",
        raw("xlsx", lambda all_: all_[: len(all_) // 2]),
        ("not a well-formed workbook",),
    ),
    Broken("not a workbook", no_sheets_part, ("not a well-formed workbook",)),
    Broken(
        "an encrypted workbook",
        raw("xlsx", lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
        ("encrypted", "without a password"),
    ),
    Broken(
        "two sheets", workbook(lambda book: book.create_sheet("other")), ("several sheets", "Sheet, other")
    ),
    Broken("a formula", workbook(formula), ("holds a formula", "cell C5")),
    Broken("errors in cells", workbook(errors), (TOO_MANY, "error_cell 6", "row 1", "field balance")),
    Broken("a column without name", workbook(nameless), ("a column of the sheet has no name", "column 4")),
    # Parquet: physical types
    Broken(
        "a nested column",
        column("kind", [["A"]], pa.list_(pa.string())),
        ("'kind' cannot hold such values", "list"),
    ),
    Broken(
        "an instant without zone",
        column("seen_at", [datetime(2024, 3, 1)], pa.timestamp("us")),  # noqa: DTZ001
        ("'seen_at'", "it has no time zone"),
    ),
    Broken("amounts in float32", column("balance", [1.5], pa.float32()), ("'balance'", "float")),
    Broken("bytes for text", column("phone", [b"1"], pa.binary()), ("'phone'", "binary")),
    Broken(
        "days as instants", column("opened", [1], pa.timestamp("us", tz="UTC")), ("'opened'", "timestamp")
    ),
)


def in_every_format() -> Iterator[Broken]:
    """Yield what can be broken in each of the formats."""
    for ending in sorted(source.WRITERS):
        for kind, made, said in (
            ("empty", raw(ending, lambda _: b""), ("the file is empty",)),
            (
                "a column missing",
                columns(ending, lambda names: [name for name in names if name != "late"]),
                ("a column of the contract is missing", "field late"),
            ),
            (
                "an unknown column",
                columns(ending, lambda names: [*names, "shoe_size"]),
                ("not in the contract", "field shoe_size", "not_loaded with a reason"),
            ),
            ("a column twice", columns(ending, twice("kind")), ("stands twice in the header", "field kind")),
            (
                "a column left out in the contract is missing",
                columns(ending, lambda names: names[:-1]),
                ("missing", "star_sign"),
            ),
            (
                "every key missing",
                cells(ending, party_no=dict.fromkeys(range(1, 11))),
                (TOO_MANY, "missing_key 10", "10 of 10 rows", "field party_no"),
            ),
            (
                "one key for everybody",
                cells(ending, party_no=dict.fromkeys(range(1, 11), "P001")),
                (TOO_MANY, "duplicate_key", "row 2"),
            ),
            (
                "three decimals",
                cells(ending, balance=dict.fromkeys(range(3, 7), "1.005")),
                (TOO_MANY, "wrong_type 4", "row 3", "field balance"),
            ),
            (
                "amounts too large",
                cells(ending, balance=dict.fromkeys(range(1, 4), "92233720368547758.08")),
                (TOO_MANY, "wrong_type 3", "field balance"),
            ),
            (
                "no numbers",
                cells(ending, bill_2=dict.fromkeys(range(1, 4), float("nan"))),
                (TOO_MANY, "wrong_type 3", "field bill_2"),
            ),
            (
                "infinite amounts",
                cells(ending, bill_2=dict.fromkeys(range(1, 4), float("inf"))),
                (TOO_MANY, "wrong_type 3", "field bill_2"),
            ),
            (
                "days of another calendar",
                cells(ending, opened=dict.fromkeys(range(1, 5), "31/12/2020")),
                (TOO_MANY, "wrong_type 4", "field opened"),
            ),
            (
                "no such day",
                cells(ending, opened=dict.fromkeys(range(1, 5), "2023-02-29")),
                (TOO_MANY, "wrong_type 4", "field opened"),
            ),
            (
                "instants without zone",
                cells(ending, seen_at=dict.fromkeys(range(1, 5), "2024-03-01 10:00:00")),
                (TOO_MANY, "wrong_type 4", "field seen_at"),
            ),
            (
                "neither true nor false",
                cells(ending, active=dict.fromkeys(range(1, 5), "maybe")),
                (TOO_MANY, "wrong_type 4", "field active"),
            ),
            (
                "kinds never seen",
                cells(ending, kind=dict.fromkeys(range(1, 5), "Q")),
                (TOO_MANY, "unlisted_value 4", "field kind"),
            ),
            (
                "known before it occurred",
                cells(ending, seen_at=dict.fromkeys(range(1, 4), "1999-01-01T00:00:00Z")),
                (TOO_MANY, "known_before_occurred 3", "field seen_at"),
            ),
        ):
            yield Broken(f"{kind}, {ending}", made, said)


ALL = (*FILES, *in_every_format())
