"""`creditloop work`: the worker that does what happens by itself."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from creditloop.kernel.storage import connect, find_open_deliveries
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import EXIT_STATUS, STATUS_DEFECT, Section, show
from creditloop.service.jobs import build_app, find_failures, prepare_jobs, run_jobs
from creditloop.service.opening import DATABASE


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("work")(work)


def work(
    database: Database = DATABASE,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the periodic work: deliver facts, extend the checkpoint, verify the evidence every night.

    At its end it says which jobs failed meanwhile, and what is still to be acted on. Exit status 0: no job
    failed; otherwise that of the first failure.

    Example: creditloop work --once
    """
    bank = bank_of(database)
    began = bank.clock()
    with connect(bank.url) as connection:
        prepare_jobs(connection)
    asyncio.run(run_jobs(build_app(bank), once=once))
    _report(bank, since=began, as_json=as_json)


def _report(bank: Bank, *, since: datetime, as_json: bool) -> None:
    with connect(bank.url) as connection:
        failures = find_failures(connection, since=since)
        waiting = find_open_deliveries(connection)
    failure_names = ("job", "failed_at", "code", "text")
    failed = [(one.job, str(one.failed_at), one.code, one.text) for one in failures]
    waiting_names = ("subscriber", "fact", "key", "attempts", "last_error")
    still = [(one.subscriber, one.kind, one.key, one.attempts, one.last_error) for one in waiting]
    record = {
        "failures": [dict(zip(failure_names, row, strict=True)) for row in failed],
        "waiting": [dict(zip(waiting_names, row, strict=True)) for row in still],
    }
    sections = [
        Section(title=f"{len(failed)} jobs failed", columns=failure_names, rows=failed),
        Section(title=f"{len(still)} facts wait for a subscriber", columns=waiting_names, rows=still),
    ]
    show(record, sections=sections, as_json=as_json)
    if failures:
        by_code = {kind.code: status for kind, status in EXIT_STATUS}
        raise typer.Exit(by_code.get(failures[0].code, STATUS_DEFECT))
