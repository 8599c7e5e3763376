"""From typed columns of a file to rows of tables: which column of the file gives which of a table's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.data.contracts import PARTY_ID, Column, ColumnType, Contract, Repetition, Table
from creditloop.data.moments import INSTANT, moment_expression

ROW = "\0source_row"
"""Name of the row number in frames of typed source columns; no contract can name such a column."""

DTYPES: Mapping[ColumnType, pl.DataType] = {
    ColumnType.INTEGER: pl.Int64(),
    ColumnType.MONEY: pl.Int64(),
    ColumnType.TEXT: pl.String(),
    ColumnType.CODE: pl.String(),
    ColumnType.BOOLEAN: pl.Boolean(),
    ColumnType.DATE: pl.Date(),
    ColumnType.INSTANT: INSTANT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one table row comes from a source row: the table, and the repetition if it has any."""

    table: Table
    repetition: Repetition | None

    def source_of(self, name: str) -> str | None:
        """Return the file's column of a column or extra of the table; None if it is stated or absent here."""
        if self.repetition is not None and name in self.repetition.sources:
            return self.repetition.sources[name]
        return next((column.source for column in self.table.columns if column.name == name), None)

    def field_of(self, name: str) -> str:
        """Return how a finding names a column: as the file does, or as the table if the file has none."""
        return self.source_of(name) or name

    def expression(self, column: Column) -> pl.Expr:
        """Return a column of the table over the typed columns of the file."""
        source = self.source_of(column.name)
        if source is not None:
            return pl.col(source).alias(column.name)
        assert self.repetition is not None, "only a repetition states values"
        return pl.lit(self.repetition.stated[column.name], dtype=DTYPES[column.type]).alias(column.name)


def shapes(contract: Contract) -> Iterator[Shape]:
    """Yield every shape of table row that one source row of the contract's file gives, in order."""
    for table in contract.tables:
        for repetition in table.repetitions or (None,):
            yield Shape(table=table, repetition=repetition)


def rule_frame(shape: Shape, source: pl.DataFrame, *, contract: Contract) -> pl.DataFrame:
    """Return what the rules of a table see: other plain tables' columns, the extras, its own columns."""
    seen: dict[str, pl.Expr] = {}
    for other in contract.tables:
        if not other.repetitions and other is not shape.table:
            plain = Shape(table=other, repetition=None)
            seen |= {column.name: plain.expression(column) for column in other.columns}
    for extra in shape.table.extras:
        extra_source = shape.source_of(extra.name)
        value = pl.lit(None, dtype=DTYPES[extra.type]) if extra_source is None else pl.col(extra_source)
        seen[extra.name] = value.alias(extra.name)
    seen |= {column.name: shape.expression(column) for column in shape.table.columns}
    return source.select(pl.col(ROW), *seen.values())


def table_frame(shape: Shape, source: pl.DataFrame, *, contract: Contract) -> pl.DataFrame:
    """Return the rows of the table: source_row, party_id, occurred_at, known_at and its own columns."""
    rows = source.select(
        pl.col(ROW).alias("source_row"),
        pl.format(f"{contract.party.register}/{{}}", pl.col(contract.party.source)).alias(PARTY_ID),
        *(shape.expression(column) for column in shape.table.columns),
    )
    offset = contract.utc_offset_hours
    moments = {
        "occurred_at": moment_expression(shape.table.occurred_at, utc_offset_hours=offset),
        "known_at": moment_expression(shape.table.known_at, utc_offset_hours=offset),
    }
    own = [column.name for column in shape.table.columns]
    return rows.with_columns(**moments).select("source_row", PARTY_ID, *moments, *own)
