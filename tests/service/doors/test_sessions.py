"""Sessions begin with the right password, end by themselves, and tell a guesser nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection
from creditloop.service.doors import (
    Person,
    Session,
    close_person,
    create_person,
    find_session,
    form_token,
    sign_in,
    sign_out,
)
from creditloop.service.doors.passwords import check_password, hash_password
from creditloop.service.doors.sessions import FAILURE_MINUTES, FAILURES_MAX, SESSION_HOURS

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def chen(database: Connection) -> Person:
    return create_person(
        database, login="chen", display_name="陈", roles=["approver"], password=PASSWORD, by="test", now=NOW
    )


def enter(connection: Connection, password: str = PASSWORD, *, minutes: int = 0) -> Session | None:
    return sign_in(connection, login="chen", password=password, now=NOW + timedelta(minutes=minutes))


def test_a_session_is_its_persons_until_it_expires(database: Connection, chen: Person) -> None:
    session = enter(database)
    assert session is not None
    assert (session.login, session.expires_at) == ("chen", NOW + timedelta(hours=SESSION_HOURS))
    assert find_session(database, token=session.token, now=NOW) == chen
    last = session.expires_at - timedelta(microseconds=1)
    assert find_session(database, token=session.token, now=last) == chen
    assert find_session(database, token=session.token, now=session.expires_at) is None
    stored = database.execute("SELECT token_sha256 FROM doors.session").fetchall()
    assert len(stored) == 1
    assert session.token not in stored[0][0]


def test_signing_out_ends_this_session_alone(database: Connection, chen: Person) -> None:
    one, other = enter(database), enter(database)
    assert one is not None
    assert other is not None
    assert one.token != other.token
    sign_out(database, token=one.token, now=NOW)
    sign_out(database, token=one.token, now=NOW + timedelta(hours=1))
    assert find_session(database, token=one.token, now=NOW) is None
    assert find_session(database, token=other.token, now=NOW) == chen
    ended = database.execute("SELECT ended_at FROM doors.session WHERE ended_at IS NOT NULL").fetchall()
    assert ended == [(NOW,)]


@pytest.mark.usefixtures("chen")
def test_whoever_is_closed_is_out_at_once(database: Connection) -> None:
    session = enter(database)
    assert session is not None
    close_person(database, login="chen", by="test", now=NOW)
    assert find_session(database, token=session.token, now=NOW) is None
    assert enter(database) is None


@pytest.mark.usefixtures("chen")
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("chen", PASSWORD + " "),
        ("chen", ""),
        ("chen", "x" * 100_000),
        ("CHEN", PASSWORD),
        ("wang", PASSWORD),
        ("chen' --", PASSWORD),
        ("", ""),
        ("chen", "\ud800"),
    ],
)
def test_what_does_not_fit_opens_nothing(database: Connection, login: str, password: str) -> None:
    assert sign_in(database, login=login, password=password, now=NOW) is None
    assert database.execute("SELECT count(*) FROM doors.session").fetchone() == (0,)


@pytest.mark.usefixtures("chen")
def test_a_login_rests_after_wrong_passwords(database: Connection) -> None:
    for minute in range(FAILURES_MAX):
        assert enter(database, "wrong", minutes=minute) is None
    assert enter(database, minutes=FAILURES_MAX) is None, "even the right one"
    assert enter(database, minutes=FAILURE_MINUTES) is not None, "the first of them is forgotten"
    assert database.execute("SELECT count(*) FROM doors.sign_in_failure").fetchone() == (0,)


@pytest.mark.usefixtures("chen")
def test_a_right_password_forgets_the_wrong_ones(database: Connection) -> None:
    for _ in range(FAILURES_MAX - 1):
        assert enter(database, "wrong") is None
    assert enter(database) is not None
    assert enter(database, "wrong") is None
    assert enter(database) is not None


def test_a_token_nobody_was_given_is_nobodys(database: Connection) -> None:
    for token in ("", "x", "\ud800", "' OR true --"):
        assert find_session(database, token=token, now=NOW) is None
        sign_out(database, token=token, now=NOW)
    with pytest.raises(InputError, match="time zone"):
        find_session(database, token="x", now=NOW.replace(tzinfo=None))


def test_a_form_token_is_of_one_session_and_does_not_tell_it() -> None:
    assert form_token("a") == form_token("a") != form_token("b")
    assert len(form_token("a")) == 64


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(password=st.text(min_size=15, max_size=30), other=st.text(max_size=30))
def test_a_hash_is_of_its_password_alone(password: str, other: str) -> None:
    hashed = hash_password(password)
    assert check_password(password, password_hash=hashed)
    if other != password:
        assert not check_password(password + "!", password_hash=hashed)


def test_two_ways_to_type_a_letter_are_one_password() -> None:
    assert check_password("é" * 15, password_hash=hash_password("e\u0301" * 15))
