"""Rows to try a program on: its boundaries, and at random (边界样本与随机样本).

Boundaries are, for each input: the constants of its kind and one unit to either side, the ends of its range,
null, a value of another type, no value at all; and, for each comparison of computed values and each operation
that can overflow, the neighbouring values of an input between which its answer flips, found by bisection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from random import Random

from creditloop.formula.forms import COMPARISONS, DATES, Op, Operation
from creditloop.formula.kinds import INT64_MAX, INT64_MIN, NANO, NUMBERS, Input, Kind, State, Value
from creditloop.formula.program import Program, inputs_read
from creditloop.formula.python_target import Flat, operations_function

Row = Mapping[str, object]

_BASES = 3
"""Rows an edge value is tried in; the other values of the row are drawn afresh."""
_TRIES, _FLIPS = 24, 4
"""Pairs of values of an input between which a flip is looked for, and flips that are enough."""
_NULLS = 0.08
_EDGES = 0.5
"""Shares of null and of edge values among drawn values."""
_NUMBERS = (INT64_MIN, INT64_MIN + 1, -NANO, -1, 0, 1, 2, 100, NANO, INT64_MAX - 1, INT64_MAX)
_ENDS: Mapping[Kind, tuple[Value, ...]] = {
    Kind.TEXT: ("", "?"),
    Kind.BOOLEAN: (True, False),
    Kind.DATE: (date.min, date(2004, 2, 29), date(2005, 6, 30), date.max),
    **dict.fromkeys(NUMBERS, _NUMBERS),
}
_FOREIGN: Mapping[Kind, tuple[object, ...]] = {
    Kind.TEXT: (1, 0.5, True),
    Kind.BOOLEAN: (1, "true", 0.0),
    Kind.DATE: (datetime(2005, 6, 30, 12), "2005-06-30", 38533),  # noqa: DTZ001  # wrong on purpose
    **dict.fromkeys(NUMBERS, (1.0, "1", True, INT64_MAX + 1, INT64_MIN - 1, date(2005, 6, 30))),
}
"""Values that are not of a kind, though close to it."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the rows of one program are drawn from: its inputs and the edge values of each."""

    program: Program
    edges: Mapping[str, tuple[Value, ...]]
    random: Random


def samples_of(program: Program, *, seed: int) -> Samples:
    """Collect the edge values of a program's inputs."""
    constants: dict[Kind, set[Value]] = {kind: set() for kind in Kind}
    for operation in program.operations:
        if operation.op is Op.CONSTANT:
            constants[operation.kind].add(operation.value)
    for value in constants[Kind.NANO]:  # what a count is compared with where it counts as a ratio
        if isinstance(value, int):
            constants[Kind.INTEGER].add(value // NANO)
    edges = {entry.name: _edges(entry, constants[entry.kind]) for entry in program.inputs}
    return Samples(program, edges, Random(seed))


def random_row(samples: Samples) -> dict[str, object]:
    """Draw a row of declared kinds, nulls and edge values among them."""
    return {entry.name: _drawn(entry, samples) for entry in samples.program.inputs}


def boundary_rows(samples: Samples) -> Iterator[Row]:
    """Give the rows at the boundaries of a program: edge values, broken values, flips."""
    for entry in samples.program.inputs:
        for value in samples.edges[entry.name]:
            for _ in range(_BASES):
                yield {**random_row(samples), entry.name: value}
        undeclared = [value for value in _ENDS[entry.kind] if entry.values and value not in entry.values]
        for broken in (*_FOREIGN[entry.kind], *undeclared):
            yield {**random_row(samples), entry.name: broken}
        yield {name: value for name, value in random_row(samples).items() if name != entry.name}
    yield from _flips(samples)


def _edges(declared: Input, constants: set[Value]) -> tuple[Value, ...]:
    if declared.values is not None:
        return (None, *declared.values)
    found: dict[Value, None] = dict.fromkeys(_ENDS[declared.kind])
    for constant in sorted(constants, key=repr):
        found.update(dict.fromkeys(_neighbours(constant, declared.kind)))
    return (None, *found)


def _neighbours(constant: Value, kind: Kind) -> tuple[Value, ...]:
    if kind in {Kind.TEXT, Kind.BOOLEAN}:
        return (constant,)
    centre = _ordinal(constant)
    least, most = DATES if kind is Kind.DATE else (INT64_MIN, INT64_MAX)
    return tuple(_value(n, kind) for n in (centre - 1, centre, centre + 1) if least <= n <= most)


def _drawn(declared: Input, samples: Samples) -> Value:
    random = samples.random
    chance = random.random()
    if chance < _NULLS:
        return None
    if declared.values is not None or chance < _EDGES or declared.kind in {Kind.TEXT, Kind.BOOLEAN}:
        return random.choice(samples.edges[declared.name])
    if declared.kind is Kind.DATE:
        return date.fromordinal(random.randint(date(1930, 1, 1).toordinal(), date(2050, 1, 1).toordinal()))
    return random.randint(-(2**63), 2**63 - 1) >> random.randint(0, 62)


def _flips(samples: Samples) -> Iterator[Row]:
    """Give rows on both sides of where a computed comparison, or an overflow, flips."""
    operations = samples.program.operations
    for number, operation in enumerate(operations):
        if operation.tested:
            yield from _flips_of(samples, number, operation)
        elif operation.op in COMPARISONS and _is_computed(operation, operations):
            yield from _flips_of(
                samples, number, replace(operation, op=Op.LESS)
            )  # = and != flip where < does


def _is_computed(operation: Operation, operations: Sequence[Operation]) -> bool:
    sides = [operations[arg] for arg in operation.args]
    if sides[0].kind in {Kind.TEXT, Kind.BOOLEAN}:
        return False
    return (
        any(side.op not in {Op.INPUT, Op.CONSTANT} for side in sides)
        or sides[0].op is sides[1].op is Op.INPUT
    )


def _flips_of(samples: Samples, number: int, probe: Operation) -> Iterator[Row]:
    program = samples.program
    operations = (*program.operations[:number], probe, *program.operations[number + 1 :])
    _, flat = operations_function(replace(program, operations=operations, steps=()), [number])
    reads = inputs_read(operations)[number]
    for entry in program.inputs:
        if entry.name not in reads or entry.values is not None or entry.kind in {Kind.TEXT, Kind.BOOLEAN}:
            continue
        flips = (_flip(samples, entry, flat, probe) for _ in range(_TRIES))
        for row in chain.from_iterable(islice(filter(None, flips), _FLIPS)):
            for _ in range(_BASES):  # what else the program reads must not hide the flip
                yield {**random_row(samples), **{name: row[name] for name in reads}}


def _flip(samples: Samples, declared: Input, flat: Flat, probe: Operation) -> list[Row]:
    """Draw two values of an input; if the answer differs, close in on two neighbours where it does.

    Returns: the rows of both and of one unit further on either side; none if the two values tell no flip.
    """
    base, kind = random_row(samples), declared.kind
    low, high = sorted([_present(declared, samples), _present(declared, samples)])

    def row(ordinal: int) -> Row:
        return {**base, declared.name: _value(ordinal, kind)}

    at_low, at_high = flat(row(low)), flat(row(high))
    absent = at_low[1] != State.OK or at_high[1] != State.OK
    if (at_low[1] == at_high[1]) if probe.tested else (absent or at_low == at_high):
        return []
    while high - low > 1:
        middle = (low + high) // 2
        same = flat(row(middle))[1] == at_low[1] if probe.tested else flat(row(middle)) == at_low
        low, high = (middle, high) if same else (low, middle)
    least, most = DATES if kind is Kind.DATE else (INT64_MIN, INT64_MAX)
    return [row(n) for n in (low - 1, low, high, high + 1) if least <= n <= most]


def _present(declared: Input, samples: Samples) -> int:
    while (value := _drawn(declared, samples)) is None:
        pass
    return _ordinal(value)


def _ordinal(value: Value) -> int:
    return value.toordinal() if isinstance(value, date) else int(value or 0)


def _value(ordinal: int, kind: Kind) -> Value:
    return date.fromordinal(ordinal) if kind is Kind.DATE else ordinal
