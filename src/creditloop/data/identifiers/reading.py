"""What the door does about identifiers: a token stands in for each until it may be seen and is decrypted."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from creditloop.data.contracts import Column, Contract, Table
from creditloop.data.identifiers.columns import identifiers_of, stored_columns, token_name
from creditloop.data.identifiers.key_ring import KeyRing
from creditloop.data.identifiers.sealing import Place
from creditloop.data.identifiers.stored_values import opened_column
from creditloop.kernel.storage import Connection


def readable_table(contract: Contract, table: Table) -> Table:
    """Return the table with every column that can be asked for: its own, and the tokens of identifiers."""
    tokens = [column for column in stored_columns(contract, table) if column not in table.columns]
    return replace(table, columns=(*table.columns, *tokens))


def fetched_names(table: Table, *, columns: Sequence[str], clear_up_to: int) -> list[str]:
    """Return the stored columns to fetch for those asked for, in order.

    An identifier's token comes in its place; with one that is to be decrypted comes what names its row.
    """
    asked = {column.name: column for column in identifiers_of(table) if column.name in columns}
    names = [token_name(asked[name]) if name in asked else name for name in columns]
    if any(_is_seen(column, clear_up_to) for column in asked.values()):
        names += ["batch_id", "row_no", *table.key, "known_at"]
    return list(dict.fromkeys(names))


def with_identifiers(
    connection: Connection,
    frame: pl.DataFrame,
    *,
    table: Table,
    source_table: str,
    columns: Sequence[str],
    clear_up_to: int,
    keys: KeyRing | None,
) -> pl.DataFrame:
    """Put the identifiers asked for into fetched rows: decrypted, or as their token where the mask hides it.

    Raises: StateError if one is to be decrypted and there are no keys; EvidenceError if it was changed.
    """
    made = []
    for column in identifiers_of(table):
        if column.name not in columns:
            continue
        if _is_seen(column, clear_up_to):
            place = Place(source_table=source_table, column=column.name)
            made.append(opened_column(connection, place=place, rows=frame, key=table.key, keys=keys))
        else:
            made.append(frame[token_name(column)].alias(column.name))
    return frame.with_columns(made)


def _is_seen(column: Column, clear_up_to: int) -> bool:
    return column.sensitivity <= clear_up_to
