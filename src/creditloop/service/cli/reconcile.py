"""`creditloop reconcile …`: our book against the core and the money side, its open breaks, closing one."""

import json
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from creditloop.book.reconciliation import CAUSES, REASONS, ClosingReason
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import (
    LOOK_UP,
    AsJson,
    BusinessDate,
    Database,
    Reason,
    Simulated,
    day,
    reader,
)
from creditloop.service.cli.output import Section, money, show
from creditloop.service.opening import DATABASE
from creditloop.service.reconciling import (
    Reconciled,
    close_one_break,
    open_breaks,
    reconcile_day,
    write_report,
)

BREAKS_OPEN = 5
"""Exit status while a break is open: the books differ."""

Folder = Annotated[Path, typer.Option(help="Holds a folder for each day, with the day's files.")]
Report = Annotated[Path | None, typer.Option(help="Also write the report into this folder: .xlsx and .csv.")]
AsPdf = Annotated[bool, typer.Option("--pdf", help="The report also as a PDF to print and sign.")]
Number = Annotated[int, typer.Argument(min=1, help="The break's number.")]
By = Annotated[str, typer.Option("--by", help="Login of the person who closes it.")]
Note = Annotated[str, typer.Option(help="What was found and done, in words.")]
Why = Annotated[ClosingReason, typer.Option("--reason", help="Why it is closed.")]
_COLUMNS = ("no.", "record", "loan", "reference", "kind", "book", "core", "money", "difference", "cause")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="The book against the core and the money side (三方对账).")
    group.command("run")(run)
    group.command("breaks")(breaks)
    group.command("close")(close)
    app.add_typer(group, name="reconcile")


def run(
    business_date: BusinessDate,
    folder: Folder,
    report: Report = None,
    pdf: AsPdf = False,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Compare a closed day with the day's files, to the fen; the exit status is 5 while a break is open.

    A file that does not keep its contract refuses the run. The same files and book again change nothing.

    Example: creditloop reconcile run --business-date 2026-02-05 --folder core_files --report out
    """
    reconciled = reconcile_day(
        bank_of(database), business_date=day(business_date), folder=folder, reader=reader(), reason=reason
    )
    written = write_report(reconciled, folder=report, pdf=pdf) if report is not None else ()
    record = {
        "business_date": business_date,
        "run": reconciled.run.run_no,
        "repeated": reconciled.run.repeated,
        "simulated": reconciled.run.simulated,
        "loans": reconciled.run.loans,
        "items": reconciled.run.items,
        "open": reconciled.breaks.height,
        "opened_today": reconciled.new.height,
        "breaks": _records(reconciled.breaks),
        "files": [str(file) for file in written],
    }
    sections = [_totals(reconciled), _section(reconciled.breaks)]
    show(record, sections=sections, as_json=as_json)
    _end(reconciled.breaks)


def breaks(reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the open breaks with what each side says; the exit status is 5 while there is one.

    Example: creditloop reconcile breaks
    """
    with bank_of(database).work() as work:
        found = open_breaks(work, reader=reader(), reason=reason)
    show({"breaks": _records(found)}, sections=[_section(found)], as_json=as_json)
    _end(found)


def close(
    number: Number,
    reason: Why,
    note: Note,
    by: By,
    simulated: Simulated = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Close a break, with a reason and in words; it is closed once.

    Example: creditloop reconcile close 3 --reason corrected_in_core --note "posted on 6 February" --by li.na
    """
    closing = close_one_break(
        bank_of(database), break_no=number, reason=reason, note=note, person=by, simulated=simulated
    )
    zh, en = REASONS[closing.reason]
    record = {
        "break": closing.break_no,
        "reason": closing.reason.value,
        "note": closing.note,
        "closed_by": closing.closed_by,
        "closed_at": closing.closed_at.isoformat(),
        "repeated": closing.repeated,
    }
    rows = [("reason", f"{zh} {en}"), ("note", closing.note), ("by", closing.closed_by)]
    section = Section(title=f"break {number} is closed", columns=("", ""), rows=rows)
    show(record, sections=[section], as_json=as_json)


def _end(found: pl.DataFrame) -> None:
    if not found.is_empty():
        raise typer.Exit(BREAKS_OPEN)


def _records(found: pl.DataFrame) -> list[dict[str, object]]:
    """Return open breaks as plain data, causes in words."""
    named = json.loads(found.drop("reason", "note", "closed_by", "closed_at").write_json())
    return [
        each | {"cause_zh": CAUSES[each["cause"]].zh, "cause_en": CAUSES[each["cause"]].en} for each in named
    ]


def _section(found: pl.DataFrame) -> Section:
    rows = [
        (
            each["break_no"],
            each["record"],
            each["loan_id"],
            each["reference"] or each["field"],
            each["kind"],
            each["book_says"],
            each["core_says"],
            each["money_says"],
            None if each["difference_fen"] is None else money(each["difference_fen"]),
            CAUSES[each["cause"]].zh,
        )
        for each in found.iter_rows(named=True)
    ]
    marked = ", simulated 模拟" if found["simulated"].any() else ""
    title = f"open breaks: {found.height:,}{marked}" if rows else "no break is open: every side says the same"
    return Section(title=title, columns=_COLUMNS, rows=rows)


def _totals(reconciled: Reconciled) -> Section:
    rows = [
        (total.measure, money(total.book_fen), money(total.core_fen), money(total.money_fen))
        for total in reconciled.run.totals
    ]
    marked = ", simulated 模拟" if reconciled.run.simulated else ""
    title = f"run {reconciled.run.run_no}, business date {reconciled.run.business_date}{marked}"
    return Section(title=title, columns=("total", "book", "core", "money"), rows=rows)
