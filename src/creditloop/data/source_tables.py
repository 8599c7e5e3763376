"""Tables `source.<contract>_<table>`: made from a contract at its first import, described for sealing.

What a table was made for is noted on the table itself (COMMENT), so that two contracts whose names run
together cannot share one, and so that a reader knows its key. In place of an identifier its token stands
there (`identifiers`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from creditloop.data.contracts import GIVEN_COLUMNS, ColumnType, Contract, Table
from creditloop.data.identifiers import identifiers_of, stored_columns
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import ContractBroken
from creditloop.kernel.storage import AppendOnlyTable, Connection, load_queries

SCHEMA = "source"
_PACKAGE = "creditloop.data"
_SQL_TYPES: Mapping[ColumnType, str] = {
    ColumnType.INTEGER: "bigint",
    ColumnType.MONEY: "bigint",
    ColumnType.TEXT: "text",
    ColumnType.CODE: "text",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.INSTANT: "timestamp with time zone",
}
_GIVEN_TYPES: Mapping[str, str] = {
    "batch_id": "uuid",
    "row_no": "integer",
    "source_row": "bigint",
    "party_id": "text",
    "occurred_at": "timestamp with time zone",
    "known_at": "timestamp with time zone",
}


def source_table_name(contract: Contract, table: Table) -> str:
    """Return the table's name in the database, with its schema."""
    return f"{SCHEMA}.{contract.name}_{table.name}"


def identifier(name: str) -> sql.Identifier:
    """Return a name with its schema for use in a statement."""
    return sql.Identifier(*name.split("."))


def ensure_tables(connection: Connection, *, contract: Contract) -> None:
    """Make the contract's tables that are not there, and check those that are.

    Raises: ContractBroken if a table is there with other columns, another key, or for another contract.
    """
    for table in contract.tables:
        name, wanted = source_table_name(contract, table), _description(contract, table)
        found = _found(connection, name)
        if found is None:
            _create(connection, name=name, key=table.key, description=wanted)
            if identifiers_of(table):
                _erase_with_rows(connection, name=name)
        elif found != wanted:
            raise ContractBroken(
                f"the table {name} is there already and is not as this contract describes it",
                got=found.beside(wanted),
                expected=wanted.beside(found),
                where={"file": contract.document.path, "field": f"tables.{table.name}"},
                hint="a contract that changes its tables gets a new name",
            )


def is_as_described(connection: Connection, *, contract: Contract, table: Table) -> bool:
    """Whether the table is in the database with exactly the columns and key of the contract."""
    wanted = _description(contract, table)
    return bool(
        load_queries(_PACKAGE).is_source_table_described(
            connection, short=f"{contract.name}_{table.name}", note=wanted.note, columns=wanted.lines()
        )
    )


def source_tables(connection: Connection) -> tuple[AppendOnlyTable, ...]:
    """Describe every source table that is in the database, by name."""
    return tuple(
        AppendOnlyTable(
            name=f"{SCHEMA}.{short}", key=(*json.loads(note)["key"], "known_at"), columns=tuple(columns)
        )
        for short, note, columns in load_queries(_PACKAGE).list_source_tables(connection)
    )


@dataclass(frozen=True, slots=True)
class _Description:
    """A table's note and its columns, each with type and whether it may be null."""

    note: str
    columns: tuple[tuple[str, str, bool], ...]

    def lines(self) -> str:
        """Return the columns as the query `is_source_table_described` writes them, one a line."""
        return "\n".join(map(_text, self.columns))

    def beside(self, other: "_Description") -> str:
        """Return what this one has that the other has not."""
        if self.columns == other.columns:
            return self.note
        only = [_text(column) for column in self.columns if column not in other.columns]
        return ", ".join(only) or "the same columns in another order"


def _description(contract: Contract, table: Table) -> _Description:
    note = {"contract": contract.name, "table": table.name, "key": list(table.key)}
    given = [(name, _GIVEN_TYPES[name], False) for name in GIVEN_COLUMNS]
    stored = stored_columns(contract, table)
    own = [(column.name, _SQL_TYPES[column.type], column.null_allowed) for column in stored]
    return _Description(note=canonical_bytes(note).decode(), columns=(*given, *own))


def _found(connection: Connection, name: str) -> _Description | None:
    rows = list(load_queries(_PACKAGE).describe_source_table(connection, short=name.partition(".")[2]))
    if not rows:
        return None
    return _Description(
        note=rows[0][0] or "", columns=tuple((column, kind, null) for _, column, kind, null in rows)
    )


def _text(column: tuple[str, str, bool]) -> str:
    name, kind, nullable = column
    return f"{name} {kind}" + ("" if nullable else " NOT NULL")


def _create(connection: Connection, *, name: str, key: Sequence[str], description: _Description) -> None:
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column), sql.SQL(_declared(kind)), sql.SQL("" if nullable else " NOT NULL")
        )
        for column, kind, nullable in description.columns
    ]
    names = [sql.Identifier(column) for column in (*key, "known_at")]
    connection.execute(
        sql.SQL(
            "CREATE TABLE {name} ({columns}, PRIMARY KEY (batch_id, row_no), UNIQUE ({key}),"
            " CHECK (known_at >= occurred_at));"
            "COMMENT ON TABLE {name} IS {note};"
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change()"
        ).format(
            name=identifier(name),
            columns=sql.SQL(", ").join(columns),
            key=sql.SQL(", ").join(names),
            note=sql.Literal(description.note),
        )
    )


def _erase_with_rows(connection: Connection, *, name: str) -> None:
    """Let a row that is lawfully deleted take its encrypted identifiers with it."""
    connection.execute(
        sql.SQL(
            "CREATE TRIGGER erase_sealed_values AFTER DELETE ON {name} REFERENCING OLD TABLE AS gone"
            " FOR EACH STATEMENT EXECUTE FUNCTION data.erase_sealed_values()"
        ).format(name=identifier(name))
    )


def _declared(kind: str) -> str:
    """Return a column's type as it is declared: text sorts by code point, the same on every server."""
    return 'text COLLATE "C"' if kind == "text" else kind
