"""People of the bank: each change of a person is a row of its own, the latest is in force."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, EvidenceError, InputError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.doors.passwords import check_password, hash_password
from creditloop.service.doors.roles import read_roles

SQL = "creditloop.service.doors"
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}", re.ASCII)
NAME_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as in force.

    Attributes:
        login: the name signed in with.
        display_name: the name on screens.
        roles: see `roles.ROLES`.
        active: whether the person may come in.
        version: number of the change that made it so, from 1.
    """

    login: str
    display_name: str
    roles: tuple[str, ...]
    active: bool
    version: int

    @property
    def batch_id(self) -> UUID:
        """The batch of the row that says so."""
        return content_id("person", self.login, self.version)


def create_person(
    connection: Connection,
    *,
    login: str,
    display_name: str,
    roles: Sequence[str],
    password: str,
    by: str,
    now: datetime,
) -> Person:
    """Record a new person; the same again, password included, returns the first.

    Args:
        by: who does it, as the bank names its people and programs.
    Raises: InputError for a login, name, role or password that cannot be; ConflictingRepeat if the login is
        taken by a person with other values.
    """
    person = Person(
        login=_read_login(login), display_name=_read_name(display_name), roles=read_roles(roles), active=True,
        version=1,
    )  # fmt: skip
    load_queries(SQL).lock_person(connection, login=login)
    found = find_with_hash(connection, login=login)
    if found is None:
        return _record(connection, person, hash_password(password), by=by, now=now)
    first, password_hash = found
    if replace(first, version=1) != person or not check_password(password, password_hash=password_hash):
        raise ConflictingRepeat("this login is taken", got=login, where={"login": login})
    return first


def set_password(connection: Connection, *, login: str, password: str, by: str, now: datetime) -> Person:
    """Give a person a new password, and end every session of that person.

    Raises: UnknownId; InputError for a password that is not taken.
    """
    load_queries(SQL).lock_person(connection, login=login)
    person = find_person(connection, login=login)
    load_queries(SQL).end_sessions(connection, login=login, now=check_aware(now, name="now"))
    changed = replace(person, version=person.version + 1)
    return _record(connection, changed, hash_password(password), by=by, now=now)


def close_person(connection: Connection, *, login: str, by: str, now: datetime) -> Person:
    """Let a person in no more, and end every session; a repeat returns the first result.

    Raises: UnknownId.
    """
    load_queries(SQL).lock_person(connection, login=login)
    found = find_with_hash(connection, login=login)
    if found is None:
        raise UnknownId("no such person", got=login)
    person, password_hash = found
    if not person.active:
        return person
    load_queries(SQL).end_sessions(connection, login=login, now=check_aware(now, name="now"))
    closed = replace(person, active=False, version=person.version + 1)
    return _record(connection, closed, password_hash, by=by, now=now)


def find_person(connection: Connection, *, login: str) -> Person:
    """Return a person as in force.

    Raises: UnknownId.
    """
    found = find_with_hash(connection, login=login)
    if found is None:
        raise UnknownId("no such person", got=login)
    return found[0]


def find_people(connection: Connection) -> tuple[Person, ...]:
    """Return everybody as in force, closed ones too, by login."""
    return tuple(_read(row)[0] for row in load_queries(SQL).find_people(connection))


def find_with_hash(connection: Connection, *, login: str) -> tuple[Person, str] | None:
    """Return a person as in force with the hash of the password, or None.

    Raises: EvidenceError if the hash is not the one that was sealed.
    """
    row = load_queries(SQL).find_person(connection, login=login)
    return None if row is None else _read(row)


def _read(row: tuple[str, str, str, bool, int, str, str]) -> tuple[Person, str]:
    login, display_name, roles, active, version, sealed, password_hash = row
    if _sha256(password_hash) != sealed:
        raise EvidenceError("the hash of a password was changed", where={"login": login, "version": version})
    person = Person(
        login=login, display_name=display_name, roles=tuple(json.loads(roles)), active=active, version=version
    )
    return person, password_hash


def _record(connection: Connection, person: Person, password_hash: str, *, by: str, now: datetime) -> Person:
    load_queries(SQL).insert_person(
        connection,
        batch_id=person.batch_id,
        login=person.login,
        version=person.version,
        display_name=person.display_name,
        roles=canonical_bytes(person.roles).decode(),
        active=person.active,
        password_sha256=_sha256(password_hash),
        password_hash=password_hash,
        changed_by=by,
        changed_at=check_aware(now, name="now"),
    )
    return person


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_login(text: str) -> bool:
    """Return whether a text could be a login at all."""
    return _LOGIN.fullmatch(text) is not None


def _read_login(text: str) -> str:
    if not is_login(text):
        raise InputError(
            "not a login", got=repr(text[:NAME_MAX]), expected="2 to 32 of a-z 0-9 . _ -, a letter first"
        )
    return text


def _read_name(text: str) -> str:
    if not (text.strip() == text and 1 <= len(text) <= NAME_MAX and text.isprintable()):
        raise InputError(
            "not a name for a screen",
            got=repr(text[:NAME_MAX]),
            expected=f"1 to {NAME_MAX} printed characters",
        )
    return text
