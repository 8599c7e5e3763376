"""A source of account flows whose rows are corrected and known late, its features, files (simulated)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from creditloop.data import Access, Contract, parse_contract
from creditloop.data.events import PartyReading
from creditloop.data.windows import WindowFeatureSet, read_window_features
from creditloop.kernel.documents import parse_document

FOLDER = Path(__file__).parent
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        ("party_no", pa.string()),
        ("move_no", pa.string()),
        ("booked_on", pa.date32()),
        ("settled_on", pa.date32()),
        ("known_on", pa.date32()),
        ("channel", pa.string()),
        ("direction", pa.string()),
        ("amount", pa.decimal128(18, 2)),
        ("shop", pa.string()),
        ("faith", pa.string()),
    ]
)
Row = dict[str, object]


@lru_cache
def contract(*replacements: tuple[str, str]) -> Contract:
    """Return the contract of the flows, with pieces of its text replaced; each must be there."""
    text = (FOLDER / "flows.yaml").read_text("utf-8")
    for old, new in replacements:
        assert old in text, f"{old!r} is not in the contract"
        text = text.replace(old, new)
    return parse_contract(text, path="contracts/moves.yaml")


def features(read: Contract | None = None, *replacements: tuple[str, str]) -> WindowFeatureSet:
    """Read the document of features, with pieces of its text replaced."""
    text = (FOLDER / "flow_features.yaml").read_text("utf-8")
    for old, new in replacements:
        assert old in text, f"{old!r} is not in the document"
        text = text.replace(old, new)
    document = parse_document(text, path="features/move_windows.yaml")
    return read_window_features(document, contract=read or contract())


def row(party: str, number: str, booked: date, **changes: object) -> Row:
    """Return one row; what is not said is ordinary, and known on the day it was booked."""
    given: Row = {
        "party_no": party,
        "move_no": number,
        "booked_on": booked,
        "settled_on": booked,
        "known_on": booked,
        "channel": "atm",
        "direction": "in",
        "amount": 100,
        "shop": "a",
        "faith": None,
    }
    assert set(changes) <= set(given)
    return given | changes


def rows(parties: int, *, seed: int, day: date = date(2025, 3, 31)) -> list[Row]:
    """Draw rows around a day: nulls, values not listed, known late, corrected once or twice."""
    random = Random(seed)
    found: list[Row] = []
    for party in range(parties):
        for number in range(random.choice([0, 1, 3, 25, 60])):
            booked = day - timedelta(random.choice([random.randint(-20, 210), *range(3), 6, 7, 29, 30, 90]))
            known = booked
            for _ in range(random.choice([1, 1, 1, 2, 3])):
                known += timedelta(
                    random.choice([0, 0, 1, 5, 40]) if known == booked else random.randint(1, 50)
                )
                found.append(
                    row(
                        f"{party:03d}",
                        f"m{number}",
                        booked - timedelta(random.choice([0, 0, 0, 1])) if known > booked else booked,
                        known_on=known,
                        channel=random.choice(["atm", "pos", "web", "gold", None]),
                        direction=random.choice(["in", "out", None]),
                        amount=random.choice([None, 0, random.randint(-500, 90_000)]),
                        shop=random.choice(["a", "b", "c", None]),
                    )
                )
    random.shuffle(found)
    return found


def written(folder: Path, made: Iterable[Mapping[str, object]], *, name: str = "moves") -> Path:
    """Write rows to Parquet as the source gives them."""
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pylist(list(made), schema=SCHEMA), path)
    return path


def few_files(folder: Path, day: date = date(2025, 3, 31)) -> list[Path]:
    """Write two files of a few flows, one of which is corrected by the second."""
    first = [
        row("1", "a", day - timedelta(40), amount=10, channel="web", direction="out"),
        row("1", "b", day - timedelta(2), amount=20, shop="z"),
        row("1", "c", day, amount=None, channel="gold"),
        row("1", "d", day - timedelta(200), amount=5),
        row("1", "e", day, known_on=day + timedelta(1), amount=7),
        row("2", "a", day, amount=1_000),
        row("3", "a", day, amount=None),
    ]
    corrected = row("1", "b", day - timedelta(2), amount=25, known_on=day - timedelta(1), shop=None)
    return [written(folder, first, name="first"), written(folder, [corrected], name="second")]


def reading(
    party: str, as_of: date, *, denied: list[Access] | None = None, **changes: object
) -> PartyReading:
    """Return a reading of a party for a rule; denials are put down in `denied`."""
    kept: list[Access] = [] if denied is None else denied
    given: dict[str, object] = {
        "contract": contract(),
        "party_id": f"customer/{party}",
        "as_of": as_of,
        "purpose": "rule",
        "reader": "li.ming",
        "reason": "test",
        "now": NOW,
        "record_denial": kept.append,
    }
    return PartyReading(**(given | changes))  # type: ignore[arg-type]  # the fields of a reading


def parties_of(made: Sequence[Row]) -> list[str]:
    """Return the parties that rows tell of, in order."""
    return sorted({str(one["party_no"]) for one in made})
