"""Deleting what is too old: the one place where the guard of an append-only source table is put aside.

It is a trigger, put aside by the table's owner, inside the transaction that deletes and records, under a lock
that keeps every other writer out; nobody else ever sees the table without it.

1 the day asked about has come; somebody says who deletes and why
2 no import of the contract runs meanwhile
3 of each table: which rows are too old, how many, of how many parties
4 they are put on record, then deleted: as many as were counted, or nothing at all
5 the deletion is logged beside the reads
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import LiteralString

from psycopg import sql
from psycopg.rows import TupleRow

from creditloop.data.access_log import Access, record_access
from creditloop.data.batches import lock_contract
from creditloop.data.contracts import PARTY_ID, Contract
from creditloop.data.moments import last_instant
from creditloop.data.retention.records import PACKAGE, Deletion, DeletionOfTable
from creditloop.data.source_tables import identifier, source_table_name, source_tables
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import add_months, check_aware, start_of_day
from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries

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

    A row is as old as what it says has been known: it became known on a day before the cut day. Findings
    quote what files held; they go with the import they are of, once that is as old.

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
    )
    lock_contract(connection, contract=contract.name)
    with connection.transaction():
        expired = _expired(connection, contract, cut_day)
        if not dry_run:
            for each in expired:
                each.lock()
        counted = [each.counted() for each in expired]
        planned = replace(planned, tables=tuple(table for table in counted if table.rows))
        if dry_run or not planned.tables:
            return planned
        return _deleted(connection, planned, {each.table: each for each in expired})


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
        self._run("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

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
        with self._unguarded():
            rows = self._run(
                "WITH gone AS (DELETE FROM {table} WHERE {condition} RETURNING 1) SELECT count(*) FROM gone"
            )
        return int(rows[0][0])

    @contextmanager
    def _unguarded(self) -> Iterator[None]:
        self._run("ALTER TABLE {table} DISABLE TRIGGER append_only")
        yield
        self._run("ALTER TABLE {table} ENABLE TRIGGER append_only")

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


def _expired(connection: Connection, contract: Contract, cut_day: date) -> list[_Expired]:
    """Describe what is too old, table by table; a table that was never imported is left out."""
    there = {table.name for table in source_tables(connection)}
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
    imported = sql.SQL(
        "batch_id IN (SELECT batch_id FROM data.import_batch WHERE contract = {} AND recorded_at < {})"
    ).format(sql.Literal(contract.name), sql.Literal(start_of_day(cut_day, utc_offset_hours=zone)))
    findings = _Expired(
        connection=connection,
        table=_FINDINGS,
        condition=imported,
        party=sql.SQL("(batch_id, source_row)"),
        label=sql.SQL("code"),
    )
    return [*found, findings]


def _deleted(connection: Connection, planned: Deletion, expired: dict[str, _Expired]) -> Deletion:
    """Record the deletion, delete, and log it."""
    queries = load_queries(PACKAGE)
    number = queries.next_deletion_no(connection)
    batch_id = content_id("deletion", number, planned.contract, planned.as_of)
    deletion = replace(planned, number=number, batch_id=batch_id)
    stretches = 0
    for row_no, table in enumerate(deletion.tables):
        stretches += expired[table.name].name_rows(deletion, first_row_no=stretches)
        queries.insert_deletion(
            connection,
            batch_id=batch_id,
            row_no=row_no,
            deletion_no=number,
            contract=deletion.contract,
            contract_hash=deletion.contract_hash,
            table_name=table.name,
            as_of=deletion.as_of,
            cut_day=deletion.cut_day,
            retention_months=deletion.retention_months,
            basis=deletion.basis,
            rows_deleted=table.rows,
            parties_count=table.parties,
            totals=canonical_bytes(dict(table.totals)).decode(),
            deleted_by=deletion.deleted_by,
            reason=deletion.reason,
            recorded_at=deletion.recorded_at,
        )
        gone = expired[table.name].delete()
        if gone != table.rows:
            raise StateError(
                "other rows were deleted than were counted: nothing is deleted",
                got=gone,
                expected=table.rows,
                where={"table": table.name},
            )
        record_access(connection, access=_access(deletion, table))
    return deletion


def _access(deletion: Deletion, table: DeletionOfTable) -> Access:
    """Return what the log of reads says of it: every column of these parties' rows, gone."""
    return Access(
        reader=deletion.deleted_by,
        purpose="quality",
        reason=f"deleted under retention, record {deletion.number}: {deletion.reason}",
        contract=deletion.contract,
        contract_hash=deletion.contract_hash,
        table=table.name,
        columns=("*",),
        masked_columns=(),
        parties_count=table.parties,
        party_token=None,
        known_by=deletion.recorded_at,
        refusal=None,
        at=deletion.recorded_at,
    )
