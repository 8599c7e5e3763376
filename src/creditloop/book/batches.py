"""A batch: what is posted at once, whole or not at all; asked for again, it returns the first result.

A batch declares its totals before its rows are copied; the database compares them with what is there, and
checks sums, sequences and hashes, before `write_batch` returns and again not later than at commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import polars as pl
import psycopg
from psycopg.pq import TransactionStatus

from creditloop.book.accounts import EventKind
from creditloop.book.events import Entries
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import BookError, ConflictingRepeat, InputError, StateError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.money import FEN_MAX, Fen
from creditloop.kernel.storage import Connection, copy_frame, load_queries

_SQL = "creditloop.book"


class BatchKind(StrEnum):
    """What a batch is: opening balances taken over, or a month's statements."""

    OPENING = "opening"
    STATEMENT_MONTH = "statement_month"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """What is asked for.

    Attributes:
        batch_key: names the request; the batch's id is made from it.
        booking_date: the day the bank enters it, kept with a new batch; a repeat may come with another.
        now: the moment of asking, likewise.
        rows_hash: SHA-256 of the rows handed in.
        row_count: how many they are.
    """

    batch_key: str
    kind: BatchKind
    dates: Dates
    booking_date: date
    now: datetime
    currency: str
    rows_hash: str
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedBatch:
    """What a posting did, or had done the first time it was asked for.

    Attributes:
        dates: the day the statement closed and the day whose rules were in force.
        booking_date: the day the bank entered it.
        posted_at: when it was posted the first time (UTC).
        rows_hash: SHA-256 of the rows handed in.
        row_count: rows handed in, one a customer.
        event_amount_abs_fen: sum of the absolute amounts of the events; likewise for the postings.
        event_counts: events per kind; kinds without any are left out.
        change_fen: per kind, the signed change of what customers owe.
        repeated: this very batch was there already and nothing was written.
    """

    batch_id: UUID
    batch_key: str
    kind: BatchKind
    dates: Dates
    booking_date: date
    posted_at: datetime
    currency: str
    rows_hash: str
    row_count: int
    event_count: int
    posting_count: int
    event_amount_abs_fen: Fen
    posting_amount_abs_fen: Fen
    event_counts: Mapping[EventKind, int]
    change_fen: Mapping[EventKind, Fen]
    repeated: bool


def batch_id_from_key(batch_key: str) -> UUID:
    """Return the id of the batch that a key names."""
    return content_id("book_batch", batch_key)


def find_batch(connection: Connection, *, batch_key: str) -> PostedBatch:
    """Return what a batch holds.

    Raises: UnknownId if nothing was posted under the key.
    """
    found = _find(connection, batch_key)
    if found is None:
        raise UnknownId("no batch was posted under this key", got=batch_key)
    return found


def is_posted(connection: Connection, *, batch_key: str) -> bool:
    """Say whether a batch was posted under a key; unlike `find_batch` it does not add the events up."""
    found = load_queries(_SQL).find_batch(connection, batch_id=batch_id_from_key(batch_key))
    return found is not None


def first_result(connection: Connection, request: BatchRequest) -> PostedBatch | None:
    """Let this writer in alone until the caller's transaction ends, and return the first result of a repeat.

    Raises: StateError if there is no transaction to write in; ConflictingRepeat if the key was used with
        other content.
    """
    if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        raise StateError("posting needs a transaction of the caller's", got="a connection in autocommit")
    load_queries(_SQL).lock_book(connection)
    first = _find(connection, request.batch_key)
    if first is None:
        return None
    for name in ("kind", "dates", "currency", "row_count", "rows_hash"):
        if getattr(first, name) != getattr(request, name):
            raise ConflictingRepeat(
                f"this batch was posted before with another {name.replace('_', ' ')}",
                got=getattr(request, name),
                expected=getattr(first, name),
                where={"batch": request.batch_key},
            )
    return replace(first, repeated=True)


def write_batch(connection: Connection, request: BatchRequest, entries: Entries) -> PostedBatch:
    """Write a new batch and have the database check it now.

    Raises: BookError if a total does not fit, or the database refuses the batch (it says why).
    """
    batch_id = batch_id_from_key(request.batch_key)
    queries = load_queries(_SQL)
    try:
        queries.defer_check(connection)
        queries.insert_currency(connection, batch_id=batch_id, code=request.currency)
        _declare(connection, request, entries, batch_id)
        copy_frame(connection, table="book.event", frame=_numbered(entries.events, batch_id))
        copy_frame(connection, table="book.posting", frame=_numbered(entries.postings, batch_id))
        queries.check_now(connection)
    except psycopg.IntegrityError as error:
        raise BookError(
            "the database refuses the batch: nothing is posted",
            got=error.diag.message_primary,
            where={"batch": request.batch_key},
        ) from error
    return find_batch(connection, batch_key=request.batch_key)


def check_currency_of_book(connection: Connection, currency: str) -> None:
    """Refuse a currency other than the one the book is kept in.

    Raises: InputError.
    """
    kept = load_queries(_SQL).find_currency(connection)
    if kept is not None and kept[0] != currency:
        raise InputError("the book is kept in another currency", got=currency, expected=kept[0])


def _find(connection: Connection, batch_key: str) -> PostedBatch | None:
    queries = load_queries(_SQL)
    batch_id = batch_id_from_key(batch_key)
    row = queries.find_batch(connection, batch_id=batch_id)
    if row is None:
        return None
    kind, business_date, rules_as_of, booking_date, posted_at, currency, rows_hash, row_count, *totals = row
    kinds = list(queries.find_events_by_kind(connection, batch_id=batch_id))
    event_count, posting_count, event_amount_abs_fen, posting_amount_abs_fen = totals
    return PostedBatch(
        batch_id=batch_id,
        batch_key=batch_key,
        kind=BatchKind(kind),
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        booking_date=booking_date,
        posted_at=posted_at,
        currency=currency,
        rows_hash=rows_hash,
        row_count=row_count,
        event_count=event_count,
        posting_count=posting_count,
        event_amount_abs_fen=Fen(event_amount_abs_fen),
        posting_amount_abs_fen=Fen(posting_amount_abs_fen),
        event_counts=MappingProxyType({EventKind(name): count for name, count, _ in kinds}),
        change_fen=MappingProxyType({EventKind(name): Fen(int(change)) for name, _, change in kinds}),
        repeated=False,
    )


def _declare(connection: Connection, request: BatchRequest, entries: Entries, batch_id: UUID) -> None:
    load_queries(_SQL).insert_batch(
        connection,
        batch_id=batch_id,
        batch_key=request.batch_key,
        kind=request.kind,
        business_date=request.dates.business_date,
        rules_as_of=request.dates.rules_as_of,
        booking_date=request.booking_date,
        posted_at=request.now,
        currency=request.currency,
        rows_hash=request.rows_hash,
        row_count=request.row_count,
        event_count=entries.events.height,
        posting_count=entries.postings.height,
        event_amount_abs_fen=_amount_abs(entries.events),
        posting_amount_abs_fen=_amount_abs(entries.postings),
    )


def _amount_abs(frame: pl.DataFrame) -> int:
    total: int = sum(map(abs, frame["amount_fen"].to_list()))
    if total > FEN_MAX:
        raise BookError(
            "the batch's amounts add up to more than the book can hold", got=total, expected=FEN_MAX
        )
    return total


def _numbered(frame: pl.DataFrame, batch_id: UUID) -> pl.DataFrame:
    return frame.with_row_index("row_no").with_columns(batch_id=pl.lit(str(batch_id)))
