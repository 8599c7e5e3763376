"""Connections that are lent again: the same one, as new, and never one that ended."""

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from creditloop.kernel.storage import Connection, SpareConnections, connect
from creditloop.kernel.storage.spare import SPARE_MAX


def pid(connection: Connection) -> int:
    return connection.info.backend_pid


def connected(url: str) -> int:
    with connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_what_was_given_back_is_lent_again_and_committed(database_url: str) -> None:
    spare = SpareConnections()
    with spare.lend(database_url) as first:
        first.execute("CREATE TABLE public.kept (n int)")
    with spare.lend(database_url) as second:
        assert pid(second) == pid(first)
        assert second.execute("SELECT count(*) FROM public.kept").fetchone() == (0,)
        with spare.lend(database_url) as within:
            assert pid(within) != pid(second)
    spare.close()
    assert connected(database_url) == 0


def test_after_an_exception_nothing_is_left_and_the_connection_is_gone(database_url: str) -> None:
    spare = SpareConnections()
    with pytest.raises(ZeroDivisionError), spare.lend(database_url) as first:
        first.execute("CREATE TABLE public.kept (n int)")
        raise ZeroDivisionError
    assert first.closed
    with spare.lend(database_url) as second:
        assert second.execute("SELECT to_regclass('public.kept')").fetchone() == (None,)
    with pytest.raises(psycopg.errors.UndefinedTable), spare.lend(database_url) as broken:
        broken.execute("SELECT * FROM public.kept")
    assert broken.closed
    spare.close()


def test_one_that_the_server_ended_is_not_lent(database_url: str) -> None:
    spare = SpareConnections()
    with spare.lend(database_url) as first:
        ended = pid(first)
    with connect(database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    with spare.lend(database_url) as second:
        assert pid(second) != ended
        assert second.execute("SELECT 1").fetchone() == (1,)
    with spare.lend(database_url) as third:
        third.close()  # by whoever borrowed it
    with spare.lend(database_url) as fourth:
        assert fourth.execute("SELECT 1").fetchone() == (1,)
    spare.close()


def test_few_are_kept_and_all_are_closed_with_it(database_url: str) -> None:
    one = [SpareConnections()]

    def borrow(depth: int) -> None:
        with one[0].lend(database_url) as connection:
            connection.execute("SELECT 1")
            if depth:
                borrow(depth - 1)

    borrow(SPARE_MAX + 2)
    assert connected(database_url) == SPARE_MAX
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(borrow, [0] * 40))
    assert connected(database_url) <= SPARE_MAX
    one[0].itself = one[0]  # type: ignore[attr-defined] -- as part of a circle, which the collector ends
    one.clear()
    gc.collect()
    assert connected(database_url) == 0


def test_it_travels_empty_and_settings_are_those_of_every_connection(database_url: str) -> None:
    spare = SpareConnections()
    with spare.lend(database_url) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog",)
    there = pickle.loads(pickle.dumps(spare))
    with spare.lend(database_url) as kept, there.lend(database_url) as new:
        assert pid(kept) == pid(connection) != pid(new)
    spare.close()
    there.close()
