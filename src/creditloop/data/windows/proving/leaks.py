"""Show that the future changes nothing (泄漏探针): no feature of a day depends on what became known later.

Of the same drawn parties everything known after their day is changed, left out and added to: events known
later say something else, or are gone; further ones, some of them about days long past, are there; corrections
known later come on another day, or not at all. Every feature, online and in bulk, must stay as it was.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random

from creditloop.data.windows.bulk import window_batches
from creditloop.data.windows.definitions import SUPERSEDED_AT
from creditloop.data.windows.online import window_function
from creditloop.data.windows.proving.drawing import (
    KNOWN_AT,
    Row,
    columns_drawn,
    draw,
    events_table,
    online_events,
    parties_table,
)
from creditloop.data.windows.reading import WindowFeatureSet

_FIRST = 10
"""Leaks kept; all are counted."""
_NOW = "now"
Worlds = Mapping[str, Mapping[str, Sequence[Row]]]
"""Every party's events as drawn (`_NOW`), and as each of `_FUTURES` changes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowLeak:
    """A feature of a party that is another when the future is."""

    execution: str
    change: str
    party: str
    as_of: date
    feature: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakProbe:
    """What was tried and what came of it; `changed` counts the events that were changed, gone or new."""

    document: str
    seed: int
    parties: int
    features: int
    changed: int
    leaks: int
    first: tuple[WindowLeak, ...]

    @property
    def holds(self) -> bool:
        """Whether the future changed nothing, and there was one."""
        return self.leaks == 0 and self.changed > 0

    def as_record(self) -> dict[str, object]:
        """Return the probe as plain data that can be hashed."""
        first = [
            {
                "execution": one.execution,
                "change": one.change,
                "party": one.party,
                "as_of": one.as_of.isoformat(),
                "feature": one.feature,
                "before": one.before,
                "after": one.after,
            }
            for one in self.first
        ]
        return {
            "document": self.document,
            "seed": self.seed,
            "parties": self.parties,
            "features": self.features,
            "changed": self.changed,
            "leaks": self.leaks,
            "first": first,
            "simulated": True,
        }


def probe_leaks(features: WindowFeatureSet, *, parties: int, seed: int) -> LeakProbe:
    """Compute every feature of drawn parties before and after the future is another, by both executions.

    Args:
        parties: how many, at least 1; the same seed draws the same ones.
    """
    drawn, random = draw(features, parties=parties, seed=seed), Random(seed)
    worlds = {_NOW: drawn.events}
    for change, future in _FUTURES.items():
        worlds[change] = {
            party: list(future(features, drawn.events[party], day, random))
            for party, day in drawn.days.items()
        }
    found = list(_moved(features, drawn.days, worlds))
    return LeakProbe(
        document=features.hash,
        seed=seed,
        parties=parties,
        features=len(features.features),
        changed=sum(
            _different(drawn.events[party], worlds[change][party])
            for change in _FUTURES
            for party in drawn.days
        ),
        leaks=len(found),
        first=tuple(found[:_FIRST]),
    )


def _moved(features: WindowFeatureSet, days: Mapping[str, date], worlds: Worlds) -> Iterator[WindowLeak]:
    """Give every feature that is not in all worlds the same."""
    for execution, values in _values(features, days, worlds).items():
        for change, (party, day) in product(_FUTURES, days.items()):
            before, after = values[party, _NOW], values[party, change]
            if before == after:
                continue
            for feature, one, other in zip(features.features, before, after, strict=True):
                if one != other:
                    yield WindowLeak(
                        execution=execution,
                        change=change,
                        party=party,
                        as_of=day,
                        feature=feature.name,
                        before=one,
                        after=other,
                    )


def _values(
    features: WindowFeatureSet, days: Mapping[str, date], worlds: Worlds
) -> Mapping[str, Mapping[tuple[str, str], tuple[int | None, ...]]]:
    """Return every feature of every party and world by each execution; in bulk each of them is a party."""
    table = features.table
    function = window_function(table=table, features=features.features).evaluate
    pairs = list(product(days, worlds))
    events = {f"{party}/{world}": worlds[world][party] for party, world in pairs}
    batches = window_batches(
        table=table,
        features=features.features,
        events=events_table(table, events),
        parties=parties_table(table, {f"{party}/{world}": days[party] for party, world in pairs}),
    )
    columns: list[list[int | None]] = [[] for _ in features.features]
    for batch in batches:
        for column, feature in zip(columns, features.features, strict=True):
            column.extend(batch[feature.name].to_pylist())
    return {
        "online": {
            (party, world): function(online_events(table, worlds[world][party]), days[party])
            for party, world in pairs
        },
        "bulk": dict(zip(pairs, zip(*columns, strict=True), strict=True)),
    }


def _different(one: Sequence[Row], other: Sequence[Row]) -> int:
    """Return how many events of either are not in both, as they stand."""
    kept = {tuple(row.items()) for row in one} & {tuple(row.items()) for row in other}
    return sum(tuple(row.items()) not in kept for rows in (one, other) for row in rows)


# futures


def _known_later(row: Row, day: date) -> bool:
    return not _by(row[KNOWN_AT], day)


def _gone(features: WindowFeatureSet, rows: Sequence[Row], day: date, random: Random) -> Iterator[Row]:
    """What becomes known later never does: neither events nor corrections."""
    for row in rows:
        if not _known_later(row, day):
            superseded = row[SUPERSEDED_AT]
            yield {**row, SUPERSEDED_AT: superseded if _by(superseded, day) else None}


def _other(features: WindowFeatureSet, rows: Sequence[Row], day: date, random: Random) -> Iterator[Row]:
    """What becomes known later says something else, and corrections come on other days."""
    for row in rows:
        later = day + timedelta(random.randint(1, 90))
        if _known_later(row, day):
            yield {**row, **columns_drawn(features.table, random), KNOWN_AT: later, SUPERSEDED_AT: None}
        else:
            superseded = row[SUPERSEDED_AT]
            yield {**row, SUPERSEDED_AT: superseded if _by(superseded, day) else later}


def _more(features: WindowFeatureSet, rows: Sequence[Row], day: date, random: Random) -> Iterator[Row]:
    """Further events become known later: of every kind, of days before and after, corrected again or not."""
    yield from rows
    for ago in (-1, 0, 1, *(random.randint(0, 400) for _ in range(20))):
        known = day + timedelta(random.choice([1, 1, 30]))
        yield {
            **columns_drawn(features.table, random),
            features.table.day: min(day - timedelta(ago), known),
            KNOWN_AT: known,
            SUPERSEDED_AT: random.choice([None, known + timedelta(1)]),
        }


def _by(moment: object, day: date) -> bool:
    """Whether something was so by a day; null is never."""
    return isinstance(moment, date) and moment <= day


_FUTURES: Mapping[str, Callable[[WindowFeatureSet, Sequence[Row], date, Random], Iterator[Row]]] = {
    "gone": _gone,
    "other": _other,
    "more": _more,
}
"""What may become of the future."""
