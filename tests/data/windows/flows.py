"""A table of account flows, its window features, and events drawn at random (simulated)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data import Contract, parse_contract
from creditloop.data.windows import WindowFeatureSet, read_window_features, window_batches, window_function
from creditloop.kernel.documents import parse_document

FOLDER = Path(__file__).parent
COLUMNS = (
    "party_id",
    "booked",
    "known_at",
    "superseded_at",
    "direction",
    "channel",
    "amount_fen",
    "counterparty",
)
SCHEMA = pa.schema(
    [
        ("party_id", pa.string()),
        ("booked", pa.date32()),
        ("known_at", pa.date32()),
        ("superseded_at", pa.date32()),
        ("direction", pa.string()),
        ("channel", pa.string()),
        ("amount_fen", pa.int64()),
        ("counterparty", pa.string()),
    ]
)
Flow = tuple[str, date, date, date | None, str | None, str | None, int | None, str | None]


def contract() -> Contract:
    """Return the contract of the flows."""
    return parse_contract((FOLDER / "flows.yaml").read_text("utf-8"), path="contracts/flows.yaml")


def text() -> str:
    """Return the document of features."""
    return (FOLDER / "flow_features.yaml").read_text("utf-8")


def features(document: str | None = None) -> WindowFeatureSet:
    """Read the document, or another text of it."""
    read = parse_document(document if document is not None else text(), path="features/flow.yaml")
    return read_window_features(read, contract=contract())


def days(count: int, *, seed: int) -> dict[str, date]:
    """Return parties, each with the day it is asked about."""
    random = Random(seed)
    return {f"p{n:05d}": date(2024, 1, 1) + timedelta(random.randint(0, 400)) for n in range(count)}


def flows(asked: Mapping[str, date], *, seed: int) -> list[Flow]:
    """Draw flows around the parties' days: none or many, later ones, late ones, nulls, values not listed."""
    random = Random(seed)
    found: list[Flow] = []
    for party, day in asked.items():
        for _ in range(random.choice([0, 1, 3, 30, 120])):
            booked = day - timedelta(
                random.choice([random.randint(-30, 500), *range(3), 29, 30, 89, 90, 360])
            )
            known = booked + timedelta(random.choice([0, 0, 0, 1, 40]))
            corrected = random.choice([None, None, known + timedelta(1), day, day + timedelta(1)])
            found.append(
                (
                    party,
                    booked,
                    known,
                    corrected if corrected is not None and corrected > known else None,
                    random.choice(["in", "out", "?", None]),
                    random.choice(["atm", "pos", "web", "gold", None]),
                    random.choice([None, 0, random.randint(-(10**6), 10**6), random.randint(0, 10**13)]),
                    random.choice(["a", "b", "c", "d", None]),
                )
            )
    random.shuffle(found)
    return found


def written(rows: Sequence[Flow], folder: Path) -> str:
    """Write flows to Parquet; return the relation to read them by."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in COLUMNS)
    path = folder / "flows.parquet"
    arrays = [pa.array(column, entry.type) for column, entry in zip(columns, SCHEMA, strict=True)]
    pq.write_table(pa.table(arrays, schema=SCHEMA), path)
    return f"read_parquet('{path}')"


def in_bulk(
    read: WindowFeatureSet, rows: Sequence[Flow], asked: Mapping[str, date], folder: Path
) -> dict[str, list[object]]:
    """Return every feature's column, in the parties' order."""
    parties = pa.table({"party_id": list(asked), "as_of": pa.array(list(asked.values()), pa.date32())})
    batches = window_batches(
        table=read.table, features=read.features, events=written(rows, folder), parties=parties
    )
    return pa.concat_tables(list(batches)).to_pydict()


def online(
    read: WindowFeatureSet, rows: Sequence[Flow], asked: Mapping[str, date]
) -> dict[str, list[object]]:
    """Return the same by the function of one party."""
    function = window_function(table=read.table, features=read.features).evaluate
    own: dict[str, list[Flow]] = {party: [] for party in asked}
    for row in rows:
        own[row[0]].append(row)
    answers = [function([row[1:] for row in own[party]], day) for party, day in asked.items()]
    columns = zip(*answers, strict=True)
    return {feature.name: list(told) for feature, told in zip(read.features, columns, strict=True)}
