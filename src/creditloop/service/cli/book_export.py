"""`creditloop book export`: what we say of a closed day, in files the bank's core can take in."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, BusinessDate, Database, Reason, day, reader
from creditloop.service.cli.output import Section, show
from creditloop.service.opening import DATABASE
from creditloop.service.reconciling import export_book

Folder = Annotated[Path, typer.Option(help="Where the files and their manifest are written.")]


def export(
    business_date: BusinessDate,
    folder: Folder,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Write our balances, transactions and general-ledger summary of a closed day, with a manifest.

    Example: creditloop book export --business-date 2026-02-05 --folder out
    """
    manifest = export_book(
        bank_of(database), business_date=day(business_date), folder=folder, reader=reader(), reason=reason
    )
    rows = [(each.file, each.rows, each.sha256) for each in manifest.files]
    section = Section(title=f"exported, {business_date}", columns=("file", "rows", "sha256"), rows=rows)
    show(asdict(manifest), sections=[section], as_json=as_json)
