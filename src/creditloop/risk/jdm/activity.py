"""When a node of a graph runs: always, or when one of some branches is taken (分支条件)."""

from collections.abc import Sequence
from dataclasses import dataclass

Way = frozenset[tuple[str, int]]
"""The branches of first-hit switches that lead to a node: (switch, statement)."""


@dataclass(frozen=True, slots=True)
class Activity:
    """When a node runs.

    Attributes:
        steps: boolean steps of which one must be true; none: it always runs.
        ways: every way that leads there, to tell branches that exclude each other.
    """

    steps: tuple[str, ...] = ()
    ways: frozenset[Way] = frozenset({frozenset()})

    @property
    def text(self) -> str:
        """The condition in our language; empty where the node always runs."""
        return " or ".join(self.steps)

    def branch(self, step: str, *, switch: str, statement: int, first: bool) -> "Activity":
        """Return the activity behind a statement of a switch that runs when this does."""
        taken: Way = frozenset({(switch, statement)}) if first else frozenset()
        return Activity((step,), frozenset(way | taken for way in self.ways))

    def settled(self, *, switch: str, statement: int) -> "Activity":
        """Return the activity behind a statement that is always taken: those after it never run with it."""
        taken: Way = frozenset({(switch, statement)})
        return Activity(self.steps, frozenset(way | taken for way in self.ways))

    def excludes(self, other: "Activity") -> bool:
        """Whether the two can never run for the same case."""
        return all(_apart(one, another) for one in self.ways for another in other.ways)


def either(activities: Sequence[Activity]) -> Activity:
    """Return when at least one of these runs."""
    ways = frozenset[Way]().union(*(activity.ways for activity in activities))
    if any(not activity.steps for activity in activities):
        return Activity() if frozenset() in ways else Activity(ways=ways)
    steps = dict.fromkeys(step for activity in activities for step in activity.steps)
    return Activity(tuple(steps), ways)


def _apart(one: Way, other: Way) -> bool:
    taken = dict(one)
    return any(switch in taken and taken[switch] != statement for switch, statement in other)
