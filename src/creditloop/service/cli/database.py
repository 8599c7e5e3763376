"""`creditloop up`, `down`, `status`: the embedded database."""

import time

import typer

from creditloop.kernel.storage.server import Server, StatusKind, ensure_running, status, stop
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, show
from creditloop.service.clock import now
from creditloop.service.opening import DATABASE, open_database
from creditloop.service.places import find_places
from creditloop.service.web_server import stop_server


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(show_status)


def up(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Start the database (or find yours) and bring it to this version.

    Example: creditloop up
    """
    began = time.perf_counter()
    places = find_places()
    opened = open_database(places=places, database=database, now=now())
    record = {
        **_server_record(opened.server),
        "database": database,
        "seconds": round(time.perf_counter() - began, 2),
    }
    _show("up", record, as_json=as_json)


def down(as_json: AsJson = False) -> None:
    """Stop the API and console, then the embedded database; what CREDITLOOP_DATABASE_URL names stays up.

    Example: creditloop down
    """
    places = find_places()
    served = stop_server(places)
    stopped = stop(state=places.state)
    record: dict[str, object] = {
        "stopped": stopped.kind.value,
        "pid": None if stopped.pid is None else str(stopped.pid),
        "served": None if served is None else str(served),
    }
    _show("down", record, as_json=as_json)


def show_status(as_json: AsJson = False) -> None:
    """Say whether the database runs, embedded or named by CREDITLOOP_DATABASE_URL, and where its things are.

    Example: creditloop status --json
    """
    places = find_places()
    if places.environment.get("CREDITLOOP_DATABASE_URL"):
        kind: StatusKind = StatusKind.UP
        server: Server | None = ensure_running(state=places.state, environment=places.environment)
    else:
        found = status(state=places.state)
        kind, server = found.kind, found.server
    record: dict[str, object] = {"database": kind.value, "state": str(places.state)}
    if server is not None:
        record |= _server_record(server)
    _show("status", record, as_json=as_json)


def _server_record(server: Server) -> dict[str, object]:
    return {
        "version": server.version,
        "origin": server.origin,
        "data": None if server.data_dir is None else str(server.data_dir),
        "started": server.started,
    }


def _show(title: str, record: dict[str, object], *, as_json: bool) -> None:
    show(
        record, sections=[Section(title=title, columns=["", ""], rows=list(record.items()))], as_json=as_json
    )
