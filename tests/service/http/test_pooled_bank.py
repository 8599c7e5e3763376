"""A few connections are enough for everybody, also for what has to be written about those who are refused."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.service.small_bank import CONTRACT

from creditloop.data import accesses, read_table
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.http.pooled_bank import CONNECTIONS_MAX, PooledBank, pooled
from creditloop.service.work import Work

SECONDS_MAX = 8
"""Well below what a caller waits for a free connection before it gives up."""


@pytest.fixture
def pool(small_bank: Bank) -> Iterator[PooledBank]:
    made = pooled(small_bank)
    yield made
    made.close()


def read_sex(work: Work, reader: str) -> None:
    read_table(
        work.connection,
        contract=work.contract(CONTRACT),
        table="customer",
        columns=["party_id", "sex"],
        purpose="rule",
        reader=reader,
        reason="a better strategy",
        known_by=datetime(2006, 1, 1, tzinfo=UTC),
        now=work.now,
        record_denial=work.record_denial,
    )


def test_everybody_may_be_denied_at_once(pool: PooledBank) -> None:
    """Each holds a connection when it is denied, and none is left to write that down on."""
    at_once = threading.Barrier(CONNECTIONS_MAX)
    errors: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            with pool.work() as work:
                at_once.wait(SECONDS_MAX)
                read_sex(work, f"reader-{number}")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS_MAX)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(type(error), "protected" in str(error)) for error in errors] == [
        (InputError, True)
    ] * CONNECTIONS_MAX
    assert time.monotonic() - began < SECONDS_MAX
    with connect(pool.url) as connection:
        denied = [one.reader for one in accesses(connection) if not one.allowed]
    assert sorted(denied) == [f"reader-{number}" for number in range(CONNECTIONS_MAX)]
    assert pool.verify().problems == ()


def test_a_connection_comes_back_from_whatever_happened(pool: PooledBank) -> None:
    for number in range(CONNECTIONS_MAX + 1):
        with pytest.raises(InputError, match="protected"), pool.work() as work:
            read_sex(work, f"reader-{number}")
        with pytest.raises(ZeroDivisionError), pool.work() as work:
            raise ZeroDivisionError
    assert pool.deliver() == (0, 0)
