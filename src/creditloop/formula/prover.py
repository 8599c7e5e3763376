"""Prove that a program means the same wherever it is executed (一致性证明).

The same rows — boundaries and random ones — go through every target, and value and state of every step are
compared, types included. A proof is a record: it says what was run, what was seen, and what differed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from creditloop.formula.kinds import Kind, Result, State
from creditloop.formula.program import Program
from creditloop.formula.samples import boundary_rows, random_row, samples_of
from creditloop.formula.targets import Answer, PolarsTarget, PythonTarget, Row, Target
from creditloop.kernel.errors import InputError

_CHUNK = 20_000
"""Rows compared at a time."""
_FIRST = 10
"""Differences kept in the record; all are counted."""


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


def prove(
    program: Program,
    *,
    rows: int,
    seed: int,
    targets: Sequence[Target] = (PythonTarget(), PolarsTarget()),
) -> Proof:
    """Run boundary rows and `rows` random ones through every target and compare with the first.

    Args:
        seed: the same seed gives the same rows.
    Raises: InputError for fewer than two targets; a difference is not an error but in the record.
    """
    if len({target.name for target in targets}) < 2:
        raise InputError(
            "a proof compares targets", got=[target.name for target in targets], expected="two or more"
        )
    samples = samples_of(program, seed=seed)
    boundary = list(boundary_rows(samples))
    random = (random_row(samples) for _ in range(rows))
    seen = {step.name: Counter[str]() for step in program.steps}
    count, first = 0, list[Difference]()
    for chunk in _chunks(iter(boundary), random):
        answers = [target.answers(program, chunk) for target in targets]
        _count(program, answers[0], seen)
        for difference in _differences(program, chunk, targets, answers):
            count += 1
            if len(first) < _FIRST:
                first.append(difference)
    return Proof(
        program_hash=program.hash,
        seed=seed,
        targets=tuple(target.name for target in targets),
        boundary_rows=len(boundary),
        random_rows=rows,
        differences=count,
        first=tuple(first),
        seen={name: {told: n for told, n in counts.items() if n} for name, counts in seen.items()},
    )


def _chunks(*streams: Iterator[Row]) -> Iterator[list[Row]]:
    for stream in streams:
        while chunk := list(islice(stream, _CHUNK)):
            yield chunk


def _count(program: Program, answers: Sequence[Answer], seen: Mapping[str, Counter[str]]) -> None:
    for index, step in enumerate(program.steps):
        states = Counter(_state(answer, index) for answer in answers)
        there = states.pop(State.OK.value, 0)
        if step.kind is Kind.BOOLEAN:
            true = sum(answer[2 * index] is True for answer in answers)
            seen[step.name].update(true=true, false=there - true)
        else:
            seen[step.name].update(value=there)
        seen[step.name].update({State(state).name.lower(): times for state, times in states.items()})


def _differences(
    program: Program, rows: Sequence[Row], targets: Sequence[Target], answers: Sequence[Sequence[Answer]]
) -> Iterator[Difference]:
    for row, *given in zip(rows, *answers, strict=True):
        if all(_same(answer, given[0]) for answer in given[1:]):
            continue
        for index, step in enumerate(program.steps):
            results = [answer[2 * index : 2 * index + 2] for answer in given]
            if not all(_same(result, results[0]) for result in results[1:]):
                told = {target.name: Result(*result) for target, result in zip(targets, results, strict=True)}
                yield Difference(row, step.name, told)


def _state(answer: Answer, index: int) -> int:
    state = answer[2 * index + 1]
    assert isinstance(state, int)
    return state


def _same(one: Answer, other: Answer) -> bool:
    """Equal values of equal types: 1 is not true."""
    return one == other and all(type(a) is type(b) for a, b in zip(one, other, strict=True))
