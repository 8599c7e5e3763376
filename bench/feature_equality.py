"""Every feature of the catalogue, of many parties, online and in bulk: what differs, and how long it takes.

The events are those of a town's files, prepared under their contracts as for any bulk run, each party being
asked about on a day of its own in the town's second half; of a source the town has no file of, they are
drawn. Everything is simulated.
"""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from creditloop.data import read_contract
from creditloop.data.catalogue import read_catalogue
from creditloop.data.events import prepare_events
from creditloop.data.windows import (
    WindowFeatureSet,
    prove_windows,
    unlisted_values,
    window_batches,
    window_function,
)

ROOT = Path(__file__).parents[1]
_REGISTER = "customer"
_SEED = 20250101


@dataclass(frozen=True, slots=True)
class Equality:
    """What came of one document."""

    features: int
    parties: int
    events: int
    differences: int
    first: str
    unlisted: int
    seconds: float


def equality(town: Path | None, *, parties: int) -> Iterator[str]:
    """Compare both executions, document by document; tell each, and the whole."""
    began, found = time.perf_counter(), list[Equality]()
    days = _days(town, parties) if town is not None else {}
    for features in read_catalogue(ROOT).sets:
        file = town / f"{features.contract}.parquet" if town is not None else None
        if file is not None and file.exists():
            one = _of_files(features, file, days)
        else:
            one = _of_drawn(features, parties)
        found.append(one)
        yield f"{features.name:<16}{_told(one)}"
    whole = Equality(
        sum(one.features for one in found),
        max(one.parties for one in found),
        sum(one.events for one in found),
        sum(one.differences for one in found),
        next((one.first for one in found if one.first), ""),
        sum(one.unlisted for one in found),
        time.perf_counter() - began,
    )
    yield f"{'all':<16}{_told(whole)}"


def _told(one: Equality) -> str:
    return (
        f"{one.features:>7,} features x {one.parties:>7,} parties, {one.events:>9,} events: "
        f"{one.differences} differences{one.first}, {one.unlisted} of unlisted codes, {one.seconds:.1f} s"
    )


def _of_drawn(features: WindowFeatureSet, parties: int) -> Equality:
    began = time.perf_counter()
    proof = prove_windows(features, parties=parties, seed=_SEED)
    first = f" ({proof.first[0]})" if proof.first else ""
    spent = time.perf_counter() - began
    return Equality(proof.features, parties, proof.events, proof.differences, first, 0, spent)


def _of_files(features: WindowFeatureSet, file: Path, days: Mapping[str, date]) -> Equality:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare_events(
            contract=read_contract(ROOT / "contracts" / f"{features.contract}.yaml", root=ROOT),
            table=features.table.name,
            files=[file],
            target=Path(folder) / "events.parquet",
            purpose="model",
            consenting=list(days),
        )
        own = _by_party(features, prepared.path)
        differences, first = _compared(features, prepared.relation, own, days)
        unlisted = unlisted_values(table=features.table, events=prepared.relation)
    return Equality(
        len(features.features),
        len(days),
        prepared.events,
        differences,
        first,
        sum(one.events for one in unlisted),
        time.perf_counter() - began,
    )


def _compared(
    features: WindowFeatureSet,
    events: str,
    own: Mapping[str, Sequence[Sequence[object]]],
    days: Mapping[str, date],
) -> tuple[int, str]:
    function = window_function(table=features.table, features=features.features).evaluate
    parties = pa.table(
        {features.table.party: list(days), "as_of": pa.array(list(days.values()), pa.date32())}
    )
    asked, count, first = iter(days.items()), 0, ""
    names = [feature.name for feature in features.features]
    for batch in window_batches(
        table=features.table, features=features.features, events=events, parties=parties
    ):
        for bulk in zip(*(batch[name].to_pylist() for name in names), strict=True):
            party, day = next(asked)
            online = function(own.get(party, ()), day)
            if online != bulk:
                wrong = [n for n, (one, other) in enumerate(zip(online, bulk, strict=True)) if one != other]
                count += len(wrong)
                first = first or f" ({party} on {day}: {names[wrong[0]]} {online[wrong[0]]} {bulk[wrong[0]]})"
    return count, first


def _by_party(features: WindowFeatureSet, file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the events as the function of one party takes them."""
    table = pq.read_table(file, columns=[features.table.party, *features.table.columns])
    owners = table[features.table.party].to_pylist()
    rows = zip(*(table[name].to_pylist() for name in features.table.columns), strict=True)
    found: dict[str, list[tuple[object, ...]]] = {}
    for party, row in zip(owners, rows, strict=True):
        found.setdefault(party, []).append(row)
    return found


def _days(town: Path, parties: int) -> dict[str, date]:
    """Return so many parties of the town, each with its day."""
    told = json.loads((town / "town.json").read_text("utf-8"))
    begin, end = date.fromisoformat(told["first_day"]), date.fromisoformat(told["last_day"])
    half = (end - begin).days // 2
    numbers = pc.unique(pq.read_table(town / "parties.parquet", columns=["party_no"])["party_no"]).to_pylist()
    return {
        f"{_REGISTER}/{number}": end - timedelta(place * 37 % half)
        for place, number in enumerate(sorted(numbers)[:parties])
    }
