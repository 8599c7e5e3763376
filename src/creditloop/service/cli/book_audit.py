"""`creditloop book audit`: everything that loan statements follow from, as plain files for an auditor."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from creditloop.book.auditing import export_for_audit
from creditloop.kernel.storage import connect
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, BusinessDate, Database, day
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE

Folder = Annotated[Path, typer.Option(help="Where the files go; made if it is not there, else empty.")]
Loans = Annotated[list[str] | None, typer.Option("--loan", help="Only this loan; may stand several times.")]


def audit(
    business_date: BusinessDate,
    folder: Folder,
    loan: Loans = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write loans, agreed texts, events with postings, plans and closes, to recompute statements from.

    Example: creditloop book audit --business-date 2026-01-31 --folder audit
    """
    with connect(bank_of(database).url) as connection:
        done = export_for_audit(connection, folder=folder, through=day(business_date), loan_ids=loan or None)
    rows = [(each.name, each.rows, each.sha256) for each in done]
    record = {"business_date": business_date, "files": [asdict(each) for each in done]}
    show(
        record,
        sections=[
            Section(title=f"auditor's export, {business_date}", columns=("file", "rows", "sha256"), rows=rows)
        ],
        as_json=as_json,
    )
