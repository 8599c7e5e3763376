"""One database for all tests of a module: each rolls its transaction back."""

from collections.abc import Iterator

import pytest

from creditloop.kernel.storage import Connection, connect


@pytest.fixture
def store(lasting_url: str) -> Iterator[Connection]:
    """A connection whose work is rolled back at the end."""
    with connect(lasting_url) as connection:
        yield connection
        connection.rollback()
