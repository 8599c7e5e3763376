"""`creditloop demo`: the loop over the example book, stage by stage."""

import time
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from creditloop.kernel.storage.server import StatusKind, status, stop
from creditloop.service.bank import open_bank
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import Section, money, percent, progress_bar, progress_console, show
from creditloop.service.demo import DATABASE, Record, StepDone, run_demo, write_result
from creditloop.service.places import Places, find_places


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("demo")(demo)


def demo(
    serve: Annotated[
        bool, typer.Option(help="Leave the database running afterwards; `creditloop down` stops it.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run the loop over the real book of 30,000 card customers that ships with the product.

    Everything is kept in a database of its own; a second run finds it done and writes the same result.

    Example: creditloop demo --no-serve --json
    """
    places = find_places()
    ran_before = status(state=places.state).kind is not StatusKind.DOWN
    try:
        record = _run(places)
    finally:
        if not ran_before and (not serve or "CI" in places.environment):
            stop(state=places.state)
    write_result(record, folder=Path.cwd())
    sections = [_SECTIONS[name](step) for name, step in record.items() if name in _SECTIONS]
    show(record, sections=sections, as_json=as_json)
    if status(state=places.state).kind is not StatusKind.DOWN:
        progress_console.print("the database goes on running; stop it with: creditloop down")


def _run(places: Places) -> dict[str, Record]:
    """Run the steps, saying on standard error when each is done; return their records by name."""
    began = time.perf_counter()
    bank = open_bank(places=places, database=DATABASE)
    opened = StepDone(name="database", record={"database": DATABASE}, seconds=time.perf_counter() - began)
    with progress_bar("import") as progress:
        record = {}
        for step in chain([opened], run_demo(bank, progress=progress)):
            _say(step)
            record[step.name] = step.record
    return record


def _say(step: StepDone) -> None:
    progress_console.print(f"{step.name:<16}{step.seconds:7.2f} s", markup=False)


def _import_section(record: Mapping[str, Any]) -> Section:
    rows = [("rows read", record["rows_read"]), ("rows rejected", record["rows_rejected"])]
    rows += [(f"rows of {name}", count) for name, count in record["rows_loaded"].items()]
    return Section(title=f"import: {record['file']} under {record['contract']}", columns=["", ""], rows=rows)


def _findings_section(record: Mapping[str, Any]) -> Section:
    rows = [(entry["code"], entry["field"], entry["effect"], entry["count"]) for entry in record["by_code"]]
    return Section(
        title="findings: noticed, none dropped", columns=["code", "field", "row", "count"], rows=rows
    )


def _book_section(record: Mapping[str, Any]) -> Section:
    kinds = ("opening_balance", "payment", "net_charges", "refund_or_adjustment")
    rows = [
        (
            month["business_date"],
            month["events"],
            month["postings"],
            *(money(month["change_fen"].get(kind)) for kind in kinds),
        )
        for month in record["months"]
    ]
    total = record["trial_balance_sum_fen"]
    title = f"book: {record['events']:,} events, postings add up to {total} · {_dates(record)}"
    columns = ["month", "events", "postings", "opening", "payments", "net charges", "refunds"]
    return Section(title=title, columns=columns, rows=rows)


def _reconciliation_section(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            month["business_date"],
            month["compared"],
            money(month["owed_fen"]),
            money(month["credit_fen"]),
            month["above_limit"],
        )
        for month in record["months"]
    ]
    compared, differing = record["balances_compared"], record["differing"]
    title = f"reconciliation: {compared:,} balances, {differing} differ from the bill · {_dates(record)}"
    columns = ["month", "compared", "owed", "in credit", "above limit"]
    return Section(title=title, columns=columns, rows=rows)


def _classification_section(record: Mapping[str, Any]) -> Section:
    classes = ("normal", "special_mention", "substandard")
    rows = [
        (
            month["business_date"],
            month["owing"],
            *(month["bank_classes"].get(name, {}).get("customers", 0) for name in classes),
            percent(month["regulatory_npl_nano"]),
            percent(month["bank_npl_nano"]),
        )
        for month in record["months"]
    ]
    title = f"classification: days past due estimated from months late · {_dates(record)}"
    columns = ["month", "owing", "正常 normal", "关注 watch", "次级 sub", "NPL rule", "NPL bank"]
    return Section(title=title, columns=columns, rows=rows)


def _dates(record: Mapping[str, Any]) -> str:
    months = record["months"]
    first, last = months[0], months[-1]
    period = f"{first['business_date']} … {last['business_date']}"
    return f"business dates {period}, rules as of {first['rules_as_of']}"


def _evidence_section(record: Mapping[str, Any]) -> Section:
    rows = [*record["rows_sealed"].items(), ("problems found", record["problems"])]
    return Section(title="evidence: rows sealed and verified", columns=["table", "rows"], rows=rows)


_SECTIONS = {
    "import": _import_section,
    "findings": _findings_section,
    "book": _book_section,
    "reconciliation": _reconciliation_section,
    "classification": _classification_section,
    "evidence": _evidence_section,
}
