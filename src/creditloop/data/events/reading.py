"""Read the events of one party through the one door to source data, as the rows window functions take.

1. the purpose sees every column asked for in clear: a feature of masked values would be nonsense
2. of each event the latest version known by the day is read, and the read is logged
3. instants of knowing become days of the contract's zone; an event without a day is in no window, left out
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from creditloop.data.access import read_party_rows, read_table
from creditloop.data.access_log import RecordDenial
from creditloop.data.admission import check_in_clear
from creditloop.data.contracts import Contract, Table
from creditloop.data.moments import known_day, known_shift, last_instant
from creditloop.data.windows import EventTable
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection

Event = tuple[object, ...]
"""Values of `EventTable.columns`, in that order."""
KNOWN_INSTANT = "known_instant"
"""The column of a frame that says to the microsecond when an event became known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyReading:
    """Whose events are read under which contract, as known on which day, by whom and why.

    Attributes:
        purpose, reader, reason, now, record_denial: see `access.read_table`.
    """

    contract: Contract
    party_id: str
    as_of: date
    purpose: str
    reader: str
    reason: str
    now: datetime
    record_denial: RecordDenial


def party_events(connection: Connection, *, table: EventTable, reading: PartyReading) -> list[Event]:
    """Read a party's events: of each the latest version known by the day, by its key.

    Raises: InputError naming column and purpose if the purpose may not read one, or would see it masked.
    """
    described = contract_table(reading.contract, table)
    names = _read_columns(table)
    check_in_clear(reading.contract, described, columns=names, purpose=reading.purpose)
    offset = reading.contract.utc_offset_hours
    rows = read_party_rows(
        connection,
        contract=reading.contract,
        table=table.name,
        columns=names,
        purpose=reading.purpose,
        reader=reading.reader,
        reason=reading.reason,
        known_by=last_instant(described, as_of=reading.as_of, utc_offset_hours=offset),
        now=reading.now,
        record_denial=reading.record_denial,
        party_id=reading.party_id,
    )
    moved = known_shift(described, utc_offset_hours=offset)
    day, known = names.index(table.day), names.index(table.known_at)
    superseded = (None,) if table.superseded else ()  # it stands after the day of knowing
    return [
        (*row[:known], (row[known] + moved).date(), *superseded, *row[known + 1 :])
        for row in rows
        if row[day] is not None
    ]


def event_frame(
    connection: Connection, *, table: EventTable, reading: PartyReading, also: Sequence[str] = ()
) -> pl.DataFrame:
    """Read the same as a frame: `table.columns` with days, and `KNOWN_INSTANT`.

    Args:
        also: further columns every source table has, e.g. "source_row".
    """
    described = contract_table(reading.contract, table)
    names = _read_columns(table)
    check_in_clear(reading.contract, described, columns=names, purpose=reading.purpose)
    offset = reading.contract.utc_offset_hours
    frame = read_table(
        connection,
        contract=reading.contract,
        table=table.name,
        columns=[*names, *also],
        purpose=reading.purpose,
        reader=reading.reader,
        reason=reading.reason,
        known_by=last_instant(described, as_of=reading.as_of, utc_offset_hours=offset),
        now=reading.now,
        record_denial=reading.record_denial,
        party_ids=[reading.party_id],
    )
    # the door gives one version of an event: by the day none of them is superseded
    superseded = [pl.lit(None, dtype=pl.Date).alias(table.superseded)] if table.superseded else []
    return frame.with_columns(
        known_day(described, utc_offset_hours=offset),
        pl.col("known_at").alias(KNOWN_INSTANT),
        *superseded,
    ).filter(pl.col(table.day).is_not_null())


def _read_columns(table: EventTable) -> list[str]:
    """Return the columns to read: the door gives one version of an event, so nothing tells when it ended."""
    return [name for name in table.columns if name != table.superseded]


def contract_table(contract: Contract, table: EventTable) -> Table:
    """Return the contract's table that events come from.

    Raises: InputError if the contract has none of this name.
    """
    described = contract.table(table.name)
    if described is None:
        raise InputError(
            "the contract has no such table",
            got=table.name,
            expected=", ".join(one.name for one in contract.tables),
            where={"contract": contract.name},
        )
    return described
