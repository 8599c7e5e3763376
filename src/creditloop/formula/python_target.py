"""Emit a program as plain Python: one function, straight down, for one case at a time (在线执行).

Each operation becomes a line or two on local names: `v7` its value, `s7` its state, `j7` a join of states
(`in_x`, `st_x`: an input's). The source is kept, so that what decided can be read. Numbers are Python
integers, tested against int64 after every operation that can leave it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from creditloop.formula.forms import DATES, Op, Operation, operations_behind
from creditloop.formula.kinds import (
    INT64_MAX,
    INT64_MIN,
    NANO,
    NULL_STATE,
    NUMBERS,
    Input,
    Kind,
    Result,
    State,
    Value,
    join_states,
)
from creditloop.formula.program import Program
from creditloop.kernel.money import divide_half_away

Row = Mapping[str, object]
Flat = Callable[[Row], tuple[Value | int, ...]]

_NAMES: Mapping[str, object] = {
    "ABSENT": object(),
    "INT64_MAX": INT64_MAX,
    "INT64_MIN": INT64_MIN,
    "FIRST_DAY": DATES[0],
    "LAST_DAY": DATES[1],
    "date": date,
    "divide_half_away": divide_half_away,
    "join_states": join_states,
}
_KIND_TESTS = {
    Kind.TEXT: "type({0}) is str",
    Kind.BOOLEAN: "type({0}) is bool",
    Kind.DATE: "type({0}) is date",
    **dict.fromkeys(NUMBERS, "type({0}) is int and INT64_MIN <= {0} <= INT64_MAX"),
}
_EXPRESSIONS = {
    Op.SCALE: f"{{0}} * {NANO}",
    Op.ADD: "{0} + {1}",
    Op.SUBTRACT: "{0} - {1}",
    Op.MULTIPLY: "{0} * {1}",
    Op.MULTIPLY_NANO: f"divide_half_away({{0}} * {{1}}, {NANO})",
    Op.DIVIDE: "divide_half_away({0} * {value}, {1})",
    Op.NEGATE: "-{0}",
    Op.ABSOLUTE: "abs({0})",
    Op.MINIMUM: "min({all})",
    Op.MAXIMUM: "max({all})",
    Op.ROUND: "divide_half_away({0}, {value}) * {value}",
    Op.FLOOR: "{0} // {value} * {value}",
    Op.CEIL: "-(-{0} // {value}) * {value}",
    Op.ADD_DAYS: "{0}.toordinal() + {1}",
    Op.DAYS_BETWEEN: "{0}.toordinal() - {1}.toordinal()",
    Op.EQUAL: "{0} == {1}",
    Op.NOT_EQUAL: "{0} != {1}",
    Op.LESS: "{0} < {1}",
    Op.LESS_EQUAL: "{0} <= {1}",
    Op.GREATER: "{0} > {1}",
    Op.GREATER_EQUAL: "{0} >= {1}",
    Op.MEMBER: "{0} in ({rest},)",
    Op.NOT: "not {0}",
    Op.AND: "{all_and}",
    Op.OR: "{all_or}",
}


class Results(Mapping[str, Result]):
    """What each step gave for one row, by name; a result is made when it is looked at."""

    __slots__ = ("_flat", "_places")

    def __init__(self, flat: tuple[Value | int, ...], places: Mapping[str, int]) -> None:
        self._flat = flat
        self._places = places

    def __getitem__(self, step: str) -> Result:
        place = self._places[step]
        return Result(self._flat[place], self._flat[place + 1])  # type: ignore[arg-type]  # a state is an int

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A program as a function of one row.

    Attributes:
        source: the Python it runs.
        flat: the same for speed: value and state of each step in order, in one tuple.
        places: where in that tuple the value of each step stands.
    """

    source: str
    flat: Flat
    places: Mapping[str, int]

    def __call__(self, row: Row) -> Results:
        """Evaluate the program on a row: plain values by input name. A key that is not there refers."""
        return Results(self.flat(row), self.places)


def python_function(program: Program) -> PythonFunction:
    """Emit a program as a Python function; see `PythonFunction`."""
    source, flat = operations_function(program, [step.number for step in program.steps])
    return PythonFunction(source, flat, {step.name: 2 * index for index, step in enumerate(program.steps)})


def operations_function(program: Program, numbers: Sequence[int]) -> tuple[str, Flat]:
    """Return source and function giving value and state of these operations of the program, in order."""
    source, names = _Emitter(program).source(numbers)
    space = {**_NAMES, **names}
    exec(compile(source, "<formula>", "exec"), space)  # our own source; texts enter it by repr only
    flat: Flat = space["evaluate"]  # type: ignore[assignment]  # defined by the source
    return source, flat


class _Emitter:
    """Writes the lines of one program.

    A state is told by its atoms, the variables it is the join of; equal joins are computed once. No atoms:
    the value is always there.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._inputs = {entry.name: entry for entry in program.inputs}
        self._operations = program.operations
        self._lines: list[str] = []
        self._values: dict[int, str] = {}
        self._atoms: dict[int, frozenset[str]] = {}
        self._joins: dict[frozenset[str], str] = {}
        self._names: dict[str, object] = {}

    def source(self, numbers: Sequence[int]) -> tuple[str, dict[str, object]]:
        needed = operations_behind(self._operations, numbers)
        titles = {
            step.number: f"# {step.name}: {_one_line(step.text)}" for step in reversed(self._program.steps)
        }
        begun = -1
        for number in sorted(needed & {*titles, *numbers}):
            self._lines.append(titles.get(number, f"# operation {number}"))
            for earlier in range(begun + 1, number + 1):
                if earlier in needed:
                    self._emit(earlier, self._operations[earlier])
            begun = number
        results = "".join(f"{self._values[number]}, {self._state(number)}, " for number in numbers)
        body = "\n    ".join(["get = row.get", *self._lines, f"return ({results})"])
        return f"def evaluate(row):\n    {body}\n", self._names

    def _emit(self, number: int, operation: Operation) -> None:
        always = operation.states == {State.OK}
        self._values[number] = f"v{number}"
        self._atoms[number] = frozenset() if always else frozenset({f"s{number}"})
        match operation.op:
            case Op.CONSTANT:
                self._values[number] = self._literal(number, operation.value)
            case Op.NULL:
                self._values[number], self._atoms[number] = "None", frozenset({str(State.NULL_REFER.value)})
            case Op.INPUT:
                self._input(number, self._inputs[str(operation.value)])
            case Op.AND | Op.OR if len({self._atoms[arg] for arg in operation.args}) > 1:
                self._junction(number, operation)
            case Op.IS_NULL:
                self._is_null(number, operation)
            case Op.COALESCE:
                self._coalesce(number, operation)
            case Op.CHOICE:
                self._choice(number, operation)
            case _ if operation.tested:
                self._tested(number, operation)
            case _:
                self._strict(number, operation)

    def _input(self, number: int, declared: Input) -> None:
        value, state = f"in_{declared.name}", f"st_{declared.name}"
        self._values[number], self._atoms[number] = value, frozenset({state})
        test = _KIND_TESTS[declared.kind].format(value)
        if declared.values is not None:
            self._names[f"VALUES_{number}"] = frozenset(declared.values)
            test += f" and {value} in VALUES_{number}"
        self._lines += [
            f"{value} = get({declared.name!r}, ABSENT)",
            f"if {test}: {state} = 0",
            f"elif {value} is None: {state} = {NULL_STATE[declared.null].value}",
            f"else: {value}, {state} = None, {State.BROKEN_INPUT.value}",
        ]

    def _strict(self, number: int, operation: Operation) -> None:
        """Write an operation that has a value where its operands have (`and`, `or`: all of them or none)."""
        state, expression = self._join(number, operation.args), self._expression(number, operation)
        self._atoms[number] = frozenset({state}) - {"0"}
        if operation.kind is Kind.DATE and operation.op is Op.ADD_DAYS:
            expression = f"date.fromordinal({expression})"
        guarded = expression if state == "0" else f"None if {state} else {expression}"
        self._lines.append(f"v{number} = {guarded}")

    def _tested(self, number: int, operation: Operation) -> None:
        """Write an operation whose result may not exist: overflow, or division by zero."""
        value, state = f"v{number}", f"s{number}"
        self._atoms[number] = frozenset({state})
        self._lines += [f"{value}, {state} = None, {self._join(number, operation.args)}"]
        if operation.op is Op.DIVIDE and self._operations[operation.args[1]].can_be_zero:
            zero = f"{self._values[operation.args[1]]} == 0"
            self._lines.append(f"if {state} == 0 and {zero}: {state} = {State.ZERO_DIVISION.value}")
        self._lines += [f"if {state} == 0:", f"    {value} = {self._expression(number, operation)}"]
        least, most = ("FIRST_DAY", "LAST_DAY") if operation.kind is Kind.DATE else ("INT64_MIN", "INT64_MAX")
        if operation.checked:
            outside = f"if not {least} <= {value} <= {most}"
            self._lines.append(f"    {outside}: {value}, {state} = None, {State.OVERFLOW.value}")
        if operation.kind is Kind.DATE:
            self._lines.append(f"    else: {value} = date.fromordinal({value})")

    def _junction(self, number: int, operation: Operation) -> None:
        settling = operation.op is Op.OR
        joined = self._join(number, operation.args)
        test = " or ".join(f"{self._values[arg]} is {settling}" for arg in operation.args)
        self._lines += [
            f"if {test}: v{number}, s{number} = {settling}, 0",
            f"elif {joined}: v{number}, s{number} = None, {joined}",
            f"else: v{number}, s{number} = {not settling}, 0",
        ]

    def _is_null(self, number: int, operation: Operation) -> None:
        state = self._join(number, operation.args)
        if all(possible < State.OVERFLOW for possible in self._operations[operation.args[0]].states):
            self._lines.append(f"v{number} = {state} != 0")
            return
        self._lines += [
            f"if {state} >= {State.OVERFLOW.value}: v{number}, s{number} = None, {state}",
            f"else: v{number}, s{number} = {state} != 0, 0",
        ]

    def _coalesce(self, number: int, operation: Operation) -> None:
        first, second = operation.args
        null = f"0 < {self._state(first)} <= {State.NULL_REFER.value}"
        self._lines += [
            f"if {null}: {self._assignment(number, second)}",
            f"else: {self._assignment(number, first)}",
        ]

    def _choice(self, number: int, operation: Operation) -> None:
        word = "if"
        for condition, value in zip(operation.args[:-1:2], operation.args[1::2], strict=True):
            state, states = self._state(condition), self._operations[condition].states
            matched = self._values[condition] + (f" or {state} == 1" if State.NULL_MATCH in states else "")
            self._lines.append(f"{word} {matched}: {self._assignment(number, value)}")
            if max(states) >= State.NULL_REFER:
                self._lines.append(
                    f"elif {state} >= {State.NULL_REFER.value}: v{number}, s{number} = None, {state}"
                )
            word = "elif"
        self._lines.append(f"else: {self._assignment(number, operation.args[-1])}")

    def _assignment(self, number: int, source: int) -> str:
        if self._operations[number].states == {State.OK}:
            return f"v{number} = {self._values[source]}"
        return f"v{number}, s{number} = {self._values[source]}, {self._state(source)}"

    def _join(self, number: int, args: Sequence[int]) -> str:
        """Return the name of the join of the states of these, writing it once for each set of atoms."""
        atoms = frozenset[str]().union(*(self._atoms[arg] for arg in args))
        if len(atoms) < 2:
            return next(iter(atoms), "0")
        if atoms not in self._joins:
            ordered = sorted(atoms)
            joined = (
                f"max({', '.join(ordered)})"
                if len(atoms) > 2
                else "{0} if {0} > {1} else {1}".format(*ordered)
            )
            states = frozenset[int]().union(*(self._operations[arg].states for arg in args))
            if {State.NULL_MATCH, State.NULL_NO_MATCH} <= states:
                joined = reduce("join_states({}, {})".format, ordered)
            self._joins[atoms] = f"j{number}"
            self._lines.append(f"j{number} = {joined}")
        return self._joins[atoms]

    def _state(self, number: int) -> str:
        return self._join(number, [number])

    def _expression(self, number: int, operation: Operation) -> str:
        values = [self._values[arg] for arg in operation.args]
        return _EXPRESSIONS[operation.op].format(
            *values,
            value=operation.value,
            all=", ".join(values),
            rest=", ".join(values[1:]),
            all_and=" and ".join(values),
            all_or=" or ".join(values),
        )

    def _literal(self, number: int, value: Value) -> str:
        if isinstance(value, date):
            self._names[f"DATE_{number}"] = value
            return f"DATE_{number}"
        return repr(value) if not isinstance(value, int) or value >= 0 else f"({value})"


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
