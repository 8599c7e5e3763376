"""`creditloop work`: the worker that does what happens by itself."""

import asyncio
from typing import Annotated

import typer

from creditloop.kernel.storage import connect
from creditloop.service.bank import DATABASE
from creditloop.service.cli.options import Database, bank_of
from creditloop.service.jobs import build_app, prepare_jobs, run_jobs


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("work")(work)


def work(
    database: Database = DATABASE,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now and end.")] = False,
) -> None:
    """Run the periodic work: deliver facts, extend the checkpoint, verify the evidence every night.

    Example: creditloop work --once
    """
    bank = bank_of(database)
    with connect(bank.url) as connection:
        prepare_jobs(connection)
    asyncio.run(run_jobs(build_app(bank), once=once))
