"""What was deleted, as it stands on record: nothing personal, and never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from psycopg.rows import TupleRow

from creditloop.data.contracts import Versions
from creditloop.kernel.storage import Connection, load_queries

PACKAGE = "creditloop.data.retention"
RECORD_TABLES = ("data.deletion", "data.deleted_rows", "data.emptying", "data.emptied_row")
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
class EmptiedClass:
    """What was emptied in one table of one sensitivity class; the rows are there.

    Attributes:
        table: with its schema.
        cut_day, months, versions, basis: the contract's rule for the class, and the day it gave.
        rows, parties: how many rows lost a value, and of how many parties they are.
        values: by column, how many values are gone.
    """

    table: str
    sensitivity: int
    cut_day: date
    months: int
    versions: Versions
    basis: str
    rows: int
    parties: int
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion under retention: of one source.

    Attributes:
        number: by which it is called ("record 3"); None of one that was only tried.
        batch_id: to be sealed; None of one that was only tried, or if nothing was too old.
        cut_day: what became known before it is gone with its row.
        basis: the contract's ground for keeping rows no longer.
        tables: those of which rows were deleted. If of none, a deletion on record has no cut day for rows, no
            months and no basis; those of the classes stand with them.
        emptied: classes of which values were deleted, table by table.
    """

    number: int | None
    batch_id: UUID | None
    contract: str
    contract_hash: str
    as_of: date
    cut_day: date | None
    retention_months: int | None
    basis: str | None
    deleted_by: str
    reason: str
    recorded_at: datetime
    tables: tuple[DeletionOfTable, ...]
    emptied: tuple[EmptiedClass, ...]

    @property
    def rows(self) -> int:
        """How many rows, of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def values_by_class(self) -> Mapping[int, int]:
        """How many values of each class were emptied, the most sensitive first."""
        found: dict[int, int] = {}
        for one in sorted(self.emptied, key=lambda emptied: -emptied.sensitivity):
            found[one.sensitivity] = found.get(one.sensitivity, 0) + sum(one.values.values())
        return found


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
    queries = load_queries(PACKAGE)
    emptied = {
        number: [*group] for number, group in groupby(queries.list_emptyings(connection), key=itemgetter(1))
    }
    found = {
        number: _deletion([*group], emptied.get(number, []))
        for number, group in groupby(queries.list_deletions(connection), key=itemgetter(1))
    }
    only = {number: _emptying(rows) for number, rows in emptied.items() if number not in found}
    return tuple(one for _, one in sorted((found | only).items()))


def deleted_rows(connection: Connection) -> tuple[DeletedRows, ...]:
    """Return which rows were deleted, by table, batch and row number."""
    return tuple(
        DeletedRows(deletion=number, table=table, batch_id=batch_id, first=first, last=last)
        for number, table, batch_id, first, last in load_queries(PACKAGE).list_deleted_rows(connection)
    )


def _deletion(rows: list[TupleRow], emptied: list[TupleRow]) -> Deletion:
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
        emptied=tuple(map(_emptied_class, emptied)),
    )


def _emptying(rows: list[TupleRow]) -> Deletion:
    """Return a deletion under which no row was deleted whole."""
    batch_id, number, contract, hash_, as_of, by, reason, at, *_ = rows[0]
    return Deletion(
        number=number,
        batch_id=batch_id,
        contract=contract,
        contract_hash=hash_,
        as_of=as_of,
        cut_day=None,
        retention_months=None,
        basis=None,
        deleted_by=by,
        reason=reason,
        recorded_at=at,
        tables=(),
        emptied=tuple(map(_emptied_class, rows)),
    )


def _emptied_class(row: TupleRow) -> EmptiedClass:
    table, sensitivity, cut_day, months, versions, basis, rows, parties, values = row[8:]
    return EmptiedClass(
        table=table,
        sensitivity=sensitivity,
        cut_day=cut_day,
        months=months,
        versions=Versions(versions),
        basis=basis,
        rows=rows,
        parties=parties,
        values=json.loads(values),
    )
