"""Attacks on rows alone: values edited, rows deleted, inserted, moved, exchanged."""

import uuid

from attacker import PLACES, Attack, Attacker, Target, named
from sealed_world import POLICY, POSTING, TABLES

from creditloop.kernel.storage import AppendOnlyTable


def edit_value(table: AppendOnlyTable, column: str) -> Attack:
    def attack(attacker: Attacker) -> Target:
        batch, row_no = attacker.row(table)
        attacker.set_value(table, column, batch, row_no)
        return Target(codes={"row_changed"}, table=table.name, batch=batch, row_no=row_no)

    return named(f"edit {table.name}.{column}", attack)


def edit_place(table: AppendOnlyTable, column: str) -> Attack:
    def attack(attacker: Attacker) -> Target:
        batch, row_no = attacker.row(table)
        if column == "row_no":
            value: object = attacker.draw.choice([-1, 10**6, 2**31 - 1])
        else:
            value = uuid.UUID(int=attacker.draw.getrandbits(128))
        attacker.run(
            f"UPDATE {table.name} SET {column} = %s WHERE (batch_id, row_no) = (%s, %s)", value, batch, row_no
        )
        return Target(codes={"row_moved"}, table=table.name, batch=batch, row_no=row_no)

    return named(f"edit {table.name}.{column}", attack)


def move_to_other_batch(attacker: Attacker) -> Target:
    table = attacker.table()
    batch, row_no = attacker.row(table)
    other = attacker.draw.choice([other for other in attacker.world.batches if other != batch])
    attacker.run(
        f"UPDATE {table.name} SET batch_id = %s, row_no = 5000 WHERE (batch_id, row_no) = (%s, %s)",
        other,
        batch,
        row_no,
    )
    return Target(codes={"row_moved"}, table=table.name, batch=batch, row_no=row_no)


def delete_row(attacker: Attacker) -> Target:
    table = attacker.table()
    batch, row_no = attacker.row(table)
    attacker.run(f"DELETE FROM {table.name} WHERE (batch_id, row_no) = (%s, %s)", batch, row_no)
    return Target(codes={"row_deleted"}, table=table.name, batch=batch, row_no=row_no)


def delete_many_rows(attacker: Attacker) -> Target:
    table = attacker.table()
    batch, row_no = attacker.row(table)
    attacker.run(f"DELETE FROM {table.name} WHERE batch_id = %s AND row_no >= %s", batch, row_no)
    last = 1_204 if table is POSTING and batch == attacker.world.batches[1] else row_no
    named_row = attacker.draw.choice([row_no, last])
    return Target(
        codes={"row_deleted"}, table=table.name, batch=batch, row_no=named_row, also={"row_deleted"}
    )


def delete_batch(attacker: Attacker) -> Target:
    table = attacker.table()
    batch, row_no = attacker.row(table)
    attacker.run(f"DELETE FROM {table.name} WHERE batch_id = %s", batch)
    return Target(codes={"row_deleted"}, table=table.name, batch=batch, row_no=row_no, also={"row_deleted"})


def insert_copy(attacker: Attacker) -> Target:
    """A row more in a sealed batch."""
    table = attacker.table()
    batch, row_no = attacker.row(table)
    number = attacker.draw.choice([-5, 3_000, 10**9])
    attacker.copy_row(table, batch, row_no, batch, number)
    return Target(codes={"row_inserted"}, table=table.name, batch=batch, row_no=number)


def insert_batch(attacker: Attacker) -> Target:
    """Rows of a batch of their own."""
    table = attacker.table()
    batch, row_no = attacker.row(table)
    new = uuid.UUID(int=attacker.draw.choice([0, 2**128 - 1, attacker.draw.getrandbits(128)]))
    for number in range(attacker.draw.randint(1, 3)):
        attacker.copy_row(table, batch, row_no, new, number)
    return Target(codes={"batch_unknown"}, table=table.name, batch=new, row_no=0)


def insert_into_empty_batch(attacker: Attacker) -> Target:
    """A row in a table in which a sealed batch has none."""
    batch = attacker.world.batches[1]
    attacker.copy_row(POLICY, *attacker.row(POLICY), batch, 0)
    return Target(codes={"batch_unknown"}, table=POLICY.name, batch=batch, row_no=0)


def insert_twin(attacker: Attacker) -> Target:
    """The very same row a second time, the primary key dropped."""
    table = attacker.table()
    batch, row_no = attacker.row(table)
    schema, name = table.name.split(".")
    attacker.connection.execute(f"ALTER TABLE {schema}.{name} DROP CONSTRAINT {name}_pkey".encode())
    attacker.copy_row(table, batch, row_no, batch, row_no)
    return Target(codes={"row_inserted"}, table=table.name, batch=batch, row_no=row_no)


def insert_without_batch(attacker: Attacker) -> Target:
    """A row that belongs to no batch, NOT NULL and primary key dropped."""
    table = attacker.table()
    schema, name = table.name.split(".")
    attacker.connection.execute(f"ALTER TABLE {schema}.{name} DROP CONSTRAINT {name}_pkey".encode())
    attacker.connection.execute(f"ALTER TABLE {table.name} ALTER batch_id DROP NOT NULL".encode())
    attacker.copy_row(table, *attacker.row(table), None, 0)
    return Target(codes={"row_inserted"}, table=table.name)


def insert_beside_index(attacker: Attacker) -> Target:
    """A row in the table that its index does not know."""
    table = attacker.table()
    batch, row_no = attacker.row(table)
    switch = "UPDATE pg_catalog.pg_index SET indisready = %s, indisvalid = %s WHERE indexrelid = %s::regclass"
    attacker.run(switch, False, False, f"{table.name}_pkey")
    attacker.copy_row(table, batch, row_no, batch, 7_777)
    attacker.run(switch, True, True, f"{table.name}_pkey")
    return Target(codes={"row_inserted"}, table=table.name, batch=batch, row_no=7_777)


def insert_by_inheritance(attacker: Attacker) -> Target:
    """A row in a child table that the listed table shows as its own."""
    table = attacker.table()
    batch, row_no = attacker.row(table)
    attacker.connection.execute(f"CREATE TABLE sealed_example.child () INHERITS ({table.name})".encode())
    attacker.copy_row(table, batch, row_no, batch, 8_888, into="sealed_example.child")
    return Target(codes={"row_inserted"}, table=table.name, batch=batch, row_no=8_888)


def swap_rows(attacker: Attacker) -> Target:
    """Two rows exchange everything but batch and number."""
    table = attacker.table()
    columns = [column for column in table.columns if column not in {"batch_id", "row_no"}]
    names = ", ".join(columns)
    (one_batch, one), (two_batch, two) = attacker.two_rows(table)
    values = ", ".join(f"other.{column}" for column in columns)
    attacker.run(
        f"UPDATE {table.name} AS row SET ({names}) = ROW({values}) FROM {table.name} AS other WHERE"
        " (row.batch_id, row.row_no, other.batch_id, other.row_no) IN ((%s, %s, %s, %s), (%s, %s, %s, %s))",
        one_batch, one, two_batch, two, two_batch, two, one_batch, one,
    )  # fmt: skip
    return Target(codes={"row_moved"}, table=table.name, batch=one_batch, row_no=one, also={"row_moved"})


def swap_numbers(attacker: Attacker) -> Target:
    """Two rows exchange batch and number."""
    table = attacker.table()
    (one_batch, one), (two_batch, two) = attacker.two_rows(table)
    place = f"UPDATE {table.name} SET batch_id = %s, row_no = %s WHERE (batch_id, row_no) = (%s, %s)"
    nowhere = uuid.UUID(int=1)
    attacker.run(place, nowhere, 0, one_batch, one)
    attacker.run(place, one_batch, one, two_batch, two)
    attacker.run(place, two_batch, two, nowhere, 0)
    return Target(codes={"row_moved"}, table=table.name, batch=two_batch, row_no=two, also={"row_moved"})


ROW_ATTACKS: tuple[Attack, ...] = (
    *(edit_value(table, column) for table in TABLES for column in table.columns if column not in PLACES),
    *(edit_place(table, column) for table in TABLES for column in PLACES),
    move_to_other_batch,
    delete_row,
    delete_many_rows,
    delete_batch,
    insert_copy,
    insert_batch,
    insert_into_empty_batch,
    insert_twin,
    insert_without_batch,
    insert_beside_index,
    insert_by_inheritance,
    swap_rows,
    swap_numbers,
)
