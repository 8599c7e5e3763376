"""Events drawn to be awkward, on which window features are proven (模拟事件).

Days lie on both sides of every window's end, months likewise; codes are listed, not listed and null, numbers
lie on both sides of every band's end; events are known late, and corrected before, on and after the day;
parties have none or many. Everything drawn is simulated.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pyarrow as pa

from creditloop.data.windows.bulk import AS_OF
from creditloop.data.windows.definitions import SUPERSEDED_AT, EventTable, Unit, Window
from creditloop.data.windows.limits import MEASURE_MOST
from creditloop.data.windows.online import Event
from creditloop.data.windows.reading import WindowFeatureSet

KNOWN_AT = "known_at"
"""The column of drawn events that says when one became known, whatever a definition under proof takes for it;
`SUPERSEDED_AT` likewise."""
_COUNTS = (0, 1, 2, 5, 30, 200)
_DAY = date(2024, 2, 29)
Row = Mapping[str, object]
"""A drawn event: every column of its table, `KNOWN_AT` and `SUPERSEDED_AT`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Parties with the day each is asked about, and their events."""

    days: Mapping[str, date]
    events: Mapping[str, Sequence[Row]]


def draw(features: WindowFeatureSet, *, parties: int, seed: int) -> Drawn:
    """Draw parties and events; the same seed draws the same ones."""
    random = Random(seed)
    windows = sorted({one.window for feature in features.features for one in feature.quantities})
    days = {f"p{n:07d}": _DAY + timedelta(random.randint(-500, 500)) for n in range(parties)}
    events = {party: list(_events(features.table, windows, day, random)) for party, day in days.items()}
    return Drawn(days, events)


def online_events(table: EventTable, rows: Sequence[Row]) -> list[Event]:
    """Return events as the function of one party takes them."""
    return [[row[column] for column in table.columns] for row in rows]


def events_table(table: EventTable, events: Mapping[str, Sequence[Row]]) -> pa.Table:
    """Return everybody's events as the bulk execution takes them."""
    owners = [party for party, rows in events.items() for _ in rows]
    rows = [row for own in events.values() for row in own]
    columns = {
        column: pa.array([row[column] for row in rows], _type(column, table)) for column in table.columns
    }
    return pa.table({table.party: pa.array(owners, pa.string()), **columns})


def parties_table(table: EventTable, days: Mapping[str, date]) -> pa.Table:
    """Return the parties and their days as the bulk execution takes them."""
    return pa.table(
        {table.party: pa.array(list(days), pa.string()), AS_OF: pa.array(list(days.values()), pa.date32())}
    )


def columns_drawn(table: EventTable, random: Random) -> dict[str, object]:
    """Draw what an event says besides its days."""
    numbers = _numbers(table)
    found: dict[str, object] = {
        column: random.choice(_near(edges, random)) for column, edges in numbers.items()
    }
    for identifier in table.identifiers:
        found[identifier.column] = random.choice([None, *"abcdef"])
    for dimension in table.dimensions:
        if not dimension.bands:
            listed = [*dimension.codes, *dimension.codes]
            found[dimension.column] = random.choice([*listed, "not listed", None])
    return found


def _events(table: EventTable, windows: list[Window], day: date, random: Random) -> Iterator[Row]:
    """Draw the events of a party around its day."""
    edges = [_edge(window, day) for window in windows]
    furthest = max((day - edge).days for edge in edges) + 40
    for _ in range(random.choice(_COUNTS)):
        near = random.choice(edges) + timedelta(random.randint(-1, 1))
        happened = random.choice([near, day - timedelta(random.randint(-3, furthest))])
        known = happened + timedelta(random.choice([0, 0, 0, 1, 40]))
        corrected = random.choice(
            [None, None, None, known + timedelta(1), day + timedelta(random.randint(-1, 1))]
        )
        if corrected is not None and corrected <= known:
            corrected = None
        yield {
            **columns_drawn(table, random),
            table.day: happened,
            KNOWN_AT: known,
            SUPERSEDED_AT: corrected,
        }


def _edge(window: Window, day: date) -> date:
    """Return the first day of a window."""
    if window.unit is Unit.DAY:
        return day - timedelta(window.size - 1)
    months = 12 * day.year + day.month - window.size
    return date(months // 12, months % 12 + 1, 1)


def _numbers(table: EventTable) -> dict[str, list[int]]:
    """Return the columns of numbers, each with the ends of its bands."""
    found: dict[str, list[int]] = {measure.column: [] for measure in table.measures}
    for dimension in table.dimensions:
        ends = (end for band in dimension.bands.values() for end in (band.least, band.most))
        if dimension.bands:
            found.setdefault(dimension.column, []).extend(end for end in ends if end is not None)
    return found


def _near(edges: Sequence[int], random: Random) -> list[int | None]:
    usual = [None, 0, random.randint(-100, 10_000), random.randint(-(10**9), 10**9), MEASURE_MOST]
    return [*usual, *(random.choice(edges) + step for step in (-1, 0, 1) if edges)]


def _type(column: str, table: EventTable) -> pa.DataType:
    if column in {table.day, table.known_at, table.superseded}:
        return pa.date32()
    return pa.int64() if column in _numbers(table) else pa.string()
