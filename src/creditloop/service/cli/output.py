"""What a command says: tables and progress for people, one JSON object for machines, and its exit status.

Results go to standard output, progress and errors to standard error, so that `--json` can be piped.
Exit status: 0 done, 1 a defect of ours, 2 the request was wrong (InputError), 3 not now (StateError),
4 an outside party failed (SourceError), 5 money does not add up (BookError), 6 evidence does not verify
(EvidenceError). A check that finds something wrong (tampering, a book that differs) also ends with 5 or 6.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from creditloop.kernel.errors import (
    BookError,
    CreditloopError,
    EvidenceError,
    InputError,
    SourceError,
    StateError,
)
from creditloop.kernel.money import divide_half_away, text_from_fen

EXIT_STATUS: tuple[tuple[type[CreditloopError], int], ...] = (
    (InputError, 2),
    (StateError, 3),
    (SourceError, 4),
    (BookError, 5),
    (EvidenceError, 6),
)
STATUS_DEFECT = 1

_WIDTH = 110
"""Columns of an answer that goes to a file or a pipe."""
_NUMBER = re.compile(r"-?[0-9][0-9,]*(\.[0-9]+)?( %)?|–")

progress_console = Console(stderr=True, highlight=False)


def exit_status(error: CreditloopError | type[CreditloopError]) -> int:
    """Return the exit status of an error, or of a kind of error."""
    kind = error if isinstance(error, type) else type(error)
    return next((status for family, status in EXIT_STATUS if issubclass(kind, family)), STATUS_DEFECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One titled part of an answer: facts as pairs, or a table with named columns."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def show(record: Mapping[str, object], *, sections: Sequence[Section], as_json: bool) -> None:
    """Print an answer: the record as one JSON object, or its sections as tables."""
    if as_json:
        sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=2, default=str) + "\n")
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    for section in sections:
        if section.rows:
            console.print(_table(section))
        else:
            console.print(section.title, style="bold", markup=False)


def show_error(error: CreditloopError, *, as_json: bool) -> None:
    """Print an error: as JSON on standard output, or as a few lines for people on standard error."""
    if as_json:
        sys.stdout.write(json.dumps({"error": error.as_record()}, ensure_ascii=False, indent=2) + "\n")
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"creditloop: {error.diagnostics()}", markup=False
        )


def money(amount_fen: int | None) -> str:
    """Write fen for a person: units of the currency with thousands commas and two decimals."""
    if amount_fen is None:
        return "–"
    units, _, decimals = text_from_fen(amount_fen).partition(".")
    sign, digits = ("-", units[1:]) if units.startswith("-") else ("", units)
    return f"{sign}{int(digits):,}.{decimals}"


def percent(nano: int | None) -> str:
    """Write a ratio in nano as a percentage with two decimals, rounded half away from zero."""
    if nano is None:
        return "–"
    hundredths = divide_half_away(nano, 100_000)
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02d} %"


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a progress bar on standard error; yields the callback (done, total or None if unknown).

    Where standard error is no terminal, nothing is shown.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = progress_console.is_terminal
    with Progress(*columns, console=progress_console, transient=True, disable=not shown) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _table(section: Section) -> Table:
    table = Table(
        title=Text(section.title, style="bold"),
        title_justify="left",
        header_style="",
        box=SIMPLE_HEAD,
        show_header=any(section.columns),
    )
    for index, name in enumerate(section.columns):
        numeric = bool(section.rows) and all(_is_number(row[index]) for row in section.rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in section.rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    return table


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)
