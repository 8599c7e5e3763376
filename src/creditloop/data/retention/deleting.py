"""Deleting what is too old: rows whose time is over, and of rows that stay the values of a class.

1 the day asked about has come; somebody says who deletes and why
2 no import of the contract runs meanwhile
3 of each table: which rows are too old, how many, of how many parties
4 of each class that is kept for less: which of the other rows have values that are too old (`emptying`)
5 all is put on record, then deleted: as much as was counted, or nothing at all
6 the deletion is logged beside the reads
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import LiteralString

from psycopg import sql
from psycopg.rows import TupleRow

from creditloop.data.access_log import Access, record_access
from creditloop.data.batches import lock_contract
from creditloop.data.contracts import PARTY_ID, Contract
from creditloop.data.moments import last_instant
from creditloop.data.retention.emptying import ExpiredClass, expired_classes
from creditloop.data.retention.guard import lock_table, unguarded
from creditloop.data.retention.records import PACKAGE, Deletion, DeletionOfTable, EmptiedClass
from creditloop.data.source_tables import identifier, source_table_name, source_tables
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import add_months, check_aware, start_of_day
from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_FINDINGS = "data.finding"


def delete_expired(
    connection: Connection,
    *,
    contract: Contract,
    as_of: date,
    deleted_by: str,
    reason: str,
    now: datetime,
    dry_run: bool = False,
) -> Deletion:
    """Delete the rows of a contract's tables that are older than its retention (到期删除), on record.

    A row is as old as what it says has been known: it became known on a day before the cut day. Values of a
    class that is kept for less are emptied in rows that stay. Findings quote what files held; they go with
    the import they are of, once that is as old: all of them, or those about a column that is emptied.

    Args:
        as_of: the day by which retention is counted, not later than today.
        dry_run: only count.
    Returns: what was deleted; without a number if nothing was too old, or it was only counted.
    Raises: InputError if the day has not come, or it is not said who deletes and why.
    """
    cut_day = _cut_day(contract, as_of, now)
    if not deleted_by.strip() or not reason.strip():
        raise InputError("a deletion must say who deletes and why", got=f"{deleted_by!r}, {reason!r}")
    planned = Deletion(
        number=None,
        batch_id=None,
        contract=contract.name,
        contract_hash=contract.document.hash,
        as_of=as_of,
        cut_day=cut_day,
        retention_months=contract.retention.months,
        basis=contract.retention.basis.title,
        deleted_by=deleted_by,
        reason=reason,
        recorded_at=now,
        tables=(),
        emptied=(),
    )
    lock_contract(connection, contract=contract.name)
    with connection.transaction():
        described = source_tables(connection)
        expired = _expired(connection, contract, as_of, cut_day, described)
        classes = expired_classes(
            connection, contract=contract, described=described, as_of=as_of, row_cut_day=cut_day
        )
        if not dry_run:
            for each in expired:
                each.lock()
        tables = tuple(table for table in (each.counted() for each in expired) if table.rows)
        counted = [(each, each.counted()) for each in classes]
        due = [(each, emptied) for each, emptied in counted if emptied.rows]
        planned = replace(planned, tables=tables, emptied=tuple(emptied for _, emptied in due))
        if dry_run or not (tables or due):
            return planned
        return _deleted(connection, planned, {each.table: each for each in expired}, due)


def _cut_day(contract: Contract, as_of: date, now: datetime) -> date:
    check_aware(now, name="now")
    if start_of_day(as_of, utc_offset_hours=contract.utc_offset_hours) > now:
        raise InputError(
            "retention is counted by a day that has come",
            got=as_of,
            expected=f"a day that has begun by {now.isoformat()}",
            where={"contract": contract.name},
        )
    return add_months(as_of, -contract.retention.months)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expired:
    """The rows of one table that are too old.

    Attributes:
        condition: which rows; `party`: what tells how many parties; `label`: by what they are totalled.
    """

    connection: Connection
    table: str
    condition: sql.Composable
    party: sql.Composable
    label: sql.Composable

    def lock(self) -> None:
        """Keep every other writer out until the transaction ends."""
        lock_table(self.connection, self.table)

    def counted(self) -> DeletionOfTable:
        """Count them, in all and by label."""
        rows = self._run("SELECT ({label})::text, count(*) FROM {table} WHERE {condition} GROUP BY 1")
        parties = self._run("SELECT count(DISTINCT {party}) FROM {table} WHERE {condition}")
        totals = {str(label): int(count) for label, count in rows}
        return DeletionOfTable(
            name=self.table, rows=sum(totals.values()), parties=parties[0][0], totals=totals
        )

    def name_rows(self, deletion: Deletion, *, first_row_no: int) -> int:
        """Put on record which rows they are; return how many stretches."""
        rows = self._run(
            "WITH islands AS ("
            "  SELECT batch_id, min(row_no) AS first_row, max(row_no) AS last_row FROM ("
            "    SELECT batch_id, row_no,"
            "      row_no - row_number() OVER (PARTITION BY batch_id ORDER BY row_no) AS island"
            "    FROM {table} WHERE {condition}) AS numbered"
            "  GROUP BY batch_id, island)"
            " INSERT INTO data.deleted_rows (batch_id, row_no, deletion_no, table_name, source_batch_id,"
            "   first_row, last_row)"
            " SELECT {batch}, {first} + row_number() OVER (ORDER BY batch_id, first_row) - 1, {number},"
            "   {name}, batch_id, first_row, last_row FROM islands RETURNING 1",
            batch=sql.Literal(deletion.batch_id),
            first=sql.Literal(first_row_no),
            number=sql.Literal(deletion.number),
            name=sql.Literal(self.table),
        )
        return len(rows)

    def delete(self) -> int:
        """Delete them; return how many."""
        with unguarded(self.connection, self.table):
            rows = self._run(
                "WITH gone AS (DELETE FROM {table} WHERE {condition} RETURNING 1) SELECT count(*) FROM gone"
            )
        return int(rows[0][0])

    def _run(self, statement: LiteralString, **parts: sql.Composable) -> list[TupleRow]:
        cursor = self.connection.execute(
            sql.SQL(statement).format(
                table=identifier(self.table),
                condition=self.condition,
                party=self.party,
                label=self.label,
                **parts,
            )
        )
        return cursor.fetchall() if cursor.description else []


def _expired(
    connection: Connection,
    contract: Contract,
    as_of: date,
    cut_day: date,
    described: Sequence[AppendOnlyTable],
) -> list[_Expired]:
    """Describe which rows are too old, table by table; a table that was never imported is left out."""
    there = {table.name for table in described}
    zone, before = contract.utc_offset_hours, cut_day - timedelta(days=1)
    found = [
        _Expired(
            connection=connection,
            table=source_table_name(contract, table),
            condition=sql.SQL("known_at <= {}").format(
                sql.Literal(last_instant(table, as_of=before, utc_offset_hours=zone))
            ),
            party=sql.Identifier(PARTY_ID),
            label=sql.SQL("extract(year FROM occurred_at + make_interval(hours => {}))").format(
                sql.Literal(zone)
            ),
        )
        for table in contract.tables
        if source_table_name(contract, table) in there
    ]
    findings = _Expired(
        connection=connection,
        table=_FINDINGS,
        condition=_findings(contract, as_of, cut_day),
        party=sql.SQL("(batch_id, source_row)"),
        label=sql.SQL("code"),
    )
    return [*found, findings]


def _findings(contract: Contract, as_of: date, cut_day: date) -> sql.Composable:
    """Return which findings are too old: of an import before a cut day, of a class those that quote it."""
    parts = [_of_imports(contract, cut_day)]
    for retention in contract.retention.by_class:
        fields = {
            field
            for table in contract.tables
            for column in retention.columns_of(table)
            for field in (
                column.name,
                column.source,
                *(each.sources.get(column.name) for each in table.repetitions),
            )
            if field is not None
        }
        parts.append(
            sql.SQL("({} AND field = ANY ({}::text[]))").format(
                _of_imports(contract, add_months(as_of, -retention.months)), sql.Literal(sorted(fields))
            )
        )
    return sql.SQL("({})").format(sql.SQL(" OR ").join(parts))


def _of_imports(contract: Contract, cut_day: date) -> sql.Composable:
    return sql.SQL(
        "batch_id IN (SELECT batch_id FROM data.import_batch WHERE contract = {} AND recorded_at < {})"
    ).format(
        sql.Literal(contract.name),
        sql.Literal(start_of_day(cut_day, utc_offset_hours=contract.utc_offset_hours)),
    )


def _deleted(
    connection: Connection,
    planned: Deletion,
    expired: dict[str, _Expired],
    due: Sequence[tuple[ExpiredClass, EmptiedClass]],
) -> Deletion:
    """Record the deletion, delete, empty, and log it."""
    queries = load_queries(PACKAGE)
    number = queries.next_deletion_no(connection)
    batch_id = content_id("deletion", number, planned.contract, planned.as_of)
    deletion = replace(planned, number=number, batch_id=batch_id)
    stretches = 0
    for row_no, table in enumerate(deletion.tables):
        stretches += expired[table.name].name_rows(deletion, first_row_no=stretches)
        _record_table(connection, deletion, table, row_no)
        gone = expired[table.name].delete()
        if gone != table.rows:
            raise StateError(
                "other rows were deleted than were counted: nothing is deleted",
                got=gone,
                expected=table.rows,
                where={"table": table.name},
            )
        record_access(connection, access=_access(deletion, table.name, ("*",), table.parties))
    rows_emptied = 0
    for row_no, (each, emptied) in enumerate(due):
        _record_class(connection, deletion, emptied, row_no)
        rows_emptied += each.empty(deletion, first_row_no=rows_emptied, expected=emptied.rows)
        access = _access(deletion, emptied.table, tuple(emptied.values), emptied.parties)
        record_access(connection, access=access)
    if deletion.tables:
        return deletion
    return replace(deletion, cut_day=None, retention_months=None, basis=None)


def _record_table(connection: Connection, deletion: Deletion, table: DeletionOfTable, row_no: int) -> None:
    load_queries(PACKAGE).insert_deletion(
        connection,
        row_no=row_no,
        table_name=table.name,
        cut_day=deletion.cut_day,
        retention_months=deletion.retention_months,
        basis=deletion.basis,
        rows_deleted=table.rows,
        parties_count=table.parties,
        totals=canonical_bytes(dict(table.totals)).decode(),
        **_said(deletion),
    )


def _record_class(connection: Connection, deletion: Deletion, emptied: EmptiedClass, row_no: int) -> None:
    load_queries(PACKAGE).insert_emptying(
        connection,
        row_no=row_no,
        table_name=emptied.table,
        sensitivity=emptied.sensitivity,
        cut_day=emptied.cut_day,
        retention_months=emptied.months,
        versions=emptied.versions.value,
        basis=emptied.basis,
        rows_emptied=emptied.rows,
        parties_count=emptied.parties,
        values_by_column=canonical_bytes(dict(emptied.values)).decode(),
        **_said(deletion),
    )


def _said(deletion: Deletion) -> dict[str, object]:
    """Return what stands with every row of the record."""
    return {
        "batch_id": deletion.batch_id,
        "deletion_no": deletion.number,
        "contract": deletion.contract,
        "contract_hash": deletion.contract_hash,
        "as_of": deletion.as_of,
        "deleted_by": deletion.deleted_by,
        "reason": deletion.reason,
        "recorded_at": deletion.recorded_at,
    }


def _access(deletion: Deletion, table: str, columns: tuple[str, ...], parties: int) -> Access:
    """Return what the log of reads says of it: columns ("*": every one) of these parties' rows, gone."""
    return Access(
        reader=deletion.deleted_by,
        purpose="quality",
        reason=f"deleted under retention, record {deletion.number}: {deletion.reason}",
        contract=deletion.contract,
        contract_hash=deletion.contract_hash,
        table=table,
        columns=columns,
        masked_columns=(),
        parties_count=parties,
        party_token=None,
        known_by=deletion.recorded_at,
        refusal=None,
        at=deletion.recorded_at,
    )
