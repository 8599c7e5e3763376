"""Attacks on the log's own tables: entries, chunks, copies of checkpoints."""

import json
import uuid

from attacker import Attack, Attacker, Target, named

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint


def edit_entry_no(attacker: Attacker) -> Target:
    number = attacker.entry()[0]
    attacker.run(
        "UPDATE evidence.entry SET entry_no = %s WHERE entry_no = %s",
        attacker.draw.choice([999, 2**62]),
        number,
    )
    return Target(codes={"entry_deleted", "log_rolled_back"}, entry_no=number, also={"entry_inserted"})


def edit_entry_body(attacker: Attacker) -> Target:
    number, body, *_ = attacker.entry()
    record = json.loads(body)
    name = attacker.draw.choice(sorted(record))
    record[name] = attacker.draw.choice(["", 7, "sealed_example.other", "ff" * 32, None, []])
    changed = attacker.draw.choice(
        [json.dumps(record), body + " ", body[:-1], "", body.replace(":", ": ", 1)]
    )
    attacker.run("UPDATE evidence.entry SET body = %s WHERE entry_no = %s", changed, number)
    return Target(codes={"entry_changed"}, entry_no=number)


def edit_entry_leaf_hash(attacker: Attacker) -> Target:
    number, _, leaf, _ = attacker.entry()
    attacker.run(
        "UPDATE evidence.entry SET leaf_hash = %s WHERE entry_no = %s", attacker.flipped(leaf), number
    )
    return Target(codes={"entry_changed"}, entry_no=number)


def edit_entry_signature(attacker: Attacker) -> Target:
    number, body, _, signature = attacker.entry()
    forged = attacker.draw.choice(
        [attacker.flipped(signature), signature[:-1], b"", attacker.key.sign(body.encode())]
    )
    attacker.run("UPDATE evidence.entry SET signature = %s WHERE entry_no = %s", forged, number)
    return Target(codes={"entry_changed"}, entry_no=number)


def edit_chunk_entry_no(attacker: Attacker) -> Target:
    chunk = attacker.chunk()
    attacker.run("UPDATE evidence.chunk SET entry_no = 999 WHERE entry_no = %s", chunk[0])
    return attacker.chunk_target(chunk, {"chunk_deleted"}, also={"chunk_inserted"})


def edit_chunk_place(column: str) -> Attack:
    def attack(attacker: Attacker) -> Target:
        chunk = attacker.chunk()
        value = {
            "table_name": "sealed_example.other",
            "batch_id": uuid.UUID(int=attacker.draw.getrandbits(128)),
            "first_row": chunk[3] + attacker.draw.randint(1, 5_000),
        }[column]
        attacker.run(f"UPDATE evidence.chunk SET {column} = %s WHERE entry_no = %s", value, chunk[0])
        return attacker.chunk_target(chunk, {"chunk_changed"})

    return named(f"edit evidence.chunk.{column}", attack)


def edit_chunk_salts(attacker: Attacker) -> Target:
    chunk = attacker.chunk()
    salts = bytes(chunk[4])
    forged = attacker.draw.choice([attacker.flipped(salts), salts[:-1], salts[16:], salts + salts[:16], b""])
    attacker.run("UPDATE evidence.chunk SET salts = %s WHERE entry_no = %s", forged, chunk[0])
    return attacker.chunk_target(chunk, {"chunk_changed"}, also={"row_unverified"})


def edit_chunk_row_hashes(attacker: Attacker) -> Target:
    chunk = attacker.chunk()
    hashes = bytes(chunk[5])
    forged = attacker.draw.choice(
        [attacker.flipped(hashes), hashes[:-1], hashes[32:], hashes + hashes[:32], b""]
    )
    attacker.run("UPDATE evidence.chunk SET row_hashes = %s WHERE entry_no = %s", forged, chunk[0])
    return attacker.chunk_target(chunk, {"chunk_changed"})


def edit_checkpoint_size(attacker: Attacker) -> Target:
    (size,) = attacker.draw.choice(attacker.all("SELECT size FROM evidence.checkpoint ORDER BY size"))
    attacker.run("UPDATE evidence.checkpoint SET size = size + 100 WHERE size = %s", size)
    return Target(codes={"checkpoint_deleted"}, entry_no=size, also={"checkpoint_changed"})


def edit_checkpoint_note(attacker: Attacker) -> Target:
    size, note = attacker.draw.choice(
        attacker.all("SELECT size, note FROM evidence.checkpoint ORDER BY size")
    )
    forged = attacker.draw.choice([note.replace("\n", " \n", 1), note[:-5] + "AAA=\n", "", note + note])
    attacker.run("UPDATE evidence.checkpoint SET note = %s WHERE size = %s", forged, size)
    return Target(codes={"checkpoint_changed"}, entry_no=size)


def delete_entry(attacker: Attacker) -> Target:
    number = attacker.entry()[0]
    attacker.run("DELETE FROM evidence.entry WHERE entry_no = %s", number)
    return Target(codes={"entry_deleted", "log_rolled_back"}, entry_no=number)


def delete_entry_and_chunk(attacker: Attacker) -> Target:
    number = attacker.entry()[0]
    attacker.run("DELETE FROM evidence.entry WHERE entry_no = %s", number)
    attacker.run("DELETE FROM evidence.chunk WHERE entry_no = %s", number)
    return Target(
        codes={"entry_deleted", "log_rolled_back"}, entry_no=number, also={"row_inserted", "batch_unknown"}
    )


def delete_entry_chunk_and_rows(attacker: Attacker) -> Target:
    number = attacker.entry()[0]
    attacker.delete_sealed(number)
    return Target(codes={"entry_deleted", "log_rolled_back"}, entry_no=number)


def delete_chunk(attacker: Attacker) -> Target:
    chunk = attacker.chunk()
    attacker.run("DELETE FROM evidence.chunk WHERE entry_no = %s", chunk[0])
    return attacker.chunk_target(chunk, {"chunk_deleted"})


def delete_checkpoint(attacker: Attacker) -> Target:
    (size,) = attacker.draw.choice(attacker.all("SELECT size FROM evidence.checkpoint ORDER BY size"))
    attacker.run("DELETE FROM evidence.checkpoint WHERE size = %s", size)
    return Target(codes={"checkpoint_deleted"}, entry_no=size)


def insert_checkpoint(attacker: Attacker) -> Target:
    (size,) = attacker.one("SELECT max(size) + 1 FROM evidence.checkpoint")
    forged = Checkpoint(origin="bank.example/evidence", size=size, root=attacker.draw.randbytes(32))
    note = sign_checkpoint(forged, signer=attacker.key)
    attacker.run("INSERT INTO evidence.checkpoint VALUES (%s, %s)", size, note)
    return Target(codes={"checkpoint_changed"}, entry_no=size)


def swap_entries(attacker: Attacker) -> Target:
    one, two = attacker.two("SELECT entry_no FROM evidence.entry ORDER BY entry_no")
    attacker.swap("evidence.entry", one[0], two[0])
    return Target(codes={"entry_changed"}, entry_no=one[0], also={"entry_changed"})


def swap_chunks(attacker: Attacker) -> Target:
    one, two = attacker.two("SELECT * FROM evidence.chunk ORDER BY entry_no")
    attacker.swap("evidence.chunk", one[0], two[0])
    also = {"chunk_changed", "chunk_unverifiable", "row_unverified", "row_changed", "row_deleted"}
    return attacker.chunk_target(one, {"chunk_changed"}, also=also)


def make_null(table: str, column: str) -> Attack:
    def attack(attacker: Attacker) -> Target:
        """A value goes, and with it NOT NULL and the primary key that forbid it."""
        names = {"entry": "entry_no", "chunk": "entry_no", "checkpoint": "size"}
        (number,) = attacker.draw.choice(
            attacker.all(f"SELECT {names[table]} FROM evidence.{table} ORDER BY 1")
        )
        attacker.connection.execute(
            f"ALTER TABLE evidence.{table} DROP CONSTRAINT {table}_pkey CASCADE".encode()
        )
        attacker.connection.execute(f"ALTER TABLE evidence.{table} ALTER {column} DROP NOT NULL".encode())
        attacker.run(f"UPDATE evidence.{table} SET {column} = NULL WHERE {names[table]} = %s", number)
        codes = {f"{table}_changed", f"{table}_deleted", "log_rolled_back"}
        also = {
            f"{table}_inserted",
            f"{table}_unsigned",
            "chunk_changed",
            "checkpoint_changed",
            "row_unverified",
        }
        return Target(codes=codes, entry_no=number, also=also)

    return named(f"null evidence.{table}.{column}", attack)


NULLS = (
    *(("entry", column) for column in ("entry_no", "body", "leaf_hash", "signature")),
    *(
        ("chunk", column)
        for column in ("entry_no", "table_name", "batch_id", "first_row", "salts", "row_hashes")
    ),
    *(("checkpoint", column) for column in ("size", "note")),
)


def insert_twin_entry(attacker: Attacker) -> Target:
    """A genuine entry and its chunk a second time, at the same number or at one before the first."""
    number = attacker.entry()[0]
    to = attacker.draw.choice([number, -1])
    for table, columns in (("entry", "body, leaf_hash, signature"), ("chunk", CHUNK_COLUMNS)):
        for constraint in (
            f"{table}_pkey",
            "entry_entry_no_check",
            "chunk_batch_id_table_name_first_row_key",
        ):
            attacker.connection.execute(
                f"ALTER TABLE evidence.{table} DROP CONSTRAINT IF EXISTS {constraint} CASCADE".encode()
            )
        attacker.run(
            f"INSERT INTO evidence.{table} SELECT %s, {columns} FROM evidence.{table} WHERE entry_no = %s",
            to,
            number,
        )
    return Target(codes={"entry_inserted"}, entry_no=to, also={"chunk_inserted"})


CHUNK_COLUMNS = "table_name, batch_id, first_row, salts, row_hashes"


def insert_replayed_entry(attacker: Attacker) -> Target:
    """A genuine entry once more, at the end."""
    number = attacker.entry()[0]
    (end,) = attacker.one("SELECT max(entry_no) + 1 FROM evidence.entry")
    attacker.run(
        "INSERT INTO evidence.entry"
        " SELECT %s, body, leaf_hash, signature FROM evidence.entry WHERE entry_no = %s",
        end, number,
    )  # fmt: skip
    return Target(codes={"entry_inserted"}, entry_no=end)


def insert_forged_batch(attacker: Attacker) -> Target:
    """A batch with rows, chunk and entry, all consistent, under another key's or an old signature."""
    table = attacker.table()
    old_batch, row_no = attacker.row(table)
    batch = uuid.UUID(int=attacker.draw.getrandbits(128))
    attacker.copy_row(table, old_batch, row_no, batch, 0)
    _, body, _, signature = attacker.entry()
    (end,) = attacker.one("SELECT max(entry_no) + 1 FROM evidence.entry")
    record = json.loads(body) | {
        "batch": str(batch),
        "table": table.name,
        "entry": end,
        "first": 0,
        "batch_rows": 1,
    }
    record |= {"columns": list(table.columns)}
    chunk = (end, table.name, batch, 0)
    attacker.run("INSERT INTO evidence.chunk VALUES (%s, %s, %s, %s, '', '')", *chunk)
    attacker.run("INSERT INTO evidence.entry VALUES (%s, %s, %s, %s)", end, body, bytes(32), signature)
    attacker.rewrite(chunk, record, table, resign=attacker.draw.random() < 0.5)
    return Target(codes={"entry_unsigned"}, entry_no=end, table=table.name, batch=batch)


def roll_back_tail(attacker: Attacker) -> Target:
    """The newest entries vanish with chunks, rows and copies of checkpoints."""
    (end,) = attacker.one("SELECT max(entry_no) + 1 FROM evidence.entry")
    first = attacker.draw.randrange(end)
    for number in range(first, end):
        attacker.delete_sealed(number)
    attacker.connection.execute(b"DELETE FROM evidence.checkpoint WHERE size > %s", (first,))
    return Target(codes={"log_rolled_back"}, entry_no=first, also={"checkpoint_deleted"})


LOG_ATTACKS: tuple[Attack, ...] = (
    named("edit evidence.entry.entry_no", edit_entry_no),
    named("edit evidence.entry.body", edit_entry_body),
    named("edit evidence.entry.leaf_hash", edit_entry_leaf_hash),
    named("edit evidence.entry.signature", edit_entry_signature),
    named("edit evidence.chunk.entry_no", edit_chunk_entry_no),
    *(edit_chunk_place(column) for column in ("table_name", "batch_id", "first_row")),
    named("edit evidence.chunk.salts", edit_chunk_salts),
    named("edit evidence.chunk.row_hashes", edit_chunk_row_hashes),
    named("edit evidence.checkpoint.size", edit_checkpoint_size),
    named("edit evidence.checkpoint.note", edit_checkpoint_note),
    delete_entry,
    delete_entry_and_chunk,
    delete_entry_chunk_and_rows,
    delete_chunk,
    delete_checkpoint,
    insert_checkpoint,
    swap_entries,
    swap_chunks,
    *(make_null(table, column) for table, column in NULLS),
    insert_twin_entry,
    insert_replayed_entry,
    insert_forged_batch,
    roll_back_tail,
)
