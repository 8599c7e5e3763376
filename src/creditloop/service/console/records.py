"""原始记录列表: the rows of one sealed table about one party, or of one batch; each leads to its proof.

This is where a figure of any screen is clicked down to. The table is named by the description evidence seals
it by, never by the visitor, so no name reaches the database unchecked.
"""

from uuid import UUID

from psycopg import sql

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import AppendOnlyTable, Connection
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.rows import open_table
from creditloop.service.console.source_rows import hidden_columns
from creditloop.service.console.visit import Page, Visit, identifier

_WIDE = frozenset({"inputs", "body", "values_read", "figures", "payload"})
"""Columns too long for a line; the row's own page shows them."""


def show_records(visit: Visit) -> Page:
    """Show a table's rows about a party, or of a batch, a page at a time."""
    party_id = visit.query.get("party") or None
    batch_id = identifier(visit.query["batch"], what="batch") if visit.query.get("batch") else None
    asked = paging(visit)
    with visit.work() as work:
        table = open_table(visit, work.connection, visit.path["table"])
        if (party_id and "party_id" not in table.columns) or not (party_id or batch_id):
            raise InputError(
                "rows are listed of a party or of a batch", got=table.name, expected="party=… or batch=…"
            )
        hidden = _WIDE | hidden_columns(visit, work, table.name)
        rows, total = _rows(work.connection, table, party_id=party_id, batch_id=batch_id, skip=asked.skip)
        visit.log_read(
            work,
            package="creditloop.evidence",
            table=table.name,
            columns=[name for name in table.columns if name not in hidden],
            parties_count=1 if party_id else len(rows),
            party_id=party_id,
        )
    columns = [name for name in table.columns if name not in {"batch_id", "row_no", *hidden}]
    record = {
        "table": table,
        "columns": columns,
        "rows": rows,
        "party_id": party_id,
        "batch_id": batch_id,
        "total": total,
        "page": asked.page,
        "pages": asked.pages(total),
    }
    return Page(
        template="records.html",
        record=record,
        trail=[(visit.words("screen.cockpit"), visit.at("/")), (table.name, None)],
    )


def _rows(
    connection: Connection, table: AppendOnlyTable, *, party_id: str | None, batch_id: UUID | None, skip: int
) -> tuple[list[dict[str, object]], int]:
    """Return a page of rows by column, and how many there are in all."""
    wanted = {"party_id": party_id, "batch_id": batch_id}
    given = {name: value for name, value in wanted.items() if value is not None}
    chosen = sql.SQL(" AND ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in given
    )
    place = sql.Identifier(*table.name.split("."))
    count = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE {}").format(place, chosen), given
    ).fetchone()
    assert count is not None  # count(*) always gives a row
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    found = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY batch_id, row_no LIMIT {} OFFSET {}").format(
            columns, place, chosen, sql.Literal(ON_A_PAGE), sql.Literal(skip)
        ),
        given,
    ).fetchall()
    return [dict(zip(table.columns, row, strict=True)) for row in found], int(count[0])
