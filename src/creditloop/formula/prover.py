"""Prove that a program means the same wherever it is executed (一致性证明).

The same rows — boundaries and random ones — go through every target, and value and state of every step are
compared, types included; steps that are one operation are compared once. A proof is a record: it says what
was run, what was seen, and what differed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from creditloop.formula.answer_columns import AnswerColumns
from creditloop.formula.answering import Ask, answering
from creditloop.formula.forms import Op
from creditloop.formula.kinds import Kind, Result, State
from creditloop.formula.program import CompiledStep, Program
from creditloop.formula.samples import (
    Samples,
    boundary_rows,
    broken_alone,
    broken_rows,
    random_rows,
    samples_of,
)
from creditloop.formula.targets import TARGETS, Row, Target
from creditloop.kernel.errors import InputError

_CHUNK, _CELLS = 60_000, 60_000_000
"""Rows compared at a time, and values: a large program is compared in smaller chunks."""
_FIRST = 10
"""Differences kept in the record; all are counted."""

Batch = tuple[Program, Sequence[Row]]
"""Rows, and the program that is proven on them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row on which two targets disagree about a step."""

    row: Mapping[str, object]
    step: str
    results: Mapping[str, Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was run, and what came of it.

    Attributes:
        differences: how many (row, step) the targets disagree on; `first` shows some of them.
        seen: for each step, how many rows gave what: "true", "false", "value", or the name of a state. A step
            that only ever gave one answer has been proven little.
    """

    program_hash: str
    seed: int
    targets: tuple[str, ...]
    boundary_rows: int
    random_rows: int
    differences: int
    first: tuple[Difference, ...]
    seen: Mapping[str, Mapping[str, int]]

    @property
    def holds(self) -> bool:
        """Whether the targets agreed on everything."""
        return self.differences == 0

    def as_record(self) -> dict[str, object]:
        """Return the proof as plain data that can be hashed; values of rows as Python writes them."""
        return {
            "program_hash": self.program_hash,
            "seed": self.seed,
            "targets": list(self.targets),
            "boundary_rows": self.boundary_rows,
            "random_rows": self.random_rows,
            "differences": self.differences,
            "first": [
                {
                    "row": {name: repr(value) for name, value in difference.row.items()},
                    "step": difference.step,
                    "results": {target: repr(tuple(got)) for target, got in difference.results.items()},
                }
                for difference in self.first
            ],
            "seen": {step: dict(sorted(counts.items())) for step, counts in self.seen.items()},
        }


def prove(program: Program, *, rows: int, seed: int, targets: Sequence[Target] = TARGETS) -> Proof:
    """Run boundary rows and `rows` random ones through every target and compare with the first.

    Args:
        seed: the same seed gives the same rows.
    Raises: InputError for fewer than two targets; a difference is not an error but in the record.
    """
    if len({target.name for target in targets}) < 2:
        raise InputError(
            "a proof compares targets", got=[target.name for target in targets], expected="two or more"
        )
    alike: dict[int, list[CompiledStep]] = {}
    for step in program.steps:
        alike.setdefault(step.number, []).append(step)
    asked = replace(program, steps=tuple(steps[0] for steps in alike.values()))
    samples = samples_of(program, seed=seed)
    seen = {step.name: Counter[str]() for step in asked.steps}
    count, first, proven_rows = 0, list[Difference](), 0
    with answering(targets, values=rows * len(asked.steps)) as ask:
        for proven, rows_asked, given in _answered(_batches(samples, asked, rows), ask):
            proven_rows += len(rows_asked)
            if proven is asked:
                _count(asked, given[0], seen)
            for step, differing in _differences(proven, given):
                names = [entry.name for entry in alike[step.number]] if proven is asked else [step.name]
                count += len(names) * len(differing)
                told = (
                    _difference(rows_asked, n, name, targets, given, step)
                    for n in differing
                    for name in names
                )
                first.extend(islice(told, _FIRST - len(first)))
    return Proof(
        program_hash=program.hash,
        seed=seed,
        targets=tuple(target.name for target in targets),
        boundary_rows=proven_rows - rows,
        random_rows=rows,
        differences=count,
        first=tuple(first),
        seen={
            step.name: {told: n for told, n in seen[steps[0].name].items() if n}
            for step, steps in ((step, alike[step.number]) for step in program.steps)
        },
    )


def _inputs_alone(program: Program) -> Program:
    """Return a program whose steps are the inputs themselves."""
    numbers = {str(entry.value): n for n, entry in enumerate(program.operations) if entry.op is Op.INPUT}
    steps = tuple(
        CompiledStep(f"__given_{entry.name}", entry.name, entry.kind, numbers[entry.name], (entry.name,))
        for entry in program.inputs
    )
    return replace(program, steps=steps)


def _batches(samples: Samples, program: Program, rows: int) -> Iterator[Batch]:
    """Give everything to be compared: broken rows first, which take long to plan while the rest is drawn.

    The others come in as few chunks as may be, since each is planned by itself.
    """
    alone = _inputs_alone(program)
    yield from ((alone, batch) for batch in broken_alone(samples))
    if broken := list(broken_rows(samples)):
        yield program, broken
    boundary = list(boundary_rows(samples))
    size = max(1, min(_CHUNK, _CELLS // (2 * len(program.steps) + 1)))
    for begin in range(0, len(boundary) + rows, size):
        bounds = boundary[begin : begin + size]
        drawn = min(size, len(boundary) + rows - begin) - len(bounds)
        yield program, [*bounds, *random_rows(samples, drawn)]


def _answered(
    batches: Iterable[Batch], ask: Ask
) -> Iterator[tuple[Program, Sequence[Row], list[AnswerColumns]]]:
    """Give each batch with what every target answered; the next is drawn before it is waited for."""
    waiting: list[tuple[Program, Sequence[Row], Callable[[], list[AnswerColumns]]]] = []
    for batch in batches:
        waiting.append((*batch, ask(*batch)))
        if len(waiting) > 1:
            program, rows, answers = waiting.pop(0)
            yield program, rows, answers()
    yield from ((program, rows, answers()) for program, rows, answers in waiting)


def _count(program: Program, told: AnswerColumns, seen: Mapping[str, Counter[str]]) -> None:
    for step in program.steps:
        states = told.states_counted(step)
        there = states.pop(State.OK.value, 0)
        if step.kind is Kind.BOOLEAN:
            true = told.true_counted(step)
            seen[step.name].update(true=true, false=there - true)
        else:
            seen[step.name].update(value=there)
        seen[step.name].update({State(state).name.lower(): times for state, times in states.items()})


def _differences(
    program: Program, given: Sequence[AnswerColumns]
) -> Iterator[tuple[CompiledStep, Sequence[int]]]:
    """Give each step that is not the same everywhere, with the rows where it is not."""
    if all(one.same_as(given[0]) for one in given[1:]):
        return
    for step in program.steps:
        differing = sorted({n for one in given[1:] for n in one.differing(step, given[0])})
        if differing:
            yield step, differing


def _difference(
    rows: Sequence[Row],
    place: int,
    name: str,
    targets: Sequence[Target],
    given: Sequence[AnswerColumns],
    step: CompiledStep,
) -> Difference:
    results = {target.name: one.result(step, place) for target, one in zip(targets, given, strict=True)}
    return Difference(rows[place], name, results)
