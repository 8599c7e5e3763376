"""Named SQL: each room's `queries.sql` holds its queries, each with a name and a sentence (aiosql)."""

from functools import cache
from importlib import resources

import aiosql
from aiosql.queries import Queries

from creditloop.kernel.errors import InputError


@cache
def load_queries(package: str) -> Queries:
    """Load `queries.sql` of a package; each query becomes a method taking (connection, **parameters).

    Raises: InputError if the package has no such file.
    """
    file = resources.files(package) / "queries.sql"
    if not file.is_file():
        raise InputError("this package has no queries.sql", got=package)
    return aiosql.from_str(file.read_text(encoding="utf-8"), "psycopg", kwargs_only=True)
