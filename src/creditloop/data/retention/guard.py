"""The guard of an append-only table, and putting it aside: in one place, for what is on record.

It is a trigger, put aside by the table's owner, inside the transaction that deletes and records, under a lock
that keeps every other writer out; nobody else ever sees the table without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from creditloop.data.source_tables import identifier
from creditloop.kernel.storage import Connection


def lock_table(connection: Connection, table: str) -> None:
    """Keep every other writer out of a table until the transaction ends."""
    connection.execute(
        sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(identifier(table)),
    )


@contextmanager
def unguarded(connection: Connection, table: str) -> Iterator[None]:
    """Put a table's guard aside for the block; an error ends the transaction and undoes all of it."""
    connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER append_only").format(identifier(table)))
    yield
    connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER append_only").format(identifier(table)))
