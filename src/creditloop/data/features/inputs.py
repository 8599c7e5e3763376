"""Read the inputs of features through the one door to source data, as known at the end of a day.

1. each table is read once: the columns that are inputs, and its date column if it has several rows a party
2. rows known only after the day are not seen; of a row that was corrected the version known by then is
3. the n-th newest row a party gives the inputs that count `back: n`; a party with fewer rows has nulls there
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from creditloop.data.access import read_table
from creditloop.data.access_log import RecordDenial
from creditloop.data.admission import check_in_clear
from creditloop.data.contracts import PARTY_ID, Contract, Table
from creditloop.data.features.definitions import FeatureSet, InputColumn
from creditloop.data.moments import last_instant
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

BACK = "__back"
"""The column that counts a party's rows back from the newest, 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads which features, as of which day, why; see `access.read_table`."""

    features: FeatureSet
    contract: Contract
    as_of: date
    purpose: str
    reader: str
    reason: str
    now: datetime
    record_denial: RecordDenial
    party_ids: Collection[str] | None


def input_frame(connection: Connection, reading: Reading) -> pl.DataFrame:
    """Return party_id and every input, one row a party that any of the tables knows, by party_id.

    Raises: InputError if the purpose may not read an input, or would see it masked.
    """
    parts = [_wide(rows, columns) for columns, rows in source_rows(connection, reading, also=())]
    parties = pl.concat([part.select(PARTY_ID) for part in parts]).unique()
    for part in parts:
        parties = parties.join(part, on=PARTY_ID, how="left", validate="1:1")
    return parties.select(PARTY_ID, *(entry.name for entry in reading.features.inputs)).sort(PARTY_ID)


def source_rows(
    connection: Connection, reading: Reading, *, also: Sequence[str]
) -> list[tuple[tuple[InputColumn, ...], pl.DataFrame]]:
    """Return, for each table the features read, its inputs and the rows they can come from.

    Args:
        also: further columns that every source table has.
    Returns: frames of party_id, `BACK`, the columns that are inputs, `also`.
    """
    _check_request(reading)
    tables = dict.fromkeys(entry.table for entry in reading.features.inputs)
    return [(_of_table(reading.features, name), _rows(connection, reading, name, also)) for name in tables]


def of_row(columns: Sequence[InputColumn], back: int) -> Mapping[str, str]:
    """Return the inputs that come from the row counted back so far: name to column."""
    return {entry.name: entry.column for entry in columns if (entry.back or 0) == back}


def _check_request(reading: Reading) -> None:
    features, contract = reading.features, reading.contract
    if features.contract_hash != contract.document.hash:
        raise InputError(
            "these features were checked against another contract, or another version of it",
            got=f"{contract.name} {contract.document.hash}",
            expected=f"{features.contract} {features.contract_hash}",
        )
    for name in dict.fromkeys(entry.table for entry in features.inputs):
        columns = [entry.column for entry in _of_table(features, name)]
        check_in_clear(contract, _described(contract, name), columns=columns, purpose=reading.purpose)


def _of_table(features: FeatureSet, table: str) -> tuple[InputColumn, ...]:
    return tuple(entry for entry in features.inputs if entry.table == table)


def _described(contract: Contract, name: str) -> Table:
    table = contract.table(name)
    assert table is not None, "the features were checked against this contract"
    return table


def _rows(connection: Connection, reading: Reading, table: str, also: Sequence[str]) -> pl.DataFrame:
    by = reading.features.by.get(table)
    columns = [entry.column for entry in _of_table(reading.features, table)]
    described = _described(reading.contract, table)
    frame = read_table(
        connection,
        contract=reading.contract,
        table=table,
        columns=list(dict.fromkeys([PARTY_ID, *([by] if by else []), *columns, *also])),
        purpose=reading.purpose,
        reader=reading.reader,
        reason=reading.reason,
        known_by=last_instant(
            described, as_of=reading.as_of, utc_offset_hours=reading.contract.utc_offset_hours
        ),
        now=reading.now,
        record_denial=reading.record_denial,
        party_ids=reading.party_ids,
    )
    if by is None:
        return frame.with_columns(pl.lit(0, dtype=pl.Int64).alias(BACK))
    rank = pl.col(by).rank("ordinal", descending=True).over(PARTY_ID).cast(pl.Int64) - 1
    return frame.with_columns(rank.alias(BACK))


def _wide(rows: pl.DataFrame, columns: Sequence[InputColumn]) -> pl.DataFrame:
    """Put the inputs of a table side by side, one row a party."""
    wide = rows.select(PARTY_ID).unique()
    for back in sorted({entry.back or 0 for entry in columns}):
        named = [pl.col(column).alias(name) for name, column in of_row(columns, back).items()]
        of_back = rows.filter(pl.col(BACK) == back).select(PARTY_ID, *named)
        wide = wide.join(of_back, on=PARTY_ID, how="left", validate="1:1")
    return wide
