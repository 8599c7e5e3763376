"""The parts of an expression of zen as read: an immutable tree (语法树)."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, truth value or null as written."""

    value: Decimal | str | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """A name with its members: `customer.age`."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path as written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Reference:
    """`$` with its members: the value a cell tests, or in an expression node what it has given so far."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` (also written `!x`) or `-x`."""

    sign: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and a sign: arithmetic, comparison, `and`, `or`, `??`, `in`, `not in`."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Ternary:
    """`condition ? value : otherwise`."""

    condition: "Expression"
    value: "Expression"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Listing:
    """`[a, b]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """`[a..b)`: round brackets leave the end out."""

    low: "Expression"
    high: "Expression"
    low_open: bool
    high_open: bool


@dataclass(frozen=True, slots=True)
class Mapping:
    """`{key: value}` with fixed keys."""

    entries: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A text in backticks: fixed pieces and expressions."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """`name(a, b)`."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Method:
    """`subject.name(a, b)`: of dates."""

    subject: "Expression"
    name: str
    arguments: tuple["Expression", ...]


Expression = (
    Literal
    | Path
    | Reference
    | Unary
    | Binary
    | Ternary
    | Listing
    | Interval
    | Mapping
    | Template
    | Call
    | Method
)


def parts_of(tree: Expression) -> tuple[Expression, ...]:  # noqa: PLR0911  # one return for each part
    """Return the expressions directly inside one."""
    match tree:
        case Unary():
            return (tree.operand,)
        case Binary():
            return (tree.left, tree.right)
        case Ternary():
            return (tree.condition, tree.value, tree.otherwise)
        case Listing():
            return tree.items
        case Interval():
            return (tree.low, tree.high)
        case Mapping():
            return tuple(value for _, value in tree.entries)
        case Template():
            return tree.parts
        case Call():
            return tree.arguments
        case Method():
            return (tree.subject, *tree.arguments)
        case _:
            return ()
