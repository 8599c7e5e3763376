"""Lineage (血缘): from a row of a source table to the line of the file it came from, and back.

No values are read, only where they came from; so this is not a read of personal data and is not logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import sql

from creditloop.data.batches import ImportResult, find_batch
from creditloop.data.retention import emptied_values
from creditloop.data.source_tables import identifier, source_tables
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOrigin:
    """Where one version of a row came from; `source_row` counts data rows from 1.

    Attributes:
        emptied: columns of which the value was deleted under retention since, each with the number of the
            deletion; what else is null was null when it came.
    """

    batch_id: UUID
    file_name: str
    file_sha256: str
    source_row: int
    contract: str
    contract_version: int
    contract_hash: str
    known_at: datetime
    recorded_at: datetime
    emptied: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRow:
    """A row that came from a line of a file: its table, its place in the batch and its key with known_at."""

    table: str
    row_no: int
    key: Mapping[str, object]


def lineage(connection: Connection, *, table: str, key: Mapping[str, object]) -> tuple[RowOrigin, ...]:
    """Return where the row with a key came from, one entry for each version, oldest known first.

    Args:
        table: with its schema: "source.taiwan_cards_statement".
        key: value of each column of the key but known_at.
    Raises: UnknownId if there is no such table or row; InputError if the key is not the table's.
    """
    described = _table(connection, table)
    names = [name for name in described.key if name != "known_at"]
    if sorted(key) != sorted(names):
        raise InputError("not the key of this table", got=sorted(key), expected=names, where={"table": table})
    rows = connection.execute(
        sql.SQL(
            "SELECT batch_id, row_no, source_row, known_at FROM {table} WHERE {key} ORDER BY known_at"
        ).format(
            table=identifier(table),
            key=sql.SQL(" AND ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in names
            ),
        ),
        dict(key),
    ).fetchall()
    if not rows:
        raise UnknownId("no row with this key", got=dict(key), where={"table": table})
    gone = emptied_values(
        connection, table=table, places=[(batch_id, row_no) for batch_id, row_no, *_ in rows]
    )
    return tuple(
        origin_of(
            batch_on_record(connection, batch_id=batch_id),
            source_row=source_row,
            known_at=known_at,
            emptied=gone.get((batch_id, row_no), {}),
        )
        for batch_id, row_no, source_row, known_at in rows
    )


def rows_from(connection: Connection, *, batch_id: UUID, source_row: int) -> tuple[LoadedRow, ...]:
    """Return the rows that an import loaded from one line of its file, by table and place.

    A row that was there before the import, equal, belongs to the import that loaded it.
    Raises: UnknownId if there is no such import.
    """
    batch = find_batch(connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("there is no such import", got=batch_id)
    found = []
    for table in source_tables(connection):
        if table.name.partition(".")[2] not in {f"{batch.contract}_{name}" for name in batch.tables}:
            continue
        rows = connection.execute(
            sql.SQL(
                "SELECT row_no, {key} FROM {table} WHERE batch_id = %s AND source_row = %s ORDER BY row_no"
            ).format(key=sql.SQL(", ").join(map(sql.Identifier, table.key)), table=identifier(table.name)),
            (batch_id, source_row),
        ).fetchall()
        found += [
            LoadedRow(table=table.name, row_no=row_no, key=dict(zip(table.key, key, strict=True)))
            for row_no, *key in rows
        ]
    return tuple(found)


def _table(connection: Connection, name: str) -> AppendOnlyTable:
    tables = {table.name: table for table in source_tables(connection)}
    if name not in tables:
        raise UnknownId("there is no such source table", got=name, expected=sorted(tables))
    return tables[name]


def batch_on_record(connection: Connection, *, batch_id: UUID) -> ImportResult:
    """Return the import a source row names.

    Raises: UnknownId if it is not on record.
    """
    batch = find_batch(connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("the import of this row is not on record", got=batch_id)
    return batch


def origin_of(
    batch: ImportResult, *, source_row: int, known_at: datetime, emptied: Mapping[str, int]
) -> RowOrigin:
    """Return where a row of an import came from, and what of it was emptied since."""
    return RowOrigin(
        batch_id=batch.batch_id,
        file_name=batch.file_name,
        file_sha256=batch.file_sha256,
        source_row=source_row,
        contract=batch.contract,
        contract_version=batch.contract_version,
        contract_hash=batch.contract_hash,
        known_at=known_at,
        recorded_at=batch.recorded_at,
        emptied=emptied,
    )
