"""Everything that stands in a database, for comparing before and after."""

from psycopg import sql

from creditloop.kernel.storage import Connection

Contents = dict[str, list[tuple[object, ...]]]


def all_rows(connection: Connection) -> Contents:
    """Return every row of every table of the database, in order."""
    names = connection.execute(
        "SELECT schemaname, tablename FROM pg_catalog.pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"
    ).fetchall()
    found = {}
    for schema, table in names:
        rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, table)))
        found[f"{schema}.{table}"] = sorted(rows.fetchall(), key=repr)
    return found
