"""The intermediate form: a program as a numbered list of operations, each on the results of earlier ones.

Equal operations are kept once, so what two rules share is computed once. Every operation knows its kind, the
range its value can take and the states it can end in; from these the form proves where a result can leave
int64 (`checked`: the emitter must test it) and that no step on the way can leave Int128.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.formula.kinds import (
    INT64_MAX,
    INT64_MIN,
    NANO,
    NULL_STATE,
    NUMBERS,
    Input,
    Kind,
    State,
    Value,
)
from creditloop.kernel.money import divide_half_away

INT128_MAX = 2**127 - 1
DATES = (date.min.toordinal(), date.max.toordinal())
"""First and last day a date can be, as proleptic Gregorian ordinals."""


TEXT_MAX = 2**32
"""More code points than a text can have in any engine."""


class Op(StrEnum):
    """What an operation does; a and b are its arguments."""

    INPUT = "input"  # `value` is its name
    CONSTANT = "constant"
    NULL = "null"  # a null that refers
    SCALE = "scale"  # a · 10⁹: an integer as nano
    ADD = "add"
    SUBTRACT = "subtract"
    MULTIPLY = "multiply"
    MULTIPLY_NANO = "multiply_nano"  # a · b / 10⁹, half away from zero
    DIVIDE = "divide"  # a · `value` / b, half away from zero
    NEGATE = "negate"
    ABSOLUTE = "absolute"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ROUND = "round"  # a to a multiple of the positive `value`, half away from zero
    FLOOR = "floor"  # … the multiple at or below a
    CEIL = "ceil"  # … the multiple at or above a
    ADD_DAYS = "add_days"
    DAYS_BETWEEN = "days_between"  # days from b to a
    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    LESS_EQUAL = "less_equal"
    GREATER = "greater"
    GREATER_EQUAL = "greater_equal"
    MEMBER = "member"  # a is one of the others, which are constants
    NOT = "not"
    AND = "and"
    OR = "or"
    IS_NULL = "is_null"
    COALESCE = "coalesce"  # a, or b where a is null
    CHOICE = "choice"  # condition, value, condition, value, …, value otherwise
    NULL_AS = "null_as"  # a, where a null (states 1–3) counts as the null of state `value`
    LISTED = "listed"  # a is a value of the program's list called `value`
    REMAINDER = "remainder"  # a - b · (a / b towards zero): the sign of a
    TRUNCATE = "truncate"  # a to a multiple of the positive `value`, towards zero
    ADD_MONTHS = "add_months"  # the same day b months later, or that month's last
    MONTHS_BETWEEN = "months_between"  # whole months from a to b, towards zero
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    WEEKDAY = "weekday"  # Monday is 1
    LOWER = "lower"  # A–Z only, so that every engine says the same
    UPPER = "upper"  # a–z only
    TRIM = "trim"  # without space, tab, CR and LF at both ends
    LENGTH = "length"  # code points
    STARTS_WITH = "starts_with"  # b is plain text, never a pattern
    ENDS_WITH = "ends_with"
    CONTAINS = "contains"
    CONCAT = "concat"


DIVISIONS = frozenset({Op.DIVIDE, Op.REMAINDER})
"""Operations whose second operand must not be zero."""
COMPARISONS = frozenset({Op.EQUAL, Op.NOT_EQUAL, Op.LESS, Op.LESS_EQUAL, Op.GREATER, Op.GREATER_EQUAL})

_MONTH = (28, 31)
"""Days that going on by a month adds, at least and at most."""
_ENDS: Mapping[Op, tuple[int, int]] = {
    Op.YEAR: (date.min.year, date.max.year),
    Op.MONTH: (1, 12),
    Op.DAY: (1, 31),
    Op.WEEKDAY: (1, 7),
    Op.MONTHS_BETWEEN: (-12 * date.max.year, 12 * date.max.year),
    Op.LENGTH: (0, TEXT_MAX),
}
"""Least and greatest result of what is counted or read off."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a form.

    Attributes:
        op: what it does.
        kind: of its value.
        args: numbers of earlier operations.
        value: of a constant; the name of an input or list; the factor of DIVIDE; the step of a rounding; the
            state NULL_AS gives a null.
        low, high: the least and greatest value it can take, for numbers and (as ordinals) dates.
        states: the states it can end in.
        checked: whether the raw result can leave its range, so that the emitter must test for overflow.
    """

    op: Op
    kind: Kind
    args: tuple[int, ...]
    value: Value
    low: int
    high: int
    states: frozenset[int]
    checked: bool

    @property
    def tested(self) -> bool:
        """Whether it can fail on operands that are there: overflow, or division by zero."""
        return self.checked or self.op in DIVISIONS

    @property
    def conditions(self) -> tuple[int, ...]:
        """Of a choice: what is tested, in order."""
        return self.args[:-1:2]

    @property
    def choices(self) -> tuple[int, ...]:
        """Of a choice: what each condition gives, in order, and last what is given where none holds."""
        return (*self.args[1::2], self.otherwise)

    @property
    def otherwise(self) -> int:
        """Of a choice: what is given where no condition holds."""
        return self.args[-1]

    @property
    def wide(self) -> bool:
        """Whether its value can lie outside int64: a step on the way, never the value of a program's step."""
        return self.low < INT64_MIN or self.high > INT64_MAX

    @property
    def can_be_zero(self) -> bool:
        """Whether zero is in its range."""
        return self.low <= 0 <= self.high

    def as_record(self) -> list[object]:
        """Return what is hashed of it."""
        return [self.op.value, self.kind.value, list(self.args), self.value, self.checked]


def operations_behind(operations: Sequence[Operation], numbers: Iterable[int]) -> frozenset[int]:
    """Return these operations and all they depend on, by number."""
    pending = list(numbers)
    found = set(pending)
    while pending:
        fresh = set(operations[pending.pop()].args) - found
        found |= fresh
        pending.extend(fresh)
    return frozenset(found)


class Form:
    """Collects operations, each once. `operations` grows; what is in it does not change."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._numbers: dict[tuple[object, ...], int] = {}

    def input(self, declared: Input) -> int:
        """Add an input."""
        low, high = _input_range(declared)
        states = frozenset({State.OK.value, NULL_STATE[declared.null].value, State.BROKEN_INPUT.value})
        return self._keep(Operation(Op.INPUT, declared.kind, (), declared.name, low, high, states, False))

    def constant(self, kind: Kind, value: Value) -> int:
        """Add a constant; a number may lie outside int64 if it only serves on the way."""
        low, high = _constant_range(kind, value)
        return self._keep(Operation(Op.CONSTANT, kind, (), value, low, high, frozenset({0}), False))

    def null(self, kind: Kind) -> int:
        """Add a null of a kind: it refers, since nobody has said what it means."""
        low, high = _full_range(kind)
        return self._keep(
            Operation(Op.NULL, kind, (), None, low, high, frozenset({State.NULL_REFER.value}), False)
        )

    def scaled(self, number: int, *, narrow: bool) -> int:
        """Turn an integer into nano: `narrow` where the result is kept, wide where it is on the way."""
        operation = self.operations[number]
        if operation.op is Op.CONSTANT and isinstance(operation.value, int):
            value = operation.value * NANO
            if not narrow or INT64_MIN <= value <= INT64_MAX:
                return self.constant(Kind.NANO, value)
        return self.add(Op.SCALE, Kind.NANO, [number], narrow=narrow)

    def add(
        self, op: Op, kind: Kind, args: Sequence[int], *, value: int | str | None = None, narrow: bool = True
    ) -> int:
        """Add an operation on earlier ones; `narrow` keeps its result within int64 (or the calendar).

        Returns: its number; the number of an equal one if there is one.
        """
        operands = [self.operations[arg] for arg in args]
        low, high = _range(op, operands, value if isinstance(value, int) else None, kind)
        least, most = DATES if kind is Kind.DATE else (INT64_MIN, INT64_MAX)
        checked = narrow and (low < least or high > most)
        if checked:
            low, high = max(low, least), min(high, most)
        states = _states(op, operands, value, checked=checked)
        return self._keep(Operation(op, kind, tuple(args), value, low, high, states, checked))

    def _keep(self, operation: Operation) -> int:
        key = (
            operation.op,
            operation.kind,
            operation.args,
            type(operation.value),
            operation.value,
            operation.checked,
        )
        if key not in self._numbers:
            self._numbers[key] = len(self.operations)
            self.operations.append(operation)
        return self._numbers[key]


def _full_range(kind: Kind) -> tuple[int, int]:
    if kind in NUMBERS:
        return INT64_MIN, INT64_MAX
    return DATES if kind is Kind.DATE else (0, 0)


def _input_range(declared: Input) -> tuple[int, int]:
    if declared.values is None or declared.kind not in NUMBERS:
        return _full_range(declared.kind)
    numbers = [value for value in declared.values if isinstance(value, int)]
    return min(numbers), max(numbers)


def _constant_range(kind: Kind, value: Value) -> tuple[int, int]:
    if isinstance(value, date):
        return value.toordinal(), value.toordinal()
    return (int(value), int(value)) if kind in NUMBERS and isinstance(value, int) else (0, 0)


def _range(op: Op, operands: Sequence[Operation], value: int | None, kind: Kind) -> tuple[int, int]:
    """Return the least and greatest raw result, having proven that each number on the way fits Int128."""
    if kind in {Kind.TEXT, Kind.BOOLEAN}:
        return 0, 0
    if op is Op.CHOICE:
        operands = [*operands[1::2], operands[-1]]
    lows, highs = [operand.low for operand in operands], [operand.high for operand in operands]
    low, high = _raw_range(op, lows, highs, value)
    furthest = max(abs(low), abs(high))
    if op is Op.DIVIDE:
        furthest = 2 * furthest + max(abs(lows[1]), abs(highs[1]))
    elif op is Op.MULTIPLY_NANO:
        furthest = (furthest + 1) * NANO
    assert furthest <= INT128_MAX, f"{op} can leave Int128"
    return low, high


def _raw_range(  # noqa: PLR0911, PLR0912  # one return for each operation
    op: Op, lows: Sequence[int], highs: Sequence[int], value: int | None
) -> tuple[int, int]:
    low, high, factor = lows[0], highs[0], value or 1
    match op:
        case Op.SCALE:
            return low * NANO, high * NANO
        case Op.ADD | Op.ADD_DAYS:
            return low + lows[1], high + highs[1]
        case Op.SUBTRACT | Op.DAYS_BETWEEN:
            return low - highs[1], high - lows[1]
        case Op.MULTIPLY | Op.MULTIPLY_NANO:
            products = [one * other for one in (low, high) for other in (lows[1], highs[1])]
            ends = min(products), max(products)
            return (
                ends
                if op is Op.MULTIPLY
                else (divide_half_away(ends[0], NANO), divide_half_away(ends[1], NANO))
            )
        case Op.DIVIDE:  # the divisor is at least 1 in magnitude, or there is no value
            furthest = max(abs(low), abs(high)) * factor
            return -furthest, furthest
        case Op.NEGATE:
            return -high, -low
        case Op.ABSOLUTE:
            return max(low, -high, 0), max(-low, high)
        case Op.MINIMUM:
            return min(lows), min(highs)
        case Op.MAXIMUM:
            return max(lows), max(highs)
        case Op.ROUND | Op.FLOOR | Op.CEIL:
            return low - factor, high + factor
        case Op.TRUNCATE:  # towards zero: nothing grows
            return min(low, 0), max(high, 0)
        case Op.REMAINDER:  # no further from zero than the dividend, and nearer than the divisor
            most = max(abs(lows[1]), abs(highs[1]), 1) - 1
            return max(min(low, 0), -most), min(max(high, 0), most)
        case Op.ADD_MONTHS:
            shortest, longest = _MONTH
            least = low + min(lows[1] * shortest, lows[1] * longest)
            return least, high + max(highs[1] * shortest, highs[1] * longest)
        case Op.YEAR | Op.MONTH | Op.DAY | Op.WEEKDAY | Op.MONTHS_BETWEEN | Op.LENGTH:
            return _ENDS[op]
        case _:  # CHOICE, COALESCE, NULL_AS: one of its operands
            return min(lows), max(highs)


def _states(
    op: Op, operands: Sequence[Operation], value: int | str | None, *, checked: bool
) -> frozenset[int]:
    sets = [operand.states for operand in operands]
    match op:
        case Op.AND | Op.OR:
            found = _joined(sets) | {State.OK.value}
        case Op.IS_NULL:
            found = frozenset({State.OK.value}) | {state for state in sets[0] if state >= State.OVERFLOW}
        case Op.COALESCE:
            found = (
                frozenset(state for state in sets[0] if not State.OK < state <= State.NULL_REFER) | sets[1]
            )
        case Op.NULL_AS if isinstance(value, int):
            found = frozenset(value if State.OK < state <= State.NULL_REFER else state for state in sets[0])
        case Op.CHOICE:
            conditions = {state for states in sets[:-1:2] for state in states if state >= State.NULL_REFER}
            found = frozenset().union(*sets[1::2], sets[-1], conditions)
        case _:
            found = _joined(sets)
    if op in DIVISIONS and operands[1].can_be_zero:
        found |= {State.ZERO_DIVISION.value}
    return found | {State.OVERFLOW.value} if checked else found


def _joined(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return every state that joining one of each set can give."""
    found = frozenset({State.OK.value})
    for states in sets:
        found = frozenset(3 if one + other == 3 else max(one, other) for one in found for other in states)
    return found
