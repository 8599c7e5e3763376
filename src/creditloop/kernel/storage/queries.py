"""Named SQL: each room's `queries.sql` holds its queries, each with a name and a sentence (aiosql)."""

from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, Protocol, cast

import aiosql

from creditloop.kernel.errors import InputError


class Queries(Protocol):
    """The queries of a file, each a method of its name; what one returns is said by its SQL."""

    def __getattr__(self, name: str) -> Callable[..., Any]: ...


@cache
def load_queries(package: str) -> Queries:
    """Load `queries.sql` of a package; each query becomes a method taking (connection, **parameters).

    A query without a mark after its name gives rows lazily: it runs when the first row is asked for.

    Raises: InputError if the package has no such file.
    """
    file = resources.files(package) / "queries.sql"
    if not file.is_file():
        raise InputError("this package has no queries.sql", got=package)
    return cast(
        Queries,
        aiosql.from_str(
            file.read_text(encoding="utf-8"), "psycopg", kwargs_only=True, mandatory_parameters=False
        ),
    )
