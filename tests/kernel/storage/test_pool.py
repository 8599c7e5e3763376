"""Connections: the same settings whatever the server, the database, the role or the address say."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from creditloop.kernel.errors import CreditloopError, InputError, SourceError
from creditloop.kernel.storage import Connection, connect, open_pool

PINNED = {
    "DateStyle": ("SQL, DMY", "ISO, YMD"),
    "IntervalStyle": ("sql_standard", "postgres"),
    "TimeZone": ("Asia/Shanghai", "UTC"),
    "bytea_output": ("escape", "hex"),
    "extra_float_digits": ("-3", "1"),
    "client_encoding": ("LATIN1", "UTF8"),
    "standard_conforming_strings": ("off", "on"),
    "default_transaction_isolation": ("serializable", "read committed"),
    "synchronous_commit": ("off", "on"),
    "search_path": ("public", "pg_catalog"),
}
"""Each pinned setting: what somebody else wished, and what we have."""


def wished_by_database(url: str) -> str:
    """Set the other values as the database's own defaults."""
    wish(url, sql.SQL("ALTER DATABASE {}").format(sql.Identifier(str(conninfo_to_dict(url)["dbname"]))))
    return url


def wished_by_role(url: str) -> str:
    """Set the other values as the defaults of our role in this database."""
    database = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    wish(url, sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {}").format(database))
    return url


def wished_by_address(url: str) -> str:
    """Ask for the other values in the address of the database."""
    wishes = [f"-c {name}={wished.replace(' ', chr(92) + ' ')}" for name, (wished, _) in PINNED.items()]
    return make_conninfo(url, options=" ".join(wishes))


def wish(url: str, whom: sql.Composed) -> None:
    """Set every other value as a default of a database or role."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name, (wished, _) in PINNED.items():
            value = sql.SQL(wished if name == "DateStyle" else "{}").format(sql.Literal(wished))
            connection.execute(sql.SQL("{} SET {} TO {}").format(whom, sql.SQL(name), value))


def settings(connection: Connection) -> dict[str, str]:
    """Read the pinned settings as the server has them."""
    return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in PINNED}


WISHES = [wished_by_database, wished_by_role, wished_by_address]


@pytest.mark.parametrize("wished", WISHES)
def test_a_plain_connection_would_have_the_other_settings(empty_url: str, wished: object) -> None:
    with psycopg.connect(wished(empty_url)) as connection:
        seen = settings(connection)
    assert seen == {name: value for name, (value, _) in PINNED.items()}


@pytest.mark.parametrize("wished", WISHES)
def test_ours_are_pinned(empty_url: str, wished: object) -> None:
    url = wished(empty_url)
    expected = {name: value for name, (_, value) in PINNED.items()}
    with connect(url) as connection:
        assert settings(connection) == expected
        assert not connection.autocommit
    with open_pool(url, size_max=2) as pool, pool.connection() as one, pool.connection() as two:
        assert settings(one) == settings(two) == expected


def test_a_transaction_is_read_committed_from_the_first_on(empty_url: str) -> None:
    with connect(wished_by_database(empty_url)) as connection:
        assert connection.execute("SHOW transaction_isolation").fetchone() == ("read committed",)


def test_the_same_text_for_the_same_value(empty_url: str) -> None:
    with connect(wished_by_database(empty_url)) as connection:
        row = connection.execute(
            "SELECT %s::timestamptz::text, '2005-02-01'::date::text, '\\x00ff'::bytea::text,"
            " 0.1::float8::text, '03/02/01'::date::text",
            (datetime(2005, 6, 30, 16, tzinfo=UTC),),
        ).fetchone()
    assert row == ("2005-06-30 16:00:00+00", "2005-02-01", "\\x00ff", "0.1", "2003-02-01")


def test_a_rolled_back_transaction_does_not_undo_the_settings(empty_url: str) -> None:
    with connect(wished_by_database(empty_url)) as connection:
        connection.execute("SELECT 1")
        connection.rollback()
        assert settings(connection)["TimeZone"] == "UTC"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.mark.parametrize(
    "opener", [connect, lambda url: open_pool(url, size_max=2)], ids=["connect", "open_pool"]
)
def test_no_server_is_a_source_error(opener: object, silent_port: int) -> None:
    with pytest.raises(SourceError, match="the database does not answer") as caught:
        opener(f"postgresql://somebody:secret@127.0.0.1:{silent_port}/bank")
    assert str(silent_port) in caught.value.diagnostics()
    assert "secret" not in caught.value.diagnostics()


@pytest.mark.parametrize(
    "opener", [connect, lambda url: open_pool(url, size_max=2)], ids=["connect", "open_pool"]
)
def test_a_database_that_is_not_there_is_a_source_error(opener: object, server_url: str) -> None:
    with pytest.raises(SourceError) as caught:
        opener(make_conninfo(server_url, dbname="no_such_bank"))
    assert "no_such_bank" in caught.value.diagnostics()


@pytest.mark.parametrize(
    "opener", [connect, lambda url: open_pool(url, size_max=2)], ids=["connect", "open_pool"]
)
@pytest.mark.parametrize(
    "url", ["postgresql:secret", "user postgres password=secret", "port=1 colour=secret"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(opener: object, url: str) -> None:
    with pytest.raises(InputError, match="not the address of a database") as caught:
        opener(url)
    error: CreditloopError = caught.value
    assert "secret" not in error.diagnostics()
