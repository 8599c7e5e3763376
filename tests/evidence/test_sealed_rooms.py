"""The tables that every room lists for sealing: the lists match the database, every edit is named."""

import re
import uuid

from psycopg import sql
from sealed_world import NOW, ORIGIN

from creditloop.evidence import EvidenceFolder, columns_report, extend, seal_batch, verify
from creditloop.evidence.rows import identifier
from creditloop.kernel.storage import AppendOnlyTable, Connection
from creditloop.service.wiring import sealed_tables

BATCH = uuid.UUID(int=7)

EDITS = {
    "bool": "NOT {}",
    "bytea": "{} || '\\x00'",
    "date": "{} + 1",
    "float8": "{} + 0.5",
    "int2": "{} + 1",
    "int4": "{} + 1",
    "int8": "{} + 1",
    "numeric": "{} + 1",
    "text": "{} || ' '",
    "timestamptz": "{} + interval '1 microsecond'",
    "uuid": "md5({}::text)::uuid",
    "_int8": "array_append({}, 42)",
    "_text": "array_append({}, '')",
}
"""How a value of each type becomes another one."""

VALUES = {
    "bool": "true",
    "bytea": "'\\x2a'",
    "date": "'2005-04-30'",
    "float8": "42",
    "int2": "42",
    "int4": "42",
    "int8": "42",
    "numeric": "42",
    "text": "'text'",
    "timestamptz": "'2005-04-30 12:00+00'",
    "uuid": "'00000000-0000-0000-0000-00000000002a'",
    "_int8": "ARRAY[42]::bigint[]",
    "_text": "ARRAY['text']",
}
"""A first value of each type."""


def types_of(connection: Connection, table: str) -> dict[str, str]:
    schema, name = table.split(".")
    return dict(
        connection.execute(
            "SELECT column_name, udt_name FROM information_schema.columns"
            " WHERE table_schema = %s AND table_name = %s AND is_identity = 'NO' AND is_generated = 'NEVER'",
            (schema, name),
        ).fetchall()
    )


def fill(connection: Connection, table: AppendOnlyTable) -> None:
    """Write a row that only has the right types: checks are dropped, triggers and foreign keys off."""
    checks = connection.execute(
        "SELECT conname FROM pg_catalog.pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
        (table.name,),
    ).fetchall()
    for (name,) in checks:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(identifier(table.name), sql.Identifier(name))
        )
    values = {column: VALUES[kind] for column, kind in types_of(connection, table.name).items()}
    values |= {"batch_id": f"'{BATCH}'", "row_no": "0"}
    columns = ", ".join(f'"{column}"' for column in values)
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join(values.values())})"
    connection.execute(statement.encode())


def test_every_room_lists_its_columns(database):
    tables = sealed_tables(database)
    assert len(tables) >= 2
    assert columns_report(database, tables=tables).problems == ()


def test_every_append_only_table_is_listed(database):
    guarded = database.execute(
        "SELECT DISTINCT event_object_schema || '.' || event_object_table FROM information_schema.triggers"
        " WHERE trigger_name = 'append_only' AND event_object_schema <> 'evidence'"
    ).fetchall()
    assert {name for (name,) in guarded} == {table.name for table in sealed_tables(database)}


def test_every_listed_table_can_be_read_in_order_by_an_index(database):
    for table in sealed_tables(database):
        indexes = database.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index"
            " WHERE indrelid = %s::regclass AND indisunique",
            (table.name,),
        ).fetchall()
        # a table in parts has its parts' column at the end of every key
        assert any(re.search(r"\(batch_id, row_no[,)]", definition) for (definition,) in indexes), table.name


def test_an_edit_of_any_listed_column_of_any_room_is_named(database, tmp_path):
    folder = EvidenceFolder.create(tmp_path / "evidence", origin=ORIGIN, now=NOW)
    tables = sealed_tables(database)
    for month in ("2005-04-30", "2005-05-01"):  # the day that is filled in, and the day an edit makes of it
        database.execute("SELECT book.open_month(%s)", (month,))
    database.execute("SET LOCAL session_replication_role = replica")
    for table in tables:
        fill(database, table)
    seal_batch(database, folder=folder, tables=tables, batch_id=BATCH, now=NOW)
    extend(database, folder=folder, now=NOW)
    assert verify(database, folder=folder, tables=tables).problems == ()
    for place in range(max(len(table.columns) for table in tables)):
        edited = [(table, table.columns[place]) for table in tables if place < len(table.columns)]
        with database.transaction(force_rollback=True):
            for table, column in edited:
                edit_column(database, table, column)
            problems = verify(database, folder=folder, tables=tables).problems
        assert {(each.code, each.table, each.batch, each.row_no) for each in problems} == {
            ("row_moved" if column in {"batch_id", "row_no"} else "row_changed", table.name, str(BATCH), 0)
            for table, column in edited
        }


def edit_column(connection: Connection, table: AppendOnlyTable, column: str) -> None:
    edit = EDITS[types_of(connection, table.name)[column]].format(f'"{column}"')
    if column == "row_no":
        edit = "row_no + 100"
    connection.execute(f'UPDATE {table.name} SET "{column}" = {edit} WHERE row_no = 0'.encode())
