"""A small sealed world: three tables of every kind of column, batches in them, a folder outside."""

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from creditloop.evidence import EvidenceFolder, extend, seal_batch
from creditloop.kernel.storage import AppendOnlyTable, Connection, copy_rows

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
ORIGIN = "bank.example/evidence"

SCHEMA = """
CREATE SCHEMA sealed_example;
CREATE TABLE sealed_example.posting (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    event_id uuid NOT NULL,
    leg smallint NOT NULL,
    amount_fen bigint NOT NULL,
    value_date date NOT NULL,
    note text,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TABLE sealed_example.letter (
    row_no integer NOT NULL,
    letter_no bigint NOT NULL,
    body text,
    received_at timestamptz,
    picture bytea,
    answered boolean,
    rate numeric(12, 9),
    ratio double precision,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    batch_id uuid NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
CREATE TABLE sealed_example.policy (
    batch_id uuid NOT NULL,
    row_no integer NOT NULL,
    path text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (batch_id, row_no)
);
"""

POSTING = AppendOnlyTable(
    name="sealed_example.posting",
    key=("event_id", "leg"),
    columns=("batch_id", "row_no", "event_id", "leg", "amount_fen", "value_date", "note"),
)
LETTER = AppendOnlyTable(
    name="sealed_example.letter",
    key=("letter_no",),
    columns=(
        "letter_no",
        "body",
        "received_at",
        "picture",
        "answered",
        "rate",
        "ratio",
        "row_no",
        "batch_id",
    ),
    unhashed={"arrival": "the order of arrival, given by the database"},
)
POLICY = AppendOnlyTable(
    name="sealed_example.policy", key=("path",), columns=("batch_id", "row_no", "path", "body")
)
TABLES = (POSTING, LETTER, POLICY)

TEXTS = (
    "",
    "plain",
    "tab\there",
    "line\nfeed",
    "back\\slash",
    "return\r",
    "中文，标点",
    "\\N",
    "\\.",
    "é\u200b😀",
    None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the sealed world consists of."""

    folder: EvidenceFolder
    batches: tuple[uuid.UUID, ...]
    tables: tuple[AppendOnlyTable, ...] = TABLES


def create_tables(connection: Connection) -> None:
    connection.execute(SCHEMA.encode())
    for table in TABLES:
        connection.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION kernel.refuse_change()".encode()
        )


def _posting(draw: random.Random) -> tuple[object, ...]:
    event_id = uuid.UUID(int=draw.getrandbits(128))
    value_date = date(2005, 4, 1) + timedelta(days=draw.randint(0, 180))
    return event_id, draw.randint(1, 4), draw.randint(-(10**12), 10**12), value_date, draw.choice(TEXTS)


def _letter(draw: random.Random, no: int) -> tuple[object, ...]:
    return (
        draw.randint(0, 2**62),
        draw.choice(TEXTS),
        draw.choice([None, NOW + timedelta(microseconds=no)]),
        draw.choice([None, draw.randbytes(draw.randint(0, 9))]),
        draw.choice([None, True, False]),
        draw.choice([None, Decimal(draw.randint(0, 10**9)).scaleb(-9)]),
        draw.choice([None, draw.random(), -1e300, 0.1]),
    )


def fill_batch(connection: Connection, *, batch: uuid.UUID, sizes: Sequence[int], seed: int) -> None:
    """Write a batch's rows: so many postings, letters and policies."""
    draw = random.Random(seed)
    postings = [(batch, no, *_posting(draw)) for no in range(sizes[0])]
    letters = [(batch, no, *_letter(draw, no)) for no in range(sizes[1])]
    policies = [
        (batch, no, f"policies/{no}.yaml", f"limit_fen: {draw.randint(0, 99)}\n") for no in range(sizes[2])
    ]
    posting_columns = POSTING.columns
    letter_columns = ("batch_id", "row_no", *LETTER.columns[:-2])
    copy_rows(connection, table=POSTING.name, columns=posting_columns, rows=postings)
    copy_rows(connection, table=LETTER.name, columns=letter_columns, rows=letters)
    copy_rows(connection, table=POLICY.name, columns=POLICY.columns, rows=policies)


def seal_one(connection: Connection, folder: EvidenceFolder, *, sizes: Sequence[int], seed: int) -> uuid.UUID:
    """Write, seal and commit one batch, then extend the log over it."""
    batch = uuid.UUID(int=random.Random(seed).getrandbits(128))
    fill_batch(connection, batch=batch, sizes=sizes, seed=seed)
    seal_batch(connection, folder=folder, tables=TABLES, batch_id=batch, now=NOW)
    connection.commit()
    extend(connection, folder=folder, now=NOW)
    connection.commit()
    return batch
