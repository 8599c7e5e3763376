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


PARTITIONED_BY = {"book.loan_day": ("business_date",)}
"""Columns that say in which part of a table a row is: changed, it would be another row's place."""


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
    kept = {"batch_id", "row_no", *PARTITIONED_BY.get(table.name, ())}
    column = draw.choice([column for column in table.columns if column not in kept])
    cell = sql.SQL("SELECT {0}, pg_typeof({0})::text FROM {1} WHERE (batch_id, row_no) = (%s, %s)").format(
        sql.Identifier(column), name
    )
    value, kind = connection.execute(cell, [batch, row_no]).fetchone() or (None, "")
    assert isinstance(batch, UUID)
    _drop_checks(connection, table.name)
    change = sql.SQL("UPDATE {} SET {} = %s WHERE (batch_id, row_no) = (%s, %s)")
    changed = connection.execute(
        change.format(name, sql.Identifier(column)), [other(value, column, draw, kind), batch, row_no]
    )
    assert changed.rowcount == 1
    return Edit(table=table.name, column=column, batch=batch, row_no=row_no)


def other(value: object, column: str, draw: random.Random, kind: str = "") -> object:
    """Another value of the same type; of a null, some value its column takes."""
    if value is None:
        return "1" if column in {"refusal", "party_token", "got", "expected", "field", "table_name"} else 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        far = 10**4 if kind == "smallint" else 10**7
        return value + draw.choice([-1, 1]) * draw.randint(far // 10, far)  # no other row is there yet
    if isinstance(value, list):
        return value[:-1] if value else ([1] if column.endswith("_fen") else ["~"])
    if isinstance(value, UUID | str):
        return UUID(int=draw.getrandbits(128)) if isinstance(value, UUID) else value + "~"
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
