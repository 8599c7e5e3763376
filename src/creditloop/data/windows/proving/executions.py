"""Prove that window features are the same online and in bulk (一致性证明): on events drawn to be awkward."""

from dataclasses import dataclass
from datetime import date

from creditloop.data.windows.bulk import window_batches
from creditloop.data.windows.online import window_function
from creditloop.data.windows.proving.drawing import draw, events_table, online_events, parties_table
from creditloop.data.windows.reading import WindowFeatureSet

_FIRST = 10
"""Differences kept; all are counted."""


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
    table, drawn = features.table, draw(features, parties=parties, seed=seed)
    function = window_function(table=table, features=features.features).evaluate
    count, first, values = 0, list[WindowDifference](), [set[int | None]() for _ in features.features]
    days = iter(drawn.days.items())
    for batch in window_batches(
        table=table,
        features=features.features,
        events=events_table(table, drawn.events),
        parties=parties_table(table, drawn.days),
    ):
        columns = [batch[feature.name].to_pylist() for feature in features.features]
        for bulk in zip(*columns, strict=True):
            party, day = next(days)
            own = online_events(table, drawn.events[party])
            for n, (one, other) in enumerate(zip(function(own, day), bulk, strict=True)):
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
        events=sum(map(len, drawn.events.values())),
        features=len(features.features),
        differences=count,
        first=tuple(first),
        constant=tuple(
            feature.name for feature, seen in zip(features.features, values, strict=True) if len(seen) < 2
        ),
    )
