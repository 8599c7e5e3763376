"""Append-only tables: described as they are, and never changed."""

from importlib import import_module

import psycopg
import pytest

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import KERNEL_TABLES, AppendOnlyTable, Connection
from creditloop.service.rooms import ROOMS

IN_PARTS = ("book.loan_day",)
"""Tables partitioned by business date."""


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"columns": ("batch_id", "a")}, "batch_id and row_no must be hashed, and no column listed twice"),
        ({"columns": ("row_no", "a")}, "batch_id and row_no must be hashed, and no column listed twice"),
        (
            {"columns": ("batch_id", "row_no", "a", "a")},
            "batch_id and row_no must be hashed, and no column listed twice",
        ),
        ({"unhashed": {"a": "twice"}}, "batch_id and row_no must be hashed, and no column listed twice"),
        ({"key": ("b",)}, "the key of a table must be among its columns"),
        ({"unhashed": {"b": " "}}, "a column that is not hashed needs a reason"),
    ],
)
def test_a_description_that_cannot_be_is_refused(changed: dict[str, object], message: str) -> None:
    right = {"name": "town.house", "key": ("a",), "columns": ("batch_id", "row_no", "a")}
    AppendOnlyTable(**right)
    with pytest.raises(InputError, match=f"^{message}$"):
        AppendOnlyTable(**right | changed)


def described() -> dict[str, AppendOnlyTable]:
    """Find every description that a room with tables hands out."""
    found = {}
    for room in ROOMS:
        for value in vars(import_module(room.package)).values():
            if (
                isinstance(value, tuple)
                and value
                and all(isinstance(item, AppendOnlyTable) for item in value)
            ):
                found |= {table.name: table for table in value}
    return found


def test_descriptions_and_triggers_are_of_the_same_tables(database: Connection) -> None:
    guarded = database.execute(
        "SELECT nspname || '.' || relname FROM pg_trigger JOIN pg_class AS class ON class.oid = tgrelid"
        " JOIN pg_namespace AS space ON space.oid = relnamespace WHERE tgname = 'append_only'"
    ).fetchall()
    # the log does not seal itself: its entries are signed, and its tree stands outside the database
    sealed = sorted(name for (name,) in guarded if not name.startswith("evidence."))
    assert sorted(described()) == sealed


def test_every_column_is_hashed_or_has_a_reason(database: Connection) -> None:
    for table in described().values():
        rows = database.execute(
            "SELECT attname FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            (table.name,),
        ).fetchall()
        assert sorted(name for (name,) in rows) == sorted((*table.columns, *table.unhashed)), table.name


def test_rows_are_numbered_once_in_their_batch(database: Connection) -> None:
    for table in described().values():
        keys = database.execute(
            "SELECT array_agg(attname::text ORDER BY attname) FROM pg_constraint JOIN pg_attribute"
            " ON attrelid = conrelid AND attnum = ANY(conkey)"
            " WHERE conrelid = %s::regclass AND contype IN ('p', 'u') GROUP BY conname",
            (table.name,),
        ).fetchall()
        # every key of a table in parts holds the parts' column as well; a batch of loan_day is of one day
        place = ["batch_id", "business_date", "row_no"] if table.name in IN_PARTS else ["batch_id", "row_no"]
        assert (place,) in keys, table.name


@pytest.mark.parametrize("table", [table.name for table in KERNEL_TABLES])
@pytest.mark.parametrize("change", ["UPDATE {} SET kind = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nothing_is_changed_or_removed(kernel_database: Connection, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.IntegrityError, match=f"table {table} is append-only"):
        kernel_database.execute(change.format(table).encode())
