"""Opening a bank's database: the server, this version's tables, the evidence folder that belongs to it.

Kept apart from `bank`, so that starting the database waits for none of the rooms that work in it.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from creditloop.evidence import EvidenceFolder, extend
from creditloop.kernel.errors import EvidenceError, InputError
from creditloop.kernel.storage import Connection, connect, load_queries, migrate
from creditloop.kernel.storage.server import (
    Server,
    create_database,
    database_url,
    ensure_running,
    make_state_folder,
)
from creditloop.service.places import Places
from creditloop.service.rooms import ROOMS

DATABASE = "creditloop"
"""Name of the bank's database on the embedded server."""
_FOLDER_NAME = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDatabase:
    """A database that is ready to work in, and the server it is on."""

    url: str
    server: Server
    evidence: EvidenceFolder


def open_database(*, places: Places, database: str, now: datetime) -> OpenDatabase:
    """Start or find the server, bring the database to this version, open the evidence folder.

    Args:
        database: name on the embedded server; on a server named by CREDITLOOP_DATABASE_URL that URL's own
            database is used.
    Raises: what `ensure_running` and `migrate` raise; EvidenceError if the database holds sealed entries and
        its evidence folder is gone.
    """
    server = ensure_running(state=places.state, environment=places.environment)
    url = _url(server, database)
    with connect(url) as connection:
        migrate(connection, rooms=ROOMS, now=now)
        evidence = _evidence_folder(connection, places=places, now=now)
        connection.commit()
        _take_in(connection, folder=evidence, now=now)
    return OpenDatabase(url=url, server=server, evidence=evidence)


def _url(server: Server, database: str) -> str:
    if server.socket_dir is None:
        return server.url
    create_database(server, database)
    return database_url(server, database)


def _take_in(connection: Connection, *, folder: EvidenceFolder, now: datetime) -> None:
    """Take in what a process left that was killed between sealing and signing.

    A log that was tampered with cannot be extended. The bank is opened all the same, or nobody could verify
    it; verifying names what is wrong, and no piece of work ends well until it is put right.
    """
    with suppress(EvidenceError), connection.transaction():
        extend(connection, folder=folder, now=now)


def _evidence_folder(connection: Connection, *, places: Places, now: datetime) -> EvidenceFolder:
    """Open the evidence folder of the database that is connected, under that database's own name."""
    name = connection.info.dbname
    if not _FOLDER_NAME.fullmatch(name):
        raise InputError(
            "the evidence folder is named after the database, and this is no name for a folder",
            got=name,
            expected="letters, digits, _ and -",
        )
    parent = make_state_folder(places.state).state / "evidence"
    parent.mkdir(mode=0o700, exist_ok=True)
    folder = EvidenceFolder(parent / name)
    load_queries("creditloop.service").lock_opening(connection)  # of two who open it first, one makes the key
    if folder.path.exists():
        return folder
    if connection.execute("SELECT EXISTS (SELECT FROM evidence.entry)").fetchone() == (True,):
        # a new key here would let a rewritten database pass as a new one
        raise EvidenceError(
            "the database holds sealed entries, but its evidence folder is gone",
            where={"file": folder.path},
            hint="restore the folder from its backup",
        )
    return EvidenceFolder.create(folder.path, origin=f"creditloop/{name}", now=now)
