"""People are rows that follow each other; a password is taken strictly and kept as a hash only."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.service.conftest import COST

from creditloop.kernel.errors import ConflictingRepeat, EvidenceError, InputError, UnknownId
from creditloop.kernel.storage import Connection
from creditloop.service.doors import (
    Person,
    close_person,
    create_person,
    find_people,
    find_person,
    find_session,
    passwords,
    set_password,
    sign_in,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery"


def chen(connection: Connection, **other: object) -> Person:
    values: dict[str, object] = {
        "login": "chen",
        "display_name": "陈审批",
        "roles": ["auditor", "approver"],
        "password": PASSWORD,
        "by": "test",
        "now": NOW,
    }
    return create_person(connection, **(values | other))  # type: ignore[arg-type]


def test_a_person_is_found_as_recorded(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_COST", COST)
    person = chen(database)
    assert (person.login, person.display_name, person.version) == ("chen", "陈审批", 1)
    assert person.roles == ("approver", "auditor"), "in the order of the table, each once"
    assert find_person(database, login="chen") == person
    assert find_people(database) == (person,)
    row = database.execute("SELECT batch_id, row_no, password_hash FROM doors.person").fetchone()
    assert row is not None
    assert row[:2] == (person.batch_id, 0)
    assert row[2].startswith("scrypt$32768$8$3$")
    assert PASSWORD not in row[2]


def test_the_same_again_returns_the_first_and_another_is_refused(database: Connection) -> None:
    first = chen(database)
    assert chen(database, now=NOW + timedelta(days=1), by="other") == first
    for other in ({"display_name": "陈"}, {"roles": ["admin"]}, {"password": "another one entirely"}):
        with pytest.raises(ConflictingRepeat, match="login is taken") as caught:
            chen(database, **other)
        assert caught.value.where == {"login": "chen"}
    assert database.execute("SELECT count(*) FROM doors.person").fetchone() == (1,)


def test_a_closed_person_keeps_the_login(database: Connection) -> None:
    chen(database)
    closed = close_person(database, login="chen", by="test", now=NOW)
    assert (closed.active, closed.version) == (False, 2)
    assert close_person(database, login="chen", by="test", now=NOW) == closed
    assert find_people(database) == (closed,)
    with pytest.raises(ConflictingRepeat):
        chen(database)


def test_a_new_password_ends_every_session(database: Connection) -> None:
    chen(database)
    session = sign_in(database, login="chen", password=PASSWORD, now=NOW)
    assert session is not None
    changed = set_password(database, login="chen", password="another one entirely", by="test", now=NOW)
    assert changed.version == 2
    assert find_session(database, token=session.token, now=NOW) is None
    assert sign_in(database, login="chen", password=PASSWORD, now=NOW) is None
    assert sign_in(database, login="chen", password="another one entirely", now=NOW) is not None


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"login": "Chen"}, "not a login"),
        ({"login": "c"}, "not a login"),
        ({"login": "chen\n"}, "not a login"),
        ({"login": "1chen"}, "not a login"),
        ({"login": "陈审批"}, "not a login"),
        ({"display_name": ""}, "not a name"),
        ({"display_name": " 陈"}, "not a name"),
        ({"display_name": "陈\u0000"}, "not a name"),
        ({"display_name": "陈" * 65}, "not a name"),
        ({"roles": []}, "not the roles"),
        ({"roles": ["approver", "owner"]}, "not the roles"),
        ({"password": "x" * 14}, "length"),
        ({"password": "x" * 257}, "length"),
        ({"now": NOW.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_what_cannot_be_is_refused(database: Connection, other: dict[str, object], what: str) -> None:
    with pytest.raises(InputError, match=what):
        chen(database, **other)
    assert find_people(database) == ()


def test_a_stranger_is_unknown(database: Connection) -> None:
    with pytest.raises(UnknownId):
        find_person(database, login="wang")
    with pytest.raises(UnknownId):
        close_person(database, login="wang", by="test", now=NOW)
    with pytest.raises(UnknownId):
        set_password(database, login="wang", password=PASSWORD, by="test", now=NOW)


def test_a_changed_hash_opens_nothing(database: Connection) -> None:
    chen(database)
    chen(database, login="wang", password="a password of somebody else")
    with (
        pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
        database.transaction(),
    ):
        database.execute("UPDATE doors.person SET password_hash = ''")
    database.execute("SET LOCAL session_replication_role = replica")
    hers = "(SELECT password_hash FROM doors.person WHERE login = 'wang')"
    theirs = f"UPDATE doors.person SET password_hash = {hers}"
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction():
        database.execute(f"{theirs} WHERE login = 'chen'".encode())
    database.execute("ALTER TABLE doors.person DROP CONSTRAINT person_check")
    database.execute(f"{theirs} WHERE login = 'chen'".encode())
    with pytest.raises(EvidenceError, match="hash of a password was changed") as caught:
        sign_in(database, login="chen", password="a password of somebody else", now=NOW)
    assert caught.value.where == {"login": "chen", "version": 1}
