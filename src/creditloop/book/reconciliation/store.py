"""Runs and breaks on record (对账记录): a break is opened once, seen again, closed by a person.

    1 let one run in; answer a repeat       3 open what is new, note what is still there
    2 sort what was found: new, open, settled    4 have the database check the run now

Two breaks are the same if record, loan, reference, lender and field are. Found again while it is open, a
break is only seen again, whatever its kind is now. Found again after it was closed, for a day on which it had
been seen, it stays closed if the sides say what they said, or if it has turned out late; else it is opened
anew. The caller owns the transaction.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl

from creditloop.book.reconciliation.breaks import BREAK_COLUMNS, KEY
from creditloop.book.reconciliation.comparing import Compared, Total
from creditloop.book.reconciliation.tables import BREAK_TABLE_COLUMNS, SIGHTING_COLUMNS
from creditloop.book.reconciliation.words import BreakKind, ClosingReason
from creditloop.kernel.canonical import canonical_bytes, content_hash
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, copy_rows, load_queries

_QUERIES = load_queries("creditloop.book.reconciliation")

STORED_COLUMNS: Mapping[str, pl.DataType] = {
    "break_no": pl.Int64(),
    **{name: BREAK_COLUMNS[name] for name in KEY},
    "opened_on": pl.Date(),
    **{name: dtype for name, dtype in BREAK_COLUMNS.items() if name not in KEY},
    "last_seen_on": pl.Date(),
    "simulated": pl.Boolean(),
    "reason": pl.String(),
    "note": pl.String(),
    "closed_by": pl.String(),
    "closed_at": pl.Datetime("us", "UTC"),
}
"""A break on record: as it was last seen, by a run over simulated (模拟) files or not.

reason to closed_at are null while it is open.
"""
_SAYS = ("book_says", "core_says", "money_says")
_NO_DAY = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A comparison of a day, on record.

    Attributes:
        inputs: what was compared: files with hash, rows and sums, and the hash of our own rows.
        breaks_seen: breaks it found that are open, the new ones among them.
        simulated: whether a file says of itself that it is made up (模拟).
        repeated: the same inputs were compared before; this is that run.
    """

    run_no: int
    batch_id: UUID
    business_date: date
    inputs: Mapping[str, object]
    totals: tuple[Total, ...]
    loans: int
    items: int
    breaks_seen: int
    simulated: bool
    ran_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a break was closed; `repeated` if it had been closed so before."""

    break_no: int
    reason: ClosingReason
    note: str
    closed_by: str
    closed_at: datetime
    batch_id: UUID
    repeated: bool


def record_run(
    connection: Connection,
    *,
    business_date: date,
    inputs: Mapping[str, object],
    compared: Compared,
    simulated: bool,
    now: datetime,
) -> Run:
    """Put a comparison on record: open its new breaks, note those still there; see the module.

    Args:
        inputs: canonical values that name everything compared; the same ones again are a repeat.
        now: aware.
    Raises: psycopg errors of the database's own checks only if this code is wrong.
    """
    check_aware(now, name="now")
    _QUERIES.lock_runs(connection)
    inputs_hash = content_hash(inputs)
    first = _QUERIES.find_run(connection, business_date=business_date, inputs_hash=inputs_hash)
    if first is not None:
        return _run(first, repeated=True)
    last_run, last_break = _QUERIES.last_numbers(connection)
    run_no, batch_id = last_run + 1, content_id("reconciliation_run", business_date, inputs_hash)
    seen = _sorted_out(connection, compared.breaks, business_date).with_columns(run_no=pl.lit(run_no))
    _QUERIES.defer_check(connection)
    _QUERIES.insert_run(
        connection,
        batch_id=batch_id,
        run_no=run_no,
        business_date=business_date,
        inputs=canonical_bytes(inputs).decode(),
        inputs_hash=inputs_hash,
        totals=canonical_bytes([asdict(total) for total in compared.totals]).decode(),
        loans=compared.loans,
        items=compared.items,
        breaks_seen=seen.height,
        simulated=int(simulated),
        ran_at=now,
    )
    fresh = seen.filter(pl.col("break_no").is_null()).with_columns(
        break_no=last_break + 1 + pl.int_range(pl.len()), opened_on=pl.lit(business_date)
    )
    _write(connection, "book.reconciliation_break", BREAK_TABLE_COLUMNS, fresh, batch_id)
    sightings = pl.concat([seen.filter(pl.col("break_no").is_not_null()), fresh], how="diagonal_relaxed")
    _write(connection, "book.reconciliation_sighting", SIGHTING_COLUMNS, sightings.sort("break_no"), batch_id)
    _QUERIES.check_now(connection)
    found = _QUERIES.find_run(connection, business_date=business_date, inputs_hash=inputs_hash)
    return _run(found, repeated=False)


def find_last_run(connection: Connection, *, business_date: date | None = None) -> Run:
    """Return the last run of a day, or of all days.

    Raises: UnknownId if there was none.
    """
    row = _QUERIES.find_last_run(connection, business_date=business_date)
    if row is None:
        raise UnknownId("nothing was reconciled yet", got=business_date, hint="creditloop reconcile run")
    return _run(row, repeated=True)


def find_breaks(connection: Connection, *, closed_seen_since: date | None = None) -> pl.DataFrame:
    """Return the open breaks by number (`STORED_COLUMNS`); with a day, also those closed, last seen since."""
    rows = _QUERIES.find_breaks(
        connection,
        with_open=True,
        closed_seen_since=_NO_DAY if closed_seen_since is None else closed_seen_since,
    )
    return pl.DataFrame(list(rows), schema=STORED_COLUMNS, orient="row")


def close_break(
    connection: Connection, *, break_no: int, reason: ClosingReason, note: str, closed_by: str, now: datetime
) -> Closing:
    """Close a break; the same closing again returns the first.

    Raises: UnknownId if there is no such break; InputError without a note or a name; ConflictingRepeat if it
        was closed otherwise.
    """
    check_aware(now, name="now")
    if not note.strip() or not closed_by.strip():
        raise InputError("a closing says why and who", got=f"note {note!r}, by {closed_by!r}")
    _QUERIES.lock_runs(connection)
    if _QUERIES.find_break(connection, break_no=break_no) is None:
        raise UnknownId("there is no such break", got=break_no, hint="creditloop reconcile breaks")
    batch_id = content_id("reconciliation_closing", break_no)
    first = _QUERIES.find_closing(connection, break_no=break_no)
    if first is not None:
        if first[1:4] != (reason.value, note, closed_by):
            raise ConflictingRepeat(
                "the break was closed before, otherwise",
                got=f"{reason.value}, {note!r}, by {closed_by}",
                expected=f"{first[1]}, {first[2]!r}, by {first[3]}",
                where={"break": break_no},
            )
    else:
        _QUERIES.insert_closing(
            connection,
            batch_id=batch_id,
            break_no=break_no,
            reason=reason.value,
            note=note,
            closed_by=closed_by,
            closed_at=now,
        )
    return Closing(
        break_no=break_no,
        reason=reason,
        note=note,
        closed_by=closed_by,
        closed_at=now if first is None else first[4],
        batch_id=batch_id,
        repeated=first is not None,
    )


def _sorted_out(connection: Connection, found: pl.DataFrame, business_date: date) -> pl.DataFrame:
    """Return what was found with the number of its open break, null if it is new; without what is settled."""
    first_day: date = found["day"].min() or business_date  # type: ignore[assignment]  # a column of days
    known = find_breaks(connection, closed_seen_since=first_day)
    is_open = pl.col("reason").is_null()
    standing = known.filter(is_open).select("break_no", *KEY)
    settled = known.filter(~is_open).select(
        *KEY, "last_seen_on", *(pl.col(n).alias(f"old_{n}") for n in _SAYS)
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"old_{name}")) for name in _SAYS)
    again = found.join(settled, on=KEY, how="inner").filter(
        (pl.col("day") <= pl.col("last_seen_on")) & (same | (pl.col("kind") == BreakKind.LATE.value))
    )
    open_now = found.join(standing, on=KEY, how="left")
    return open_now.join(
        again.join(standing, on=KEY, how="anti").select(KEY).unique(), on=KEY, how="anti"
    ).sort(KEY)


def _write(
    connection: Connection, table: str, columns: tuple[str, ...], frame: pl.DataFrame, batch_id: UUID
) -> None:
    numbered = frame.with_columns(batch_id=pl.lit(str(batch_id)), row_no=pl.int_range(pl.len()))
    copy_rows(connection, table=table, columns=columns, rows=numbered.select(columns).iter_rows())


def _run(row: tuple[object, ...], *, repeated: bool) -> Run:
    run_no, batch_id, business_date, inputs, totals, loans, items, seen, simulated, ran_at = row
    return Run(
        run_no=run_no,  # type: ignore[arg-type]  # a row of the table it was made for
        batch_id=batch_id,  # type: ignore[arg-type]
        business_date=business_date,  # type: ignore[arg-type]
        inputs=json.loads(str(inputs)),
        totals=tuple(_total(total) for total in json.loads(str(totals))),
        loans=loans,  # type: ignore[arg-type]
        items=items,  # type: ignore[arg-type]
        breaks_seen=seen,  # type: ignore[arg-type]
        simulated=bool(simulated),
        ran_at=ran_at,  # type: ignore[arg-type]
        repeated=repeated,
    )


def _total(said: Mapping[str, str | int | None]) -> Total:
    """Return a total; canonical JSON writes large numbers as text."""
    numbers = {
        name: None if value is None else int(value) for name, value in said.items() if name != "measure"
    }
    return Total(measure=str(said["measure"]), **numbers)  # type: ignore[arg-type]
