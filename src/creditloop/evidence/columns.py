"""Which columns are hashed, which are not and why, and whether the database has the tables expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.evidence.problem import Problem
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

_QUERIES = load_queries("creditloop.evidence")

_ORDINARY = ("r", "p")
"""Kinds of relation that hold rows of their own: tables, partitioned tables."""

LOG_COLUMNS = {
    "evidence.entry": {"entry_no": "bigint", "body": "text", "leaf_hash": "bytea", "signature": "bytea"},
    "evidence.chunk": {
        "entry_no": "bigint",
        "table_name": "text",
        "batch_id": "uuid",
        "first_row": "integer",
        "salts": "bytea",
        "row_hashes": "bytea",
    },
    "evidence.checkpoint": {"size": "bigint", "note": "text"},
}
"""The log's own tables: every column of theirs is compared with what the key outside signed."""

_PLACE = {"batch_id": "uuid", "row_no": "integer"}
"""Columns of every listed table by which its rows are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of a listed table.

    Attributes:
        table: the table, with its schema.
        column: the column.
        reason: why it is not hashed; None if it is.
    """

    table: str
    column: str
    reason: str | None

    @property
    def hashed(self) -> bool:
        """Whether a change in this column is found."""
        return self.reason is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsReport:
    """Every column of the listed tables that the database has, and what is wrong with the list."""

    columns: tuple[SealedColumn, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A relation of the database: its kind, whether its rows are filtered, its columns and their types."""

    kind: str
    filtered: bool
    types: dict[str, str]


def columns_report(connection: Connection, *, tables: Sequence[AppendOnlyTable]) -> ColumnsReport:
    """List the columns of some tables as hashed or not, and compare the list with the database."""
    names = [*(table.name for table in tables), *LOG_COLUMNS]
    found: dict[str, _Found] = {}
    for name, kind, filtered, column, type_name in _QUERIES.table_columns(connection, tables=names):
        found.setdefault(name, _Found(kind=kind, filtered=filtered, types={})).types[column] = type_name
    guarded = {name for (name,) in _QUERIES.guarded_tables(connection, tables=names)}
    problems: list[Problem] = []
    for table in tables:
        listed = (*table.columns, *table.unhashed)
        problems += _compare(table.name, found.get(table.name), listed, _PLACE)
    for name, types in LOG_COLUMNS.items():
        problems += _compare(name, found.get(name), tuple(types), types)
    unguarded = [name for name in names if name in found and name not in guarded]
    problems += [Problem(code="guard_missing", table=name) for name in unguarded]
    return ColumnsReport(
        columns=tuple(column for table in tables for column in _listed_columns(table, found.get(table.name))),
        problems=tuple(problems),
    )


def _listed_columns(table: AppendOnlyTable, found: _Found | None) -> list[SealedColumn]:
    return [
        SealedColumn(table=table.name, column=column, reason=table.unhashed.get(column))
        for column in (found.types if found else ())
        if column in table.columns or column in table.unhashed
    ]


def _compare(
    name: str, found: _Found | None, listed: Sequence[str], types: Mapping[str, str]
) -> list[Problem]:
    if found is None or found.kind not in _ORDINARY:
        kind = found.kind if found else "none"
        return [Problem(code="table_missing", table=name, detail=f"relation kind {kind}")]
    problems = [Problem(code="table_filtered", table=name)] if found.filtered else []
    for column in listed:
        if column not in found.types:
            problems.append(Problem(code="column_missing", table=name, column=column))
        elif found.types[column] != types.get(column, found.types[column]):
            detail = f"{found.types[column]} instead of {types[column]}"
            problems.append(Problem(code="column_retyped", table=name, column=column, detail=detail))
    surplus = [column for column in found.types if column not in listed]
    return problems + [Problem(code="column_unlisted", table=name, column=column) for column in surplus]
