"""One difference between two strategies, and how two mappings differ (差异项)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyChange:
    """One difference.

    Attributes:
        part: "rule", "table", "output", "input", "parameter", "list", "step", "scorecard", "switch",
            "sub_strategy" or "strategy".
        id: of what differs; of a rule `<table>.<row>`.
        what: "added", "removed", "moved", "condition", "outputs", "reason", "reworded", or what else changed.
        before, after: as written, None where it was not there.
    """

    part: str
    id: str
    what: str
    before: object
    after: object

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in ("part", "id", "what", "before", "after")}


def changes_of(part: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[StrategyChange]:
    """Tell the entries that were added, removed or changed."""
    for name in dict.fromkeys([*old, *new]):
        if name not in new:
            yield changed(part, name, "removed", old[name], None)
        elif name not in old:
            yield changed(part, name, "added", None, new[name])
        elif old[name] != new[name]:
            yield changed(part, name, "changed", old[name], new[name])


def only(entries: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return the entry of a name, if there is one."""
    return {name: entries[name]} if name in entries else {}


def changed(part: str, name: str, what: str, before: object, after: object) -> StrategyChange:
    """Return a difference."""
    return StrategyChange(part=part, id=name, what=what, before=before, after=after)
