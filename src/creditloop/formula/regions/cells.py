"""Cells of an operand: stretches of its values within which no condition of a program changes (取值单元).

An operand is an input, a computed value, or the order of two values that are compared with each other. The
constants it is compared with cut its range; one representative stands for each stretch, and each null it can
have is a cell of its own. A set of cells is a whole number, bit by bit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntFlag

from creditloop.formula.forms import COMPARISONS, Op, Operation
from creditloop.formula.kinds import NANO, Input, Kind, State, Value

NULLS = (State.NULL_MATCH.value, State.NULL_NO_MATCH.value, State.NULL_REFER.value)


class Outcomes(IntFlag):
    """What a condition can come out as on a case; a set of them is their sum.

    A value that is not as declared is left out: it refers wherever it is needed, so what is decided with it
    is decided with every other value as well.
    """

    HOLDS = 1
    FAILS = 2
    NULL_MATCH = 4
    NULL_NO_MATCH = 8
    NULL_REFER = 16
    MATCHES = HOLDS | NULL_MATCH
    STOPS = MATCHES | NULL_REFER
    PASSES = FAILS | NULL_NO_MATCH


OF_STATE: Mapping[int, Outcomes] = {
    1: Outcomes.NULL_MATCH,
    2: Outcomes.NULL_NO_MATCH,
    3: Outcomes.NULL_REFER,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of values or a null: `low` to `high` of a number (a date's ordinal), else `value` alone.

    Attributes:
        state: 0, or the state of the null this cell is.
        value: the representative; None of a null.
    """

    state: int
    value: Value
    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Dimension:
    """An operand with its cells.

    Attributes:
        number: the operation that gives the operand.
        other: of an order, the operation it is compared with; None of a value.
        declared: the input it is; None of a computed operand, whose values are taken to be free within their
            proven range.
    """

    number: int
    other: int | None
    declared: Input | None
    cells: tuple[Cell, ...]

    @property
    def full(self) -> int:
        """The set of all cells."""
        return (1 << len(self.cells)) - 1

    @property
    def nulls(self) -> int:
        """The set of the cells that are nulls."""
        return sum(1 << index for index, cell in enumerate(self.cells) if cell.state)


def constant_of(operation: Operation) -> Value:
    """Return the only value an operation has, a date as its ordinal; None if it is not constant."""
    if operation.op is Op.CONSTANT:
        return plain_value(operation.value)
    alone = operation.low == operation.high and operation.states == {State.OK.value}
    return operation.low if alone and operation.kind not in {Kind.TEXT, Kind.BOOLEAN} else None


def base_of(operations: Sequence[Operation], number: int) -> int:
    """Return the operand behind an operation that only moves its scale, its sign or its nulls."""
    while (inner := _inner(operations, number)) is not None:
        number = inner
    return number


def _inner(operations: Sequence[Operation], number: int) -> int | None:
    operation = operations[number]
    if operation.op in {Op.SCALE, Op.NEGATE, Op.NULL_AS}:
        return operation.args[0]
    if operation.op is Op.COALESCE and constant_of(operations[operation.args[1]]) is not None:
        return operation.args[0]
    if operation.op in {Op.ADD, Op.SUBTRACT, Op.ADD_DAYS, Op.DAYS_BETWEEN}:
        moving = [arg for arg in operation.args if constant_of(operations[arg]) is None]
        return moving[0] if len(moving) == 1 else None
    return None


def cuts(operations: Sequence[Operation], number: int, value: int) -> Iterator[int]:
    """Give the values of the base operand at which the operation may pass `value`."""
    operation = operations[number]
    inner = _inner(operations, number)
    if inner is None:
        yield value
        return
    match operation.op:
        case Op.SCALE:
            value //= NANO
        case Op.NEGATE:
            value = -value
        case Op.ADD | Op.ADD_DAYS:
            value -= next(operations[arg].low for arg in operation.args if arg != inner)
        case Op.SUBTRACT | Op.DAYS_BETWEEN:
            left = operation.args[0] == inner
            other = operations[operation.args[1 if left else 0]].low
            value = value + other if left else other - value
        case _:
            pass
    yield from cuts(operations, inner, value)


def value_at(operations: Sequence[Operation], number: int, base: int, cell: Cell) -> tuple[Value, int]:
    """Return value and state of an operation where its base operand is in a cell; dates as ordinals."""
    operation = operations[number]
    if number == base:
        return cell.value, cell.state
    if (constant := constant_of(operation)) is not None:
        return constant, 0
    results = [value_at(operations, arg, base, cell) for arg in operation.args]
    if operation.op is Op.COALESCE:
        return results[1] if results[0][1] else results[0]
    if operation.op is Op.NULL_AS:
        state = results[0][1]
        return results[0][0], int(operation.value or 0) if state else 0  # type: ignore[arg-type]  # a state
    if state := max(state for _, state in results):
        return None, state
    numbers = [int(value or 0) for value, _ in results]  # type: ignore[arg-type]  # arithmetic is on numbers
    return _computed(operation.op, numbers), 0


def _computed(op: Op, numbers: Sequence[int]) -> int:
    match op:
        case Op.SCALE:
            return numbers[0] * NANO
        case Op.NEGATE:
            return -numbers[0]
        case Op.ADD | Op.ADD_DAYS:
            return numbers[0] + numbers[1]
        case _:
            return numbers[0] - numbers[1]


def outcome_of(op: Op, values: Sequence[Value]) -> Outcomes:
    """Return what a comparison or `in` says of values that are there."""
    left, others = values[0], values[1:]
    match op:
        case Op.EQUAL | Op.MEMBER | Op.LISTED:
            holds = left in others
        case Op.NOT_EQUAL:
            holds = left not in others
        case _:
            holds = _ordered(op, int(left or 0), int(others[0] or 0))  # type: ignore[arg-type]  # only numbers have an order
    return Outcomes.HOLDS if holds else Outcomes.FAILS


def _ordered(op: Op, left: int, right: int) -> bool:
    match op:
        case Op.LESS:
            return left < right
        case Op.LESS_EQUAL:
            return left <= right
        case Op.GREATER:
            return left > right
        case _:
            return left >= right


def given_values(operations: Sequence[Operation], number: int) -> frozenset[Value] | None:
    """Return the only values an operation can give, where it chooses among constants; None if unknown."""
    operation = operations[number]
    if operation.op is Op.CONSTANT:
        return frozenset({plain_value(operation.value)})
    if operation.op is Op.NULL:
        return frozenset()
    if operation.op not in {Op.CHOICE, Op.COALESCE}:
        return None
    args = operation.args if operation.op is Op.COALESCE else operation.choices
    sets = [given_values(operations, arg) for arg in args]
    known = [found for found in sets if found is not None]
    return frozenset().union(*known) if len(known) == len(sets) else None


def value_cells(
    operations: Sequence[Operation], number: int, declared: Input | None, constants: Iterable[Value]
) -> tuple[Cell, ...]:
    """Cut the values of an operand at the constants it is compared with; its nulls come last."""
    operation = operations[number]
    nulls = tuple(Cell(state, None) for state in NULLS if state in operation.states)
    if operation.kind is Kind.BOOLEAN:
        return (Cell(0, True), Cell(0, False), *nulls)
    known = given_values(operations, number)
    if declared is not None and declared.values is not None:
        known = frozenset(plain_value(value) for value in declared.values)
    if known is not None:
        return (*(_single(value) for value in sorted(known, key=_in_order)), *nulls)
    if operation.kind is Kind.TEXT:
        texts = sorted({str(value) for value in constants})
        return (*map(_single, texts), _single("".join(texts) + "?"), *nulls)
    ends = {int(value or 0) for value in constants}  # type: ignore[arg-type]  # constants of its kind
    return (*_stretches(operation.low, operation.high, ends), *nulls)


def _in_order(value: Value) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, str(value))


def plain_value(value: Value) -> Value:
    """Return a value, a date as its ordinal."""
    return value.toordinal() if isinstance(value, date) else value


def _single(value: Value) -> Cell:
    number = value if isinstance(value, int) else 0
    return Cell(0, value, number, number)


def _stretches(low: int, high: int, ends: set[int]) -> Iterator[Cell]:
    begins = sorted({low, *(n for end in ends for n in (end, end + 1) if n in range(low, high + 1))})
    for begin, following in zip(begins, [*begins[1:], high + 1], strict=True):
        yield Cell(0, nearest_to_zero(begin, following - 1), begin, following - 1)


def nearest_to_zero(low: int, high: int) -> int:
    """Return the number of a stretch that is easiest to read."""
    return min(max(0, low), high)


def order_cells(operations: Sequence[Operation], comparison: int, left: int, right: int) -> tuple[Cell, ...]:
    """Return the cells of an order: -1 less, 0 equal, 1 greater, as far as the ranges allow; then nulls."""
    one, other = operations[left], operations[right]
    ordered = one.kind not in {Kind.TEXT, Kind.BOOLEAN}
    can_be = {
        -1: not ordered or one.low < other.high,
        0: not ordered or (one.low <= other.high and other.low <= one.high),
        1: not ordered or one.high > other.low,
    }
    values = [Cell(0, sign, sign, sign) for sign, possible in can_be.items() if possible]
    states = operations[comparison].states
    return (*values, *(Cell(state, None) for state in NULLS if state in states))


def is_comparison(operation: Operation) -> bool:
    """Whether an operation compares: its operands decide, and a null of one is its own."""
    return operation.op in COMPARISONS or operation.op in {Op.MEMBER, Op.LISTED}
