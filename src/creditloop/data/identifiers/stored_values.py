"""Encrypted values in the database (`data.sealed_value`): read at the door, encrypted anew, erased.

The source row holds only tokens and is never changed; what it stands for lies beside it and may be. So a key
can be replaced and a person forgotten while every sealed row of evidence still verifies.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl
from psycopg import sql

from creditloop.data.identifiers.acts import ActKind, Doing, KeyAct, recorded_act
from creditloop.data.identifiers.key_ring import KeyRing, Use
from creditloop.data.identifiers.sealing import Place, SealedValue, opened, row_texts, sealed
from creditloop.kernel.errors import EvidenceError, StateError, UnknownId
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_PACKAGE = "creditloop.data.identifiers"


def opened_column(
    connection: Connection, *, place: Place, rows: pl.DataFrame, key: Sequence[str], keys: KeyRing | None
) -> pl.Series:
    """Decrypt a column for rows of a source table.

    Args:
        rows: with batch_id as text, row_no, the columns of the key and known_at.
        key: the table's key without known_at.
    Returns: the values in the order of the rows; null where there is none, or it was erased.
    Raises: StateError without keys; EvidenceError if a value was changed or moved.
    """
    if keys is None:
        raise StateError(
            "this column is encrypted, and the reader has no keys",
            where={"table": place.source_table, "field": place.column},
            hint="hand in the key ring of this bank, or read the column's token",
        )
    found = load_queries(_PACKAGE).find_values(
        connection,
        batch_ids=rows["batch_id"].to_list(),
        row_nos=rows["row_no"].to_list(),
        source_table=place.source_table,
        column_name=place.column,
    )
    texts = row_texts(rows, key=key).to_list()
    taken = [(at, SealedValue(key_no=key_no, sealed=text, row=texts[at])) for at, key_no, text in found]
    plain = opened([value for _, value in taken], place=place, keys=keys)
    values: list[str | None] = [None] * rows.height
    for (at, _), value in zip(taken, plain, strict=True):
        values[at] = value
    return pl.Series(place.column, values, dtype=pl.String)


def recrypt_values(
    connection: Connection, *, keys: KeyRing, tables: Sequence[AppendOnlyTable], most: int, doing: Doing
) -> KeyAct | None:
    """Encrypt values that are under older keys with the newest one, at most so many; None if there are none.

    Each call is whole by itself: broken off between two calls it goes on where it stopped.

    Args:
        tables: the source tables (`source_tables`), which tell what a row's key is.
    Raises: EvidenceError if a value does not open or its row is gone; then nothing of the call stands.
    """
    queries = load_queries(_PACKAGE)
    queries.lock_keys(connection)
    taken = queries.take_old_values(connection, key_no=keys.newest.number, most=most)
    old = sorted(taken, key=itemgetter(0, 1))
    if not old:
        return None
    described = {table.name: table for table in tables}
    for (table, column), found in groupby(old, key=itemgetter(0, 1)):
        place = Place(source_table=table, column=column)
        _recrypt(connection, described.get(table), place, [row[2:] for row in found], keys)
    return recorded_act(
        connection,
        doing,
        act=ActKind.RECRYPTED,
        use=Use.SEAL,
        key_no=keys.newest.number,
        values_count=len(old),
    )


def erase_values(
    connection: Connection, *, party_id: str, tables: Sequence[AppendOnlyTable], doing: Doing
) -> KeyAct:
    """Erase every encrypted value of a party, in every source (个人信息删除); its rows keep their tokens.

    Raises: UnknownId if there is none.
    """
    load_queries(_PACKAGE).lock_keys(connection)
    count = sum(_erased(connection, table.name, party_id) for table in tables)
    if count == 0:
        raise UnknownId("no encrypted value of this party", got=party_id)
    return recorded_act(connection, doing, act=ActKind.ERASED, values_count=count)


def _erased(connection: Connection, table: str, party_id: str) -> int:
    return connection.execute(
        sql.SQL(
            "DELETE FROM data.sealed_value AS value USING {table} AS source WHERE source.party_id = %(party)s"
            " AND value.source_table = %(table)s AND value.batch_id = source.batch_id"
            " AND value.row_no = source.row_no"
        ).format(table=sql.Identifier(*table.split("."))),
        {"party": party_id, "table": table},
    ).rowcount


def _recrypt(
    connection: Connection,
    table: AppendOnlyTable | None,
    place: Place,
    old: Sequence[tuple[Any, ...]],
    keys: KeyRing,
) -> None:
    batch_ids, row_nos, key_nos, texts = map(list, zip(*old, strict=True))
    rows = _rows(connection, table, place, batch_ids, row_nos)
    values = [
        SealedValue(key_no=key_no, sealed=text, row=row)
        for key_no, text, row in zip(key_nos, texts, rows, strict=True)
    ]
    plain = pl.Series(opened(values, place=place, keys=keys), dtype=pl.String)
    load_queries(_PACKAGE).replace_values(
        connection,
        source_table=place.source_table,
        column_name=place.column,
        key_no=keys.newest.number,
        batch_ids=batch_ids,
        row_nos=row_nos,
        sealed=sealed(plain, rows=rows, place=place, key=keys.newest).to_list(),
    )


def _rows(
    connection: Connection,
    table: AppendOnlyTable | None,
    place: Place,
    batch_ids: list[Any],
    row_nos: list[int],
) -> pl.Series:
    """Return what names each of these rows of a source table."""
    key = [] if table is None else [name for name in table.key if name != "known_at"]
    found = (
        []
        if table is None
        else connection.execute(
            sql.SQL(
                "SELECT {key} FROM unnest(%s::uuid[], %s::integer[]) WITH ORDINALITY AS place (batch_id,"
                " row_no, at) JOIN {table} AS source USING (batch_id, row_no) ORDER BY place.at"
            ).format(
                key=sql.SQL(", ").join(sql.Identifier("source", name) for name in (*key, "known_at")),
                table=sql.Identifier(*place.source_table.split(".")),
            ),
            (batch_ids, row_nos),
        ).fetchall()
    )
    if len(found) != len(row_nos):
        raise EvidenceError(
            "an encrypted value stands for a row that is not in its source table",
            got=f"{len(row_nos) - len(found)} of {len(row_nos)} rows are gone",
            where={"table": place.source_table, "field": place.column},
        )
    return row_texts(pl.DataFrame(found, schema=[*key, "known_at"], orient="row"), key=key)
