"""What the bulk executions share: a program over a table of columns, planned as layers (成批执行的共同部分).

A value is null exactly where its state is not OK, so nulls carry themselves through most operations. States
are worked out only where somebody asks, and from the values wherever a value can be null for one reason only;
what a column's type already excludes is not asked again. An engine brings a `Dialect`: a table of what each
`Part` is called there, its literals and its choice. Nothing here knows an engine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Generic, Protocol, TypeVar

from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NUMBERS, Input, Kind, Value

E = TypeVar("E")
"""An engine's expression: a Polars expression, a text of SQL."""


class Part(StrEnum):
    """The primitives an engine is asked for. All but IS_NULL and the junctions are null where an operand is.

    Junctions are three-valued. WIDE turns int64 into Int128, NARROW back where it is proven to fit,
    NARROW_OR_NULL gives null where it does not. QUOTIENT is of non-negative numbers by positive ones, DAYS
    and DATE_OF go to and from the number of days since 1970-01-01. SAME_TEXT compares bytes.
    """

    AND = "and"
    OR = "or"
    NOT = "not"
    IS_NULL = "is_null"
    SAME_TEXT = "same_text"
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    LESS_EQUAL = "less_equal"
    GREATER = "greater"
    GREATER_EQUAL = "greater_equal"
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    QUOTIENT = "quotient"
    ABSOLUTE = "absolute"
    WIDE = "wide"
    NARROW = "narrow"
    NARROW_OR_NULL = "narrow_or_null"
    DAYS = "days"
    DATE_OF = "date_of"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    WEEKDAY = "weekday"
    LOWER = "lower"
    UPPER = "upper"
    TRIM = "trim"
    LENGTH = "length"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    CONCAT = "concat"


class Dialect(Protocol[E]):
    """How an engine says things.

    Attributes:
        parts: what each primitive is, of its operands.
    """

    parts: Mapping[Part, Callable[..., E]]

    def column(self, name: str) -> E:
        """Return a column of the layers before."""
        ...

    def constant(self, value: Value, kind: Kind) -> E:
        """Return a literal of the kind's own type; None is its null."""
        ...

    def wide(self, value: int) -> E:
        """Return a literal of Int128."""
        ...

    def small(self, value: int | None) -> E:
        """Return a literal of the type states and ordinals of branches have; None is its null."""
        ...

    def case(self, branches: Sequence[tuple[E, E]], otherwise: E) -> E:
        """Return the value of the first test that is true; a test that is null is not."""
        ...

    def among(self, subject: E, values: Sequence[Value], kind: Kind) -> E:
        """Return whether the subject is one of the values, of which there is at least one."""
        ...

    def looked_up(self, ordinal: E, values: Sequence[Value], kind: Kind | None) -> E:
        """Return the value at the place the ordinal tells, from 0; None is null. No kind: states."""
        ...

    def input(self, declared: Input) -> "InputColumn[E] | None":
        """Return an input as this table has it; None if the table has no column of its kind."""
        ...


@dataclass(frozen=True, slots=True)
class InputColumn(Generic[E]):
    """An input's column.

    Attributes:
        value: in the kind's own type, wherever it is valid.
        raw: the column as it came, null where the case has no value.
        valid: which of the values that are there the type allows; None if all.
    """

    value: E
    raw: E
    valid: E | None


@dataclass(frozen=True, slots=True)
class Term(Generic[E]):
    """An expression, the number of layers below it, and how many primitives it is made of."""

    expression: E
    depth: int
    size: int


class Terms(Generic[E]):
    """Makes terms of terms, and keeps those worth a column of their own, layer by layer.

    Attributes:
        layers: for each layer the new columns; each reads columns of earlier layers only.
    """

    def __init__(self, dialect: Dialect[E], prefix: str) -> None:
        self.dialect = dialect
        self.layers: list[list[tuple[str, E]]] = []
        self._prefix = prefix
        self._shared = 0

    def do(self, part: Part, *terms: Term[E]) -> Term[E]:
        """Apply a primitive."""
        return self.made(self.dialect.parts[part](*(term.expression for term in terms)), *terms)

    def made(self, expression: E, *parts: Term[E]) -> Term[E]:
        """Return an expression made of these terms."""
        depth = max((term.depth for term in parts), default=0)
        return Term(expression, depth, 1 + sum(term.size for term in parts))

    def plain(self, expression: E) -> Term[E]:
        """Return a literal or a column of the table itself."""
        return Term(expression, 0, 0)

    def constant(self, value: Value, kind: Kind) -> Term[E]:
        """Return a literal; a number that does not fit int64 is Int128."""
        if kind in NUMBERS and isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX:
            return self.wide(value)
        return self.plain(self.dialect.constant(value, kind))

    def number(self, value: int) -> Term[E]:
        """Return an int64 literal."""
        return self.plain(self.dialect.constant(value, Kind.INTEGER))

    def wide(self, value: int) -> Term[E]:
        """Return an Int128 literal."""
        return self.plain(self.dialect.wide(value))

    def small(self, value: int | None) -> Term[E]:
        """Return a literal state or ordinal of a branch."""
        return self.plain(self.dialect.small(value))

    def state(self, value: Value) -> Term[E]:
        """Return a literal state; None is its null."""
        assert value is None or isinstance(value, int), "a state is a number"
        return self.small(value)

    def is_small(self, term: Term[E], value: int) -> Term[E]:
        """Test a state, or the ordinal of a branch."""
        return self.do(Part.EQUAL, term, self.small(value))

    def case(self, branches: Sequence[tuple[Term[E], Term[E]]], otherwise: Term[E]) -> Term[E]:
        """Choose by the first test that is true."""
        if not branches:
            return otherwise
        chosen = self.dialect.case(
            [(test.expression, value.expression) for test, value in branches], otherwise.expression
        )
        return self.made(chosen, *(term for branch in branches for term in branch), otherwise)

    def looked_up(self, ordinal: Term[E], values: Sequence[Value], kind: Kind | None) -> Term[E]:
        """Choose a constant by ordinal; one constant everywhere needs no looking up."""
        if len({(type(value), value) for value in values}) == 1:
            return self.state(values[0]) if kind is None else self.constant(values[0], kind)
        return self.made(self.dialect.looked_up(ordinal.expression, values, kind), ordinal)

    def any_of(self, tests: Sequence[Term[E]]) -> Term[E] | None:
        """Join tests by or; None (never) if there are none."""
        return reduce(lambda one, other: self.do(Part.OR, one, other), tests) if tests else None

    def present(self, term: Term[E]) -> Term[E]:
        """Test that a value is there."""
        return self.do(Part.NOT, self.do(Part.IS_NULL, term))

    def kept(self, name: str, term: Term[E]) -> Term[E]:
        """Give a term a column of its own, in the first layer above all it reads."""
        if term.size == 0:
            return term
        while term.depth >= len(self.layers):
            self.layers.append([])
        column = f"{self._prefix}{name}"
        self.layers[term.depth].append((column, term.expression))
        return Term(self.dialect.column(column), term.depth + 1, 0)

    def shared(self, term: Term[E]) -> Term[E]:
        """Give a term that is read several times a column of its own."""
        self._shared += 1
        return self.kept(f"t{self._shared}", term)
