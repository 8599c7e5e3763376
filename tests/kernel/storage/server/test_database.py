"""Databases on a server, and servers that are not ours."""

import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from creditloop.kernel.errors import InputError, SourceError, StateError
from creditloop.kernel.storage.server import Server, create_database, database_url, ensure_running
from creditloop.kernel.storage.server.database import describe_url, outside_server, socket_url

OUTSIDE = Server(
    url="postgresql://loop:hunter2@db.bank:6432/loop?sslmode=require",
    socket_dir=None,
    data_dir=None,
    version="16.4",
    pid=None,
    started=False,
    origin="CREDITLOOP_DATABASE_URL",
)


def test_a_database_is_created_once_and_can_be_used(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    assert create_database(server, "once")
    assert not create_database(server, "once")
    with psycopg.connect(database_url(server, "once")) as connection:
        row = connection.execute(
            "SELECT current_database(), pg_encoding_to_char(encoding), datcollate, datctype"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("once", "UTF8", "C", "C")


def test_eight_creators_at_once_make_one_database(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    created: list[bool] = []
    threads = [
        threading.Thread(target=lambda: created.append(create_database(server, "raced"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == [False] * 7 + [True]


def test_a_database_that_cannot_be_created_says_why(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS clerk")
        connection.execute("CREATE ROLE clerk LOGIN")
    assert server.socket_dir is not None
    clerk = f"postgresql://clerk@/postgres?host={quote(str(server.socket_dir), safe='')}&port=5432"
    with pytest.raises(StateError, match="database denied could not be created") as caught:
        create_database(replace(server, url=clerk), "denied")
    assert "permission denied" in str(caught.value.got)


@pytest.mark.parametrize("name", ["", "Loop", "1loop", "loop-1", 'a"; DROP', "a" * 64, "中文", "a\n", "_a"])
def test_a_name_that_is_not_plain_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="plain database name") as caught:
        database_url(OUTSIDE, name)
    assert caught.value.got == name
    with pytest.raises(InputError):
        create_database(OUTSIDE, name)


def test_the_longest_name_is_taken() -> None:
    assert psycopg.conninfo.conninfo_to_dict(database_url(OUTSIDE, "a" * 63))["dbname"] == "a" * 63


def test_another_database_of_an_outside_server_keeps_the_rest() -> None:
    parts = psycopg.conninfo.conninfo_to_dict(database_url(OUTSIDE, "other"))
    assert parts == {
        "host": "db.bank", "port": "6432", "user": "loop", "password": "hunter2",
        "dbname": "other", "sslmode": "require",
    }  # fmt: skip


def test_a_socket_url_survives_any_folder() -> None:
    folder = Path("/tmp/a b/é&c?d%e@f")
    parts = psycopg.conninfo.conninfo_to_dict(socket_url(folder, "x"))
    assert (parts["host"], parts["dbname"], parts["port"]) == (str(folder), "x", "5432")


def test_passwords_are_not_shown() -> None:
    assert "hunter2" not in repr(OUTSIDE)
    assert describe_url(OUTSIDE.url) == "host db.bank, port 6432, dbname loop, user loop"


def test_a_url_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        outside_server("postgresql://loop:hunter2@db.bank:x y/", version_min=15)
    assert "hunter2" not in caught.value.diagnostics()
    assert caught.value.where["variable"] == "CREDITLOOP_DATABASE_URL"


def test_an_outside_server_that_does_not_answer(tmp_path: Path) -> None:
    url = f"postgresql://loop:hunter2@/loop?host={quote(str(tmp_path), safe='')}"
    with pytest.raises(SourceError, match="does not answer") as caught:
        ensure_running(state=tmp_path / "state", environment={"CREDITLOOP_DATABASE_URL": url})
    assert "hunter2" not in caught.value.diagnostics()
    assert not (tmp_path / "state").exists()


def test_an_outside_server_that_is_too_old(state: Path, environment: dict[str, str]) -> None:
    server = ensure_running(state=state, environment=environment)
    newer = int(server.version.split(".")[0]) + 1
    with pytest.raises(StateError, match="too old") as caught:
        outside_server(server.url, version_min=newer)
    assert caught.value.got == f"PostgreSQL {server.version}"
    assert caught.value.expected == f"PostgreSQL {newer} or newer"
