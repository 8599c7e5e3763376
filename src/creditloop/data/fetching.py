"""Fetching rows of a source table: as known by an instant, and only of those who consent where it is needed.

One statement reads consent and rows together, in one snapshot: a row whose party does not consent is never
sent, and the parties that are left out come back named, once each, after the rows. The text of a statement is
composed once for each shape of request; what is asked of whom goes into its parameters.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

import polars as pl
from psycopg import sql
from psycopg.rows import TupleRow

from creditloop.data.consents import consenting_query
from creditloop.data.contracts import PARTY_ID, Table
from creditloop.data.moments import INSTANT
from creditloop.data.shaping import DTYPES
from creditloop.data.source_tables import identifier
from creditloop.kernel.dates import check_aware
from creditloop.kernel.storage import Connection

_GIVEN_DTYPES: dict[str, pl.DataType] = {
    "batch_id": pl.String(),
    "row_no": pl.Int64(),
    "source_row": pl.Int64(),
    PARTY_ID: pl.String(),
    "occurred_at": INSTANT,
    "known_at": INSTANT,
}
_FETCHED_AT_ONCE = 50_000
_STATEMENTS_KEPT = 512
"""Texts kept: one for each choice of columns of a table."""

_LATEST = sql.SQL(
    "SELECT DISTINCT ON ({key}) {columns} FROM {table}"
    " WHERE known_at <= %(known_by)s AND (%(everybody)s OR party_id = ANY(%(party_ids)s)){consented}"
    " ORDER BY {key}, known_at DESC"
)
# of the latest versions: a correction that moves an event back must not bring the earlier version to light
_SINCE = sql.SQL("SELECT {names} FROM ({latest}) AS latest WHERE since >= %(occurred_from)s")
_WITH_CONSENT = sql.SQL(
    "WITH consented AS MATERIALIZED ({consenting})"
    # a cursor runs in no parallel plan, so the rows come before those left out, in their order
    " SELECT *, false FROM ({rows}) AS given_rows"
    " UNION ALL SELECT {nothing}, true FROM ({asked}) AS asked"
    " WHERE NOT EXISTS (SELECT FROM consented WHERE consented.party_id = asked.party_id)"
)
_EVERYBODY = sql.SQL("")
_CONSENTED = sql.SQL(" AND party_id IN (SELECT party_id FROM consented)")
_ASKED_BY_NAME = sql.SQL('SELECT DISTINCT unnest(%(party_ids)s::text[]) COLLATE "C" AS party_id')
_ASKED_ALL = sql.SQL("SELECT DISTINCT party_id FROM {table} WHERE known_at <= %(known_by)s")
_ASKED_SINCE = sql.SQL("SELECT DISTINCT party_id FROM ({rows}) AS rows_of_all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which rows are asked for.

    Attributes:
        table_name: with its schema.
        columns: those wanted; the party's id is fetched with them.
        consent_for: contract and purpose for which the parties must consent; None if nobody need.
        party_ids: only these parties; None reads all.
        occurred_from: only rows that occurred then or later; None reads all.
    """

    table: Table
    table_name: str
    columns: Sequence[str]
    known_by: datetime
    now: datetime
    consent_for: tuple[str, str] | None
    party_ids: Collection[str] | None
    occurred_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The rows, by key, and the parties left out because they do not consent.

    Who was asked for by name is left out whether anything is known of them or not.
    """

    frame: pl.DataFrame
    withheld: tuple[str, ...]


def fetch(connection: Connection, *, request: Request) -> Fetched:
    """Read the latest version known by then of each key."""
    if request.occurred_from is not None:
        check_aware(request.occurred_from, name="occurred_from")
    names = tuple(dict.fromkeys((*request.columns, PARTY_ID)))
    own = {column.name: DTYPES[column.type] for column in request.table.columns}
    schema = {name: {**_GIVEN_DTYPES, **own}[name] for name in names}
    frames: list[pl.DataFrame] = []
    withheld: list[str] = []
    for fetched in _batches(connection, request, names):
        rows = fetched
        if request.consent_for is not None:
            withheld += [row[names.index(PARTY_ID)] for row in fetched if row[-1]]
            rows = [row for row in fetched if not row[-1]]
        # not zip(*rows), which would hold as many iterators as there are rows
        cells = (list(map(itemgetter(place), rows)) for place in range(len(names)))
        columns = zip(names, cells, strict=True)
        frames.append(pl.DataFrame([pl.Series(name, column, dtype=schema[name]) for name, column in columns]))
    whole = frames[0] if len(frames) == 1 else pl.concat([pl.DataFrame(schema=schema), *frames])
    return Fetched(frame=whole, withheld=tuple(withheld))


def fetch_party(connection: Connection, *, request: Request) -> list[TupleRow] | None:
    """Read the same of one party as rows of `request.columns`; None if it must consent and does not."""
    names = tuple(request.columns)
    rows = _at_once(connection, request, names)
    if request.consent_for is None:
        return rows
    return None if any(row[-1] for row in rows) else [row[:-1] for row in rows]


def _batches(connection: Connection, request: Request, names: tuple[str, ...]) -> Iterator[list[TupleRow]]:
    """Give the rows some at a time; those of one party at once, without the turns a cursor takes."""
    if request.party_ids is not None and len(request.party_ids) == 1:
        yield _at_once(connection, request, names)
        return
    with connection.cursor(name="read_table", binary=True) as cursor:
        cursor.execute(_statement(_shape(request, names)), _parameters(request))
        while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
            yield rows


def _at_once(connection: Connection, request: Request, names: tuple[str, ...]) -> list[TupleRow]:
    # not prepared: a plan for whatever is asked would go through the whole table
    with connection.cursor(binary=True) as cursor:
        statement = _statement(_shape(request, names))
        return cursor.execute(statement, _parameters(request), prepare=False).fetchall()


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the text of a statement depends on: nothing of whom is asked about, nor when."""

    table_name: str
    key: tuple[str, ...]
    names: tuple[str, ...]
    consented: bool
    by_name: bool
    since: bool


def _shape(request: Request, names: tuple[str, ...]) -> _Shape:
    return _Shape(
        table_name=request.table_name,
        key=request.table.key,
        names=names,
        consented=request.consent_for is not None,
        by_name=request.party_ids is not None,
        since=request.occurred_from is not None,
    )


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _statement(shape: _Shape) -> bytes:
    if not shape.consented:
        return _rows(shape, shape.names).as_bytes(None)
    nothing = (sql.SQL(PARTY_ID if name == PARTY_ID else "NULL") for name in shape.names)
    return _WITH_CONSENT.format(
        consenting=sql.SQL(consenting_query()),
        rows=_rows(shape, shape.names, consented=_CONSENTED),
        nothing=sql.SQL(", ").join(nothing),
        asked=_asked(shape),
    ).as_bytes(None)


def _rows(shape: _Shape, names: Sequence[str], *, consented: sql.Composable = _EVERYBODY) -> sql.Composed:
    """Return the statement that reads the latest versions, of those the latest since an instant."""
    since = [sql.SQL("occurred_at AS since")] if shape.since else []
    latest = _LATEST.format(
        key=sql.SQL(", ").join(map(sql.Identifier, shape.key)),
        columns=sql.SQL(", ").join([*map(_selected, names), *since]),
        table=identifier(shape.table_name),
        consented=consented,
    )
    if not since:
        return latest
    return _SINCE.format(names=sql.SQL(", ").join(map(sql.Identifier, names)), latest=latest)


def _asked(shape: _Shape) -> sql.Composable:
    """Return the statement that names whom the read is about, whether they consent or not."""
    if shape.by_name:
        return _ASKED_BY_NAME
    if not shape.since:
        return _ASKED_ALL.format(table=identifier(shape.table_name))
    return _ASKED_SINCE.format(rows=_rows(shape, [PARTY_ID]))


def _parameters(request: Request) -> dict[str, object]:
    contract, purpose = request.consent_for or ("", "")
    return {
        "known_by": request.known_by,
        "at": request.now,
        "everybody": request.party_ids is None,
        "party_ids": list(request.party_ids or ()),
        "occurred_from": request.occurred_from,
        "contract": contract,
        "purpose": purpose,
    }


def _selected(name: str) -> sql.Composed:
    return sql.SQL("{}::text" if name == "batch_id" else "{}").format(sql.Identifier(name))
