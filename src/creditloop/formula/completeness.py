"""Does a table leave no case unanswered? A proof by cells, for conditions that compare inputs with constants.

Between two neighbouring constants no such condition can change, so one value of each side of each constant,
each constant itself and null stand for all values of an input. The conditions are evaluated on every
combination.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from math import prod

from creditloop.formula.forms import COMPARISONS, DATES, Op, Operation, operations_behind
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO, Input, Kind, Value
from creditloop.formula.program import Program
from creditloop.formula.python_target import python_function

CELLS_MAX = 200_000
"""Combinations tried at most; a table with more is not proven."""
_PLAIN = (
    frozenset({Op.INPUT, Op.CONSTANT, Op.SCALE, Op.NULL_AS, Op.MEMBER, Op.LISTED})
    | frozenset({Op.NOT, Op.AND, Op.OR, Op.IS_NULL})
    | COMPARISONS
)
_OF_INPUT = frozenset({Op.INPUT, Op.SCALE, Op.NULL_AS})
"""An input, itself or as a ratio, or with another meaning of its null."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether every case is answered; if not, a case that is not (`gap`), or why it is not known (`why`)."""

    proven: bool
    gap: Mapping[str, Value] | None = None
    why: str | None = None


def completeness(program: Program, *, conditions: Sequence[str]) -> Completeness:
    """Look for a case on which none of the conditions (names of steps) matches or refers.

    A value that breaks its declaration is left out: it refers wherever it is needed.
    """
    steps = [program.step(name) for name in conditions]
    strange = _not_plain(program, [step.number for step in steps])
    if strange is not None:
        return Completeness(
            False, why=f"the conditions compute ({strange}); only comparisons with constants are proven"
        )
    read = {name for step in steps for name in step.reads}
    inputs = [entry for entry in program.inputs if entry.name in read]
    stands = [list(_representatives(entry, program)) for entry in inputs]
    if prod(len(values) for values in stands) > CELLS_MAX:
        return Completeness(False, why=f"more than {CELLS_MAX} combinations of values")
    function = python_function(program, conditions)
    for values in product(*stands):
        row = {entry.name: value for entry, value in zip(inputs, values, strict=True)}
        results = function(row)
        if not any(results[name].value is True or results[name].state not in {0, 2} for name in conditions):
            return Completeness(False, gap=row)
    return Completeness(True)


def _not_plain(program: Program, numbers: Sequence[int]) -> str | None:
    """Return the first operation that does more than compare one input with constants."""
    operations = program.operations
    for number in sorted(operations_behind(operations, numbers)):
        operation = operations[number]
        inputs = [arg for arg in operation.args if operations[arg].op in _OF_INPUT]
        if operation.op not in _PLAIN or (operation.op in COMPARISONS and len(inputs) > 1):
            return operation.op.value
        if operation.op in _OF_INPUT and any(operations[arg].op not in _OF_INPUT for arg in operation.args):
            return operation.op.value
        if operation.op in COMPARISONS and operations[operation.args[0]].kind is Kind.BOOLEAN:
            return operation.op.value
    return None


def _representatives(declared: Input, program: Program) -> Iterator[Value]:
    """Give null, and one value for each stretch the input's constants cut its range into."""
    operations = program.operations
    listed = [
        value for entry in program.lists.values() if entry.kind is declared.kind for value in entry.values
    ]
    yield None
    if declared.values is not None:
        yield from declared.values
    elif declared.kind is Kind.BOOLEAN:
        yield from (True, False)
    elif declared.kind is Kind.TEXT:
        texts = sorted(
            {str(entry.value) for entry in _constants(operations, Kind.TEXT)} | {*map(str, listed)}
        )
        yield from (*texts, "".join(texts) + "?")
    else:
        least, most = DATES if declared.kind is Kind.DATE else (INT64_MIN, INT64_MAX)
        ends = {least, most}
        for entry in _constants(operations, declared.kind):
            ends |= {entry.low - 1, entry.low, entry.low + 1}
        for value in listed:
            centre = value.toordinal() if isinstance(value, date) else int(value or 0)
            ends |= {centre - 1, centre, centre + 1}
        if declared.kind is Kind.INTEGER:
            for entry in _constants(operations, Kind.NANO):
                ends |= {entry.low // NANO + step for step in (-1, 0, 1, 2)}
        for end in sorted(end for end in ends if least <= end <= most):
            yield date.fromordinal(end) if declared.kind is Kind.DATE else end


def _constants(operations: Sequence[Operation], kind: Kind) -> list[Operation]:
    return [operation for operation in operations if operation.op is Op.CONSTANT and operation.kind is kind]
