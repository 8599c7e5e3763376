"""Rows of any sealed table (封存表), chosen, counted and added up: where every figure is clicked down to.

A table is named by the description evidence seals it by, a column by that description too, so no name a
visitor gives reaches the database unchecked; values are always parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import AppendOnlyTable, Connection

AMOUNT = "amount_fen"
LISTS = ("amounts_fen",)
"""Columns that hold the legs of an event, which add up to zero."""
SIDES = {"debit": sql.SQL("> 0"), "credit": sql.SQL("< 0")}
"""Debits are above zero, credits below; asked of a table with signed amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy:
    """Rows made in runs that name a document: of each run `table` has one row, in the batch of what it made.

    Attributes:
        columns: those of the run's row that may hold `document_hash`.
        since, until: if given, only runs by the rules of these days, half-open; the run says `rules_as_of`.
    """

    table: AppendOnlyTable
    columns: tuple[str, ...]
    document_hash: str
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows of a table are looked for; what is None does not choose.

    Attributes:
        where: column to the value it must have, written as text.
        absent: columns that must hold nothing.
        side: one of `SIDES`, of a table with an amount.
        made_by: the runs the rows were made in.
    """

    batch_id: UUID | None = None
    party_id: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    absent: Sequence[str] = ()
    side: str | None = None
    made_by: MadeBy | None = None

    @property
    def is_open(self) -> bool:
        """Whether it chooses nothing: every row is looked for."""
        chosen = (self.batch_id, self.party_id, self.side, self.made_by)
        return not self.where and not self.absent and all(one is None for one in chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many rows were chosen, and the sum of each column of amounts."""

    rows: int
    sums: Mapping[str, int]


def totals(connection: Connection, *, table: AppendOnlyTable, choice: Choice) -> Totals:
    """Count the chosen rows and add up their amounts.

    Raises: InputError if the table has no column that is chosen by.
    """
    amounts = [name for name in table.columns if name.endswith("_fen") and name not in LISTS]
    summed = [sql.SQL("coalesce(sum({}), 0)::bigint").format(sql.Identifier(name)) for name in amounts]
    chosen, given = _condition(table, choice)
    asked = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *summed]), _place(table), chosen
    )
    (row,) = _read(connection, asked, given)
    return Totals(rows=int(row[0]), sums=dict(zip(amounts, map(int, row[1:]), strict=True)))


def rows_of(
    connection: Connection, *, table: AppendOnlyTable, choice: Choice, most: int | None = None, skip: int = 0
) -> list[dict[str, Any]]:
    """Return the chosen rows by column, in order of the table's key."""
    chosen, given = _condition(table, choice)
    asked = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}, batch_id, row_no LIMIT {} OFFSET {}").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        _place(table),
        chosen,
        sql.SQL(", ").join(map(sql.Identifier, table.key)),
        sql.Literal(most),
        sql.Literal(skip),
    )
    return [dict(zip(table.columns, row, strict=True)) for row in _read(connection, asked, given)]


def batches_of(connection: Connection, *, table: AppendOnlyTable, choice: Choice) -> list[tuple[UUID, int]]:
    """Return the batches the chosen rows stand in, each with the number of those rows."""
    chosen, given = _condition(table, choice)
    asked = sql.SQL("SELECT batch_id, count(*) FROM {} WHERE {} GROUP BY batch_id ORDER BY batch_id")
    return [
        (batch, int(rows)) for batch, rows in _read(connection, asked.format(_place(table), chosen), given)
    ]


def counts_by(
    connection: Connection, *, table: AppendOnlyTable, choice: Choice, by: Sequence[str]
) -> list[tuple[tuple[Any, ...], int]]:
    """Count the chosen rows by the values of some columns, in the order of these; null comes last."""
    chosen, given = _condition(table, choice)
    asked = sql.SQL(
        "SELECT {columns}, count(*) FROM {place} WHERE {chosen} GROUP BY {columns} ORDER BY {columns}"
    )
    columns = sql.SQL(", ").join(map(sql.Identifier, _known(table, by)))
    found = _read(connection, asked.format(columns=columns, place=_place(table), chosen=chosen), given)
    return [(tuple(values), int(rows)) for *values, rows in found]


def sides_by(
    connection: Connection, *, table: AppendOnlyTable, choice: Choice, by: str
) -> dict[Any, tuple[int, int]]:
    """Add up debits and credits (both >= 0) of the chosen rows by the values of a column."""
    chosen, given = _condition(table, choice)
    column, amount = sql.Identifier(*_known(table, [by])), sql.Identifier(*_known(table, [AMOUNT]))
    asked = sql.SQL(
        "SELECT {column}, coalesce(sum({amount}) FILTER (WHERE {amount} > 0), 0)::bigint,"
        " coalesce(-sum({amount}) FILTER (WHERE {amount} < 0), 0)::bigint"
        " FROM {place} WHERE {chosen} GROUP BY {column}"
    ).format(column=column, amount=amount, place=_place(table), chosen=chosen)
    return {value: (int(debit), int(credit)) for value, debit, credit in _read(connection, asked, given)}


def _read(connection: Connection, asked: sql.Composed, given: Mapping[str, object]) -> list[Any]:
    """Ask the database.

    Raises: InputError for a value that a column it is compared with cannot have.
    """
    try:
        return connection.execute(asked, given).fetchall()
    except psycopg.DataError as error:
        raise InputError("not a value this column can have", got=dict(given)) from error


def _condition(table: AppendOnlyTable, choice: Choice) -> tuple[sql.Composable, dict[str, object]]:
    """Return what chosen rows fulfil, and its parameters."""
    parts: list[sql.Composable] = [sql.SQL("true")]
    given: dict[str, object] = {}
    for name, value in (("batch_id", choice.batch_id), ("party_id", choice.party_id)):
        if value is not None:
            parts.append(_equal(sql.Identifier(*_known(table, [name])), name))
            given[name] = value
    for number, (name, text) in enumerate(choice.where.items()):
        parts.append(_equal(sql.Identifier(*_known(table, [name])), f"value_{number}"))
        given[f"value_{number}"] = text
    for name in _known(table, choice.absent):
        parts.append(sql.SQL("{} IS NULL").format(sql.Identifier(name)))
    if choice.side is not None:
        if choice.side not in SIDES:
            raise InputError("not a side of a posting", got=choice.side, expected=list(SIDES))
        amount = sql.Identifier(*_known(table, [AMOUNT]))
        parts.append(sql.SQL("{} {}").format(amount, SIDES[choice.side]))
    if choice.made_by is not None:
        runs, named = _runs(choice.made_by)
        parts.append(runs)
        given |= named
    return sql.SQL(" AND ").join(parts), given


def _runs(made_by: MadeBy) -> tuple[sql.Composable, dict[str, object]]:
    """Return that a row's batch is of one of the runs, and the parameters."""
    columns = _known(made_by.table, made_by.columns)
    named: list[sql.Composable] = [_equal(sql.Identifier(name), "made_by") for name in columns]
    parts: list[sql.Composable] = [sql.SQL("({})").format(sql.SQL(" OR ").join(named))]
    given: dict[str, object] = {"made_by": made_by.document_hash}
    for name, sign, day in (("since", ">=", made_by.since), ("until", "<", made_by.until)):
        if day is not None:
            column = sql.Identifier(*_known(made_by.table, ["rules_as_of"]))
            parts.append(sql.SQL("{} {} {}").format(column, sql.SQL(sign), sql.Placeholder(name)))
            given[name] = day
    asked = sql.SQL("batch_id IN (SELECT batch_id FROM {} WHERE {})")
    return asked.format(_place(made_by.table), sql.SQL(" AND ").join(parts)), given


def _equal(column: sql.Composable, parameter: str) -> sql.Composable:
    return sql.SQL("{} = {}").format(column, sql.Placeholder(parameter))


def _known(table: AppendOnlyTable, names: Sequence[str]) -> Sequence[str]:
    """Return the names, all of them columns of the table.

    Raises: InputError naming one that is none.
    """
    for name in names:
        if name not in table.columns:
            raise InputError("the table has no such column", got=name, expected=list(table.columns))
    return names


def _place(table: AppendOnlyTable) -> sql.Composable:
    return sql.Identifier(*table.name.split("."))
