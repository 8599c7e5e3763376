"""Find a real case in a box, and make sure of it by running the program (实例).

Where all operands of a box are inputs, their representatives are the case. A computed operand is brought to
where the box wants it: values of the inputs it reads are tried, and between two that lie on both sides of
the goal it is closed in on by halving.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from random import Random

from creditloop.formula.forms import DATES, operations_behind
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NUMBERS, Input, Kind, State, Value
from creditloop.formula.program import Program, inputs_read
from creditloop.formula.python_target import Flat, operations_function
from creditloop.formula.regions.boxes import Box
from creditloop.formula.regions.cells import OF_STATE, Cell, Dimension, Outcomes, nearest_to_zero
from creditloop.formula.regions.conditions import Regions

Case = dict[str, Value]

_TRIES = 12
"""Fresh starts for a box with computed operands."""
_PASSES = 3
OPERATIONS_MAX = 20_000_000
"""Operations evaluated for computed operands that `allow` gives: a search by trial may not go on for ever."""
_TEXTS_MAX = 50
"""Texts of a program that are tried as the value of an input."""
_DAY = date(2024, 1, 1)
_DAYS_ABOUT = 9000
"""Days before and after `_DAY` among which dates are drawn."""
_PLAIN: Mapping[Kind, Value] = {
    Kind.TEXT: "",
    Kind.BOOLEAN: False,
    Kind.DATE: _DAY,
    **dict.fromkeys(NUMBERS, 0),
}


class _BudgetSpentError(Exception):
    """No more operations may be evaluated."""


class Cases:
    """Finds cases for the boxes of some conditions.

    Args of `find` are told by the numbers of operations, as in `Regions`.

    Attributes:
        ran_out: whether a case was not found because no more work was allowed.
    """

    def __init__(self, regions: Regions, conditions: Sequence[int]) -> None:
        """Emit the conditions as one function."""
        self._regions = regions
        self._program = regions.program
        self._places = {number: 2 * index for index, number in enumerate(conditions)}
        _, self._flat = operations_function(self._program, list(conditions))
        self._reads = inputs_read(self._program.operations)
        self.allow()

    def allow(self) -> None:
        """Allow `OPERATIONS_MAX` more operations from here on."""
        self._left = OPERATIONS_MAX
        self.ran_out = False

    def find(self, box: Box, wanted: Mapping[int, Outcomes], *, null: str | None = None) -> Case | None:
        """Return a case in the box on which each condition comes out as wanted; None if none was found.

        Args:
            null: an input that must be null, and no other than it where the box does not say so.
        """
        random = Random(0)
        computed = [
            (self._regions.dimensions[number], cells)
            for number, cells in box.items()
            if self._regions.dimensions[number].declared is None
        ]
        allowed = dict(self._allowed(box))
        if null is not None:
            allowed[null] = (Cell(State.NULL_REFER.value, None),)
        case = {entry.name: _first(entry, allowed.get(entry.name)) for entry in self._program.inputs}
        if self._comes_out(case, wanted):
            return case
        if not computed:
            return None
        if self._left <= 0:
            self.ran_out = True
            return None
        goals = _Goals(self._regions, computed, nulls=null is None, operations=self._left)
        try:
            for _ in range(_TRIES):
                tried = goals.reached(self._drawn(case, allowed, goals.reads, random), allowed, random)
                if tried is not None and self._comes_out(tried, wanted):
                    return tried
        except _BudgetSpentError:
            self.ran_out = True
        finally:
            self._left = goals.left
        return None

    def comes_out(self, case: Mapping[str, Value]) -> dict[int, Outcomes]:
        """Return what each condition says of a case; none of them where it cannot be evaluated."""
        flat = self._flat(case)
        return {number: _outcome(flat[place], flat[place + 1]) for number, place in self._places.items()}

    def _comes_out(self, case: Mapping[str, Value], wanted: Mapping[int, Outcomes]) -> bool:
        flat = self._flat(case)
        for number, outcomes in wanted.items():
            place = self._places[number]
            if not _outcome(flat[place], flat[place + 1]) & outcomes:
                return False
        return True

    def _allowed(self, box: Box) -> Iterator[tuple[str, tuple[Cell, ...]]]:
        for number, cells in box.items():
            dimension = self._regions.dimensions[number]
            if dimension.declared is not None:
                yield dimension.declared.name, cells_in(dimension, cells)

    def _drawn(
        self, case: Case, allowed: Mapping[str, tuple[Cell, ...]], reads: Sequence[str], random: Random
    ) -> Case:
        """Draw the inputs a computed operand reads afresh, within the box."""
        drawn = dict(case)
        for entry in self._program.inputs:
            if entry.name in reads:
                drawn[entry.name] = _draw(entry, allowed.get(entry.name), random)
        return drawn


class _Goals:
    """The computed operands of a box, and where they must come to lie."""

    def __init__(
        self, regions: Regions, computed: Sequence[tuple[Dimension, int]], *, nulls: bool, operations: int
    ) -> None:
        self.left = operations
        self._goals = computed
        self._nulls = nulls
        self._program = regions.program
        self._inputs = {entry.name: entry for entry in regions.program.inputs}
        numbers = [
            n for dimension, _ in computed for n in (dimension.number, dimension.other) if n is not None
        ]
        read = inputs_read(regions.program.operations)
        self.reads = sorted(frozenset[str]().union(*(read[number] for number in numbers)))
        self._places = {number: 2 * index for index, number in enumerate(dict.fromkeys(numbers))}
        self._cost = len(operations_behind(regions.program.operations, numbers))
        self._flat: Flat = operations_function(regions.program, list(self._places))[1]
        self._read = read
        self._texts = _texts(regions.program)

    def reached(self, case: Case, allowed: Mapping[str, tuple[Cell, ...]], random: Random) -> Case | None:
        """Move inputs until every operand lies where it must; None where that did not come about."""
        for _ in range(_PASSES + 1):  # to reach one operand may move another
            missed = [goal for goal in self._goals if not self._lies(case, *goal)]
            if not missed:
                return case
            for dimension, cells in missed:
                moved = self._moved(case, dimension, cells, allowed, random)
                if moved is None:
                    return None
                case = moved
        return None

    def _value(self, case: Case, dimension: Dimension) -> tuple[Value, int]:
        if self.left <= 0:
            raise _BudgetSpentError
        self.left -= self._cost
        flat = self._flat(case)
        place = self._places[dimension.number]
        value, state = flat[place], int(flat[place + 1] or 0)  # type: ignore[arg-type]  # a state is an int
        if dimension.other is None:
            return _plain(value), state
        place = self._places[dimension.other]
        other, other_state = _plain(flat[place]), int(flat[place + 1] or 0)  # type: ignore[arg-type]
        if state or other_state:
            return None, max(state, other_state)
        one = _plain(value)
        if isinstance(one, int) and isinstance(other, int):
            return one - other, 0
        return (0 if one == other else 1), 0

    def _lies(self, case: Case, dimension: Dimension, cells: int) -> bool:
        value, state = self._value(case, dimension)
        return any(
            _holds(cell, value, state, order=dimension.other is not None)
            for cell in cells_in(dimension, cells)
        )

    def _moved(
        self,
        case: Case,
        dimension: Dimension,
        cells: int,
        allowed: Mapping[str, tuple[Cell, ...]],
        random: Random,
    ) -> Case | None:
        """Move one of the inputs an operand reads to where the operand lies as it must."""
        names = list(
            self._read[dimension.number] | (self._read[dimension.other] if dimension.other else frozenset())
        )
        names.sort()
        random.shuffle(names)
        for name in names:
            for moved in self._towards(case, name, dimension, cells, allowed.get(name)):
                if self._lies(moved, dimension, cells):
                    return moved
        return None

    def _towards(
        self, case: Case, name: str, dimension: Dimension, cells: int, within: tuple[Cell, ...] | None
    ) -> Iterator[Case]:
        entry = self._inputs[name]
        marks = list(_marks(entry, within, case[name], self._texts))
        if within is None and self._nulls:
            marks.append(None)
        for mark in marks:
            yield {**case, name: mark}
        if entry.values is not None or entry.kind in {Kind.TEXT, Kind.BOOLEAN}:
            return
        goal = next((cell for cell in cells_in(dimension, cells) if not cell.state), None)
        if goal is not None:
            ordinals = sorted({_ordinal(mark) for mark in marks if mark is not None})
            for low, high in pairwise(ordinals):
                yield from self._closed_in(case, entry, dimension, goal, low, high)

    def _closed_in(
        self, case: Case, entry: Input, dimension: Dimension, goal: Cell, low: int, high: int
    ) -> Iterator[Case]:
        """Halve between two values of an input, on whose two sides of the goal the operand lies."""
        at_low = self._side(case, entry, dimension, goal, low)
        if at_low == 0 or at_low == self._side(case, entry, dimension, goal, high):
            return
        while high - low > 1:
            middle = (low + high) // 2
            side = self._side(case, entry, dimension, goal, middle)
            if side == 0:
                yield {**case, entry.name: _of_kind(middle, entry.kind)}
                return
            low, high = (middle, high) if side == at_low else (low, middle)
        yield {**case, entry.name: _of_kind(high, entry.kind)}

    def _side(self, case: Case, entry: Input, dimension: Dimension, goal: Cell, at: int) -> int:
        value, state = self._value({**case, entry.name: _of_kind(at, entry.kind)}, dimension)
        if state or not isinstance(value, int):
            return 2
        if dimension.other is not None:
            sign = (value > 0) - (value < 0)
            return (sign > goal.low) - (sign < goal.low)
        return (value > goal.high) - (value < goal.low)


def cells_in(dimension: Dimension, cells: int) -> tuple[Cell, ...]:
    """Return the cells of a set; values before nulls."""
    return tuple(cell for index, cell in enumerate(dimension.cells) if cells >> index & 1)


def _holds(cell: Cell, value: Value, state: int, *, order: bool) -> bool:
    if cell.state or state:
        return cell.state == state
    if order and isinstance(value, int):
        return (value > 0) - (value < 0) == cell.value
    if isinstance(value, int) and not isinstance(value, bool) and not isinstance(cell.value, (bool, str)):
        return cell.low <= value <= cell.high
    return type(value) is type(cell.value) and value == cell.value


def _first(entry: Input, allowed: tuple[Cell, ...] | None) -> Value:
    """Return the value of an input that is easiest to read among those allowed."""
    if allowed:
        values = [cell for cell in allowed if not cell.state]
        return _of_cell(min(values, key=_size) if values else allowed[0], entry.kind)
    return entry.values[0] if entry.values else _PLAIN[entry.kind]


def _size(cell: Cell) -> int:
    return abs(cell.value) if isinstance(cell.value, int) else 0


def _of_cell(cell: Cell, kind: Kind) -> Value:
    return _of_kind(cell.value, kind) if isinstance(cell.value, int) and not cell.state else cell.value


def _of_kind(number: int, kind: Kind) -> Value:
    if kind is Kind.DATE:
        return date.fromordinal(min(max(number, DATES[0]), DATES[1]))
    return number


def _draw(entry: Input, allowed: tuple[Cell, ...] | None, random: Random) -> Value:
    """Draw a value of an input within the cells allowed; small numbers as often as large ones."""
    if allowed:
        cell = random.choice(allowed)
        if cell.state or entry.kind in {Kind.TEXT, Kind.BOOLEAN}:
            return cell.value
        return _of_kind(_near(cell.low, cell.high, random), entry.kind)
    if entry.values is not None:
        return random.choice(entry.values)
    if entry.kind is Kind.DATE:
        return _of_kind(_DAY.toordinal() + random.randint(-_DAYS_ABOUT, _DAYS_ABOUT), Kind.DATE)
    return _PLAIN[entry.kind] if entry.kind in {Kind.TEXT, Kind.BOOLEAN} else 10 ** random.randint(0, 9)


def _near(low: int, high: int, random: Random) -> int:
    centre = nearest_to_zero(low, high)
    step = random.randint(0, 1 << random.randint(0, 40))
    return min(max(centre + random.choice((-step, step)), low), high)


def _marks(
    entry: Input, within: tuple[Cell, ...] | None, current: Value, texts: Sequence[str]
) -> Iterator[Value]:
    """Give values of an input to try and to halve between: near and far from what it is, and its ends."""
    if entry.values is not None or entry.kind in {Kind.TEXT, Kind.BOOLEAN}:
        free = texts if entry.kind is Kind.TEXT else (True, False)
        yield from (cell.value for cell in within) if within is not None else entry.values or free
    else:
        least, most = DATES if entry.kind is Kind.DATE else (INT64_MIN, INT64_MAX)
        stretches = [(cell.low, cell.high) for cell in within or () if not cell.state]
        powers = [sign * 10**power for power in range(19) for sign in (1, -1)]
        near = [_ordinal(current) + power for power in powers[:12]]
        for low, high in [(least, most)] if within is None else stretches:
            for number in dict.fromkeys((*near, nearest_to_zero(low, high), *powers, low, high)):
                if low <= number <= high:
                    yield _of_kind(number, entry.kind)


def _texts(program: Program) -> list[str]:
    """Return texts that conditions of the program tell apart."""
    constants = [operation.value for operation in program.operations if isinstance(operation.value, str)]
    entries = [value for listed in program.lists.values() for value in listed.values[:2]]
    return [text for text in dict.fromkeys(["", *constants, *entries]) if isinstance(text, str)][:_TEXTS_MAX]


def _plain(value: object) -> Value:
    return value.toordinal() if isinstance(value, date) else value  # type: ignore[return-value]  # a step's value


def _ordinal(value: Value) -> int:
    return value.toordinal() if isinstance(value, date) else int(value or 0)


def _outcome(value: object, state: object) -> Outcomes:
    if state == State.OK:
        return Outcomes.HOLDS if value else Outcomes.FAILS
    return OF_STATE.get(state, Outcomes(0)) if isinstance(state, int) else Outcomes(0)
