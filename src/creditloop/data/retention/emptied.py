"""What of rows was emptied under retention: asked by readers, who see null, and by whoever verifies."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from creditloop.data.contracts import PARTY_ID, Contract
from creditloop.data.retention.emptying import row_columns
from creditloop.data.retention.records import PACKAGE
from creditloop.data.source_tables import identifier, source_table_name, source_tables
from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import Connection, load_queries

Place = tuple[UUID, int]
"""Batch and number of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptiedRow:
    """A row of which values are on record as deleted, as it stands now.

    Attributes:
        deletion: the number of the deletion, of several the last.
        rewritten: the row itself was changed; False if only encrypted values beside it were destroyed.
        as_left: a row that was rewritten is still as it was left.
        there: a value that is on record as deleted is there.
    """

    deletion: int
    table: str
    batch_id: UUID
    row_no: int
    rewritten: bool
    as_left: bool
    there: bool


def emptied_values(
    connection: Connection, *, table: str, places: Sequence[Place]
) -> dict[Place, dict[str, int]]:
    """Return, of those rows that lost values under retention, by column the number of the deletion.

    What is null and not named here was null when it came.

    Args:
        table: a source table, with its schema.
    """
    if not places:
        return {}
    found: dict[Place, dict[str, int]] = {}
    rows = load_queries(PACKAGE).find_emptied(
        connection,
        table_name=table,
        batch_ids=[batch_id for batch_id, _ in places],
        row_nos=[row_no for _, row_no in places],
    )
    for batch_id, row_no, number, columns in rows:
        found.setdefault((batch_id, row_no), {}).update(dict.fromkeys(columns, number))
    return found


def emptied_columns(
    connection: Connection, *, contract: Contract, party_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return, of parties, the columns of a source of which a value was deleted under retention, by name."""
    queries = load_queries(PACKAGE)
    names = [source_table_name(contract, table) for table in contract.tables]
    found: dict[str, set[str]] = {}
    for (name,) in queries.find_emptied_tables(connection, tables=names):
        rows = connection.execute(
            sql.SQL(
                "SELECT source.{party}, array_agg(DISTINCT name) FROM {table} AS source"
                " JOIN data.emptied_row AS gone ON gone.table_name = %(table)s"
                "   AND gone.source_batch_id = source.batch_id AND gone.source_row_no = source.row_no"
                " CROSS JOIN unnest(gone.columns) AS name WHERE source.{party} = ANY(%(parties)s) GROUP BY 1"
            ).format(party=sql.Identifier(PARTY_ID), table=identifier(name)),
            {"table": name, "parties": list(party_ids)},
        )
        for party, columns in rows:
            found.setdefault(party, set()).update(columns)
    return {party: tuple(sorted(columns)) for party, columns in found.items()}


def check_provable(connection: Connection, *, table: str, batch_id: UUID, row_no: int) -> None:
    """Check that a row stands as it was sealed, and was not emptied lawfully since.

    Raises: StateError naming the columns and the deletion if it was: no proof of its seal can be made.
    """
    stored = {one.name: set(one.columns) for one in source_tables(connection)}.get(table, set())
    gone = emptied_values(connection, table=table, places=[(batch_id, row_no)]).get((batch_id, row_no), {})
    lost = {column: number for column, number in gone.items() if column in stored}
    if lost:
        numbers = ", ".join(str(number) for number in sorted(set(lost.values())))
        raise StateError(
            "values of this row were deleted under retention: it cannot be proven as it was sealed",
            got=", ".join(sorted(lost)),
            where={"table": table, "batch": batch_id, "row": row_no, "record": numbers},
            hint="creditloop data deletions",
        )


def emptied_rows(connection: Connection) -> Iterator[EmptiedRow]:
    """Give every row of which values are on record as deleted, compared with how it was left.

    Rows that were deleted whole since are not given.
    """
    described = {one.name: one for one in source_tables(connection)}
    for (name,) in load_queries(PACKAGE).find_emptied_tables(connection, tables=list(described)):
        rows = connection.execute(
            sql.SQL(
                "WITH left_as AS (SELECT DISTINCT ON (source_batch_id, source_row_no)"
                "   source_batch_id, source_row_no, salt, left_hash FROM data.emptied_row"
                "   WHERE table_name = {name} AND left_hash IS NOT NULL"
                "   ORDER BY source_batch_id, source_row_no, deletion_no DESC, row_no DESC),"
                " gone AS (SELECT source_batch_id, source_row_no, max(deletion_no) AS deletion_no,"
                "   array_agg(DISTINCT one) AS columns"
                "   FROM data.emptied_row, unnest(columns) AS one WHERE table_name = {name} GROUP BY 1, 2)"
                " SELECT gone.deletion_no, source.batch_id, source.row_no, left_hash IS NOT NULL,"
                "   coalesce(left_hash = sha256(salt || convert_to(ROW({row})::text, 'UTF8')), false),"
                "   EXISTS (SELECT FROM unnest(gone.columns) AS one"
                "     WHERE to_jsonb(source) ->> one IS NOT NULL)"
                "   OR EXISTS (SELECT FROM data.sealed_value AS value WHERE value.source_table = {name}"
                "     AND value.batch_id = source.batch_id AND value.row_no = source.row_no"
                "     AND value.column_name = ANY (gone.columns))"
                " FROM gone JOIN {table} AS source"
                "   ON source.batch_id = source_batch_id AND source.row_no = source_row_no"
                " LEFT JOIN left_as USING (source_batch_id, source_row_no)"
            ).format(name=sql.Literal(name), row=row_columns(described[name]), table=identifier(name))
        )
        for number, batch_id, row_no, rewritten, as_left, there in rows:
            yield EmptiedRow(
                deletion=number,
                table=name,
                batch_id=batch_id,
                row_no=row_no,
                rewritten=rewritten,
                as_left=as_left,
                there=there,
            )
