"""Rows to try a program on: its boundaries, and at random (边界样本与随机样本).

Every edge value of an input (`sample_edges`) is tried in several rows, and every value that breaks its
declaration, and no value at all; and, for each comparison of computed values and each operation that can
overflow, the neighbouring values of an input between which its answer flips, found by bisection. A small
program has a row for each; in a larger one a row tries several at once, so that rows grow with a program
and not with its square. Rows are drawn a column at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from random import Random

from creditloop.formula.forms import COMPARISONS, Op, Operation
from creditloop.formula.kinds import Input, Kind, Value
from creditloop.formula.program import Program, inputs_read
from creditloop.formula.python_target import Flat, operations_function
from creditloop.formula.sample_edges import broken_values, edges_of, ends_of, ordinal_of, value_of

Row = Mapping[str, object]
Trial = Mapping[str, object]
"""Values of a few inputs that are to be tried together; the rest of the row is drawn."""
Probe = Callable[[Trial], Value | int]
"""What is asked of the inputs it reads, to find where the answer flips; None is no answer."""

_BASES = 3
"""Rows each trial is made in; the other values of the row are drawn afresh."""
_ROWS = 4_000
"""Trials up to which each has a row of its own."""
_TOGETHER = 10
"""Trials that share a row in a larger program, at most on average."""
_TRIES, _FLIPS, _FLIP_INPUTS = 24, 4, 4
"""Pairs of values of an input between which a flip is looked for, flips that are enough, inputs tried."""
_ALONE = 6
"""Inputs up to which each is broken in rows of its own; with more, several are broken at once …"""
_PATTERNS, _PATTERN_ROWS = (4, 9), 24
"""… in so many ways which inputs hold what, the fewer the larger the program, and so many rows of each."""
_PLANNED = 4_000
"""Operations planned for those ways together: an engine plans a program anew for each."""
_FRESH = 500
"""Values drawn anew for a column of random rows."""
_POOL = 200
"""Values drawn of an input for the rows in which flips are looked for."""
_EDGES, _NULLS = 0.84, 0.16
"""Edge values and nulls in a drawn column, for each value drawn anew."""
_ABSENT = object()
"""Stands for a key that is left out."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What the rows of one program are drawn from: its inputs and the edge values of each."""

    program: Program
    edges: Mapping[str, tuple[Value, ...]]
    random: Random


def samples_of(program: Program, *, seed: int) -> Samples:
    """Collect the edge values of a program's inputs."""
    return Samples(program, edges_of(program), Random(seed))


def random_row(samples: Samples) -> dict[str, object]:
    """Draw a row of declared kinds, nulls and edge values among them."""
    return {entry.name: _drawn(entry, samples) for entry in samples.program.inputs}


def random_rows(samples: Samples, count: int) -> list[dict[str, object]]:
    """Draw many rows like `random_row`, a column at a time."""
    if not samples.program.inputs:
        return [{} for _ in range(count)]
    names = [entry.name for entry in samples.program.inputs]
    columns = [_column(entry, samples, count) for entry in samples.program.inputs]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def boundary_rows(samples: Samples) -> Iterator[Row]:
    """Give the rows at the boundaries of a program: edge values, flips."""
    trials: list[Trial] = [
        {entry.name: value} for entry in samples.program.inputs for value in samples.edges[entry.name]
    ]
    yield from _rows_of([*trials, *_flips(samples)], samples)


def _rows_of(trials: Sequence[Trial], samples: Samples) -> list[dict[str, object]]:
    """Draw rows and put each trial into some of them; no two trials of one input meet in a row."""
    every = [trial for trial in trials for _ in range(_BASES)]
    if len(every) <= _ROWS:
        rows = random_rows(samples, len(every))
        for row, trial in zip(rows, every, strict=True):
            row.update(trial)
        return rows
    rows = random_rows(samples, max(_ROWS, len(every) // _TOGETHER))
    taken: list[set[str]] = [set() for _ in rows]
    for trial in every:
        place = _free(taken, trial, samples.random)
        if place == len(rows):
            rows.append(random_row(samples))
            taken.append(set())
        rows[place].update(trial)
        taken[place] |= trial.keys()
    return rows


def _free(taken: Sequence[set[str]], trial: Trial, random: Random) -> int:
    for _ in range(_TRIES):
        place = int(random.random() * len(taken))
        if taken[place].isdisjoint(trial):
            return place
    return len(taken)


def broken_alone(samples: Samples) -> Iterator[list[Row]]:
    """Give rows in which every input breaks its declaration at once, one batch for each way to break one.

    They are for a program whose steps are its inputs: that every wrong type is seen by every target. What is
    computed of a broken input is the same whichever way it is broken; `broken_rows` try that.
    """
    ways = {entry.name: _ways(entry) for entry in samples.program.inputs}
    for way in range(max(map(len, ways.values()), default=0)):
        trial = {name: own[(way + n) % len(own)] for n, (name, own) in enumerate(ways.items())}
        yield [_spoilt({}, trial)]


def _ways(declared: Input) -> list[object]:
    return [_ABSENT, *broken_values(declared)]


def broken_rows(samples: Samples) -> Iterator[Row]:
    """Give rows that break declarations: wrong types, undeclared values, no value at all."""
    program = samples.program
    ways = {entry.name: _ways(entry) for entry in program.inputs}
    if len(ways) <= _ALONE:
        trials: list[Trial] = [{name: value} for name, own in ways.items() for value in own]
        for row, trial in zip(random_rows(samples, len(trials)), trials, strict=True):
            yield _spoilt(row, trial)
        return
    fewest, most = _PATTERNS
    count = min(max(_PLANNED // len(program.operations), fewest), most)
    patterns: list[dict[str, object]] = [{} for _ in range(count)]
    for name, own in ways.items():
        chosen = samples.random.sample(own, min(len(own), max(2, count // 3)))
        for place, value in zip(samples.random.sample(range(count), len(chosen)), chosen, strict=True):
            patterns[place][name] = value
    for pattern in patterns:
        for row in random_rows(samples, _PATTERN_ROWS):
            yield _spoilt(row, pattern)


def _spoilt(row: dict[str, object], trial: Trial) -> Row:
    row.update(trial)
    return {name: value for name, value in row.items() if value is not _ABSENT}


# drawing


def _column(declared: Input, samples: Samples, count: int) -> list[Value]:
    """Draw a column: of a pool of values drawn anew, edge values and nulls, each as often as in `_drawn`."""
    edges = samples.edges[declared.name][1:]
    if declared.values is not None or declared.kind in {Kind.TEXT, Kind.BOOLEAN}:
        pool: list[Value] = [*edges, *edges, *edges]
        fresh = len(pool)
    else:
        fresh = min(max(_FRESH, len(edges)), max(count, 1))
        pool = [_present(declared, samples) for _ in range(fresh)]
        pool += samples.random.choices(edges, k=round(_EDGES * fresh))
    pool += [None] * max(round(_NULLS * fresh), 1)
    return samples.random.choices(pool, k=count)


def _drawn(declared: Input, samples: Samples) -> Value:
    chance = samples.random.random()
    if chance < 0.08:
        return None
    if declared.values is not None or chance < 0.5 or declared.kind in {Kind.TEXT, Kind.BOOLEAN}:
        return samples.random.choice(samples.edges[declared.name])
    return _present(declared, samples)


def _present(declared: Input, samples: Samples) -> Value:
    """Draw a number of any size, or a day of these decades."""
    random = samples.random
    if declared.kind is Kind.DATE:
        return date.fromordinal(random.randint(_FIRST_DAY, _LAST_DAY))
    return random.randint(-(2**63), 2**63 - 1) >> random.randint(0, 62)


_FIRST_DAY, _LAST_DAY = date(1930, 1, 1).toordinal(), date(2050, 1, 1).toordinal()


# flips


def _flips(samples: Samples) -> Iterator[Trial]:
    """Give values on both sides of where a computed comparison, or an overflow, flips."""
    operations = samples.program.operations
    reads = inputs_read(operations)
    pools: dict[str, list[Value]] = {}
    functions: dict[tuple[int, ...], Flat] = {}
    for number, operation in enumerate(operations):
        if operation.tested:
            probe = _state_of(_function(samples.program, functions, (number,)))
        elif operation.op in COMPARISONS and _is_computed(operation, operations):
            probe = _is_less(samples.program, functions, operation)
        else:
            continue
        yield from _flips_of(samples, pools, reads[number], probe)


def _function(program: Program, functions: dict[tuple[int, ...], Flat], numbers: tuple[int, ...]) -> Flat:
    """Return the function of these operations, which is made once."""
    if numbers not in functions:
        _, functions[numbers] = operations_function(program, numbers)
    return functions[numbers]


def _state_of(flat: Flat) -> Probe:
    return lambda row: flat(row)[1]


def _is_less(program: Program, functions: dict[tuple[int, ...], Flat], operation: Operation) -> Probe:
    """Return whether one side of a comparison is less than the other: `=` and `<>` flip where that does."""
    sides = [program.operations[arg] for arg in operation.args]
    computed = tuple(
        arg for arg, side in zip(operation.args, sides, strict=True) if side.op is not Op.CONSTANT
    )
    flat = _function(program, functions, computed)

    def less(row: Trial) -> bool | None:
        found = flat(row)
        if any(found[1::2]):
            return None
        values = iter(found[::2])
        one, other = (side.value if side.op is Op.CONSTANT else next(values) for side in sides)
        return one < other  # type: ignore[operator]  # both are of one kind, which has an order

    return less


def _is_computed(operation: Operation, operations: Sequence[Operation]) -> bool:
    sides = [operations[arg] for arg in operation.args]
    if sides[0].kind in {Kind.TEXT, Kind.BOOLEAN}:
        return False
    return (
        any(side.op not in {Op.INPUT, Op.CONSTANT} for side in sides)
        or sides[0].op is sides[1].op is Op.INPUT
    )


def _flips_of(
    samples: Samples, pools: dict[str, list[Value]], reads: frozenset[str], probe: Probe
) -> Iterator[Trial]:
    """Give a probe's flips; `pools` keeps what was drawn of an input, for the next one."""
    inputs = [entry for entry in samples.program.inputs if entry.name in reads]
    moved = [
        entry for entry in inputs if entry.values is None and entry.kind not in {Kind.TEXT, Kind.BOOLEAN}
    ]
    for entry in inputs:
        if entry.name not in pools:
            pools[entry.name] = _column(entry, samples, _POOL)
    names = [entry.name for entry in inputs]
    for entry in samples.random.sample(moved, min(len(moved), _FLIP_INPUTS)):
        drawn = [samples.random.choices(pools[name], k=_TRIES) for name in names]
        bases = (dict(zip(names, values, strict=True)) for values in zip(*drawn, strict=True))
        flips = (_flip(samples, entry, base, probe) for base in bases)
        for found in islice(filter(None, flips), _FLIPS):
            yield from found


def _flip(samples: Samples, declared: Input, base: Row, probe: Probe) -> list[Trial]:
    """Draw two values of an input of a row; if the answer differs, close in on two neighbours where it does.

    Returns: the values of both and of one unit further on either side; none if the two values tell no flip.
    """
    kind = declared.kind
    low, high = sorted([_ordinal(declared, samples), _ordinal(declared, samples)])

    def row(ordinal: int) -> Trial:
        return {**base, declared.name: value_of(ordinal, kind)}

    at_low, at_high = probe(row(low)), probe(row(high))
    if at_low == at_high or at_low is None or at_high is None:
        return []
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if probe(row(middle)) == at_low else (low, middle)
    least, most = ends_of(kind)
    return [row(n) for n in (low - 1, low, high, high + 1) if least <= n <= most]


def _ordinal(declared: Input, samples: Samples) -> int:
    while (value := _drawn(declared, samples)) is None:
        pass
    return ordinal_of(value)
