"""The tree a text is read into: what was written, each part with the place it begins at (from 0).

Nothing is known of kinds yet; `checks` turns the tree into the intermediate form.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, its sign included: `12`, `-0.5`."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text, without its quotes."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    at: int
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """`null`."""

    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """An input, or an earlier step."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class ParameterName:
    """`parameter.<name>`."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; `yuan`, `fen` and `date` make literals."""

    at: int
    name: str
    arguments: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Minus:
    """A negated operand."""

    at: int
    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    at: int
    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Binary:
    """`left sign right`, sign one of + - * / = != < <= > >= ??; `at` is the sign's place."""

    at: int
    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Junction:
    """Operands joined by one word, `and` or `or`."""

    at: int
    word: str
    operands: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Member:
    """`subject in [items]`."""

    at: int
    subject: "Tree"
    items: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Listed:
    """`subject in list.<name>`."""

    at: int
    subject: "Tree"
    name: str


@dataclass(frozen=True, slots=True)
class Interval:
    """`subject in [low..high)`; a round bracket leaves its end out."""

    at: int
    subject: "Tree"
    low: "Tree"
    high: "Tree"
    low_open: bool
    high_open: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    """`subject is null`."""

    at: int
    subject: "Tree"


@dataclass(frozen=True, slots=True)
class Choice:
    """`if` and `case`: (condition, value) in order, and the value otherwise."""

    at: int
    branches: "tuple[tuple[Tree, Tree], ...]"
    otherwise: "Tree"


Tree = (
    Number
    | Text
    | Truth
    | Null
    | Name
    | ParameterName
    | Call
    | Minus
    | Not
    | Binary
    | Junction
    | Member
    | Listed
    | Interval
    | IsNull
    | Choice
)
"""Any part of a text."""


def parts_of(tree: Tree) -> Iterator[Tree]:
    """Give the parts directly below a part of a text."""
    for entry in fields(tree):
        yield from _trees(getattr(tree, entry.name))


def _trees(value: object) -> Iterator[Tree]:
    if isinstance(value, tuple):
        for entry in value:
            yield from _trees(entry)
    elif isinstance(value, Tree):
        yield value
