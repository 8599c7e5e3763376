"""How borrowers behave (借款人行为): weights and chances with their meaning, in a document beside this file.

Numbers are whole and looked up by group and name, `behaviour["incidents.bounced"]`; a number that nobody
wrote down is an error, never a default. All of them are example values of a simulation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from creditloop.kernel.documents import read_document
from creditloop.kernel.errors import UnknownId

BEHAVIOUR = Path(__file__).parent / "behaviour.yaml"
"""The document of the package."""
ALWAYS = 10_000
"""A chance is in parts of this."""


class Scenario(StrEnum):
    """Which of the two values of each number holds."""

    CALM = "calm"
    """平静: as a quiet book might be."""
    STRESS = "stress"
    """压力: a small book meets every kind of event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The numbers of one scenario.

    Attributes:
        hash: SHA-256 of the document; numbers, meanings: by group and name.
    """

    scenario: Scenario
    version: int
    hash: str
    values: Mapping[str, int]
    meanings: Mapping[str, str]

    def __getitem__(self, name: str) -> int:
        """Return a number.

        Raises: UnknownId if the document has none of this name.
        """
        if name not in self.values:
            raise UnknownId("no such number of behaviour", got=name, expected=sorted(self.values))
        return self.values[name]

    def weights(self, group: str) -> dict[str, int]:
        """Return the weights of a group by name, as written.

        Raises: UnknownId if there is no such group.
        """
        found = {
            name.partition(".")[2]: value
            for name, value in self.values.items()
            if name.startswith(f"{group}.")
        }
        if not found:
            raise UnknownId("no such group of behaviour", got=group)
        return found


_GROUPS = ("habits", "after_stopping", "paying", "incidents", "sizes")
_CHANCES = ("paying", "incidents")


def read_behaviour(*, scenario: Scenario, file: Path = BEHAVIOUR) -> Behaviour:
    """Read the numbers of a scenario; those of the other one are checked as well.

    Raises: PolicyError naming file and line for what is no such document.
    """
    document = read_document(file, root=file.parent)
    root = document.root.mapping(required=["lending", "version", "title", "source", *_GROUPS], optional=[])
    root["lending"].text(among=["behaviour"])
    values, meanings = {}, {}
    for group in _GROUPS:
        for name, node in root[group].mapping().items():
            parts = node.mapping(required=["calm", "stress", "meaning"], optional=[])
            most = ALWAYS if group in _CHANCES else None
            both = {each: parts[each.value].integer(least=0, most=most) for each in Scenario}
            values[f"{group}.{name}"] = both[scenario]
            meanings[f"{group}.{name}"] = parts["meaning"].text()
    return Behaviour(
        scenario=scenario,
        version=root["version"].integer(least=1),
        hash=document.hash,
        values=values,
        meanings=meanings,
    )
