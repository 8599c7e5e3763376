"""The catalogue of attacks: each does its damage in SQL and says what has to be named.

An attack is a function of an `Attacker`; its `__name__` says what it does. It returns the `Target`. Here
stand the thorough attacks, which make everything fit except what takes the key, and those on the tables.
"""

from attacker import NEW_VALUES, Attack, Attacker, Target
from attacks_on_log import LOG_ATTACKS
from attacks_on_rows import ROW_ATTACKS
from sealed_world import POSTING, TABLES


def rewrite_edited_row(attacker: Attacker) -> Target:
    """A row is changed and its chunk, entry and leaf hash are computed anew."""
    chunk, record, table = attacker.chunk_with_entry()
    column = attacker.draw.choice([column for column in table.columns if column in NEW_VALUES])
    attacker.set_value(table, column, chunk[2], chunk[3] + attacker.draw.randrange(record["count"]))
    attacker.rewrite(chunk, record, table, resign=attacker.draw.random() < 0.5)
    return attacker.chunk_target(chunk, {"entry_changed"})


def rewrite_deleted_row(attacker: Attacker) -> Target:
    """The last row of a chunk goes, and everything is computed anew."""
    chunk, record, table = attacker.chunk_with_entry()
    last = chunk[3] + record["count"] - 1
    attacker.run(f"DELETE FROM {table.name} WHERE (batch_id, row_no) = (%s, %s)", chunk[2], last)
    attacker.rewrite(chunk, record, table, resign=attacker.draw.random() < 0.5)
    return Target(codes={"entry_changed"}, entry_no=chunk[0])


def rewrite_inserted_row(attacker: Attacker) -> Target:
    """A row is added at the end of a batch, and everything is computed anew."""
    table = attacker.table()
    batch, _ = attacker.row(table)
    rows, number = attacker.one(
        f"SELECT count(*), (SELECT max(entry_no) FROM evidence.chunk WHERE (table_name, batch_id) = (%s, %s))"
        f" FROM {table.name} WHERE batch_id = %s", table.name, batch, batch,
    )  # fmt: skip
    chunk, record, _ = attacker.chunk_with_entry(number)
    attacker.copy_row(table, batch, 0, batch, rows)
    attacker.rewrite(chunk, record | {"batch_rows": rows + 1}, table, resign=attacker.draw.random() < 0.5)
    return attacker.chunk_target(chunk, {"entry_changed"})


def rewrite_row_hashes(attacker: Attacker) -> Target:
    """A row and its stored hash are changed, the entry is left alone."""
    chunk, record, table = attacker.chunk_with_entry()
    column = attacker.draw.choice([column for column in table.columns if column in NEW_VALUES])
    attacker.set_value(table, column, chunk[2], chunk[3] + attacker.draw.randrange(record["count"]))
    attacker.set_chunk(chunk[0], *attacker.hashes_of(chunk, table, bytes(chunk[4])))
    return attacker.chunk_target(chunk, {"chunk_unverifiable"})


def rewrite_salted(attacker: Attacker) -> Target:
    """A row, its salt and its stored hash are changed, the entry is left alone."""
    chunk, record, table = attacker.chunk_with_entry()
    column = attacker.draw.choice([column for column in table.columns if column in NEW_VALUES])
    attacker.set_value(table, column, chunk[2], chunk[3] + attacker.draw.randrange(record["count"]))
    attacker.set_chunk(chunk[0], *attacker.hashes_of(chunk, table, attacker.draw.randbytes(len(chunk[4]))))
    return attacker.chunk_target(chunk, {"chunk_unverifiable"}, also={"chunk_changed"})


def disable_guard(attacker: Attacker) -> Target:
    name = attacker.draw.choice([table.name for table in TABLES] + ["evidence.entry", "evidence.chunk"])
    statement = attacker.draw.choice(
        ["ALTER TABLE {} DISABLE TRIGGER append_only", "DROP TRIGGER append_only ON {}"]
    )
    attacker.connection.execute(statement.format(name).encode())
    return Target(codes={"guard_missing"}, table=name)


def replace_table_by_view(attacker: Attacker) -> Target:
    table = attacker.table()
    attacker.connection.execute(f"ALTER TABLE {table.name} RENAME TO hidden".encode())
    attacker.connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM sealed_example.hidden".encode())
    return Target(codes={"table_missing"}, table=table.name, also={"guard_missing"})


def drop_column(attacker: Attacker) -> Target:
    attacker.connection.execute(b"ALTER TABLE sealed_example.posting DROP COLUMN note")
    return Target(codes={"column_missing"}, table=POSTING.name)


def add_column(attacker: Attacker) -> Target:
    attacker.connection.execute(b"ALTER TABLE sealed_example.posting ADD COLUMN excuse text")
    return Target(codes={"column_unlisted"}, table=POSTING.name)


def filter_rows(attacker: Attacker) -> Target:
    table = attacker.table()
    attacker.connection.execute(f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY".encode())
    return Target(codes={"table_filtered"}, table=table.name)


ATTACKS: tuple[Attack, ...] = (
    *ROW_ATTACKS,
    *LOG_ATTACKS,
    rewrite_edited_row,
    rewrite_deleted_row,
    rewrite_inserted_row,
    rewrite_row_hashes,
    rewrite_salted,
    disable_guard,
    replace_table_by_view,
    drop_column,
    add_column,
    filter_rows,
)
"""Every kind of attack."""
