"""What was deleted, as it stands on record: nothing personal, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from psycopg.rows import TupleRow

from creditloop.kernel.storage import Connection, load_queries

PACKAGE = "creditloop.data.retention"
RECORD_TABLES = ("data.deletion", "data.deleted_rows")
"""The tables the records stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionOfTable:
    """What was deleted of one table.

    Attributes:
        name: with its schema.
        parties: how many parties the rows were about; of findings, how many lines of files.
        totals: rows by the year in which they occurred; of findings, by code.
    """

    name: str
    rows: int
    parties: int
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion under retention: of one source, on one ground.

    Attributes:
        number: by which it is called ("record 3"); None of one that was only tried.
        batch_id: to be sealed; None of one that was only tried, or if nothing was too old.
        cut_day: what became known before it is gone.
        basis: the contract's ground for keeping it no longer.
        tables: those of which something was deleted.
    """

    number: int | None
    batch_id: UUID | None
    contract: str
    contract_hash: str
    as_of: date
    cut_day: date
    retention_months: int
    basis: str
    deleted_by: str
    reason: str
    recorded_at: datetime
    tables: tuple[DeletionOfTable, ...]

    @property
    def rows(self) -> int:
        """How many rows, of all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedRows:
    """A stretch of rows that were deleted: numbers of a batch, first and last included."""

    deletion: int
    table: str
    batch_id: UUID
    first: int
    last: int


def deletions(connection: Connection) -> tuple[Deletion, ...]:
    """Return every deletion on record, oldest first."""
    rows = load_queries(PACKAGE).list_deletions(connection)
    return tuple(_deletion([*group]) for _, group in groupby(rows, key=itemgetter(1)))


def deleted_rows(connection: Connection) -> tuple[DeletedRows, ...]:
    """Return which rows were deleted, by table, batch and row number."""
    return tuple(
        DeletedRows(deletion=number, table=table, batch_id=batch_id, first=first, last=last)
        for number, table, batch_id, first, last in load_queries(PACKAGE).list_deleted_rows(connection)
    )


def _deletion(rows: list[TupleRow]) -> Deletion:
    batch_id, number, contract, hash_, as_of, cut_day, months, basis, by, reason, at, *_ = rows[0]
    return Deletion(
        number=number,
        batch_id=batch_id,
        contract=contract,
        contract_hash=hash_,
        as_of=as_of,
        cut_day=cut_day,
        retention_months=months,
        basis=basis,
        deleted_by=by,
        reason=reason,
        recorded_at=at,
        tables=tuple(
            DeletionOfTable(name=name, rows=count, parties=parties, totals=json.loads(totals))
            for *_, name, count, parties, totals in rows
        ),
    )
