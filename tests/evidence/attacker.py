"""Who attacks: full write access to the database, and what an attack has to tell about itself."""

import hashlib
import json
import random
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from psycopg import sql
from sealed_world import LETTER, TABLES, World

from creditloop.evidence import Problem
from creditloop.evidence.entry import entry_hash
from creditloop.evidence.hashing import tree_root
from creditloop.evidence.rows import pin_settings, read_rows, row_hashes, row_prefix
from creditloop.evidence.signature import Ed25519Signer
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.storage import AppendOnlyTable, Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was attacked.

    Attributes:
        codes: codes one of which must name it.
        table, batch, row_no: the row or chunk that must be named, where there is one.
        entry_no: the entry (or size of checkpoint) that must be named, where there is one.
        also: codes that are right to be there besides.
    """

    codes: Collection[str]
    table: str | None = None
    batch: uuid.UUID | None = None
    row_no: int | None = None
    entry_no: int | None = None
    also: Collection[str] = field(default=())

    def is_named_by(self, problem: Problem) -> bool:
        if problem.code not in self.codes:
            return False
        if self.table is not None and problem.table != self.table:
            return False
        if self.batch is not None and problem.batch != str(self.batch):
            return False
        if self.entry_no is not None and problem.entry_no != self.entry_no:
            return False
        return self.row_no is None or _covers(problem, self.row_no)

    def may_be_named_by(self, problem: Problem) -> bool:
        return problem.code in self.also or self.is_named_by(problem)


def _covers(problem: Problem, row_no: int) -> bool:
    return problem.row_no is not None and problem.row_no <= row_no <= (problem.row_last or problem.row_no)


NEW_VALUES: dict[str, Callable[[random.Random], object]] = {
    "event_id": lambda draw: uuid.UUID(int=draw.getrandbits(128)),
    "leg": lambda draw: draw.randint(5, 99),
    "amount_fen": lambda draw: draw.choice([-(10**13), 10**15, draw.randint(10**13, 10**14)]),
    "value_date": lambda draw: draw.choice(["0001-01-01", "infinity", "2060-02-28", "0044-03-15 BC"]),
    "note": lambda draw: draw.choice(["\\", "\\t", "plain ", "tab here", "中文,标点", "N", "line\r\nfeed"]),
    "letter_no": lambda draw: -draw.randint(1, 10**9),
    "body": lambda draw: draw.choice(["\\", "\\t", "plain ", "Plain", "é\u200b", "limit_fen: 100\n"]),
    "received_at": lambda draw: draw.choice(
        ["infinity", "1999-12-31 23:59:59.999999+00", "2026-01-05 09:30+08"]
    ),
    "picture": lambda draw: b"\x00" * draw.randint(10, 20),
    "rate": lambda draw: draw.choice(["2.000000001", "NaN"]),
    "ratio": lambda draw: draw.choice([float("nan"), float("inf"), 0.1 + 0.2, 5e-324]),
    "path": lambda draw: f"policies/{draw.randint(10, 99)}.yaml",
}
NULLABLE = {"note", "received_at", "picture", "rate", "ratio"}

PLACES = ("batch_id", "row_no")
"""The columns that say where a row stands."""


class Attacker:
    """Full write access to the database, triggers and foreign keys off; no access to the folder."""

    def __init__(self, connection: Connection, world: World, draw: random.Random) -> None:
        self.connection = connection
        self.world = world
        self.draw = draw
        self.key = Ed25519Signer("bank.example/evidence", draw.randbytes(32))
        connection.execute("SET LOCAL session_replication_role = replica")

    def run(self, statement: str, *values: object) -> None:
        """Execute, and insist that something was hit."""
        assert self.connection.execute(statement.encode(), values).rowcount >= 1, statement

    def one(self, statement: str, *values: object) -> tuple:
        return self.all(statement, *values)[0]

    def all(self, statement: str, *values: object) -> list[tuple]:
        return self.connection.execute(statement.encode(), values).fetchall()

    def table(self) -> AppendOnlyTable:
        return self.draw.choice(TABLES)

    def row(self, table: AppendOnlyTable) -> tuple[uuid.UUID, int]:
        return self.draw.choice(self.all(f"SELECT batch_id, row_no FROM {table.name} ORDER BY 1, 2"))

    def two(self, statement: str) -> list[tuple]:
        return self.draw.sample(self.all(statement), 2)

    def two_rows(self, table: AppendOnlyTable) -> list[tuple]:
        return self.two(f"SELECT batch_id, row_no FROM {table.name} ORDER BY 1, 2")

    def entry(self) -> tuple[int, str, bytes, bytes]:
        number, body, leaf, signature = self.draw.choice(
            self.all("SELECT * FROM evidence.entry ORDER BY entry_no")
        )
        return number, body, bytes(leaf), bytes(signature)

    def chunk(self) -> tuple:
        return self.draw.choice(self.all("SELECT * FROM evidence.chunk ORDER BY entry_no"))

    def chunk_with_entry(self, number: int | None = None) -> tuple[tuple, dict, AppendOnlyTable]:
        """A chunk, its entry's record and its table."""
        chunk = (
            self.chunk()
            if number is None
            else self.one("SELECT * FROM evidence.chunk WHERE entry_no = %s", number)
        )
        (body,) = self.one("SELECT body FROM evidence.entry WHERE entry_no = %s", chunk[0])
        return chunk, json.loads(body), next(table for table in TABLES if table.name == chunk[1])

    def chunk_target(self, chunk: tuple, codes: Collection[str], also: Collection[str] = ()) -> Target:
        number, table, batch, first = chunk[:4]
        return Target(codes=codes, table=table, batch=batch, row_no=first, entry_no=number, also=also)

    def flipped(self, data: bytes) -> bytes:
        position = self.draw.randrange(len(data))
        changed = data[position] ^ self.draw.randint(1, 255)
        return data[:position] + bytes([changed]) + data[position + 1 :]

    def set_value(self, table: AppendOnlyTable, column: str, batch: uuid.UUID, row_no: int) -> None:
        """Put another value into a column of a row."""
        where = f"WHERE batch_id = '{batch}' AND row_no = {row_no}"
        (before,) = self.one(f"SELECT {column} FROM {table.name} {where}")
        if column == "answered":
            value = {True: False, False: None, None: True}[before]
        elif column in NULLABLE and before is not None and self.draw.random() < 0.3:
            value = None
        else:
            value = NEW_VALUES[column](self.draw)
        self.run(f"UPDATE {table.name} SET {column} = %s {where}", value)

    def copy_row(
        self,
        table: AppendOnlyTable,
        batch: uuid.UUID,
        row_no: int,
        to: uuid.UUID | None,
        number: int,
        into: str = "",
    ) -> None:
        """Add a row like another one; `into` is a child table, which has no numbers of its own to give."""
        rest = [column for column in table.columns if column not in PLACES]
        rest += ["arrival"] if into and table is LETTER else []
        names = ", ".join(rest)
        self.run(
            f"INSERT INTO {into or table.name} (batch_id, row_no, {names}) SELECT %s::uuid, %s, {names}"
            f" FROM {table.name} WHERE (batch_id, row_no) = (%s, %s) LIMIT 1",
            to,
            number,
            batch,
            row_no,
        )

    def swap(self, table: str, one: int, two: int) -> None:
        """Two entries or chunks exchange their numbers."""
        for before, after in ((one, 10**9), (two, one), (10**9, two)):
            self.run(f"UPDATE {table} SET entry_no = %s WHERE entry_no = %s", after, before)

    def delete_sealed(self, number: int) -> None:
        """An entry goes with its chunk and rows."""
        chunk, record, table = self.chunk_with_entry(number)
        sealed_here = "batch_id = %s AND row_no >= %s AND row_no < %s"
        after = chunk[3] + record["count"]
        self.run(f"DELETE FROM {table.name} WHERE {sealed_here}", chunk[2], chunk[3], after)
        self.run("DELETE FROM evidence.chunk WHERE entry_no = %s", number)
        self.run("DELETE FROM evidence.entry WHERE entry_no = %s", number)

    def hashes_of(self, chunk: tuple, table: AppendOnlyTable, salts: bytes) -> tuple[bytes, list[bytes]]:
        """Salts and row hashes of a chunk's rows as they stand now; missing salts are drawn."""
        pin_settings(self.connection)
        condition = sql.SQL("batch_id = {} AND row_no >= {} AND row_no < {}").format(
            chunk[2], chunk[3], chunk[3] + 1000
        )
        rows = read_rows(self.connection, table=table.name, columns=table.columns, condition=condition)
        texts = [text for _, _, text in rows]
        salts = (salts + self.draw.randbytes(16 * len(texts)))[: 16 * len(texts)]
        return salts, row_hashes(salts, row_prefix(table.name), texts)

    def set_chunk(self, number: int, salts: bytes, hashes: list[bytes]) -> None:
        joined = b"".join(hashes)
        self.run(
            "UPDATE evidence.chunk SET salts = %s, row_hashes = %s WHERE entry_no = %s", salts, joined, number
        )

    def rewrite(self, chunk: tuple, record: dict, table: AppendOnlyTable, *, resign: bool) -> None:
        """Compute chunk, entry and leaf hash anew from the rows there are; sign with another key, or not."""
        salts, hashes = self.hashes_of(chunk, table, b"")
        record = record | {
            "count": len(hashes),
            "rows_root": tree_root(hashes).hex(),
            "salts_hash": hashlib.sha256(salts).hexdigest(),
        }
        body = canonical_bytes(record).decode()
        self.set_chunk(chunk[0], salts, hashes)
        self.run(
            "UPDATE evidence.entry SET body = %s, leaf_hash = %s WHERE entry_no = %s",
            body,
            entry_hash(body),
            chunk[0],
        )
        if resign:
            self.run(
                "UPDATE evidence.entry SET signature = %s WHERE entry_no = %s",
                self.key.sign(body.encode()),
                chunk[0],
            )


Attack = Callable[[Attacker], Target]


def named(name: str, attack: Attack) -> Attack:
    attack.__name__ = name
    return attack
