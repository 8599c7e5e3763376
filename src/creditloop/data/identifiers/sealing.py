"""Identifiers of whole columns: tokens made, values encrypted to their place and decrypted there again.

What a value is bound to (the cipher's associated data) is its place: source table, column, the row's key with
known_at, and the key and algorithm it is encrypted with. A ciphertext carried to another row, column, table
or key number does not open.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.data.contracts import Table
from creditloop.data.identifiers.columns import identifiers_of, token_name
from creditloop.data.identifiers.key_ring import DataKey, KeyRing
from creditloop.data.identifiers.sorts import SORTS
from creditloop.kernel.cipher import NONCE_BYTES
from creditloop.kernel.errors import EvidenceError

_SEPARATOR = "\0"
"""No text of a table holds it, so parts that run together differently are different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The column of a source table whose values are meant; `source_table` with its schema."""

    source_table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedValue:
    """A value as it lies in the database, and the row it is bound to."""

    key_no: int
    sealed: str
    row: str


def row_texts(frame: pl.DataFrame, *, key: Sequence[str]) -> pl.Series:
    """Return one text a row that names it: its key and known_at, whatever their types."""
    parts = [_as_text(frame[name]) for name in (*key, "known_at")]
    return frame.select(pl.concat_str(parts, separator=_SEPARATOR).alias("row")).to_series()


def _as_text(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.epoch("us").cast(pl.String)
    return values.cast(pl.String)


def tokens(values: pl.Series, *, sort: str, keys: KeyRing) -> pl.Series:
    """Return the token of each value; null stays null."""
    plain = SORTS[sort].normalised(values)
    made = [None if value is None else keys.token_of(value, sort=sort) for value in plain]
    return pl.Series(values.name, made, dtype=pl.String)


def sealed(values: pl.Series, *, rows: pl.Series, place: Place, key: DataKey) -> pl.Series:
    """Encrypt each value to its row under a key; null stays null."""
    nonces = secrets.token_bytes(NONCE_BYTES * len(values))
    head = _binding(place, key)
    made = [
        None
        if value is None
        else key.cipher.sealed(
            value.encode(),
            nonce=nonces[NONCE_BYTES * at : NONCE_BYTES * (at + 1)],
            binding=head + row.encode(),
        )
        for at, (value, row) in enumerate(zip(values, rows, strict=True))
    ]
    return pl.Series(values.name, made, dtype=pl.String)


def opened(values: Sequence[SealedValue], *, place: Place, keys: KeyRing) -> list[str]:
    """Decrypt values of a column.

    Raises: StateError if a key is missing; EvidenceError if a value was changed, cut, or bound to another
        row. Neither quotes a value.
    """
    heads = {number: _binding(place, keys.seal(number)) for number in {value.key_no for value in values}}
    found = []
    for value in values:
        cipher = keys.seal(value.key_no).cipher
        plain = cipher.opened(value.sealed, binding=heads[value.key_no] + value.row.encode())
        if plain is None:
            raise EvidenceError(
                "an encrypted value does not open: it was changed, or moved from another row",
                where={"table": place.source_table, "field": place.column, "key": value.key_no},
                hint="restore data.sealed_value from its backup",
            )
        found.append(plain.decode())
    return found


def with_sealed(
    frame: pl.DataFrame, *, table: Table, source_table: str, keys: KeyRing | None
) -> pl.DataFrame:
    """Return rows of a table with a token beside each identifier, and the identifier encrypted."""
    found = identifiers_of(table)
    if not found:
        return frame
    assert keys is not None, "an import without keys is refused before it reads a row"
    rows = row_texts(frame, key=table.key)
    made: list[pl.Series] = []
    for column in found:
        values, place = frame[column.name], Place(source_table=source_table, column=column.name)
        made += [
            tokens(values, sort=str(column.identifier), keys=keys).alias(token_name(column)),
            sealed(values, rows=rows, place=place, key=keys.newest),
        ]
    return frame.with_columns(made)


def _binding(place: Place, key: DataKey) -> bytes:
    parts = (
        "creditloop sealed value",
        key.algorithm.value,
        str(key.number),
        place.source_table,
        place.column,
    )
    return _SEPARATOR.join((*parts, "")).encode()
