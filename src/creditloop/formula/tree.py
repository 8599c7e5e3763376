"""The tree a text is read into: what was written, each part with the place it begins at (from 0).

Nothing is known of kinds yet; `checks` turns the tree into the intermediate form.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True)
class _Part:
    """What every part has: the place it begins at; a part that nobody wrote stands at 0."""

    at: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(_Part):
    """A number as written, its sign included: `12`, `-0.5`."""

    text: str


@dataclass(frozen=True, slots=True)
class Text(_Part):
    """A text, without its quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Truth(_Part):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Null(_Part):
    """`null`."""


@dataclass(frozen=True, slots=True)
class Name(_Part):
    """An input, or an earlier step."""

    name: str


@dataclass(frozen=True, slots=True)
class ParameterName(_Part):
    """`parameter.<name>`."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(_Part):
    """A function with its arguments; `yuan`, `fen` and `date` make literals."""

    name: str
    arguments: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Minus(_Part):
    """A negated operand."""

    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Not(_Part):
    """`not operand`."""

    operand: "Tree"


@dataclass(frozen=True, slots=True)
class Binary(_Part):
    """`left sign right`, sign one of + - * / = != < <= > >= ??; `at` is the sign's place."""

    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Junction(_Part):
    """Operands joined by one word, `and` or `or`."""

    word: str
    operands: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Member(_Part):
    """`subject in [items]`."""

    subject: "Tree"
    items: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Listed(_Part):
    """`subject in list.<name>`."""

    subject: "Tree"
    name: str


@dataclass(frozen=True, slots=True)
class Interval(_Part):
    """`subject in [low..high)`; a round bracket leaves its end out."""

    subject: "Tree"
    low: "Tree"
    high: "Tree"
    low_open: bool
    high_open: bool


@dataclass(frozen=True, slots=True)
class IsNull(_Part):
    """`subject is null`."""

    subject: "Tree"


@dataclass(frozen=True, slots=True)
class Choice(_Part):
    """`if` and `case`: (condition, value) in order, and the value otherwise."""

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
