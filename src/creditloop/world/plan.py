"""The town's plan (小镇计划书): every number the town is made from, with its meaning, in one document.

`plan.yaml` beside this file is the plan shipped with the package. Numbers are looked up by group and name,
`plan["people.no_record"]`; a number nobody wrote down is an error, never a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from creditloop.kernel.documents import Node, read_document
from creditloop.kernel.errors import UnknownId

SHIPPED = Path(__file__).parent / "plan.yaml"
"""The plan of the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan as read: its very text, the SHA-256 of it, and its numbers with their meanings by name."""

    version: int
    text: str
    hash: str
    first_year: int
    festivals: tuple[date, ...]
    values: Mapping[str, tuple[float, ...]]
    meanings: Mapping[str, str]

    def __getitem__(self, name: str) -> float:
        """Return the one number of a name."""
        values = self.numbers(name)
        if len(values) != 1:
            raise UnknownId("the plan has a list of numbers here", got=name, expected="one number")
        return values[0]

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers of a name.

        Raises: UnknownId if the plan has none.
        """
        if name not in self.values:
            raise UnknownId("the plan has no such number", got=name, expected=sorted(self.values))
        return self.values[name]


def read_plan(file: Path = SHIPPED) -> Plan:
    """Read a plan.

    Raises: PolicyError naming file and line for what is not a plan.
    """
    document = read_document(file, root=file.parent)
    root = document.root.mapping(
        required=("world", "version", "first_year", "spring_festivals", "numbers"), optional=("title",)
    )
    values: dict[str, tuple[float, ...]] = {}
    meanings: dict[str, str] = {}
    for group, entries in root["numbers"].mapping().items():
        for name, entry in entries.mapping().items():
            parts = entry.mapping(required=("value", "meaning"), optional=())
            values[f"{group}.{name}"] = _numbers(parts["value"])
            meanings[f"{group}.{name}"] = parts["meaning"].text()
    return Plan(
        version=root["version"].integer(least=1),
        text=document.text,
        hash=document.hash,
        first_year=root["first_year"].integer(least=1971, most=2100),
        festivals=tuple(node.day() for node in root["spring_festivals"].items()),
        values=values,
        meanings=meanings,
    )


def _numbers(node: Node) -> tuple[float, ...]:
    nodes = node.items() if isinstance(node.value, list) else [node]
    return tuple(_number(item) for item in nodes)


def _number(node: Node) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | str):
        raise node.fail("expected a number here", got=node.plain())
    try:
        number = Decimal(node.value)
    except InvalidOperation as error:
        raise node.fail("expected a number here", got=node.value) from error
    if not number.is_finite():
        raise node.fail("expected a finite number here", got=node.value)
    return float(number)
