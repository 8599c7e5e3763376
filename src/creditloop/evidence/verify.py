"""Verification (存证核验): everything the log says, against the database as it is now.

The truth is outside: the key's signatures, the last checkpoint and the leaf hashes under it. From there it
goes inward: leaf hashes prove entries, entries prove chunks' roots and salts, chunks prove rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from psycopg.pq import TransactionStatus

from creditloop.evidence.check_log import LogCheck, check_log
from creditloop.evidence.check_rows import RowsCheck, check_rows
from creditloop.evidence.columns import LOG_COLUMNS, columns_report
from creditloop.evidence.deletions import DeletedPlaces, DeletedRange, DeletionRecords, EmptiedPlace
from creditloop.evidence.folder import EvidenceFolder
from creditloop.evidence.problem import Problem
from creditloop.evidence.rows import pin_settings, use_indexes
from creditloop.evidence.state import FolderState, read_state
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")

_UNREADABLE = {"table_missing", "column_missing", "column_retyped"}
"""Codes of problems after which a table cannot be read as it has to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What verifying found.

    Attributes:
        entries: log entries in the database.
        open_entries: those of them that are signed but under no checkpoint yet.
        rows: rows read in the listed tables.
        problems: everything that does not verify; empty is what a bank wants to see.
        deleted: sealed rows that are gone by a deletion on record: its number, how many.
        emptied: sealed rows of which values are gone by a deletion on record, and nothing else is changed.
    """

    entries: int
    open_entries: int
    rows: int
    problems: tuple[Problem, ...]
    deleted: Mapping[int, int] = field(default_factory=dict)
    emptied: Mapping[int, int] = field(default_factory=dict)


def verify(
    connection: Connection,
    *,
    folder: EvidenceFolder,
    tables: Sequence[AppendOnlyTable],
    deletions: DeletionRecords | None = None,
) -> Verification:
    """Check the whole log and every row of the listed tables; name what was tampered with.

    On an idle connection it reads one snapshot and keeps nobody waiting; inside a transaction sealing waits
    until it returns. It leaves no trace: its settings and locks end with it.

    Args:
        tables: all tables whose batches are sealed.
        deletions: where it is on record that sealed rows were deleted; believed if all of it verifies.
    """
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=True):
        # 1. One moment of folder and database.
        try:
            state = _read_together(connection, folder, idle=idle)
        except EvidenceError as error:
            return _without_folder(error)
        pin_settings(connection)
        use_indexes(connection, False)
        # 2. The folder agrees with itself.
        problems = [
            Problem(code="folder_damaged", file=found.file, detail=found.detail) for found in state.damage
        ]
        # 3. The tables are the ones we think we have.
        report = columns_report(connection, tables=tables)
        problems += report.problems
        broken = {problem.table for problem in report.problems if problem.code in _UNREADABLE}
        if broken & set(LOG_COLUMNS):
            return Verification(entries=0, open_entries=0, rows=0, problems=tuple(problems))
        # 4. The log is the one that was signed.
        log = check_log(connection, state=state)
        problems += log.problems
        problems += _unlisted_tables(log, tables)
        # 5. The rows are the ones that were sealed.
        use_indexes(connection, True)
        checks = _check_tables(connection, log, [one for one in tables if one.name not in broken], deletions)
        deleted: Counter[int] = Counter()
        emptied: Counter[int] = Counter()
        for check in checks:
            problems += check.problems
            deleted.update(check.deleted)
            emptied.update(check.emptied)
        return Verification(
            entries=log.entries,
            open_entries=log.open_entries,
            rows=sum(check.rows for check in checks),
            problems=tuple(problems),
            deleted=dict(sorted(deleted.items())),
            emptied=dict(sorted(emptied.items())),
        )


def _check_tables(
    connection: Connection,
    log: LogCheck,
    tables: Sequence[AppendOnlyTable],
    deletions: DeletionRecords | None,
) -> list[RowsCheck]:
    """Check the tables' rows, in order; those in which deletions are on record are looked at first."""
    records = [table for table in tables if deletions is not None and table.name in deletions.tables]
    checks = {table.name: _checked(connection, log, table, (), ()) for table in records}
    ranges: list[DeletedRange] = []
    emptied: list[EmptiedPlace] = []
    if deletions is not None and len(records) == len(deletions.tables):
        intact = not any(check.problems for check in checks.values())
        doubted = any(problem.table in deletions.tables for problem in log.problems)
        if intact and not doubted:
            ranges = list(deletions.read(connection))
            emptied = list(deletions.read_emptied(connection))
    for table in tables:
        if table.name not in checks:
            checks[table.name] = _checked(connection, log, table, ranges, emptied)
    return [checks[table.name] for table in tables]


def _checked(
    connection: Connection,
    log: LogCheck,
    table: AppendOnlyTable,
    ranges: Sequence[DeletedRange],
    emptied: Sequence[EmptiedPlace],
) -> RowsCheck:
    deleted = DeletedPlaces(
        (each for each in ranges if each.table == table.name),
        (each for each in emptied if each.table == table.name),
    )
    return check_rows(connection, table=table, claims=log.claims_of(table.name), deleted=deleted)


def _read_together(connection: Connection, folder: EvidenceFolder, *, idle: bool) -> FolderState:
    """Read the folder while nobody seals or extends, and make the database stand still at that moment.

    LOCK TABLE takes no snapshot, so the first query after it fixes the snapshot while the folder cannot
    change; leaving the inner block gives the lock back and keeps the snapshot.
    """
    if not idle:
        _QUERIES.hold_log(connection)
        return read_state(folder)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with connection.transaction(force_rollback=True):
        _QUERIES.hold_log(connection)
        connection.execute("SELECT 1")
        return read_state(folder)


def _without_folder(error: EvidenceError) -> Verification:
    """Report that nothing can be checked: there is no key or no signed checkpoint outside."""
    file = str(error.where.get("file", ""))
    detail = f"{error.message}: nothing can be verified without it"
    return Verification(
        entries=0,
        open_entries=0,
        rows=0,
        problems=(Problem(code="folder_damaged", file=file, detail=detail),),
    )


def _unlisted_tables(log: LogCheck, tables: Sequence[AppendOnlyTable]) -> list[Problem]:
    listed = {table.name for table in tables}
    sealed = {name for name, claims in log.claims.items() if any(claim.entry is not None for claim in claims)}
    return [Problem(code="table_unlisted", table=name) for name in sorted(sealed - listed)]
