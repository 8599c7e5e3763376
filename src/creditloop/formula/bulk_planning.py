"""Plan a program over one table: which columns to make, layer by layer, and what the states are (分层计划).

Operations are gone through in order, so that nothing nests deeper than an expression was written. A value
read more than once becomes a column; choices on the same conditions share one column that tells the branch.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic

from creditloop.formula.bulk import Dialect, E, InputColumn, Part, Term, Terms
from creditloop.formula.bulk_choices import Cell, Cells, Test, chosen_by_ordinal, chosen_by_tests, ordinals
from creditloop.formula.bulk_values import FIRST_DAY, LAST_DAY, computed, is_wide
from creditloop.formula.forms import DIVISIONS, Op, Operation, operations_behind
from creditloop.formula.kinds import Kind, State
from creditloop.formula.program import CompiledStep, Program

_OK, _REFER, _OVERFLOW = State.OK.value, State.NULL_REFER.value, State.OVERFLOW.value
_MATCH = frozenset({State.NULL_MATCH.value})
_NULLS = frozenset({State.NULL_MATCH.value, State.NULL_NO_MATCH.value, State.NULL_REFER.value})
_REFERRING = frozenset(state.value for state in State if state >= State.NULL_REFER)
_CLASH = frozenset({State.NULL_MATCH.value, State.NULL_NO_MATCH.value})
"""Two nulls whose policies disagree: joined, they refer."""
_SIZE_MAX = 24
"""Primitives in an expression that is not given a column of its own."""
_BRANCHES = 3
"""Conditions from which on a choice goes by the ordinal of its branch."""
_OWN = frozenset({Op.INPUT, Op.NULL, Op.AND, Op.OR, Op.IS_NULL, Op.COALESCE, Op.CHOICE, Op.NULL_AS})
"""Operations whose state is not simply their operands' joined; `tested` ones besides."""


@dataclass(frozen=True, slots=True)
class Plan(Generic[E]):
    """What to compute.

    Attributes:
        layers: new columns by name, each layer reading earlier layers only.
        columns: what was asked for, in order: value and, if asked for, state of each step.
    """

    layers: Sequence[Sequence[tuple[str, E]]]
    columns: Sequence[tuple[str, E]]


def planned(
    program: Program,
    steps: Sequence[CompiledStep],
    dialect: Dialect[E],
    *,
    states: bool,
    taken: Iterable[str],
) -> Plan[E]:
    """Plan steps of a program; `taken` are the table's columns, which no new one may hide."""
    prefix = "__"
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    return _Planner(program, steps, Terms(dialect, prefix), states=states).plan()


class _Planner(Generic[E]):
    """Works out values, states and the tests between them, each once."""

    def __init__(
        self, program: Program, steps: Sequence[CompiledStep], terms: Terms[E], *, states: bool
    ) -> None:
        self._steps, self._with_states, self._terms = steps, states, terms
        self._program, self._operations = program, program.operations
        self._needed = sorted(operations_behind(self._operations, [step.number for step in steps]))
        self._inputs: dict[int, InputColumn[E] | None] = {}
        self._possible: dict[int, frozenset[int]] = {}
        self._atoms: dict[int, frozenset[int]] = {}
        self._values: dict[int, Term[E]] = {}
        self._states: dict[int, Term[E]] = {}
        self._ordinals: dict[tuple[int, ...], Term[E]] = {}
        self._uses = self._counted_uses()

    def plan(self) -> Plan[E]:
        declared = {entry.name: entry for entry in self._program.inputs}
        for number in self._needed:
            operation = self._operations[number]
            if operation.op is Op.INPUT:
                entry = declared[str(operation.value)]
                self._inputs[number] = self._terms.dialect.input(entry)
            self._narrow(number, operation)
        asked = self._states_asked()
        for number in self._needed:
            self._emit(number, self._operations[number])
            if number in asked and self._is_own(self._operations[number]):
                self._state(number)
        columns: list[tuple[str, E]] = []
        for step in self._steps:
            columns.append((step.name, self._values[step.number].expression))
            if self._with_states:
                columns.append((step.state_name, self._state(step.number).expression))
        return Plan(self._terms.layers, columns)

    # before anything is emitted

    def _counted_uses(self) -> Counter[int]:
        """Count how often each value is read; where it is tested for being there, once more."""
        uses = Counter(step.number for step in self._steps)
        for number in self._needed:
            operation = self._operations[number]
            uses.update(set(operation.args))
            if self._is_own(operation):
                uses.update(set(operation.args))
        return uses

    def _narrow(self, number: int, operation: Operation) -> None:
        """Note the states it can end in over this table, and the operations whose states join to its own."""
        atoms = frozenset[int]().union(*(self._atoms[arg] for arg in operation.args))
        self._atoms[number] = frozenset({number}) if self._is_own(operation) else atoms
        if operation.op is Op.INPUT:
            column = self._inputs[number]
            broken = frozenset({State.BROKEN_INPUT.value})
            if column is None:
                self._possible[number] = broken
            else:
                self._possible[number] = operation.states - (broken if column.valid is None else frozenset())
            return
        declared = [self._operations[arg].states for arg in operation.args]
        found = operation.states - frozenset[int]().union(*declared)
        found = found.union({_OK}, *(self._possible[arg] for arg in operation.args))
        if found >= _CLASH:
            found |= {_REFER}
        if operation.op is Op.NULL_AS:
            found |= {_number(operation)}
        self._possible[number] = operation.states & found

    def _states_asked(self) -> frozenset[int]:
        """Return the operations whose states somebody reads."""
        asked = {step.number for step in self._steps} if self._with_states else set[int]()
        for number in reversed(self._needed):
            operation = self._operations[number]
            if number in asked:
                asked.update(operation.args)
            elif operation.op in {Op.IS_NULL, Op.COALESCE}:
                asked.add(operation.args[0])
            elif operation.op is Op.CHOICE:
                asked.update(operation.conditions)
        return frozenset(asked)

    @staticmethod
    def _is_own(operation: Operation) -> bool:
        return operation.op in _OWN or operation.tested

    # states

    def _reasons(self, number: int) -> frozenset[int]:
        """Return the states that leave it without a value."""
        return self._possible[number] - {_OK}

    def _is_null(self, number: int) -> Term[E]:
        return self._terms.do(Part.IS_NULL, self._values[number])

    def _has(self, number: int, states: frozenset[int]) -> Term[E] | None:
        """Test for any of these states, never null; None if it can have none of them."""
        reasons = self._reasons(number)
        if not reasons & states:
            return None
        if reasons <= states:
            return self._is_null(number)
        state = self._state(number)
        return self._terms.any_of([self._terms.is_small(state, value) for value in sorted(reasons & states)])

    def _state(self, number: int) -> Term[E]:
        """Return its state: from the value where that is enough, else worked out, once."""
        if number not in self._states:
            terms, reasons = self._terms, self._reasons(number)
            if not reasons:
                state = terms.small(_OK)
            elif len(reasons) == 1:
                (reason,) = reasons
                state = terms.case([(self._is_null(number), terms.small(reason))], terms.small(_OK))
            else:
                state = terms.kept(f"s{number}", self._worked_out(number, self._operations[number]))
            self._states[number] = state
        return self._states[number]

    def _worked_out(self, number: int, operation: Operation) -> Term[E]:
        terms = self._terms
        match operation.op:
            case Op.INPUT:
                return self._input_state(number, operation)
            case Op.IS_NULL:
                return terms.case([(self._is_null(number), self._state(operation.args[0]))], terms.small(_OK))
            case Op.NULL_AS:
                return self._instead(operation, terms.small(_number(operation)), self._state)
            case Op.COALESCE:
                return self._instead(operation, self._state(operation.args[1]), self._state)
            case Op.CHOICE:
                return self._chosen(operation, self._state_cell, None)
            case _:
                return self._joined(number, operation)

    def _input_state(self, number: int, operation: Operation) -> Term[E]:
        terms, column = self._terms, self._inputs[number]
        assert column is not None, "an input that is not there has one state"
        assert column.valid is not None, "an input that is always valid has one null"
        null = next(iter(operation.states & _NULLS))
        missing = terms.do(Part.IS_NULL, terms.plain(column.raw))
        valid = terms.made(column.valid)
        branches = [(missing, terms.small(null)), (valid, terms.small(_OK))]
        return terms.case(branches, terms.small(State.BROKEN_INPUT.value))

    def _instead(self, operation: Operation, other: Term[E], of: Callable[[int], Term[E]]) -> Term[E]:
        """Return the other where the first operand is a null (states 1–3), else the first."""
        first = operation.args[0]
        null = self._has(first, _NULLS)
        return self._terms.case([(null, other)], of(first)) if null is not None else of(first)

    def _joined(self, number: int, operation: Operation) -> Term[E]:
        """Join the operands' states where there is no value; an own failure comes after theirs."""
        terms = self._terms
        atoms = sorted(frozenset[int]().union(*(self._atoms[arg] for arg in operation.args)))
        levels = frozenset[int]().union(*(self._reasons(atom) for atom in atoms))
        if levels >= _CLASH:
            levels |= {_REFER}
        branches = [(terms.present(self._values[number]), terms.small(_OK))]
        for level in sorted(levels, reverse=True):
            test = self._any_has(atoms, level)
            branches += [(test, terms.small(level))] if test is not None else []
        if not operation.tested:
            return terms.case(branches[:-1], branches[-1][1])
        if not (operation.op in DIVISIONS and self._operations[operation.args[1]].can_be_zero):
            return terms.case(branches, terms.small(_OVERFLOW))
        zero = terms.small(State.ZERO_DIVISION.value)
        if not operation.checked:
            return terms.case(branches, zero)
        divisor = self._values[operation.args[1]]
        branches.append((terms.do(Part.EQUAL, divisor, terms.number(0)), zero))
        return terms.case(branches, terms.small(_OVERFLOW))

    def _any_has(self, atoms: Sequence[int], level: int) -> Term[E] | None:
        """Test whether any of these has a state, or two nulls clash to it; None if never."""

        def any_of(state: int) -> Term[E] | None:
            tests = (self._has(atom, frozenset({state})) for atom in atoms)
            return self._terms.any_of([test for test in tests if test is not None])

        found = any_of(level)
        if level != _REFER:
            return found
        one, other = (any_of(null) for null in sorted(_CLASH))
        if one is None or other is None:
            return found
        clash = self._terms.do(Part.AND, one, other)
        return clash if found is None else self._terms.do(Part.OR, found, clash)

    # values

    def _emit(self, number: int, operation: Operation) -> None:
        value = self._value(number, operation)
        if operation.op is not Op.CONSTANT and (self._uses[number] > 1 or value.size > _SIZE_MAX):
            value = self._terms.kept(f"v{number}", value)
        self._values[number] = value

    def _value(self, number: int, operation: Operation) -> Term[E]:  # noqa: PLR0911  # one an operation
        terms, args = self._terms, operation.args
        match operation.op:
            case Op.INPUT:
                return self._input(number, operation)
            case Op.CONSTANT | Op.NULL:
                return terms.constant(operation.value, operation.kind)
            case Op.AND | Op.OR:
                part = Part(operation.op.value)
                return reduce(
                    lambda one, other: terms.do(part, one, other), [self._values[arg] for arg in args]
                )
            case Op.IS_NULL:
                failed = self._has(args[0], _REFERRING - _NULLS)
                branches = [(failed, terms.constant(None, Kind.BOOLEAN))] if failed is not None else []
                return terms.case(branches, self._is_null(args[0]))
            case Op.NULL_AS:
                return self._values[args[0]]
            case Op.COALESCE:
                return self._instead(operation, self._values[args[1]], lambda first: self._values[first])
            case Op.CHOICE:
                return self._chosen(operation, self._value_cell, operation.kind)
            case Op.LISTED:
                return self._listed(operation)
            case _:
                return self._computed(operation)

    def _input(self, number: int, operation: Operation) -> Term[E]:
        terms, column = self._terms, self._inputs[number]
        if column is None:
            return terms.constant(None, operation.kind)
        value = terms.plain(column.raw) if column.value is column.raw else terms.made(column.value)
        if column.valid is None:
            return value
        return terms.case([(terms.made(column.valid), value)], terms.constant(None, operation.kind))

    def _listed(self, operation: Operation) -> Term[E]:
        terms, subject = self._terms, self._values[operation.args[0]]
        values = self._program.lists[str(operation.value)].values
        if values:
            kind = self._operations[operation.args[0]].kind
            return terms.made(terms.dialect.among(subject.expression, values, kind), subject)
        nothing = (terms.do(Part.IS_NULL, subject), terms.constant(None, Kind.BOOLEAN))
        return terms.case([nothing], terms.constant(False, Kind.BOOLEAN))

    def _computed(self, operation: Operation) -> Term[E]:
        terms, operands = self._terms, [self._operations[arg] for arg in operation.args]
        raw = computed(terms, operation, operands, [self._values[arg] for arg in operation.args])
        if operation.op in {Op.ADD_DAYS, Op.ADD_MONTHS}:
            if operation.checked and operation.op is Op.ADD_DAYS:
                raw = self._on_calendar(terms.shared(raw))
            return terms.do(Part.DATE_OF, terms.do(Part.NARROW, raw))
        if not is_wide(operation, operands) or operation.wide:
            return raw
        return terms.do(Part.NARROW_OR_NULL if operation.checked else Part.NARROW, raw)

    def _on_calendar(self, days: Term[E]) -> Term[E]:
        terms = self._terms
        inside = terms.do(
            Part.AND,
            terms.do(Part.GREATER_EQUAL, days, terms.wide(FIRST_DAY)),
            terms.do(Part.LESS_EQUAL, days, terms.wide(LAST_DAY)),
        )
        return terms.case([(inside, days)], terms.constant(None, Kind.INTEGER))

    # choices

    def _chosen(self, operation: Operation, cell: Callable[[int], Cell[E]], kind: Kind | None) -> Term[E]:
        """Choose among the cells of the operands, and where a condition refers null, or its state."""
        conditions = operation.conditions
        cells = Cells(
            held=[cell(number) for number in operation.choices[:-1]],
            referred=[
                Cell(None) if kind is not None else self._referred_cell(number) for number in conditions
            ],
            otherwise=cell(operation.otherwise),
        )
        if len(conditions) < _BRANCHES:
            return chosen_by_tests(self._terms, [self._test(number) for number in conditions], cells, kind)
        if conditions not in self._ordinals:
            told = ordinals(self._terms, [self._test(number) for number in conditions])
            self._ordinals[conditions] = self._terms.kept(f"b{len(self._ordinals)}", told)
        return chosen_by_ordinal(self._terms, self._ordinals[conditions], cells, kind)

    def _test(self, number: int) -> Test[E]:
        holds, unknown = self._values[number], self._has(number, _MATCH)
        if unknown is not None:
            holds = self._terms.do(Part.OR, holds, unknown)
        return Test(holds, self._has(number, _REFERRING))

    def _value_cell(self, number: int) -> Cell[E]:
        operation = self._operations[number]
        if operation.op in {Op.CONSTANT, Op.NULL}:
            return Cell(operation.value)
        return Cell(None, self._values[number])

    def _state_cell(self, number: int) -> Cell[E]:
        possible = self._possible[number]
        if len(possible) == 1:
            (state,) = possible
            return Cell(state)
        return Cell(None, self._state(number))

    def _referred_cell(self, number: int) -> Cell[E]:
        """Return the state of a condition where it refers: often it can only be one."""
        states = self._reasons(number) & _REFERRING
        if len(states) == 1:
            (state,) = states
            return Cell(state)
        return Cell(None, self._state(number) if states else None)


def _number(operation: Operation) -> int:
    assert isinstance(operation.value, int), "it says which state a null has"
    return operation.value
