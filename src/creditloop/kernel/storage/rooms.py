"""Bringing a database to the rooms' schema, by plain-SQL migrations.

A room's `schema.sql` is the truth about its tables; `migrations/NNNN_pre_what.sql` and `…_post_what.sql` lead
there step by step (`pre` runs before the new code is deployed, `post` after). A test builds one database each
way and compares them. An applied migration is never edited: its hash is kept and checked.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.storage.pool import Connection

_FILE_NAME = re.compile(r"(\d{4})_(pre|post)_([a-z0-9_]+)\.sql")
_LOCK = 7_215_301
"""Advisory lock held while migrating, so that two processes starting at once do not race."""
_HISTORY = b"""
CREATE SCHEMA IF NOT EXISTS migration;
CREATE TABLE IF NOT EXISTS migration.applied (
    room text, number integer, phase text NOT NULL, name text NOT NULL, hash text NOT NULL,
    applied_at timestamptz NOT NULL, PRIMARY KEY (room, number)
);
"""
"""What was applied when; it stands before the first migration, so no migration makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One migration file."""

    room: str
    number: int
    phase: str
    name: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of the file's text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A package that owns tables: `schema.sql` and the folder `migrations` inside it."""

    package: str

    def schema(self) -> str:
        """Return the text of the room's schema file."""
        return (self._folder / "schema.sql").read_text(encoding="utf-8")

    def migrations(self) -> list[Migration]:
        """Return the room's migrations in order.

        Raises: InputError for a file with a name that is not a migration's, or a number used twice.
        """
        found = []
        for file in (self._folder / "migrations").iterdir():
            if (match := _FILE_NAME.fullmatch(file.name)) is None:
                raise InputError(
                    "not a migration's name",
                    got=file.name,
                    expected="NNNN_pre_what.sql or NNNN_post_what.sql",
                    where={"room": self.package},
                )
            number, phase, name = match.groups()
            text = file.read_text(encoding="utf-8")
            found.append(Migration(room=self.package, number=int(number), phase=phase, name=name, text=text))
        numbers = [migration.number for migration in found]
        if len(set(numbers)) != len(numbers):
            raise InputError(
                "two migrations have one number", got=sorted(numbers), where={"room": self.package}
            )
        return sorted(found, key=lambda migration: migration.number)

    @property
    def _folder(self) -> Path:
        """The package's folder, found without importing the package: starting up need not wait for it."""
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise InputError("no such room", got=self.package, expected="a package")
        return Path(spec.submodule_search_locations[0])


def migrate(connection: Connection, *, rooms: Sequence[Room], now: datetime) -> list[Migration]:
    """Apply what is missing, each room in the order given, in one transaction; return what was applied.

    Raises: StateError if an applied migration's text has changed since, or the database is ahead of the code.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(_HISTORY)
        rows = connection.execute("SELECT room, number, hash FROM migration.applied").fetchall()
        applied = {(room, number): hash_ for room, number, hash_ in rows}
        missing = []
        for room in rooms:
            known = room.migrations()
            _check_history(room, known, applied)
            missing += [migration for migration in known if (room.package, migration.number) not in applied]
        for migration in missing:
            _apply(connection, migration, now)
        return missing


def _check_history(room: Room, known: Sequence[Migration], applied: dict[tuple[str, int], str]) -> None:
    by_number = {migration.number: migration for migration in known}
    for (package, number), applied_hash in applied.items():
        if package != room.package:
            continue
        if number not in by_number:
            raise StateError(
                "the database is ahead of this code",
                got=f"migration {number} of {package}",
                expected=f"at most {max(by_number, default=0)}",
                hint="use the newer creditloop",
            )
        if by_number[number].hash != applied_hash:
            raise StateError(
                "an applied migration was edited; add a new one instead",
                got=by_number[number].hash,
                expected=applied_hash,
                where={"room": package, "migration": number},
            )


def _apply(connection: Connection, migration: Migration, now: datetime) -> None:
    connection.execute(migration.text.encode())
    connection.execute(
        "INSERT INTO migration.applied VALUES (%s, %s, %s, %s, %s, %s)",
        (migration.room, migration.number, migration.phase, migration.name, migration.hash, now),
    )
