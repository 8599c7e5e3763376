"""What a target answered to many rows, as columns that can be compared (逐列比对).

A target may answer a frame with columns (`FrameTarget`); from any other they are made of its answers. A
value of another type than its step's is no value of a column: it is kept apart, and differs from everything.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import polars as pl

from creditloop.formula.kinds import Kind, Result, Value, all_of_kind, is_of_kind
from creditloop.formula.polars_dialect import DTYPES
from creditloop.formula.program import CompiledStep, Program
from creditloop.formula.row_frames import RowFrame
from creditloop.formula.targets import Answer, Row, Target

_STATE = pl.UInt8()
_PLACE = "__place"
"""The column that brings the rows back into order; no step can be called so."""


@runtime_checkable
class FrameTarget(Protocol):
    """A target that answers whole frames, which spares making each value a Python object."""

    def frame_answers(self, program: Program, frame: pl.DataFrame) -> pl.DataFrame:
        """Return `<step>` and `<step>__state` of every step for each row of the frame, in its order."""


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """A target's answers: `frame` has two columns a step; `strange` the values that are none of its kind."""

    frame: pl.DataFrame
    strange: Mapping[str, Mapping[int, object]]

    def same_as(self, other: "AnswerColumns") -> bool:
        """Whether both are the same in everything, types included."""
        same_types = self.frame.schema == other.frame.schema
        return same_types and not self.strange and not other.strange and self.frame.equals(other.frame)

    def differing(self, step: CompiledStep, other: "AnswerColumns") -> list[int]:
        """Return the places where a step differs."""
        differs = pl.repeat(False, self.frame.height, eager=True)
        for name in (step.name, step.state_name):
            mine, theirs = self.frame[name], other.frame[name]
            if mine.dtype != theirs.dtype:
                return list(range(self.frame.height))
            differs |= mine.ne_missing(theirs)
        strange = {*self.strange.get(step.name, ()), *other.strange.get(step.name, ())}
        return sorted({*differs.arg_true().to_list(), *strange})

    def result(self, step: CompiledStep, place: int) -> Result:
        """Return what a step gave at a place."""
        value = self.strange.get(step.name, {}).get(place, self.frame[step.name][place])
        return Result(value, self.frame[step.state_name][place])  # type: ignore[arg-type]  # shown as it is

    def states_counted(self, step: CompiledStep) -> Counter[int]:
        """Count the rows by state."""
        return Counter(dict(self.frame[step.state_name].value_counts().iter_rows()))

    def true_counted(self, step: CompiledStep) -> int:
        """Count the rows where a condition holds."""
        return int(self.frame[step.name].sum())


def columns_of(
    target: Target, *, program: Program, rows: Sequence[Row], frames: Sequence[RowFrame]
) -> AnswerColumns:
    """Ask a target about rows, which are the same as the frames, for its answers as columns."""
    if not program.steps:
        return AnswerColumns(pl.DataFrame(), {})
    if not isinstance(target, FrameTarget):
        return _of_answers(program, target.answers(program, rows))
    places = pl.Series(_PLACE, [place for part in frames for place in part.places], pl.Int64)
    told = pl.concat([target.frame_answers(program, part.frame) for part in frames])
    return AnswerColumns(told.with_columns(places).sort(_PLACE).drop(_PLACE), {})


def _of_answers(program: Program, answers: Sequence[Answer]) -> AnswerColumns:
    columns = zip(*answers, strict=True)
    series: list[pl.Series] = []
    strange: dict[str, Mapping[int, object]] = {}
    for step, values, states in zip(program.steps, columns, columns, strict=True):
        found = _strange(values, step.kind)
        if found:
            strange[step.name] = found
        kept = [None if n in found else value for n, value in enumerate(values)] if found else values
        series.append(pl.Series(step.name, kept, DTYPES[step.kind]))
        series.append(pl.Series(step.state_name, states, _STATE))
    return AnswerColumns(pl.DataFrame(series), strange)


def _strange(values: Sequence[Value | int], kind: Kind) -> dict[int, object]:
    """Return the values that are not of the kind, by place."""
    if all_of_kind(values, kind):
        return {}
    return {n: value for n, value in enumerate(values) if value is not None and not is_of_kind(value, kind)}
