"""`creditloop demo`: the loop over the example book, stage by stage."""

import time
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.storage.server import StatusKind, status, stop
from creditloop.service.bank import open_bank
from creditloop.service.cli.demo_sections import demo_sections
from creditloop.service.cli.options import AsJson
from creditloop.service.cli.output import progress_bar, progress_console, show
from creditloop.service.demo import DATABASE, Record, StepDone, let_in, run_demo, visitors_file, write_result
from creditloop.service.places import Places, find_places
from creditloop.service.web_server import PORT, find_server, start_server


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("demo")(demo)


def demo(
    serve: Annotated[
        bool, typer.Option(help="Leave database, API and console running; `creditloop down` stops them.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Run the loop over the real book of 30,000 card customers that ships with the product.

    Everything is kept in a database of its own; a second run finds it done and writes the same result.

    Example: creditloop demo --no-serve --json
    """
    places = find_places()
    ran_before = status(state=places.state).kind is not StatusKind.DOWN
    serve = serve and "CI" not in places.environment
    try:
        record = _run(places, serve=serve)
    finally:
        if not ran_before and not serve:
            stop(state=places.state)
    write_result(record, folder=Path.cwd())
    show(record, sections=demo_sections(record), as_json=as_json)
    if serve:
        _serve(places)


def _serve(places: Places) -> None:
    running = find_server(places) or start_server(places, database=DATABASE, host="127.0.0.1", port=PORT)
    people = visitors_file(Path.cwd())
    progress_console.print(
        f"console  {running.url}/console/   who may sign in stands in {people}", markup=False
    )
    progress_console.print(
        f"API      {running.url}/v1/docs   the key stands in {people.parent}", markup=False
    )
    progress_console.print("both go on running with the database; stop them with: creditloop down")


def _run(places: Places, *, serve: bool) -> dict[str, Record]:
    """Run the steps, saying on standard error when each is done; return their records by name."""
    began = time.perf_counter()
    bank = open_bank(places=places, database=DATABASE)
    opened = StepDone(name="database", record={"database": DATABASE}, seconds=time.perf_counter() - began)
    with progress_bar("import") as progress:
        record = {}
        for step in chain([opened], run_demo(bank, progress=progress)):
            _say(step)
            if step.record is not None:
                record[step.name] = step.record
    if serve:
        let_in(bank, folder=Path.cwd())
    return record


def _say(step: StepDone) -> None:
    progress_console.print(f"{step.name:<16}{step.seconds:7.2f} s", markup=False)
