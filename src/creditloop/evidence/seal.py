"""Sealing a batch (存证): its rows become signed entries of the log, in the transaction that wrote them.

Rows and entries are there together or not at all; `extend` takes the entries under a checkpoint after the
commit.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from psycopg import sql

from creditloop.evidence.entry import CHUNK_ROWS, RowsEntry, entry_hash
from creditloop.evidence.folder import EvidenceFolder
from creditloop.evidence.hashing import tree_root
from creditloop.evidence.rows import (
    SALT_SIZE,
    count_batch_rows,
    pin_settings,
    read_rows,
    row_hashes,
    row_prefix,
)
from creditloop.evidence.signature import Signer
from creditloop.evidence.state import read_last_checkpoint
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, EvidenceError
from creditloop.kernel.storage import AppendOnlyTable, Connection, copy_rows, load_queries

_QUERIES = load_queries("creditloop.evidence")

_WINDOW_ROWS = 256 * CHUNK_ROWS
"""Rows of a table read before entries are written: bounds memory to some 24 MB of salts and hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What sealing a batch did.

    Attributes:
        batch_id: the batch.
        entries: entries that seal it, also if an earlier call made them.
        rows: rows they seal, over all tables.
        repeated: the batch was sealed before; nothing was written.
    """

    batch_id: UUID
    entries: int
    rows: int
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealing:
    """What all entries of one call share."""

    connection: Connection
    signer: Signer
    checkpoint: int
    sealed_at: str
    made: "_Made"


@dataclass(slots=True)
class _Made:
    """Entries and their chunks that are not written yet."""

    entries: list[Sequence[object]] = field(default_factory=list)
    chunks: list[Sequence[object]] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A batch's rows in one table."""

    batch_id: UUID
    table: AppendOnlyTable
    rows: int


def seal_batch(
    connection: Connection,
    *,
    folder: EvidenceFolder,
    tables: Sequence[AppendOnlyTable],
    batch_id: UUID,
    now: datetime,
) -> Sealed:
    """Seal one batch; see `seal_batches`."""
    [sealed] = seal_batches(connection, folder=folder, tables=tables, batch_ids=[batch_id], now=now)
    return sealed


def seal_batches(
    connection: Connection,
    *,
    folder: EvidenceFolder,
    tables: Sequence[AppendOnlyTable],
    batch_ids: Sequence[UUID],
    now: datetime,
) -> list[Sealed]:
    """Seal batches' rows in the transaction that wrote them, in order; a repeat changes nothing.

    The rows are read back from the database, so what is sealed is what is stored. A table without rows in a
    batch gets no entry: rows that appear in it later are of a batch the log does not know for that table.

    Args:
        tables: every table the batches may have rows in.
        batch_ids: each once.
        now: the sealer's clock, written into the entries.
    Raises: ConflictingRepeat if a batch was sealed before with another number of rows in a table;
        EvidenceError if its rows are not numbered densely from 0, the folder's key did not sign the log's
        last entry, or the database's log is shorter than the signed checkpoint.
    """
    # 1. What there is to seal.
    _QUERIES.lock_log(connection)
    pin_settings(connection)
    names = [table.name for table in tables]
    counts = count_batch_rows(connection, tables=names, batch_ids=batch_ids)
    # 2. What of it was sealed before.
    done = {
        batch_id: _repeat(batch_id, {name: counts.get((batch_id, name), 0) for name in names}, sealed)
        for batch_id, sealed in _sealed_before(connection, batch_ids).items()
    }
    # 3. The rest goes on at the log's end.
    fresh = [
        _Part(batch_id=batch_id, table=table, rows=rows)
        for batch_id in batch_ids
        for table in tables
        if batch_id not in done and (rows := counts.get((batch_id, table.name), 0))
    ]
    if len(done) == len(batch_ids):
        return [done[batch_id] for batch_id in batch_ids]
    entries = _seal_parts(connection, folder, fresh, now)
    for batch_id in batch_ids:
        sealed_rows = sum(part.rows for part in fresh if part.batch_id == batch_id)
        new = Sealed(batch_id=batch_id, entries=entries[batch_id], rows=sealed_rows, repeated=False)
        done.setdefault(batch_id, new)
    return [done[batch_id] for batch_id in batch_ids]


def _seal_parts(
    connection: Connection, folder: EvidenceFolder, parts: Sequence[_Part], now: datetime
) -> Counter[UUID]:
    """Seal parts in order; return how many entries that makes of each batch."""
    sealing = _Sealing(
        connection=connection,
        signer=folder.signer(),
        checkpoint=read_last_checkpoint(folder).size,
        sealed_at=check_aware(now, name="now").isoformat(timespec="microseconds"),
        made=_Made(),
    )
    entries = Counter[UUID]()
    number = _next_number(sealing)
    for part in parts:
        after = _seal_rows(sealing, part, number)
        entries[part.batch_id] += after - number
        number = after
    _write(sealing)
    return entries


def _sealed_before(
    connection: Connection, batch_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[str, int, int]]]:
    """Return, for each batch that was sealed before, its tables with their rows and entries."""
    found: dict[UUID, list[tuple[str, int, int]]] = {}
    for batch_id, table, rows, entries in _QUERIES.sealed_counts(connection, batch_ids=list(batch_ids)):
        found.setdefault(batch_id, []).append((table, rows, entries))
    return found


def _repeat(batch_id: UUID, counts: dict[str, int], sealed: Sequence[tuple[str, int, int]]) -> Sealed:
    before = {table: rows for table, rows, _ in sealed}
    for table, count in counts.items():
        if count != before.get(table, 0):
            raise ConflictingRepeat(
                "the batch was sealed before with another number of rows",
                got=count,
                expected=before.get(table, 0),
                where={"table": table, "batch": batch_id},
            )
    entries = sum(entry_count for _, _, entry_count in sealed)
    return Sealed(batch_id=batch_id, entries=entries, rows=sum(before.values()), repeated=True)


def _next_number(sealing: _Sealing) -> int:
    """Return the number of the next entry, if the log's end is ours and not before the checkpoint."""
    end = _QUERIES.log_end(sealing.connection)
    number = 0 if end is None else int(end[0]) + 1
    if number < sealing.checkpoint:
        raise EvidenceError(
            "the database's log is shorter than the signed checkpoint",
            got=f"{number} entries",
            expected=f">= {sealing.checkpoint}",
            hint="the database was put back to an older state; verify names what is missing",
        )
    if end is not None and not sealing.signer.verifier.verify(end[1].encode(), end[2]):
        raise EvidenceError(
            "the log's last entry was not signed by this folder's key", where={"entry": end[0]}
        )
    return number


def _seal_rows(sealing: _Sealing, part: _Part, number: int) -> int:
    """Seal a batch's rows in a table, window by window; return the number after the last entry."""
    made = sealing.made
    for window in range(0, part.rows, _WINDOW_ROWS):
        first = window
        texts = _dense_texts(sealing.connection, part, window, min(window + _WINDOW_ROWS, part.rows))
        while chunk_texts := list(islice(texts, CHUNK_ROWS)):
            salts = os.urandom(SALT_SIZE * len(chunk_texts))
            hashes = row_hashes(salts, row_prefix(part.table.name), chunk_texts)
            body = _body(sealing, part, number, first, salts, hashes)
            made.entries.append((number, body, entry_hash(body), sealing.signer.sign(body.encode())))
            made.chunks.append((number, part.table.name, part.batch_id, first, salts, b"".join(hashes)))
            made.rows += len(chunk_texts)
            number, first = number + 1, first + len(chunk_texts)
        if made.rows >= _WINDOW_ROWS:
            _write(sealing)
    return number


def _dense_texts(connection: Connection, part: _Part, first: int, after: int) -> Iterator[bytes]:
    """Yield the texts of rows first..after-1 of the batch.

    Raises: EvidenceError at the first row number that is missing or there twice.
    """
    condition = sql.SQL("batch_id = {} AND row_no < {}").format(part.batch_id, after)
    if first:  # a negative number must not hide below the first window
        condition += sql.SQL(" AND row_no >= {}").format(first)
    rows = read_rows(connection, table=part.table.name, columns=part.table.columns, condition=condition)
    expected = first
    wrong: EvidenceError | None = None
    # to the end in any case: a COPY that is left early would break the transaction
    for _, row_no, text in rows:
        if wrong is None and int(row_no) != expected:
            wrong = _not_dense(part, expected, int(row_no))
        if wrong is None:
            expected += 1
            yield text
    if wrong is None and expected != after:
        wrong = _not_dense(part, expected, None)
    if wrong is not None:
        raise wrong


def _not_dense(part: _Part, expected: int, got: int | None) -> EvidenceError:
    return EvidenceError(
        "rows of a batch are not numbered densely from 0",
        got="nothing" if got is None else got,
        expected=expected,
        where={"table": part.table.name, "batch": part.batch_id, "row": expected},
    )


def _body(
    sealing: _Sealing,
    part: _Part,
    number: int,
    first: int,
    salts: bytes,
    hashes: Sequence[bytes],
) -> str:
    entry = RowsEntry(
        v=1,
        kind="rows",
        origin=sealing.signer.verifier.name,
        entry=number,
        checkpoint=sealing.checkpoint,
        sealed_at=sealing.sealed_at,
        table=part.table.name,
        batch=str(part.batch_id),
        first=first,
        count=len(hashes),
        batch_rows=part.rows,
        columns=part.table.columns,
        row_text="row text v1",
        rows_root=tree_root(hashes).hex(),
        salts_hash=hashlib.sha256(salts).hexdigest(),
    )
    return entry.body()


def _write(sealing: _Sealing) -> None:
    """Write what was made so far: small parts together, a large one window by window."""
    made = sealing.made
    copy_rows(
        sealing.connection,
        table="evidence.entry",
        columns=("entry_no", "body", "leaf_hash", "signature"),
        rows=made.entries,
    )
    copy_rows(
        sealing.connection,
        table="evidence.chunk",
        columns=("entry_no", "table_name", "batch_id", "first_row", "salts", "row_hashes"),
        rows=made.chunks,
    )
    made.entries.clear()
    made.chunks.clear()
    made.rows = 0
