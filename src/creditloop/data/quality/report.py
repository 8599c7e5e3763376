"""The quality report of one source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import polars as pl
from psycopg import sql

from creditloop.data.access import read_table
from creditloop.data.access_log import RecordDenial
from creditloop.data.contracts import PARTY_ID, Contract, Table
from creditloop.data.findings import CONFLICTING_REPEAT, DUPLICATE_KEY
from creditloop.data.moments import known_day, occurred_day
from creditloop.data.quality.columns import ColumnQuality, column_quality, readable
from creditloop.data.source_tables import identifier, source_table_name, source_tables
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import Connection, load_queries

_PACKAGE = "creditloop.data.quality"
_NANO = 10**9
LATE_DAYS = (0, 1, 7, 31, 92, 366)
"""Edges of the distribution of lateness, in days: known on the day, within 1, 7, … days, later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuality:
    """What stands in a table.

    Attributes:
        rows: versions of rows; `keys`: things they are about; `corrections`: versions after the first.
        known_on_latest: the day, in the contract's zone, the newest became known; None if it is empty.
        known_after: keys' latest versions by the days, in the contract's zone, between occurring and being
            known: "0" the same day, then "1", "7", … up to so many, ">366" later.
        late_nano: share of those known more than a day after.
    """

    name: str
    rows: int
    keys: int
    corrections: int
    parties: int
    known_on_latest: date | None
    known_after: Mapping[str, int]
    late_nano: int | None
    columns: tuple[ColumnQuality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShare:
    """Findings of one code about one field; `share_nano` of the rows read, in nano."""

    code: str
    field: str
    effect: str
    count: int
    share_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeReads:
    """Reads of a source for one purpose."""

    purpose: str
    allowed: int
    denied: int
    parties_withheld: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The quality of a source at an instant.

    Attributes:
        duplicates, conflicts: keys that stood twice in a file, or came again with other content.
        rejected_nano: share of the rows read, beside the contract's limit for a file; None without rows.
        reads: since `reads_since`.
    """

    contract: str
    version: int
    imports: int
    imported_last: datetime | None
    rows_read: int
    rows_rejected: int
    rejected_nano: int | None
    rejected_max_nano: int
    duplicates: int
    conflicts: int
    tables: tuple[TableQuality, ...]
    findings: tuple[FindingShare, ...]
    reads: tuple[PurposeReads, ...]
    reads_since: datetime


def quality_report(
    connection: Connection,
    *,
    contract: Contract,
    reader: str,
    reason: str,
    reads_since: datetime,
    now: datetime,
    record_denial: RecordDenial,
) -> QualityReport:
    """Report on the quality of a source (数据质量报告), of everything known by now.

    Raises: StateError if nothing was imported under the contract; InputError if it gives the purpose
        `quality` nothing.
    """
    reads = _reads(connection, contract, since=reads_since)  # before this report reads it as well
    there = {table.name for table in source_tables(connection)}
    if not there & {source_table_name(contract, table) for table in contract.tables}:
        raise StateError(
            "nothing was imported under this contract",
            got=contract.name,
            hint=f"creditloop import {contract.name} FILE",
        )
    count, rows_read, rejected, last = load_queries(_PACKAGE).contract_imports(
        connection, contract=contract.name
    )
    read = partial(
        read_table,
        connection,
        contract=contract,
        purpose="quality",
        reader=reader,
        reason=reason,
        known_by=now,
        now=now,
        record_denial=record_denial,
    )
    tables = [
        _table(connection, contract, table, read(table=table.name, columns=_columns(table)))
        for table in contract.tables
    ]
    findings = _findings(connection, contract, rows_read)
    return QualityReport(
        contract=contract.name,
        version=contract.version,
        imports=count,
        imported_last=last,
        rows_read=rows_read,
        rows_rejected=rejected,
        rejected_nano=_share(rejected, rows_read),
        rejected_max_nano=contract.rejected_share_max_nano,
        duplicates=sum(one.count for one in findings if one.code == DUPLICATE_KEY),
        conflicts=sum(one.count for one in findings if one.code == CONFLICTING_REPEAT),
        tables=tuple(tables),
        findings=findings,
        reads=reads,
        reads_since=reads_since,
    )


def _columns(table: Table) -> list[str]:
    return [PARTY_ID, "occurred_at", "known_at", *(one.name for one in table.columns if readable(one))]


def _reads(connection: Connection, contract: Contract, *, since: datetime) -> tuple[PurposeReads, ...]:
    found = load_queries(_PACKAGE).contract_reads(connection, contract=contract.name, since=since)
    return tuple(
        PurposeReads(purpose=purpose, allowed=allowed, denied=denied, parties_withheld=withheld, last_at=last)
        for purpose, allowed, denied, withheld, last in found
    )


def _table(connection: Connection, contract: Contract, table: Table, frame: pl.DataFrame) -> TableQuality:
    # only counted: no value is read beside the door
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(identifier(source_table_name(contract, table)))
    ).fetchone()
    assert row is not None
    zone = contract.utc_offset_hours
    known, occurred = known_day(table, utc_offset_hours=zone), occurred_day(table, utc_offset_hours=zone)
    days = frame.select(days=(known - occurred).dt.total_days())["days"]
    known_after = _known_after(days)
    return TableQuality(
        name=table.name,
        rows=row[0],
        keys=frame.height,
        corrections=row[0] - frame.height,
        parties=frame[PARTY_ID].n_unique(),
        known_on_latest=frame.select(known.max()).item(),
        known_after=known_after,
        late_nano=_share(int((days > 1).sum()), frame.height),
        columns=tuple(column_quality(column, contract=contract, frame=frame) for column in table.columns),
    )


def _known_after(days: pl.Series) -> dict[str, int]:
    counts, before = {}, -1
    for edge in LATE_DAYS:
        counts[str(edge)] = int(((days > before) & (days <= edge)).sum())
        before = edge
    return {**counts, f">{before}": int((days > before).sum())}


def _findings(connection: Connection, contract: Contract, rows_read: int) -> tuple[FindingShare, ...]:
    return tuple(
        FindingShare(
            code=code, field=field, effect=effect, count=count, share_nano=_share(count, rows_read) or 0
        )
        for code, field, effect, count in load_queries(_PACKAGE).contract_findings(
            connection, contract=contract.name
        )
    )


def _share(part: int, whole: int) -> int | None:
    """Return a share in nano, rounded down; None of nothing."""
    return part * _NANO // whole if whole else None
