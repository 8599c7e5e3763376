"""Signing in and out (登录、退出): a random token for the browser, its SHA-256 for the database."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from creditloop.kernel.dates import check_aware
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.doors.passwords import LENGTH_MAX, check_password, spend_as_long
from creditloop.service.doors.people import SQL, Person, find_person, find_with_hash, is_login

SESSION_HOURS = 8
"""A working day; then the password is asked for again."""
FAILURES_MAX = 5
FAILURE_MINUTES = 15
"""After so many wrong passwords within so many minutes a login rests, whatever is given."""
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session just begun.

    Attributes:
        token: for the browser's cookie alone; the database keeps its hash.
    """

    token: str
    login: str
    expires_at: datetime


def sign_in(connection: Connection, *, login: str, password: str, now: datetime) -> Session | None:
    """Begin a session; None if login and password do not fit, never saying which.

    A wrong password is noted, so the caller commits also after None. It takes about a quarter of a second of
    computing, whoever is asked for.
    """
    check_aware(now, name="now")
    if not is_login(login) or len(password) > LENGTH_MAX:
        spend_as_long("")
        return None
    queries = load_queries(SQL)
    queries.lock_person(connection, login=login)
    found = find_with_hash(connection, login=login)
    since = now - timedelta(minutes=FAILURE_MINUTES)
    resting = queries.count_failures(connection, login=login, since=since) >= FAILURES_MAX
    if found is None or not found[0].active or resting:
        spend_as_long(password)
        return None
    if not check_password(password, password_hash=found[1]):
        queries.delete_failures(connection, login=login, until=since)
        queries.insert_failure(connection, login=login, now=now)
        return None
    queries.delete_failures(connection, login=login, until=now)
    return _begin(connection, login, now)


def _begin(connection: Connection, login: str, now: datetime) -> Session:
    session = Session(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        login=login,
        expires_at=now + timedelta(hours=SESSION_HOURS),
    )
    queries = load_queries(SQL)
    queries.delete_old_sessions(connection, before=now)
    queries.insert_session(
        connection,
        token_sha256=_sha256(session.token),
        login=login,
        began_at=now,
        expires_at=session.expires_at,
    )
    return session


def find_session(connection: Connection, *, token: str, now: datetime) -> Person | None:
    """Return whose session a token is, with the roles of now; None if it has ended, expired or never was."""
    found = load_queries(SQL).find_session(
        connection, token_sha256=_sha256(token), now=check_aware(now, name="now")
    )
    if found is None:
        return None
    person = find_person(connection, login=found[0])
    return person if person.active else None


def sign_out(connection: Connection, *, token: str, now: datetime) -> None:
    """End a session; one that has ended stays as it is."""
    load_queries(SQL).end_session(connection, token_sha256=_sha256(token), now=check_aware(now, name="now"))


def form_token(token: str) -> str:
    """Return what a form of this session must carry, so that no other site can send one in its name."""
    return _sha256(f"form\n{token}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
