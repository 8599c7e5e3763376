"""Edits of a node's database by somebody who owns it but not the node's keys (simulated parties).

    python -m tests.service.evidence_node.store_attacks [--count 10000] [--seed 0]

The node has lived through a simulated network with faults and a liar, so its database holds logs of five
parties with objections, verdicts and a proof of contradiction; a batch waits, too. Each attack is drawn from
the seed, done with triggers, keys and constraints off in a transaction that is rolled back, and has to be
named by table and row. Exit status 1 if one is not.
"""

import argparse
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
from psycopg import sql
from tests.faults.network.disk import JournalStore, SignedFile
from tests.faults.network.parties import Head, loan_of, network, record_of, submitter_of
from tests.faults.network.process import START, Process
from tests.faults.network.world import World
from tests.faults.site import some_server

from creditloop.evidence.network import canonical_form, make_batch
from creditloop.evidence.network.node import Network, read_round
from creditloop.kernel.storage import Connection, connect, migrate
from creditloop.service.evidence_node import (
    NODE_ROOMS,
    NodeCheck,
    NodeProblem,
    NodeStore,
    SignedFiles,
    check_store,
)

_SEED, PARTY = 48, "fund.example"
"""A world and an honest party in it whose node has something of everything at the end, of SM2 lines too."""
_KEYS = {
    "round": ("origin", "first"),
    "note": ("origin",),
    "verdict": ("origin", "size", "batch_hash"),
    "contradiction": ("contradiction_no",),
    "proposal": ("proposal_no",),
}
_COLUMNS = {
    "round": ("origin", "first", "after", "body"),
    "note": ("origin", "size", "latest", "final"),
    "verdict": ("origin", "size", "batch_hash", "header", "verdict"),
    "contradiction": ("body",),
    "proposal": ("batch", "body"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What was attacked.

    Attributes:
        what: for people.
        table: which must be named.
        row: what the row that must be named contains; empty if the table is enough.
    """

    what: str
    table: str
    row: str = ""

    def is_named_by(self, problem: NodeProblem) -> bool:
        """Whether a problem names this."""
        return problem.table == f"node.{self.table}" and self.row in problem.row


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A node's database, what it signed last, and whom it knows."""

    url: str
    signed: SignedFiles
    network: Network

    def check(self, connection: Connection) -> NodeCheck:
        """Check the database as a connection sees it."""
        return check_store(connection, name=PARTY, network=self.network, signed=self.signed)


@contextmanager
def standing_node(server_url: str, folder: Path) -> Iterator[Standing]:
    """Give a node's database with what a simulated process had at its end."""
    world = World(seed=_SEED)
    world.run()
    (process,) = (one for one in world.processes if one.name == PARTY)
    database = f"attacked_{uuid.uuid4().hex[:12]}"
    url = psycopg.conninfo.make_conninfo(server_url, dbname=database)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database}".encode())
        try:
            with connect(url) as connection:
                migrate(connection, rooms=NODE_ROOMS, now=START)
                connection.commit()
            signed = SignedFiles(folder / "signed")
            _copy(process, url=url, signed=signed)
            yield Standing(url=url, signed=signed, network=process.network)
        finally:
            server.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())


def _copy(process: Process, *, url: str, signed: SignedFiles) -> None:
    """Write what a simulated process had to a real store, and a batch that waits."""
    kept, memory, store = JournalStore(process.disk), SignedFile(process.memory), NodeStore(url)
    for origin in network().names:
        rounds, notes = list(kept.rounds(origin, first=0)), kept.notes(origin)
        if rounds:
            store.append(origin, size_before=0, rounds=rounds, root=b"", latest=notes.latest)
        if notes.final:
            store.save_final(origin, final=notes.final)
        last = memory.read(origin)
        if last is not None:
            signed.write(origin, last)
    for (origin, batch_hash, size), (header, verdict) in kept.given.items():
        store.save_verdict(origin, batch_hash=batch_hash, size=size, header=header, verdict=verdict)
    for body in kept.contradictions():
        store.save_contradiction(body=body)
    record = record_of(
        PARTY, loan=loan_of(PARTY, 0), head=Head(), at=START, document="payout_order", content="waits"
    )
    batch = make_batch([record], batch="waits", at=START, signer=submitter_of(PARTY, process.generation))
    store.save_proposal(batch="waits", body=canonical_form(batch))
    store.close()


def attacked(connection: Connection, draw: Random) -> Attack:
    """Do one attack."""
    connection.execute("SET LOCAL session_replication_role = replica")
    return draw.choice((_edit, _edit, _edit, _delete, _insert, _swap, _cut, _switch_off))(connection, draw)


def _row(connection: Connection, draw: Random, tables: Sequence[str]) -> tuple[str, tuple[object, ...], str]:
    """Draw a table with rows and a row of it: table, key, and how a problem has to name it."""
    table = draw.choice(tables)
    keys = sql.SQL(", ").join(map(sql.Identifier, _KEYS[table]))
    rows = connection.execute(
        sql.SQL("SELECT {0} FROM {1} ORDER BY {0}").format(keys, sql.Identifier("node", table))
    ).fetchall()
    key = draw.choice(rows)
    return table, key, " ".join(map(str, key))


def _where(table: str) -> sql.Composed:
    return sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in _KEYS[table])


def _free(connection: Connection, table: str) -> None:
    """Drop what the database would still refuse: an attacker who owns it can."""
    name = sql.Identifier("node", table)
    found = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'u', 'p')",
        [f"node.{table}"],
    ).fetchall()
    for (constraint,) in found:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, sql.Identifier(constraint))
        )


def _edit(connection: Connection, draw: Random) -> Attack:
    """Change one value."""
    table, key, row = _row(connection, draw, list(_KEYS))
    column = draw.choice(_COLUMNS[table])
    _free(connection, table)
    name, cell = sql.Identifier("node", table), sql.Identifier(column)
    found = connection.execute(
        sql.SQL("SELECT {} FROM {} WHERE {}").format(cell, name, _where(table)), key
    ).fetchone()
    assert found is not None
    value = _other(found[0], draw, is_origin=column == "origin")
    connection.execute(
        sql.SQL("UPDATE {} SET {} = %s WHERE {}").format(name, cell, _where(table)), [value, *key]
    )
    # a place that was changed leaves a gap where it was, or stands where it does not belong
    if table == "round" and column in ("origin", "first"):
        row = str(key[0])
    elif (table == "verdict" and column in ("origin", "size", "batch_hash")) or (
        table == "note" and column == "origin"
    ):
        row = ""
    return Attack(what=f"edit {table}.{column}", table=table, row=row)


def _other(value: object, draw: Random, *, is_origin: bool) -> object:
    if is_origin:
        return draw.choice([name for name in (*network().names, "nobody.example") if name != value])
    if isinstance(value, int):
        return max(0, value + draw.choice([-3, -2, -1, 1, 2, 3])) if value else draw.randint(1, 5)
    if isinstance(value, str):
        at = draw.randrange(len(value) + 1)
        changed = value[:at] + draw.choice("aZ0/+=\n ") + value[at + draw.choice([0, 1]) :]
        return changed if changed != value else value + "x"
    data = bytearray(value)  # type: ignore[call-overload]
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def _delete(connection: Connection, draw: Random) -> Attack:
    """Take a row away that something else in the database, or beside the keys, tells of."""
    table, key, row = _row(connection, draw, ("round", "note", "verdict"))
    if table == "verdict" and not _is_in_a_round(connection, key):
        return _delete(connection, draw)
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE {}").format(sql.Identifier("node", table), _where(table)), key
    )
    return Attack(what=f"delete {table}", table=table, row=row)


def _is_in_a_round(connection: Connection, key: tuple[object, ...]) -> bool:
    """Say whether the verdict of this key came in time to stand in the round of its batch."""
    origin, size, batch_hash = key
    found = connection.execute(
        "SELECT body FROM node.round WHERE origin = %s AND first = %s", [origin, size]
    ).fetchone()
    if found is None:
        return False
    verdicts = read_round(bytes(found[0])).verdicts
    return any((one.verdict.node, one.verdict.batch_hash) == (PARTY, batch_hash) for one in verdicts)


def _insert(connection: Connection, draw: Random) -> Attack:
    """Put a copy of a row, changed in its key, beside it."""
    table, key, _ = _row(connection, draw, ("round", "verdict", "contradiction", "proposal"))
    _free(connection, table)
    name = sql.Identifier("node", table)
    connection.execute(
        sql.SQL("CREATE TEMP TABLE copied ON COMMIT DROP AS SELECT * FROM {} WHERE {}").format(
            name, _where(table)
        ),
        key,
    )
    change = {
        "round": "UPDATE copied SET first = after, after = 2 * after - first",
        "verdict": "UPDATE copied SET size = size + 1",
        "contradiction": "UPDATE copied SET body = body || 'x'::bytea, contradiction_no = 99",
        "proposal": "UPDATE copied SET batch = batch || 'x', proposal_no = 99",
    }[table]
    connection.execute(change.encode())
    connection.execute(sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM copied").format(name))
    row = str(key[0]) if table == "round" else ""
    return Attack(what=f"insert {table}", table=table, row=row)


def _swap(connection: Connection, draw: Random) -> Attack:
    """Exchange what two rounds of a log say."""
    rows = connection.execute("SELECT origin, first, body FROM node.round ORDER BY origin, first").fetchall()
    origin = draw.choice(
        [name for name, count in sorted(Counter(row[0] for row in rows).items()) if count > 1]
    )
    one, other = draw.sample([row for row in rows if row[0] == origin], 2)
    for place, body in ((one, other[2]), (other, one[2])):
        connection.execute(
            "UPDATE node.round SET body = %s WHERE origin = %s AND first = %s", [body, origin, place[1]]
        )
    return Attack(what="swap rounds", table="round", row=f"{origin} {min(one[1], other[1])}")


def _cut(connection: Connection, draw: Random) -> Attack:
    """Cut off the end of a log, and make its notes say so."""
    rows = connection.execute("SELECT origin, first FROM node.round ORDER BY origin, first").fetchall()
    origin, first = draw.choice(rows)
    connection.execute("DELETE FROM node.round WHERE origin = %s AND first >= %s", [origin, first])
    connection.execute("DELETE FROM node.note WHERE origin = %s", [origin])
    if draw.random() < 0.5:
        connection.execute("DELETE FROM node.verdict WHERE origin = %s AND size >= %s", [origin, first])
    return Attack(what="cut a log", table="round", row=f"{origin} {first}")


def _switch_off(connection: Connection, draw: Random) -> Attack:
    """Switch a guard off, or drop it."""
    table = draw.choice(("round", "verdict", "contradiction", "audit_line"))
    how = draw.choice(("ALTER TABLE {} DISABLE TRIGGER append_only", "DROP TRIGGER append_only ON {}"))
    connection.execute(sql.SQL(how).format(sql.Identifier("node", table)))
    return Attack(what=f"guard of {table}", table=table)


def attack_many(standing: Standing, *, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Do so many attacks, each found or not; return how many of each sort, and those not named."""
    draw, sorts, missed = Random(f"attacks {seed}"), Counter[str](), list[str]()
    with connect(standing.url) as connection:
        untouched = standing.check(connection)
        assert untouched.problems == (), untouched.problems
        for _ in range(count):
            with connection.transaction(force_rollback=True):
                attack = attacked(connection, draw)
                problems = standing.check(connection).problems
            sorts[attack.what] += 1
            if not any(map(attack.is_named_by, problems)):
                missed.append(f"{attack}: {problems}")
    return sorts, missed


def main() -> int:
    """Attack as often as asked for; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.service.evidence_node.store_attacks", description=__doc__
    )
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.monotonic()
    with (
        some_server() as server_url,
        tempfile.TemporaryDirectory() as folder,
        standing_node(server_url, Path(folder)) as standing,
    ):
        sorts, missed = attack_many(standing, count=given.count, seed=given.seed)
    for line in missed[:20]:
        sys.stdout.write(f"not named: {line}\n")
    sys.stdout.write(", ".join(f"{what}: {sorts[what]}" for what in sorted(sorts)) + "\n")
    sys.stdout.write(
        f"{given.count} attacks in {time.monotonic() - began:.0f} s: {len(missed)} not found and named\n"
    )
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
