"""Checking every row of a table against the entries that sealed it, in one pass of windows.

A window is a stretch of the table in order of batch and row number whose chunks fit in memory. The windows
leave no gap, so a row outside every chunk is met too. Rows hidden from the table's index are found by
counting the table without it; the table is then read again without it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from psycopg import sql

from creditloop.evidence.claim import Claim, without_overlaps
from creditloop.evidence.deletions import DeletedPlaces
from creditloop.evidence.diagnose import (
    Fault,
    Held,
    chunk_problem,
    diagnose,
    fault_problems,
    find_moved,
    is_intact,
)
from creditloop.evidence.problem import Problem
from creditloop.evidence.rows import Row, count_rows, read_rows, use_indexes
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")

_WINDOW_CHUNKS = 256
"""Chunks checked at a time: at most some 12 MB of salts and hashes."""

_LOOSE_TEXTS_MAX = 1_000
"""Texts of loose rows kept for telling where rows went; further loose rows are named without."""

_NULL = b"\\N"

_Window = tuple[Sequence[Claim], sql.Composable]
"""Consecutive claims, and the condition of the rows read for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsCheck:
    """What a table's rows showed: rows read, what does not verify, what is gone by a deletion on record."""

    rows: int
    problems: tuple[Problem, ...]
    deleted: Mapping[int, int]
    emptied: Mapping[int, int]


def check_rows(
    connection: Connection,
    *,
    table: AppendOnlyTable,
    claims: Sequence[Claim],
    deleted: DeletedPlaces,
) -> RowsCheck:
    """Check a table's rows; the settings must be pinned and the table's columns be there.

    Args:
        deleted: the table's rows that are on record as deleted; one of them that is still there is named.
    """
    ordered = [_comparable(table, claim) for claim in without_overlaps(list(claims))]
    problems = [
        chunk_problem("columns_differ", claim, detail=f"sealed over {', '.join(claim.entry.columns)}")
        for claim in ordered
        if claim.entry is not None and not claim.checkable
    ]
    windows = _windows(ordered)
    reading = _read_windows(connection, table, windows, deleted)
    use_indexes(connection, False)
    if reading.rows != count_rows(connection, table=table.name):
        windows.append(([], sql.SQL("batch_id IS NULL OR row_no IS NULL")))
        reading = _read_windows(connection, table, windows, deleted)
    use_indexes(connection, True)
    faults = find_moved(table, reading.faults)
    problems += reading.problems + fault_problems(table, faults)
    return RowsCheck(
        rows=reading.rows, problems=tuple(problems), deleted=reading.deleted, emptied=reading.emptied
    )


def _comparable(table: AppendOnlyTable, claim: Claim) -> Claim:
    """Mark a claim whose rows were hashed over other columns than are listed now."""
    return replace(claim, checkable=claim.entry is None or claim.entry.columns == table.columns)


def _windows(claims: Sequence[Claim]) -> list[_Window]:
    """Cut claims into windows, each with the condition of its rows; the first and last are open-ended."""
    starts = range(0, max(len(claims), 1), _WINDOW_CHUNKS)
    windows: list[_Window] = []
    for start in starts:
        after = start + _WINDOW_CHUNKS
        bounds: list[sql.Composable] = [sql.SQL("batch_id IS NOT NULL AND row_no IS NOT NULL")]
        if start:
            bounds.append(_bound(">=", claims[start]))
        if after < len(claims):
            bounds.append(_bound("<", claims[after]))
        windows.append((claims[start:after], sql.SQL(" AND ").join(bounds)))
    return windows


def _bound(comparison: str, claim: Claim) -> sql.Composable:
    return sql.SQL("(batch_id, row_no) " + comparison + " ({}::uuid, {})").format(
        claim.batch.decode(), claim.first
    )


def _bounds(claim: Claim | None) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
    """Return a claim's first place and the one after its last; without a claim nothing is compared."""
    return ((b"", 0), (b"", 0)) if claim is None else (claim.start, claim.end)


def _read_windows(
    connection: Connection, table: AppendOnlyTable, windows: Sequence[_Window], deleted: DeletedPlaces
) -> "_Reading":
    reading = _Reading({claim.batch for claims, _ in windows for claim in claims}, deleted)
    for claims, condition in windows:
        numbers = [claim.entry_no for claim in claims]
        chunks = {
            number: (bytes(salts), bytes(hashes))
            for number, salts, hashes in _QUERIES.chunks_of(connection, entry_nos=numbers)
        }
        rows = read_rows(connection, table=table.name, columns=table.columns, condition=condition)
        with closing(rows):
            reading.deal(rows, claims, chunks)
    return reading


class _Reading:
    """One pass over a table: rows are dealt to the claims they belong to; what belongs to none is loose."""

    def __init__(self, batches: set[bytes], deleted: DeletedPlaces) -> None:
        self._batches = batches
        self._places = deleted
        self.deleted: Counter[int] = Counter()
        self.emptied: Counter[int] = Counter()
        self._loose = 0
        self.rows = 0
        self.problems: list[Problem] = []
        self.faults: list[Fault] = []

    def deal(
        self, rows: Iterable[Row], claims: Sequence[Claim], chunks: Mapping[int, tuple[bytes, bytes]]
    ) -> None:
        """Take one window's rows, in order of batch and row number."""
        waiting = iter(claims)
        claim = next(waiting, None)
        start, end = _bounds(claim)
        held: list[Held] = []
        for batch, row_no, text in rows:
            self.rows += 1
            if _NULL in (batch, row_no):
                self._add_loose("row_inserted", batch, None, text)
                continue
            place = batch, int(row_no)
            while claim is not None and place >= end:
                self._close(claim, held, chunks)
                claim, held = next(waiting, None), []
                start, end = _bounds(claim)
            if claim is not None and place >= start:
                held.append((place[1], text))
            else:
                self._add_loose("row_inserted" if batch in self._batches else "batch_unknown", *place, text)
        while claim is not None:
            self._close(claim, held, chunks)
            claim, held = next(waiting, None), []

    def _add_loose(self, code: str, batch: bytes, row_no: int | None, text: bytes) -> None:
        self._loose += 1
        kept = text if self._loose <= _LOOSE_TEXTS_MAX else None
        self.faults.append(Fault(code=code, batch=batch, row_no=row_no, text=kept))

    def _close(self, claim: Claim, held: Sequence[Held], chunks: Mapping[int, tuple[bytes, bytes]]) -> None:
        """Judge a claim whose rows have all been met; one without its chunk has been named already."""
        if not claim.checkable or claim.entry_no not in chunks:
            return
        salts, hashes = chunks[claim.entry_no]
        if self._places.has(claim.batch):
            self.faults += self._still_there(claim, held)
            self._count_emptied(claim, held)
        if is_intact(claim, salts, hashes, held):
            return
        problems, faults = diagnose(claim, salts, hashes, held)
        self.problems += problems
        for fault in faults:
            record = (
                self._places.record_of(fault.batch, fault.row_no) if fault.code == "row_deleted" else None
            )
            if record is not None:
                self.deleted[record] += 1
            elif (told := self._as_emptied(fault)) is not None:
                self.faults.append(told)

    def _as_emptied(self, fault: Fault) -> Fault | None:
        """Return the fault; None if it is that values were deleted on record, or was named by that."""
        place = self._places.emptied(fault.batch, fault.row_no) if fault.code == "row_changed" else None
        if place is None or not place.rewritten:
            return fault
        if place.as_left or place.there:
            return None
        return replace(fault, detail=f"changed since values of it were deleted on record {place.record}")

    def _count_emptied(self, claim: Claim, held: Sequence[Held]) -> None:
        """Count the rows of which values were deleted on record and nothing else was changed."""
        for number, _ in held:
            place = self._places.emptied(claim.batch, number)
            if place is not None and not place.there and (place.as_left or not place.rewritten):
                self.emptied[place.record] += 1

    def _still_there(self, claim: Claim, held: Sequence[Held]) -> list[Fault]:
        """Return the rows that are on record as deleted and are there, or a value of them is."""
        emptied = [(number, text, self._places.emptied(claim.batch, number)) for number, text in held]
        values = [
            Fault(
                code="row_undeleted",
                batch=claim.batch,
                row_no=number,
                text=text,
                detail=f"a value that is on record {place.record} as deleted",
            )
            for number, text, place in emptied
            if place is not None and place.there
        ]
        return values + [
            Fault(
                code="row_undeleted",
                batch=claim.batch,
                row_no=number,
                text=text,
                detail=f"on record {record} as deleted",
            )
            for number, text in held
            if (record := self._places.record_of(claim.batch, number)) is not None
        ]
