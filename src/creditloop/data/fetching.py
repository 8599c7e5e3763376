"""Fetching rows of a source table: as known by an instant, and only of those who consent where it is needed.

One statement reads consent and rows together, in one snapshot: a row whose party does not consent is never
sent, and the parties that are left out come back named, once each, after the rows.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import polars as pl
from psycopg import sql
from psycopg.rows import TupleRow

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

_ROWS = sql.SQL(
    "SELECT DISTINCT ON ({key}) {columns} FROM {table}"
    " WHERE known_at <= %(known_by)s AND (%(everybody)s OR party_id = ANY(%(parties)s))"
    " AND (%(from_the_beginning)s OR occurred_at >= %(occurred_from)s){consented}"
    " ORDER BY {key}, known_at DESC"
)
_WITH_CONSENT = sql.SQL(
    "WITH consented AS MATERIALIZED ("
    "  SELECT DISTINCT given.party_id FROM data.consent AS given"
    "  WHERE given.kind = 'given' AND (%(everybody)s OR given.party_id = ANY(%(parties)s))"
    "  AND %(contract)s = ANY(given.contracts) AND %(purpose)s = ANY(given.purposes)"
    "  AND given.valid_from <= %(now)s AND (given.valid_until IS NULL OR given.valid_until > %(now)s)"
    "  AND NOT EXISTS (SELECT FROM data.consent AS withdrawn"
    "    WHERE withdrawn.party_id = given.party_id AND withdrawn.kind = 'withdrawn'"
    "    AND withdrawn.consent_no > given.consent_no"
    "    AND %(contract)s = ANY(withdrawn.contracts) AND %(purpose)s = ANY(withdrawn.purposes))"
    ")"
    # a cursor runs in no parallel plan, so the rows come before those left out, in their order
    " SELECT *, false FROM ({rows}) AS given_rows"
    " UNION ALL SELECT {nothing}, true FROM ({asked}) AS asked"
    " WHERE NOT EXISTS (SELECT FROM consented WHERE consented.party_id = asked.party_id)"
)
_ASKED_BY_NAME = sql.SQL('SELECT DISTINCT unnest(%(parties)s::text[]) COLLATE "C" AS party_id')
_ASKED_ALL = sql.SQL(
    "SELECT DISTINCT party_id FROM {table} WHERE known_at <= %(known_by)s"
    " AND (%(from_the_beginning)s OR occurred_at >= %(occurred_from)s)"
)


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
    names = list(dict.fromkeys((*request.columns, PARTY_ID)))
    own = {column.name: DTYPES[column.type] for column in request.table.columns}
    schema = {name: {**_GIVEN_DTYPES, **own}[name] for name in names}
    frames, withheld = [pl.DataFrame(schema=schema)], []
    for fetched in _batches(connection, request, names):
        rows = fetched
        if request.consent_for is not None:
            withheld += [row[names.index(PARTY_ID)] for row in fetched if row[-1]]
            rows = [row for row in fetched if not row[-1]]
        # not zip(*rows), which would hold as many iterators as there are rows
        cells = (list(map(itemgetter(place), rows)) for place in range(len(names)))
        columns = zip(names, cells, strict=True)
        frames.append(pl.DataFrame([pl.Series(name, column, dtype=schema[name]) for name, column in columns]))
    return Fetched(frame=pl.concat(frames), withheld=tuple(withheld))


def _batches(connection: Connection, request: Request, names: Sequence[str]) -> Iterator[list[TupleRow]]:
    """Give the rows some at a time; those of one party at once, without the turns a cursor takes."""
    statement, parameters = _statement(request, names), _parameters(request)
    if request.party_ids is not None and len(request.party_ids) == 1:
        # not prepared: a plan for whatever is asked would go through the whole table
        with connection.cursor(binary=True) as at_once:
            yield at_once.execute(statement, parameters, prepare=False).fetchall()
        return
    with connection.cursor(name="read_table", binary=True) as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
            yield rows


def _statement(request: Request, names: Sequence[str]) -> sql.Composed:
    table = identifier(request.table_name)
    consented = " AND party_id IN (SELECT party_id FROM consented)" if request.consent_for else ""
    rows = _ROWS.format(
        key=sql.SQL(", ").join(map(sql.Identifier, request.table.key)),
        columns=sql.SQL(", ").join(_selected(name) for name in names),
        table=table,
        consented=sql.SQL(consented),
    )
    if request.consent_for is None:
        return rows
    return _WITH_CONSENT.format(
        rows=rows,
        nothing=sql.SQL(", ").join(sql.SQL(PARTY_ID if name == PARTY_ID else "NULL") for name in names),
        asked=_ASKED_ALL.format(table=table) if request.party_ids is None else _ASKED_BY_NAME,
    )


def _parameters(request: Request) -> dict[str, object]:
    contract, purpose = request.consent_for or ("", "")
    return {
        "known_by": request.known_by,
        "now": request.now,
        "everybody": request.party_ids is None,
        "parties": list(request.party_ids or ()),
        "from_the_beginning": request.occurred_from is None,
        "occurred_from": request.occurred_from,
        "contract": contract,
        "purpose": purpose,
    }


def _selected(name: str) -> sql.Composed:
    return sql.SQL("{}::text" if name == "batch_id" else "{}").format(sql.Identifier(name))
