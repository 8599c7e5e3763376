"""Emit a program as plain Python: one function, straight down, for one case at a time (在线执行).

Each operation becomes a line or two on local names: `v7` its value, None where it is not there, and `s7` its
state, which is set, and may be read, only where the value is None (`in_x`, `st_x`: an input's). The source is
kept, so that what decided can be read. Numbers are Python integers, tested against int64 after every
operation that can leave it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula.kinds import Result, Value
from creditloop.formula.program import Program
from creditloop.formula.python_lines import Lines

Row = Mapping[str, object]
Flat = Callable[[Row], tuple[Value | int, ...]]


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


def python_function(program: Program, steps: Sequence[str] | None = None) -> PythonFunction:
    """Emit a program as a Python function; see `PythonFunction`.

    Args:
        steps: the steps it gives, in this order; only what they need is computed. None: all of them.
    Raises: UnknownId for a name that is no step.
    """
    chosen = program.chosen(steps)
    source, flat = operations_function(program, [step.number for step in chosen])
    return PythonFunction(source, flat, {step.name: 2 * index for index, step in enumerate(chosen)})


def operations_function(program: Program, numbers: Sequence[int]) -> tuple[str, Flat]:
    """Return source and function giving value and state of these operations of the program, in order."""
    source, names = Lines(program, numbers).source()
    space = dict(names)
    exec(compile(source, "<formula>", "exec"), space)  # our own source; texts enter it by repr only
    flat: Flat = space["evaluate"]  # type: ignore[assignment]  # defined by the source
    return source, flat
