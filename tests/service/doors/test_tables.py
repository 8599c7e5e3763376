"""The doors' tables are listed as they are, and nothing recorded is changed."""

import psycopg
import pytest

from creditloop.kernel.storage import Connection
from creditloop.service.doors import TABLES


def test_every_column_is_listed(database: Connection) -> None:
    for table in TABLES:
        columns = database.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema || '.' || table_name = %s",
            [table.name],
        ).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("change", ["UPDATE {} SET row_no = row_no", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_removed(database: Connection, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is append-only"):
        database.execute(change.format(table).encode())
