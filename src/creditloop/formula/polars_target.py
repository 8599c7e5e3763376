"""Emit a program as Polars expressions: all rows of a frame at once (批量执行).

A value is null exactly where its state is not OK, so nulls carry themselves through most operations; the
states are columns of their own. Whole numbers are Int64, and Int128 on the way wherever a result can leave
Int64; no float, no division but `//` of non-negative Int128, no rounding of the engine's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import add, and_, eq, ge, gt, le, lt, mul, ne, or_, sub
from typing import overload

import polars as pl

from creditloop.formula.forms import Op, Operation, operations_behind
from creditloop.formula.kinds import (
    INT64_MAX,
    INT64_MIN,
    NANO,
    NULL_STATE,
    NUMBERS,
    Input,
    Kind,
    Match,
    State,
    Value,
)
from creditloop.formula.program import Program
from creditloop.kernel.errors import InputError

DTYPES: Mapping[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    **dict.fromkeys(NUMBERS, pl.Int64()),
}
"""The column type of each kind."""
_TEXTS = (pl.String, pl.Categorical, pl.Enum)
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = date.min.toordinal() - _EPOCH, date.max.toordinal() - _EPOCH
_SIMPLE: Mapping[Op, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    Op.ADD: add,
    Op.SUBTRACT: sub,
    Op.MULTIPLY: mul,
    Op.EQUAL: eq,
    Op.NOT_EQUAL: ne,
    Op.LESS: lt,
    Op.LESS_EQUAL: le,
    Op.GREATER: gt,
    Op.GREATER_EQUAL: ge,
}
_INT128 = frozenset({Op.MULTIPLY_NANO, Op.ROUND, Op.FLOOR, Op.CEIL, Op.SCALE})
"""Operations computed in Int128 even if their result is proven to stay within Int64."""
_STATE = pl.UInt8()


@overload
def polars_columns(program: Program, frame: pl.DataFrame) -> pl.DataFrame: ...
@overload
def polars_columns(program: Program, frame: pl.LazyFrame) -> pl.LazyFrame: ...
def polars_columns(program: Program, frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame | pl.LazyFrame:
    """Return the frame with two more columns a step: `<step>` (null unless OK) and `<step>__state` (UInt8).

    A column that is absent or not of the declared kind gives state BROKEN_INPUT on every row, as the same row
    does online; other columns pass through.

    Raises: InputError if the frame already has a column of a step's name.
    """
    lazy = frame.lazy()
    schema = lazy.collect_schema()
    taken = [name for step in program.steps for name in (step.name, step.state_name) if name in schema]
    if taken:
        raise InputError("the frame has columns of the steps' names", got=taken)
    for columns in _Emitter(program, schema).layers():
        lazy = lazy.with_columns(columns)
    names = [name for step in program.steps for name in (step.name, step.state_name)]
    lazy = lazy.select(*schema.names(), *names)
    return lazy if isinstance(frame, pl.LazyFrame) else lazy.collect()


def match_column(step: str) -> pl.Expr:
    """Return what `resolve` says of each row, from a step's columns: matched, not_matched or refer (text)."""
    value, state = pl.col(step), pl.col(f"{step}__state")
    return (
        pl.when(state >= State.NULL_REFER.value)
        .then(pl.lit(Match.REFER.value))
        .when(value.fill_null(False) | (state == State.NULL_MATCH.value))
        .then(pl.lit(Match.MATCHED.value))
        .otherwise(pl.lit(Match.NOT_MATCHED.value))
    )


class _Emitter:
    """Makes the columns of one program over one schema, in layers that read the columns of earlier layers.

    An operation that only combines its operands is an expression; one with a state of its own becomes two
    columns, so that no expression grows with the depth of the program.
    """

    def __init__(self, program: Program, schema: pl.Schema) -> None:
        self._program = program
        self._operations = program.operations
        self._inputs = {entry.name: entry for entry in program.inputs}
        self._schema = schema
        self._values: dict[int, pl.Expr] = {}
        self._atoms: dict[int, frozenset[str]] = {}
        self._depths: dict[int, int] = {}
        self._layers: list[list[pl.Expr]] = []

    def layers(self) -> list[list[pl.Expr]]:
        """Return the columns to add, layer by layer; the steps' own are the last."""
        for number in sorted(
            operations_behind(self._operations, [step.number for step in self._program.steps])
        ):
            operation = self._operations[number]
            self._depths[number] = max((self._depths[arg] for arg in operation.args), default=0)
            self._emit(number, operation)
        last: list[pl.Expr] = []
        for step in self._program.steps:
            dtype = DTYPES[step.kind]
            last.append(self._values[step.number].cast(dtype).alias(step.name))
            last.append(self._state(step.number).alias(step.state_name))
        return [*self._layers, last]

    def _emit(self, number: int, operation: Operation) -> None:
        match operation.op:
            case Op.INPUT:
                self._keep(number, *self._input(self._inputs[str(operation.value)]))
            case Op.CONSTANT:
                self._plain(number, _literal(operation.value, operation.kind), frozenset())
            case Op.NULL:
                self._keep(number, pl.lit(None, DTYPES[operation.kind]), _state(State.NULL_REFER))
            case Op.AND | Op.OR:
                value = reduce(and_ if operation.op is Op.AND else or_, self._args(operation))
                joined = self._join(operation.args)
                self._keep(number, value, pl.when(value.is_null()).then(joined).otherwise(_state(State.OK)))
            case Op.IS_NULL:
                state = self._state(operation.args[0])
                failed = state >= State.OVERFLOW.value
                value = pl.when(~failed).then(state != State.OK.value)
                self._keep(number, value, pl.when(failed).then(state).otherwise(_state(State.OK)))
            case Op.COALESCE:
                self._coalesce(number, operation)
            case Op.CHOICE:
                self._choice(number, operation)
            case _ if operation.tested:
                self._tested(number, operation)
            case _:
                atoms = frozenset[str]().union(*(self._atoms[arg] for arg in operation.args))
                value = self._expression(operation)
                if operation.op is Op.ADD_DAYS:
                    value = value.cast(pl.Int32).cast(pl.Date)
                elif operation.op in _INT128 and not operation.wide:
                    value = value.cast(pl.Int64)
                self._plain(number, value, atoms)

    def _plain(self, number: int, value: pl.Expr, atoms: frozenset[str]) -> None:
        self._values[number] = value
        self._atoms[number] = atoms

    def _keep(self, number: int, value: pl.Expr, state: pl.Expr) -> None:
        """Make value and state columns of the next layer above what they read."""
        depth = self._depths[number]
        if depth == len(self._layers):
            self._layers.append([])
        self._layers[depth] += [value.alias(f"__v{number}"), state.alias(f"__s{number}")]
        self._depths[number] = depth + 1
        self._plain(number, pl.col(f"__v{number}"), frozenset({f"__s{number}"}))

    # operations with a state of their own

    def _input(self, declared: Input) -> tuple[pl.Expr, pl.Expr]:
        dtype = self._schema.get(declared.name)
        nothing = pl.lit(None, DTYPES[declared.kind])
        if dtype is None or not _fits(dtype, declared.kind):
            return nothing, _state(State.BROKEN_INPUT)
        column, valid = _typed(pl.col(declared.name), dtype, declared.kind)
        if declared.values is not None:
            among = column.is_in(pl.Series(list(declared.values), dtype=DTYPES[declared.kind]).implode())
            valid = among if valid is None else valid & among
        missing = pl.col(declared.name).is_null()
        null = _state(NULL_STATE[declared.null])
        if valid is None:
            return column, pl.when(missing).then(null).otherwise(_state(State.OK))
        state = (
            pl.when(missing)
            .then(null)
            .when(valid)
            .then(_state(State.OK))
            .otherwise(_state(State.BROKEN_INPUT))
        )
        return pl.when(valid).then(column), state

    def _coalesce(self, number: int, operation: Operation) -> None:
        first, second = operation.args
        state = self._state(first)
        null = (state > State.OK.value) & (state <= State.NULL_REFER.value)
        value = pl.when(null).then(self._values[second]).otherwise(self._values[first])
        self._keep(number, value, pl.when(null).then(self._state(second)).otherwise(state))

    def _choice(self, number: int, operation: Operation) -> None:
        tests: list[tuple[pl.Expr, pl.Expr, pl.Expr]] = []
        for condition, chosen in zip(operation.args[:-1:2], operation.args[1::2], strict=True):
            state, states = self._state(condition), self._operations[condition].states
            if max(states) >= State.NULL_REFER:
                tests.append((state >= State.NULL_REFER.value, pl.lit(None, DTYPES[operation.kind]), state))
            matched = self._values[condition]
            if State.NULL_MATCH in states:
                matched = matched.fill_null(False) | (state == State.NULL_MATCH.value)
            tests.append((matched, self._values[chosen], self._state(chosen)))
        last = operation.args[-1]
        value = _chain([(test, value) for test, value, _ in tests], self._values[last])
        self._keep(number, value, _chain([(test, state) for test, _, state in tests], self._state(last)))

    def _tested(self, number: int, operation: Operation) -> None:
        value, joined = self._expression(operation), self._join(operation.args)
        state = joined
        least, most = (_FIRST_DAY, _LAST_DAY) if operation.kind is Kind.DATE else (INT64_MIN, INT64_MAX)
        if operation.checked:
            outside = ~value.is_between(least, most)
            state = pl.when(outside).then(_state(State.OVERFLOW)).otherwise(state)
            value = pl.when(~outside).then(value)
        value = value.cast(pl.Int32).cast(pl.Date) if operation.kind is Kind.DATE else value.cast(pl.Int64)
        if operation.op is Op.DIVIDE and self._operations[operation.args[1]].can_be_zero:
            zero = (self._args(operation)[1] == 0) & (joined == State.OK.value)
            state = pl.when(zero).then(_state(State.ZERO_DIVISION)).otherwise(state)
        self._keep(number, value, state)

    # operations that only combine

    def _expression(self, operation: Operation) -> pl.Expr:
        args = self._args(operation)
        match operation.op:
            case Op.NOT:
                return ~args[0]
            case Op.MEMBER:
                kind = self._operations[operation.args[0]].kind
                items = [self._operations[arg].value for arg in operation.args[1:]]
                return args[0].is_in(pl.Series(items, dtype=DTYPES[kind]).implode())
            case Op.ADD_DAYS:
                return args[0].cast(pl.Int32).cast(pl.Int128) + args[1].cast(pl.Int128)
            case Op.DAYS_BETWEEN:
                return (args[0].cast(pl.Int32) - args[1].cast(pl.Int32)).cast(pl.Int64)
            case Op.MINIMUM | Op.MAXIMUM:
                return reduce(
                    lambda one, other: _better(operation.op, one, other), self._matched(operation, args)
                )
            case _:
                return self._number(operation, self._matched(operation, args))

    def _number(self, operation: Operation, args: Sequence[pl.Expr]) -> pl.Expr:  # noqa: PLR0911  # one an operation
        step = pl.lit(operation.value, pl.Int128)
        match operation.op:
            case Op.SCALE:
                return args[0] * pl.lit(NANO, pl.Int128)
            case Op.MULTIPLY_NANO:
                return _half_away(args[0] * args[1], pl.lit(NANO, pl.Int128))
            case Op.DIVIDE:
                return _divided(args[0] * step, args[1])
            case Op.NEGATE:
                return 0 - args[0]
            case Op.ABSOLUTE:
                return args[0].abs()
            case Op.ROUND:
                return _half_away(args[0], step) * step
            case Op.FLOOR:
                return _floor(args[0], step) * step
            case Op.CEIL:
                return 0 - _floor(0 - args[0], step) * step
            case _:
                return _SIMPLE[operation.op](args[0], args[1])

    def _matched(self, operation: Operation, args: Sequence[pl.Expr]) -> list[pl.Expr]:
        """Return operands wide enough for the raw result: Int128 unless everything stays within Int64."""
        operands = [self._operations[arg] for arg in operation.args]
        if all(operand.kind not in NUMBERS for operand in operands):
            return list(args)
        wide = operation.tested or operation.wide or any(operand.wide for operand in operands)
        return [arg.cast(pl.Int128) for arg in args] if wide or operation.op in _INT128 else list(args)

    def _args(self, operation: Operation) -> list[pl.Expr]:
        return [self._values[arg] for arg in operation.args]

    def _state(self, number: int) -> pl.Expr:
        return self._join([number])

    def _join(self, args: Iterable[int]) -> pl.Expr:
        args = list(args)
        atoms = sorted(frozenset[str]().union(*(self._atoms[arg] for arg in args)))
        if not atoms:
            return _state(State.OK)
        columns = [pl.col(atom) for atom in atoms]
        if len(atoms) == 1:
            return columns[0]
        states = frozenset[int]().union(*(self._operations[arg].states for arg in args))
        if {State.NULL_MATCH, State.NULL_NO_MATCH} <= states:
            return reduce(_join_two, columns)
        return pl.max_horizontal(columns)


def _fits(dtype: pl.DataType, kind: Kind) -> bool:
    if dtype == pl.Null:
        return True
    if kind in NUMBERS:
        return dtype.is_integer()
    return dtype.base_type() in _TEXTS if kind is Kind.TEXT else dtype == DTYPES[kind]


def _typed(column: pl.Expr, dtype: pl.DataType, kind: Kind) -> tuple[pl.Expr, pl.Expr | None]:
    """Return the column in the kind's own type, and which of its values are valid (None: all)."""
    if kind is Kind.DATE and dtype == pl.Date:
        return column, column.cast(pl.Int32).is_between(_FIRST_DAY, _LAST_DAY)
    if kind in NUMBERS and dtype in {pl.UInt64, pl.Int128, pl.UInt128}:
        return column.cast(pl.Int64, strict=False), column.cast(pl.Int64, strict=False).is_not_null()
    return (column if dtype == DTYPES[kind] else column.cast(DTYPES[kind])), None


def _literal(value: Value, kind: Kind) -> pl.Expr:
    if kind in NUMBERS and isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX:
        return pl.lit(value, pl.Int128)
    return pl.lit(value, DTYPES[kind])


def _state(state: State) -> pl.Expr:
    return pl.lit(state.value, _STATE)


def _join_two(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    clash = one + other == State.NULL_REFER.value
    return pl.when(clash).then(_state(State.NULL_REFER)).otherwise(pl.max_horizontal(one, other))


def _chain(branches: Sequence[tuple[pl.Expr, pl.Expr]], otherwise: pl.Expr) -> pl.Expr:
    result = otherwise
    for test, value in reversed(branches):
        result = pl.when(test).then(value).otherwise(result)
    return result


def _better(op: Op, one: pl.Expr, other: pl.Expr) -> pl.Expr:
    first = one <= other if op is Op.MINIMUM else one >= other
    return pl.when(first).then(one).when(~first).then(other)


def _half_away(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Divide Int128 by a positive one, half away from zero; the doubled remainder always fits."""
    magnitude = numerator.abs()
    whole = magnitude // denominator
    rest = magnitude - whole * denominator
    rounded = whole + (2 * rest >= denominator).cast(pl.Int128)
    return pl.when(numerator < 0).then(0 - rounded).otherwise(rounded)


def _divided(numerator: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """Divide Int128 half away from zero, null where the divisor is zero."""
    magnitude = pl.when(divisor != 0).then(divisor.abs())
    rounded = (2 * numerator.abs() + magnitude) // (2 * magnitude)
    return pl.when((numerator < 0) != (divisor < 0)).then(0 - rounded).otherwise(rounded)


def _floor(numerator: pl.Expr, step: pl.Expr) -> pl.Expr:
    """Divide Int128 by a positive one, towards minus infinity, by non-negative division only."""
    return pl.when(numerator < 0).then(0 - (step - 1 - numerator) // step).otherwise(numerator // step)
