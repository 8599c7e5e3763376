"""Where a file's rows wait until all of it has been read: temporary tables, then one move.

Only when the whole file is there can it be said which keys stand twice and which were loaded before:
    1 rows whose key and known_at stand earlier in the file become findings; the first stays
    2 rows that were loaded before, equal in every column, are counted as unchanged
    3 rows that were loaded before with other content become findings, one for each column that differs
    4 the rest is moved, numbered in the order of the file; its encrypted identifiers to `data.sealed_value`
Identifiers are encrypted before they are put aside: no table ever holds one in clear, temporary or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import polars as pl
from psycopg import Cursor, sql
from psycopg.rows import TupleRow

from creditloop.data.checks import is_masked
from creditloop.data.contracts import PARTY_ID, Column, ColumnType, Contract, Effect, EqualButFor, Table
from creditloop.data.findings import (
    CODES,
    CONFLICTING_REPEAT,
    DUPLICATE_KEY,
    finding_frame,
    joined,
    shown,
)
from creditloop.data.identifiers import KeyRing, identifiers_of, stored_columns, with_sealed
from creditloop.data.source_tables import identifier, source_table_name
from creditloop.kernel.storage import Connection, copy_frame

_ROWS = ("source_row", PARTY_ID, "occurred_at", "known_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCount:
    """What became of a table's rows: moved in, or there before and equal."""

    loaded: int
    unchanged: int


class Staging:
    """The temporary tables of one import; use as a context, which drops them."""

    def __init__(self, connection: Connection, *, contract: Contract, keys: KeyRing | None) -> None:
        self._connection = connection
        self._contract = contract
        self._keys = keys
        self._rows = dict.fromkeys((table.name for table in contract.tables), 0)

    def __enter__(self) -> "Staging":
        for table in self._contract.tables:
            self._run(
                "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS"
                " SELECT 0::bigint AS ordinal, {columns}{sealed} FROM {target} WITH NO DATA",
                table,
                sealed=sql.SQL("").join(_each(", NULL::text AS {}", _names(identifiers_of(table)))),
            )
        self._connection.execute(
            "CREATE TEMPORARY TABLE staged_digest (rule_id text, source_row bigint, digest text)"
            " ON COMMIT DROP"
        )
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:  # after an error the transaction is rolled back, and the tables with it
            for table in self._contract.tables:
                self._run("DROP TABLE {stage}", table)
            self._connection.execute("DROP TABLE pg_temp.staged_digest")

    def add(self, tables: Mapping[str, pl.DataFrame], digests: pl.DataFrame) -> None:
        """Put a batch's rows aside, in order."""
        for table in self._contract.tables:
            name, frame = table.name, tables[table.name]
            closed = with_sealed(
                frame, table=table, source_table=source_table_name(self._contract, table), keys=self._keys
            )
            numbered = closed.with_row_index("ordinal", offset=self._rows[name])
            self._rows[name] += frame.height
            copy_frame(self._connection, table=f"pg_temp.stage_{name}", frame=numbered)
        if digests.height:
            copy_frame(self._connection, table="pg_temp.staged_digest", frame=digests)

    def repeated_rows(self, rule: EqualButFor) -> pl.DataFrame:
        """Return a finding for each source row that repeats an earlier one under a file rule."""
        rows = self._connection.execute(
            "SELECT source_row, first_row FROM (SELECT source_row, min(source_row) OVER (PARTITION BY digest)"
            " AS first_row FROM pg_temp.staged_digest WHERE rule_id = %s) AS numbered"
            " WHERE source_row > first_row ORDER BY source_row",
            (rule.rule_id,),
        ).fetchall()
        return finding_frame(
            source_rows=pl.Series([row for row, _ in rows], dtype=pl.Int64),
            got=pl.Series([f"equal to row {first}" for _, first in rows], dtype=pl.String),
            table=None,
            field="all columns but " + ", ".join(sorted(rule.columns)),
            code=rule.code,
            expected="a row of its own",
            effect=Effect.KEEP,
            meaning=rule.meaning,
            masked=False,
        )

    def clashes(self, table: Table, *, most: int) -> pl.DataFrame:
        """Take out rows whose key stands earlier in the file or was loaded with other content; say which.

        Args:
            most: clashes of `most + 1` source rows are told of each kind; more refuse the file anyway.
        """
        limit = (most + 1) * max(1, len(table.repetitions))
        self._run("ANALYZE {stage}", table)
        duplicates = self._duplicates(table, limit)
        if duplicates.height:
            self._run(
                "DELETE FROM {stage} AS new USING (SELECT ordinal, min(ordinal) OVER (PARTITION BY {key})"
                " AS first_ordinal FROM {stage}) AS numbered"
                " WHERE new.ordinal = numbered.ordinal AND numbered.ordinal > numbered.first_ordinal",
                table,
            )
        conflicts = self._conflicts(table, limit)
        if any(frame.height for frame in conflicts):
            self._run(
                "DELETE FROM {stage} AS new USING {target} AS old WHERE {same_key} AND {other_content}", table
            )
        return joined([duplicates, *conflicts])

    def move(self, table: Table, *, batch_id: UUID) -> TableCount:
        """Move what is left into the source table, but for rows that are there already."""
        unchanged = self._run("DELETE FROM {stage} AS new USING {target} AS old WHERE {same_key}", table)
        loaded = self._run(
            "INSERT INTO {target} (batch_id, row_no, {columns})"
            " SELECT {batch_id}, row_number() OVER (ORDER BY ordinal) - 1, {columns} FROM {stage}"
            " ORDER BY ordinal",
            table,
            batch_id=sql.Literal(batch_id),
        )
        for column in identifiers_of(table):
            self._move_sealed(table, column.name, batch_id)
        return TableCount(loaded=loaded.rowcount, unchanged=unchanged.rowcount)

    def _move_sealed(self, table: Table, column: str, batch_id: UUID) -> None:
        assert self._keys is not None, "rows with identifiers are not put aside without keys"
        self._run(
            "INSERT INTO data.sealed_value (source_table, column_name, batch_id, row_no, key_no, sealed)"
            " SELECT {source_table}, {column}, {batch_id}, row_no, {key_no}, sealed FROM (SELECT"
            " {name} AS sealed, row_number() OVER (ORDER BY ordinal) - 1 AS row_no FROM {stage}) AS numbered"
            " WHERE sealed IS NOT NULL",
            table,
            source_table=sql.Literal(source_table_name(self._contract, table)),
            column=sql.Literal(column),
            name=sql.Identifier(column),
            batch_id=sql.Literal(batch_id),
            key_no=sql.Literal(self._keys.newest.number),
        )

    def _duplicates(self, table: Table, limit: int) -> pl.DataFrame:
        rows = self._run(
            "SELECT source_row, concat_ws(', ', {key}) FROM (SELECT *, min(ordinal) OVER (PARTITION BY {key})"
            " AS first_ordinal FROM {stage}) AS numbered WHERE ordinal > first_ordinal"
            " ORDER BY ordinal LIMIT {limit}",
            table,
            limit=sql.Literal(limit),
        ).fetchall()
        return self._clash(
            [row for row, _ in rows],
            pl.Series([key for _, key in rows], dtype=pl.String),
            table=table,
            field=", ".join((*table.key, "known_at")),
            code=DUPLICATE_KEY,
            masked=self._key_is_masked(table),
        )

    def _conflicts(self, table: Table, limit: int) -> list[pl.DataFrame]:
        stored = stored_columns(self._contract, table)
        names = ["occurred_at", *_names(stored)]
        rows = self._run(
            "SELECT new.source_row, ARRAY[{new_texts}], ARRAY[{old_texts}] FROM {stage} AS new"
            " JOIN {target} AS old ON {same_key} WHERE {other_content} ORDER BY new.ordinal LIMIT {limit}",
            table,
            new_texts=_listed("new.{}::text", names),
            old_texts=_listed("old.{}::text", names),
            limit=sql.Literal(limit),
        ).fetchall()
        found = []
        for at, name in enumerate(names):
            changed = [(row, new[at], old[at]) for row, new, old in rows if new[at] != old[at]]
            column = None if name == "occurred_at" else table.columns[at - 1]
            masked = column is not None and is_masked(column.sensitivity, protected=column.protected)
            kind = ColumnType.INSTANT if column is None else column.type
            got = _shown([new for _, new, _ in changed], kind)
            frame = self._clash(
                [row for row, _, _ in changed],
                got,
                table=table,
                field=name if column is None else column.name,
                code=CONFLICTING_REPEAT,
                masked=masked,
            )
            first = _shown([old for _, _, old in changed], kind)
            found.append(
                frame if masked else frame.with_columns(first.fill_null("nothing").alias("expected"))
            )
        return found

    def _clash(
        self, source_rows: list[int], got: pl.Series, *, table: Table, field: str, code: str, masked: bool
    ) -> pl.DataFrame:
        return finding_frame(
            source_rows=pl.Series(source_rows, dtype=pl.Int64),
            got=got,
            table=table.name,
            field=field,
            code=code,
            expected="a key of its own" if code == DUPLICATE_KEY else "what was loaded before",
            effect=Effect.REJECT,
            meaning=CODES[code],
            masked=masked,
        )

    def _key_is_masked(self, table: Table) -> bool:
        columns = [table.column(name) for name in table.key if name != PARTY_ID]
        return is_masked(self._contract.party.sensitivity, protected=False) or any(
            is_masked(column.sensitivity, protected=column.protected) for column in columns
        )

    def _run(self, statement: LiteralString, table: Table, **parts: sql.Composable) -> Cursor[TupleRow]:
        """Execute a statement about a table's stage and target."""
        own = _names(stored_columns(self._contract, table))
        key = [*table.key, "known_at"]
        compared = ["occurred_at", *own]
        return self._connection.execute(
            sql.SQL(statement).format(
                stage=sql.Identifier("pg_temp", f"stage_{table.name}"),
                target=identifier(source_table_name(self._contract, table)),
                columns=_listed("{}", [*_ROWS, *own]),
                key=_listed("{}", key),
                same_key=sql.SQL(" AND ").join(_each("new.{0} = old.{0}", key)),
                other_content=sql.SQL("({}) IS DISTINCT FROM ({})").format(
                    _listed("new.{}", compared), _listed("old.{}", compared)
                ),
                **parts,
            )
        )


def _names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns]


def _each(template: LiteralString, names: Sequence[str]) -> list[sql.Composed]:
    return [sql.SQL(template).format(sql.Identifier(name)) for name in names]


def _listed(template: LiteralString, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(_each(template, names))


def _shown(texts: Sequence[str | None], column_type: ColumnType) -> pl.Series:
    """Return values given as the database's text as a finding shows them."""
    series = pl.Series(texts, dtype=pl.String)
    return (
        shown(series.cast(pl.Int64), column_type=column_type) if column_type is ColumnType.MONEY else series
    )
