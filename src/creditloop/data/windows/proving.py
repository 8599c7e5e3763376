"""Prove that window features are the same online and in bulk (一致性证明): on events drawn to be awkward.

Days lie on both sides of every window's end, months likewise; values are listed, not listed and null;
events are known late; parties have none or many. Everything drawn is simulated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pyarrow as pa

from creditloop.data.windows.bulk import AS_OF, window_batches
from creditloop.data.windows.definitions import EventTable, Unit, Window
from creditloop.data.windows.limits import MEASURE_MOST
from creditloop.data.windows.online import Event, window_function
from creditloop.data.windows.reading import WindowFeatureSet

_FIRST = 10
"""Differences kept; all are counted."""
_COUNTS = (0, 1, 2, 5, 30, 200)
_DAY = date(2024, 2, 29)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDifference:
    """A party of whom the two executions say different things."""

    party: str
    as_of: date
    feature: str
    online: int | None
    bulk: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowProof:
    """What was drawn and what came of it.

    Attributes:
        constant: features that only ever gave one value: little was proven of them.
    """

    document: str
    seed: int
    parties: int
    events: int
    features: int
    differences: int
    first: tuple[WindowDifference, ...]
    constant: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the executions agreed on everything."""
        return self.differences == 0

    def as_record(self) -> dict[str, object]:
        """Return the proof as plain data that can be hashed."""
        return {
            "document": self.document,
            "seed": self.seed,
            "parties": self.parties,
            "events": self.events,
            "features": self.features,
            "differences": self.differences,
            "first": [
                {
                    "party": one.party,
                    "as_of": one.as_of.isoformat(),
                    "feature": one.feature,
                    "online": one.online,
                    "bulk": one.bulk,
                }
                for one in self.first
            ],
            "constant": list(self.constant),
            "simulated": True,
        }


def prove_windows(features: WindowFeatureSet, *, parties: int, seed: int) -> WindowProof:
    """Compute every feature of drawn parties by both executions and compare.

    Args:
        parties: how many, at least 1; the same seed draws the same ones.
    """
    table, random = features.table, Random(seed)
    windows = sorted({one.window for feature in features.features for one in feature.quantities})
    asked = {f"p{n:07d}": _DAY + timedelta(random.randint(-500, 500)) for n in range(parties)}
    own = {party: list(_events(table, windows, day, random)) for party, day in asked.items()}
    function = window_function(table=table, features=features.features).evaluate
    count, first, values = 0, list[WindowDifference](), [set[int | None]() for _ in features.features]
    days = iter(asked.items())
    for batch in window_batches(
        table=table, features=features.features, events=_table(table, own), parties=_parties(table, asked)
    ):
        columns = [batch[feature.name].to_pylist() for feature in features.features]
        for bulk in zip(*columns, strict=True):
            party, day = next(days)
            for n, (one, other) in enumerate(zip(function(own[party], day), bulk, strict=True)):
                values[n].add(other)
                if one != other:
                    count += 1
                    name = features.features[n].name
                    if len(first) < _FIRST:
                        told = WindowDifference(party=party, as_of=day, feature=name, online=one, bulk=other)
                        first.append(told)
    return WindowProof(
        document=features.hash,
        seed=seed,
        parties=parties,
        events=sum(map(len, own.values())),
        features=len(features.features),
        differences=count,
        first=tuple(first),
        constant=tuple(
            feature.name for feature, seen in zip(features.features, values, strict=True) if len(seen) < 2
        ),
    )


def _events(table: EventTable, windows: list[Window], day: date, random: Random) -> Iterator[Event]:
    """Draw the events of a party around its day."""
    edges = [_edge(window, day) for window in windows]
    furthest = max((day - edge).days for edge in edges) + 40
    for _ in range(random.choice(_COUNTS)):
        near = random.choice(edges) + timedelta(random.randint(-1, 1))
        happened = random.choice([near, day - timedelta(random.randint(-3, furthest))])
        known = happened + timedelta(random.choice([0, 0, 0, 1, 40]))
        given: dict[str, object] = {table.day: happened, table.known_at: known}
        for dimension in table.dimensions:
            given[dimension.column] = random.choice(
                [*dimension.values, *dimension.values, "not listed", None]
            )
        for measure in table.measures:
            given[measure.column] = random.choice(
                [None, 0, random.randint(-100, 10_000), random.randint(-(10**9), 10**9), MEASURE_MOST]
            )
        for identifier in table.identifiers:
            given[identifier.column] = random.choice([None, *"abcdef"])
        yield [given[column] for column in table.columns]


def _edge(window: Window, day: date) -> date:
    """Return the first day of a window."""
    if window.unit is Unit.DAY:
        return day - timedelta(window.size - 1)
    months = 12 * day.year + day.month - window.size
    return date(months // 12, months % 12 + 1, 1)


def _table(table: EventTable, own: Mapping[str, list[Event]]) -> pa.Table:
    numbers = {measure.column for measure in table.measures}
    rows = [(party, *event) for party, events in own.items() for event in events]
    columns = list(zip(*rows, strict=True)) or [()] * (1 + len(table.columns))
    return pa.table(
        {
            name: pa.array(values, _type(name, table, numbers))
            for name, values in zip((table.party, *table.columns), columns, strict=True)
        }
    )


def _type(name: str, table: EventTable, numbers: set[str]) -> pa.DataType:
    if name in {table.day, table.known_at}:
        return pa.date32()
    return pa.int64() if name in numbers else pa.string()


def _parties(table: EventTable, asked: Mapping[str, date]) -> pa.Table:
    return pa.table({table.party: list(asked), AS_OF: pa.array(list(asked.values()), pa.date32())})
