"""Edits of single values by somebody with full write access, drawn at random over the sealed tables."""

import random
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import sql

from creditloop.evidence import Problem
from creditloop.kernel.storage import AppendOnlyTable, Connection


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What was edited: a column of a row, named by table, batch and row number as they were before."""

    table: str
    column: str
    batch: UUID
    row_no: int

    def is_named_by(self, problem: Problem) -> bool:
        """Whether a problem names this very row."""
        if problem.table != self.table or problem.batch != str(self.batch) or problem.row_no is None:
            return False
        return problem.row_no <= self.row_no <= (problem.row_last or problem.row_no)


def edit_something(connection: Connection, table: AppendOnlyTable, draw: random.Random) -> Edit:
    """Change one hashed value of one row of a table that has rows, triggers and foreign keys off."""
    connection.execute("SET LOCAL session_replication_role = replica")
    name = sql.Identifier(*table.name.split("."))
    found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
    assert found is not None
    place = sql.SQL("SELECT batch_id, row_no FROM {} OFFSET {} LIMIT 1").format(
        name, draw.randrange(found[0])
    )
    batch, row_no = connection.execute(place).fetchone() or (None, None)
    column = draw.choice([column for column in table.columns if column not in {"batch_id", "row_no"}])
    cell = sql.SQL("SELECT {} FROM {} WHERE (batch_id, row_no) = (%s, %s)").format(
        sql.Identifier(column), name
    )
    (value,) = connection.execute(cell, [batch, row_no]).fetchone() or (None,)
    assert isinstance(batch, UUID)
    _drop_checks(connection, table.name)
    change = sql.SQL("UPDATE {} SET {} = %s WHERE (batch_id, row_no) = (%s, %s)")
    changed = connection.execute(
        change.format(name, sql.Identifier(column)), [other(value, column, draw), batch, row_no]
    )
    assert changed.rowcount == 1
    return Edit(table=table.name, column=column, batch=batch, row_no=row_no)


def other(value: object, column: str, draw: random.Random) -> object:
    """Another value of the same type; of a null, some value its column takes."""
    if value is None:
        return "1" if column in {"refusal", "party_token", "got", "expected", "field", "table_name"} else 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + draw.choice([-1, 1]) * draw.randint(10**6, 10**7)  # no other row is there yet
    if isinstance(value, UUID):
        return UUID(int=draw.getrandbits(128))
    if isinstance(value, str):
        return value + "~"
    return value + timedelta(days=draw.choice([-1, 1]))  # type: ignore[operator]  # dates and instants are left


def _drop_checks(connection: Connection, table: str) -> None:
    """Drop what the database would still refuse: an attacker with full access can."""
    query = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u')"
    for (constraint,) in connection.execute(query.encode(), [table]).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {} CASCADE").format(
                sql.Identifier(*table.split(".")), sql.Identifier(constraint)
            )
        )
