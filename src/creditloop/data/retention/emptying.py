"""Emptying columns of a class whose time is over (按敏感级别到期清空): the row stays, its values go.

A column becomes null in its row; of an identifier the encrypted value is destroyed and the token stays, since
it names nobody and joins the sources. A row that is to be deleted whole is left to that. What a row held and
lost is on record, so that null by retention can be told from null as it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import LiteralString

from psycopg import sql
from psycopg.rows import TupleRow

from creditloop.data.contracts import PARTY_ID, ClassRetention, Column, Contract, Table, Versions
from creditloop.data.moments import last_instant
from creditloop.data.retention.guard import unguarded
from creditloop.data.retention.records import Deletion, EmptiedClass
from creditloop.data.source_tables import identifier, source_table_name
from creditloop.kernel.dates import add_months
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import AppendOnlyTable, Connection

_CHOSEN = (
    "SELECT * FROM (SELECT source.batch_id, source.row_no, source.{party} AS party,"
    " array_remove(ARRAY[{held}]::text[], NULL) AS columns FROM {table} AS source WHERE {condition}) AS due"
    " WHERE cardinality(columns) > 0"
)
_HELD = sql.SQL("CASE WHEN source.{column} IS NOT NULL THEN {name} END")
_SEALED = sql.SQL(
    "CASE WHEN EXISTS (SELECT FROM data.sealed_value AS value WHERE value.source_table = {table}"
    " AND value.column_name = {name} AND value.batch_id = source.batch_id"
    " AND value.row_no = source.row_no) THEN {name} END"
)
_SUPERSEDED = sql.SQL(
    "EXISTS (SELECT FROM {table} AS later WHERE {same_key} AND later.known_at > source.known_at"
    " AND later.known_at <= {until})"
)
_EMPTIED = sql.SQL(
    " emptied AS (UPDATE {table} AS source SET {nulls} FROM chosen WHERE source.batch_id = chosen.batch_id"
    " AND source.row_no = chosen.row_no AND chosen.columns && {plain}::text[]"
    " RETURNING source.batch_id, source.row_no, ROW({row})::text AS text),"
)
_NOTHING_EMPTIED = sql.SQL(
    " emptied AS (SELECT batch_id, row_no, NULL::text AS text FROM chosen WHERE false),"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredClass:
    """The values of one class in one table that are too old; the table is locked with those of the rows.

    Attributes:
        described: the table as it is in the database.
        rows_gone: which of its rows are deleted whole in the same run.
    """

    connection: Connection
    contract: Contract
    table: Table
    described: AppendOnlyTable
    retention: ClassRetention
    cut_day: date
    rows_gone: sql.Composable

    @property
    def name(self) -> str:
        """The table's name, with its schema."""
        return self.described.name

    def counted(self) -> EmptiedClass:
        """Count the rows, the parties, and the values by column."""
        rows = self._run("SELECT count(*), count(DISTINCT party) FROM ({chosen}) AS chosen")
        columns = self._run(
            "SELECT name, count(*) FROM ({chosen}) AS chosen, unnest(columns) AS name GROUP BY name"
        )
        return EmptiedClass(
            table=self.name,
            sensitivity=self.retention.sensitivity,
            cut_day=self.cut_day,
            months=self.retention.months,
            versions=self.retention.versions,
            basis=self.retention.basis.title,
            rows=rows[0][0],
            parties=rows[0][1],
            values={name: int(count) for name, count in sorted(columns)},
        )

    def empty(self, deletion: Deletion, *, first_row_no: int, expected: int) -> int:
        """Put on record which rows lose which values, and empty them; return how many rows.

        Raises: StateError if they are not as many as were counted.
        """
        with unguarded(self.connection, self.name):
            rows = self._run(
                "WITH chosen AS MATERIALIZED ({chosen}),"
                " destroyed AS (DELETE FROM data.sealed_value AS value USING chosen"
                "   WHERE value.source_table = {name} AND value.column_name = ANY ({sealed}::text[])"
                "   AND value.batch_id = chosen.batch_id AND value.row_no = chosen.row_no),"
                "{emptied}"
                " left_as AS MATERIALIZED (SELECT chosen.batch_id, chosen.row_no, columns, text,"
                "   CASE WHEN text IS NOT NULL THEN uuid_send(gen_random_uuid()) END AS salt"
                "   FROM chosen LEFT JOIN emptied USING (batch_id, row_no))"
                " INSERT INTO data.emptied_row (batch_id, row_no, deletion_no, table_name, source_batch_id,"
                "   source_row_no, columns, salt, left_hash)"
                " SELECT {batch}, {first} + row_number() OVER (ORDER BY batch_id, row_no) - 1, {number},"
                "   {name}, batch_id, row_no, columns, salt, sha256(salt || convert_to(text, 'UTF8'))"
                " FROM left_as RETURNING 1",
                name=sql.Literal(self.name),
                sealed=sql.Literal([one.name for one in self._columns if one.identifier is not None]),
                emptied=self._emptied(),
                batch=sql.Literal(deletion.batch_id),
                first=sql.Literal(first_row_no),
                number=sql.Literal(deletion.number),
            )
        if len(rows) != expected:
            raise StateError(
                "other rows were emptied than were counted: nothing is deleted",
                got=len(rows),
                expected=expected,
                where={"table": self.name, "class": self.retention.sensitivity},
            )
        return len(rows)

    @property
    def _columns(self) -> Sequence[Column]:
        return self.retention.columns_of(self.table)

    def _emptied(self) -> sql.Composable:
        """Return the step that makes columns of the table null; identifiers have none there."""
        plain = [one.name for one in self._columns if one.identifier is None]
        if not plain:
            return _NOTHING_EMPTIED
        return _EMPTIED.format(
            table=identifier(self.name),
            nulls=sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(name)) for name in plain),
            plain=sql.Literal(plain),
            row=row_columns(self.described),
        )

    def _chosen(self) -> sql.Composable:
        held = [
            (_HELD if one.identifier is None else _SEALED).format(
                column=sql.Identifier(one.name), name=sql.Literal(one.name), table=sql.Literal(self.name)
            )
            for one in self._columns
        ]
        return sql.SQL(_CHOSEN).format(
            party=sql.Identifier(PARTY_ID),
            held=sql.SQL(", ").join(held),
            table=identifier(self.name),
            condition=self._condition(),
        )

    def _condition(self) -> sql.Composable:
        """Return which rows are too old for the class: known before the cut day, superseded if so asked."""
        before, zone = self.cut_day - timedelta(days=1), self.contract.utc_offset_hours
        until = sql.Literal(last_instant(self.table, as_of=before, utc_offset_hours=zone))
        parts = [
            sql.SQL("source.known_at <= {}").format(until),
            sql.SQL("NOT ({})").format(self.rows_gone),
        ]
        if self.retention.versions is Versions.SUPERSEDED:
            same = [sql.SQL("later.{0} = source.{0}").format(sql.Identifier(name)) for name in self.table.key]
            parts.append(
                _SUPERSEDED.format(
                    table=identifier(self.name), same_key=sql.SQL(" AND ").join(same), until=until
                )
            )
        return sql.SQL(" AND ").join(parts)

    def _run(self, statement: LiteralString, **parts: sql.Composable) -> list[TupleRow]:
        return self.connection.execute(sql.SQL(statement).format(chosen=self._chosen(), **parts)).fetchall()


def row_columns(described: AppendOnlyTable) -> sql.Composable:
    """Return all columns of a source table, in order: what the hash of an emptied row is made of."""
    return sql.SQL(", ").join(sql.Identifier("source", name) for name in described.columns)


def expired_classes(
    connection: Connection,
    *,
    contract: Contract,
    described: Sequence[AppendOnlyTable],
    as_of: date,
    row_cut_day: date,
) -> list[ExpiredClass]:
    """Describe what of each class is too old, table by table; a table never imported is left out.

    Args:
        row_cut_day: rows that became known before it are deleted whole.
    """
    there = {one.name: one for one in described}
    zone, before = contract.utc_offset_hours, row_cut_day - timedelta(days=1)
    return [
        ExpiredClass(
            connection=connection,
            contract=contract,
            table=table,
            described=there[source_table_name(contract, table)],
            retention=retention,
            cut_day=add_months(as_of, -retention.months),
            rows_gone=sql.SQL("source.known_at <= {}").format(
                sql.Literal(last_instant(table, as_of=before, utc_offset_hours=zone))
            ),
        )
        for table in contract.tables
        if source_table_name(contract, table) in there
        for retention in contract.retention.by_class
        if retention.columns_of(table)
    ]
