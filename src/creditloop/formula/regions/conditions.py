"""Where a condition holds, fails or is unknown, as boxes over its operands (条件区域).

Every boolean operation of a program becomes a union of boxes: for some operands a set of cells, for the
others anything. `and`, `or`, `not`, `if`, `??` and `is null` keep their meaning with nulls; whatever else is
computed is an operand of its own, free within its proven range. So a box may hold no real case, but every
real case lies in the box that its values say: what is empty here is proven empty.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from creditloop.formula.forms import COMPARISONS, Op, Operation, operations_behind
from creditloop.formula.kinds import Kind, State, Value, join_states
from creditloop.formula.program import Program, inputs_read
from creditloop.formula.regions.boxes import EVERYTHING, Box, Boxes, TooManyBoxes, merged, product
from creditloop.formula.regions.cells import (
    OF_STATE,
    Dimension,
    Outcomes,
    base_of,
    constant_of,
    cuts,
    is_comparison,
    order_cells,
    outcome_of,
    plain_value,
    value_at,
    value_cells,
)

ENTRIES_MAX = 64
"""Entries of a list that become cells; being on a longer list is an operand of its own."""
ORDERS = COMPARISONS - {Op.EQUAL, Op.NOT_EQUAL}
_SINGLE = (
    Outcomes.HOLDS,
    Outcomes.FAILS,
    Outcomes.NULL_MATCH,
    Outcomes.NULL_NO_MATCH,
    Outcomes.NULL_REFER,
)
_STATE = {outcome: state for state, outcome in OF_STATE.items()}


class _Leaf(NamedTuple):
    """A condition on one operand: the cells on which it comes out as each outcome."""

    dimension: int
    cells: Mapping[Outcomes, int]


class Regions:
    """The conditions of a program as boxes over their operands.

    Attributes:
        dimensions: the operands, by a number of their own.
        full: the set of all cells of each.
    """

    def __init__(self, program: Program, conditions: Sequence[int]) -> None:
        """Collect the operands of these conditions (numbers of operations) and cut them into cells."""
        self.program = program
        self._operations = program.operations
        self._behind = sorted(operations_behind(program.operations, conditions))
        self._lists = program.lists
        self._reads = inputs_read(program.operations)
        self._inputs = {entry.name: entry for entry in program.inputs}
        self._keys: dict[tuple[int, int | None], int] = {}
        self._constants = self._collected()
        self._leaves: dict[int, _Leaf] = {}
        self._known: dict[tuple[int, int, Outcomes], Boxes | None] = {}
        self.dimensions: dict[int, Dimension] = {}
        self.full: dict[int, int] = {}

    def boxes(self, number: int, outcomes: Outcomes) -> Boxes | None:
        """Return where a condition comes out as one of these; None if it falls into too many boxes."""
        try:
            return self._boxes(number, outcomes)
        except TooManyBoxes:
            return None

    def leaf_outcomes(self, number: int) -> Outcomes | None:
        """Return what a comparison of one operand can come out as, taken alone; None of other conditions."""
        if not is_comparison(self._operations[number]):
            return None
        found = Outcomes(0)
        for outcome, cells in self._leaf(number).cells.items():
            found |= outcome if cells else Outcomes(0)
        return found

    def leaves(self, number: int) -> list[int]:
        """Return the conditions that a condition joins: what is left of it without its junctions."""
        found: dict[int, None] = {}
        pending = [number]
        while pending:
            number = pending.pop()
            operation = self._operations[number]
            if operation.op in {Op.AND, Op.OR, Op.NOT, Op.CHOICE} or (
                operation.op is Op.IS_NULL and self._is_condition(operation.args[0])
            ):
                pending.extend(reversed(operation.args))
            else:
                found[number] = None
        return list(found)

    def one_null(self, box: Box, name: str) -> Box | None:
        """Return the part of a box in which this input is null and nothing else; None if there is none.

        A computed operand that reads the input may be null with it.
        """
        found: dict[int, int] = {}
        told = False
        for number, cells in box.items():
            dimension = self.dimensions[number]
            reads = self._reads[dimension.number] | (
                self._reads[dimension.other] if dimension.other is not None else frozenset()
            )
            kept = cells & (dimension.nulls if name in reads else dimension.full & ~dimension.nulls)
            if not kept:
                return None
            told = told or name in reads
            found[number] = kept
        return found if told else None

    # the operands

    def _collected(self) -> dict[int, set[Value]]:
        """Return the values at which each operand is cut, by its operation."""
        found: dict[int, set[Value]] = defaultdict(set)
        for number in self._behind:
            operation = self._operations[number]
            moving = self._moving(operation)
            if not is_comparison(operation) or len(moving) != 1 or self._is_long(operation):
                continue
            base = base_of(self._operations, moving[0])
            numeric = self._operations[base].kind not in {Kind.TEXT, Kind.BOOLEAN}
            for constant in self._compared(operation):
                if numeric and isinstance(constant, int):
                    found[base] |= set(cuts(self._operations, moving[0], constant))
                else:
                    found[base].add(constant)
        return found

    def _moving(self, operation: Operation) -> list[int]:
        return [arg for arg in operation.args if constant_of(self._operations[arg]) is None]

    def _compared(self, operation: Operation) -> list[Value]:
        """Return the constants a comparison names, its list's entries among them."""
        if operation.op is Op.LISTED:
            return [plain_value(value) for value in self._lists[str(operation.value)].values]
        constants = (constant_of(self._operations[arg]) for arg in operation.args)
        return [constant for constant in constants if constant is not None]

    def _is_long(self, operation: Operation) -> bool:
        """Whether a list has so many entries that being on it is an operand of its own."""
        return operation.op is Op.LISTED and len(self._lists[str(operation.value)].values) > ENTRIES_MAX

    def _dimension(self, key: tuple[int, int | None], comparison: int) -> int:
        if key not in self._keys:
            base, other = key
            operation = self._operations[base]
            declared = self._inputs[str(operation.value)] if operation.op is Op.INPUT else None
            if other is None:
                cells = value_cells(self._operations, base, declared, self._constants[base])
            else:
                cells, declared = order_cells(self._operations, comparison, base, other), None
            number = self._keys[key] = len(self._keys)
            self.dimensions[number] = Dimension(base, other, declared, cells)
            self.full[number] = self.dimensions[number].full
        return self._keys[key]

    def _leaf(self, number: int) -> _Leaf:
        if number not in self._leaves:
            operation = self._operations[number]
            moving, compares = self._moving(operation), is_comparison(operation)
            if operation.op is Op.IS_NULL:
                self._leaves[number] = self._on_value(number, base_of(self._operations, operation.args[0]))
            elif compares and len(moving) == 1 and not self._is_long(operation):
                self._leaves[number] = self._on_value(number, base_of(self._operations, moving[0]))
            elif compares and len(moving) == 2:
                self._leaves[number] = self._on_order(number, operation)
            else:
                self._leaves[number] = self._on_value(number, base_of(self._operations, number))
        return self._leaves[number]

    def _on_value(self, number: int, base: int) -> _Leaf:
        dimension = self._dimension((base, None), number)
        cells = dict.fromkeys(_SINGLE, 0)
        count = len(self.dimensions[dimension].cells)
        ordered = 0
        if self._operations[number].op in ORDERS:
            ordered = count - self.dimensions[dimension].nulls.bit_count()
            for outcome, outcomes_cells in self._on_ordered(number, base, dimension, ordered):
                cells[outcome] |= outcomes_cells
        for index in range(ordered, count):
            cells[self._outcome_at(number, base, index, dimension)] |= 1 << index
        return _Leaf(dimension, cells)

    def _on_ordered(
        self, number: int, base: int, dimension: int, count: int
    ) -> Iterator[tuple[Outcomes, int]]:
        """Find by halving where an order flips among the values of an operand, which stand in order."""
        if not count:
            return
        at_low = self._outcome_at(number, base, 0, dimension)
        at_high = self._outcome_at(number, base, count - 1, dimension)
        low, high = 0, count
        while at_low != at_high and high - low > 1:
            middle = (low + high) // 2
            same = self._outcome_at(number, base, middle, dimension) == at_low
            low, high = (middle, high) if same else (low, middle)
        below = (1 << high) - 1
        yield at_low, below
        yield at_high, (1 << count) - 1 - below

    def _outcome_at(self, number: int, base: int, index: int, dimension: int) -> Outcomes:
        """Evaluate a condition of one operand on one of its cells."""
        operation, cell = self._operations[number], self.dimensions[dimension].cells[index]
        if operation.op is Op.IS_NULL:
            _, state = value_at(self._operations, operation.args[0], base, cell)
            return Outcomes.HOLDS if state else Outcomes.FAILS
        if not is_comparison(operation) or number == base:
            value, state = value_at(self._operations, number, base, cell)
            return OF_STATE[state] if state else Outcomes.HOLDS if value else Outcomes.FAILS
        results = [value_at(self._operations, arg, base, cell) for arg in operation.args]
        if state := max(state for _, state in results):
            return OF_STATE[state]
        entries = self._compared(operation) if operation.op is Op.LISTED else []
        return outcome_of(operation.op, [*(value for value, _ in results), *entries])

    def _on_order(self, number: int, operation: Operation) -> _Leaf:
        left, right = operation.args
        swapped = left > right
        dimension = self._dimension((right, left) if swapped else (left, right), number)
        cells = dict.fromkeys(_SINGLE, 0)
        for index, cell in enumerate(self.dimensions[dimension].cells):
            sign = -int(cell.value or 0) if swapped else int(cell.value or 0)  # type: ignore[arg-type]  # -1, 0, 1
            outcome = OF_STATE[cell.state] if cell.state else outcome_of(operation.op, (sign, 0))
            cells[outcome] |= 1 << index
        return _Leaf(dimension, cells)

    # the conditions

    def _boxes(self, number: int, outcomes: Outcomes, first: int = 0) -> Boxes:
        """Return the boxes of a condition; of `and` and `or` only the operands from `first` on."""
        key = (number, first, outcomes)
        if key not in self._known:
            try:
                self._known[key] = self._made(number, outcomes, first)
            except TooManyBoxes:
                self._known[key] = None
        found = self._known[key]
        if found is None:
            raise TooManyBoxes
        return found

    def _made(  # noqa: PLR0911  # one return for each operation
        self, number: int, outcomes: Outcomes, first: int
    ) -> Boxes:
        operation = self._operations[number]
        match operation.op:
            case Op.CONSTANT:
                return (
                    EVERYTHING if outcomes & (Outcomes.HOLDS if operation.value else Outcomes.FAILS) else ()
                )
            case Op.NOT:
                return self._boxes(operation.args[0], _negated(outcomes))
            case Op.AND | Op.OR if first < len(operation.args) - 1:
                return self._junction(number, operation, outcomes, first)
            case Op.AND | Op.OR:
                return self._boxes(operation.args[first], outcomes)
            case Op.CHOICE:
                return self._choice(operation, outcomes)
            case Op.COALESCE if constant_of(self._operations[operation.args[1]]) is None:
                return self._instead(operation, outcomes)
            case Op.IS_NULL if self._is_condition(operation.args[0]):
                return self._null(operation.args[0], outcomes)
            case _:
                leaf = self._leaf(number)
                cells = sum(leaf.cells[outcome] for outcome in _SINGLE if outcome & outcomes)
                if not cells:
                    return ()
                return EVERYTHING if cells == self.full[leaf.dimension] else ({leaf.dimension: cells},)

    def _is_condition(self, number: int) -> bool:
        return self._operations[number].kind is Kind.BOOLEAN

    def _junction(self, number: int, operation: Operation, outcomes: Outcomes, first: int) -> Boxes:
        head = operation.args[first]
        of_head = _possible(self._operations[head])
        of_rest = Outcomes(0)
        for arg in operation.args[first + 1 :]:
            of_rest |= _possible(self._operations[arg])
        of_rest |= _joined(of_rest)
        joined: list[Box] = []
        for head_outcomes, rest_outcomes in _rectangles(operation.op, of_head, of_rest, outcomes):
            one = EVERYTHING if head_outcomes == of_head else self._boxes(head, head_outcomes)
            if one:
                rest = (
                    EVERYTHING if rest_outcomes == of_rest else self._boxes(number, rest_outcomes, first + 1)
                )
                joined += product(one, rest)
        return merged(joined)

    def _choice(self, operation: Operation, outcomes: Outcomes) -> Boxes:
        """Follow the branches of a choice between conditions: an earlier one that refers ends it."""
        found: list[Box] = []
        left: Boxes = EVERYTHING
        for condition, value in zip(operation.conditions, operation.choices[:-1], strict=True):
            taken = product(left, self._boxes(condition, Outcomes.MATCHES))
            found += product(taken, self._boxes(value, outcomes)) if taken else ()
            if outcomes & Outcomes.NULL_REFER:
                found += product(left, self._boxes(condition, Outcomes.NULL_REFER))
            left = product(left, self._boxes(condition, Outcomes.PASSES))
        found += product(left, self._boxes(operation.otherwise, outcomes)) if left else ()
        return merged(found)

    def _instead(self, operation: Operation, outcomes: Outcomes) -> Boxes:
        first, second = operation.args
        there = outcomes & (Outcomes.HOLDS | Outcomes.FAILS)
        found = list(self._boxes(first, there)) if there else []
        absent = self._boxes(first, Outcomes(28))
        found += product(absent, self._boxes(second, outcomes)) if absent else ()
        return merged(found)

    def _null(self, number: int, outcomes: Outcomes) -> Boxes:
        wanted = Outcomes(28) if outcomes & Outcomes.HOLDS else Outcomes(0)
        wanted |= Outcomes(3) if outcomes & Outcomes.FAILS else Outcomes(0)
        return self._boxes(number, wanted) if wanted else ()


def _possible(operation: Operation) -> Outcomes:
    found = Outcomes(0)
    for state in operation.states:
        if state == State.OK:
            found |= Outcomes.HOLDS | Outcomes.FAILS
        elif state in OF_STATE:
            found |= OF_STATE[state]
    return found


def _joined(outcomes: Outcomes) -> Outcomes:
    """Return what nulls of these give where they disagree."""
    disagree = Outcomes.NULL_MATCH | Outcomes.NULL_NO_MATCH
    return Outcomes.NULL_REFER if outcomes & disagree == disagree else Outcomes(0)


def _negated(outcomes: Outcomes) -> Outcomes:
    swapped = outcomes & Outcomes(28)
    swapped |= Outcomes.FAILS if outcomes & Outcomes.HOLDS else Outcomes(0)
    return swapped | (Outcomes.HOLDS if outcomes & Outcomes.FAILS else Outcomes(0))


@cache
def _rectangles(
    op: Op, left: Outcomes, right: Outcomes, wanted: Outcomes
) -> tuple[tuple[Outcomes, Outcomes], ...]:
    """Return the largest pairs of sets of outcomes whose every combination gives a wanted one."""
    allowed: dict[Outcomes, Outcomes] = {}
    for other in _SINGLE:
        if other & right:
            allowed[other] = Outcomes(0)
            for one in _SINGLE:
                if one & left and _combined(op, one, other) & wanted:
                    allowed[other] |= one
    found: dict[Outcomes, Outcomes] = {}
    for heads in {heads for heads in allowed.values() if heads}:
        found[heads] = Outcomes(0)
        for other, others in allowed.items():
            if heads & others == heads:
                found[heads] |= other
    return tuple(found.items())


def _combined(op: Op, one: Outcomes, other: Outcomes) -> Outcomes:
    settling = Outcomes.FAILS if op is Op.AND else Outcomes.HOLDS
    if settling in (one, other):
        return settling
    state = join_states(_STATE.get(one, 0), _STATE.get(other, 0))
    return OF_STATE[state] if state else _negated(settling)
