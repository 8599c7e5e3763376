"""What the checks look at, in one shape: tables, cards and switches as rows of conditions (检查单元)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from creditloop.formula import Outcomes, Program
from creditloop.risk.policy import Policy
from creditloop.risk.rules import ReasonCode
from creditloop.risk.strategy.steps import (
    PolicyStep,
    RowStep,
    ScorecardStep,
    SubStrategyStep,
    SwitchStep,
    TableStep,
)
from creditloop.risk.tables import HitPolicy, Output, TableRow

Reached = tuple[tuple[int, Outcomes], ...]
NEVER_ASKED = -1
"""The condition of an otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: its condition and cells as operations of the strategy's program.

    Attributes:
        id: the row's id; of a card's bin its number, of a switch the branch's id.
        cells: the operation of each output.
        reason: None where the document gives none, as of a bin.
    """

    id: str
    condition: int
    cells: Mapping[str, int] = field(default_factory=dict)
    reason: ReasonCode | None = None
    where: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Rows of conditions of which the first, or every one that matches counts.

    Attributes:
        what: "table", "part" of a scorecard or "switch".
        first: whether a row counts only where no earlier one matches; not so where an output is collected.
        otherwise: the row that holds where no other matches; None if there is none.
        reached: what must come out of which conditions for a case to get here at all (its branch).
        answered: whether a case that no row matches is answered by something else than a row.
    """

    id: str
    what: str
    first: bool
    lines: tuple[Line, ...]
    outputs: tuple[Output, ...] = ()
    otherwise: Line | None = None
    reached: Reached = ()
    answered: bool = False
    where: Mapping[str, object]


def sheets_of(policy: Policy) -> tuple[Sheet, ...]:
    """Return everything in a strategy that decides by rows of conditions, in the order of the document."""
    return tuple(_sheets(policy.steps, policy.program, ()))


def _sheets(steps: Sequence[PolicyStep], program: Program, reached: Reached) -> Iterator[Sheet]:
    for step in steps:
        match step:
            case TableStep():
                yield _of_table(step, program, reached)
            case ScorecardStep():
                yield from _of_card(step, program, reached)
            case SwitchStep():
                yield from _of_switch(step, program, reached)
            case SubStrategyStep():
                yield from _sheets(step.steps, program, reached)
            case _:
                pass


def _of_table(step: TableStep, program: Program, reached: Reached) -> Sheet:
    table = step.table
    lines = [
        Line(
            id=row.row,
            condition=program.step(row.condition).number if row.condition is not None else NEVER_ASKED,
            cells={name: program.step(cell).number for name, cell in row.cells.items()},
            reason=entry.rule.reason,
            where=entry.rule.where or step.where,
        )
        for row, entry in [*zip(step.rows, table.rows, strict=True), *_last(step)]
    ]
    return Sheet(
        id=step.id,
        what="table",
        first=table.hit_policy is HitPolicy.FIRST and not any(output.collect for output in table.outputs),
        lines=tuple(lines[: len(step.rows)]),
        outputs=table.outputs,
        otherwise=lines[-1] if step.otherwise is not None else None,
        reached=reached,
        where=step.where,
    )


def _last(step: TableStep) -> Iterator[tuple[RowStep, TableRow]]:
    if step.otherwise is not None and step.table.otherwise is not None:
        yield step.otherwise, step.table.otherwise


def _of_card(step: ScorecardStep, program: Program, reached: Reached) -> Iterator[Sheet]:
    """Give each part of a card; that its bins leave nothing open was proven when it was read."""
    for part in step.parts:
        lines = [
            Line(
                id=f"{part.id}.{ordinal}",
                condition=program.step(entry.condition).number,
                reason=entry.reason,
                where=step.where,
            )
            for ordinal, entry in enumerate(part.bins, start=1)
        ]
        yield Sheet(
            id=step.id,
            what="part",
            first=True,
            lines=tuple(lines),
            reached=reached,
            answered=True,
            where=step.where,
        )


def _of_switch(step: SwitchStep, program: Program, reached: Reached) -> Iterator[Sheet]:
    conditions = [program.step(branch.condition).number for branch in step.branches]
    lines = [
        Line(id=f"{step.id}.{branch.id}", condition=number, where=step.where)
        for branch, number in zip(step.branches, conditions, strict=True)
    ]
    yield Sheet(
        id=step.id,
        what="switch",
        first=True,
        lines=tuple(lines),
        reached=reached,
        answered=True,
        where=step.where,
    )
    passed: Reached = ()
    for branch, number in zip(step.branches, conditions, strict=True):
        yield from _sheets(branch.steps, program, (*reached, *passed, (number, Outcomes.MATCHES)))
        passed = (*passed, (number, Outcomes.PASSES))
    yield from _sheets(step.otherwise, program, (*reached, *passed))
