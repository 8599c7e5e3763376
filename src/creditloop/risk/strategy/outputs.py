"""What a policy gives by name (输出): one value each, or of an output that collects a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula import Kind, Value
from creditloop.risk.strategy.space import Known
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    LimitStep,
    PolicyStep,
    ScorecardStep,
    SubStrategyStep,
    SwitchStep,
    TableStep,
)
from creditloop.risk.tables import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOutput:
    """One output.

    Attributes:
        step: the step of the program that gives it; None for a list, which is made of its table's cells.
        table: the table that gives it, if one does.
    """

    name: str
    kind: Kind
    values: tuple[Value, ...] | None
    step: str | None
    table: str | None


def policy_outputs(
    steps: Sequence[PolicyStep], names: Mapping[str, Known], collected: Mapping[str, str]
) -> dict[str, PolicyOutput]:
    """Return the outputs of a document by name, in the order of its steps."""
    found: dict[str, PolicyOutput] = {}
    for step in steps:
        for name in _given(step):
            known, table = names[name], step.id if isinstance(step, TableStep) else None
            found[name] = PolicyOutput(
                name=name, kind=known.kind, values=known.values, step=known.step, table=table
            )
        for output in _lists(step):
            table = collected[output.name]
            found[output.name] = PolicyOutput(
                name=output.name, kind=output.kind, values=output.values, step=None, table=table
            )
    return found


def _given(step: PolicyStep) -> Sequence[str]:
    match step:
        case ExpressionStep():
            return ()
        case LimitStep():
            return (step.name,)
        case ScorecardStep():
            return (step.output,)
        case TableStep() | SwitchStep() | SubStrategyStep():
            return tuple(step.gives)


def _lists(step: PolicyStep) -> Sequence[Output]:
    """Return the outputs that collect, of a table or of the tables in a switch; not a sub-strategy's own."""
    match step:
        case TableStep():
            return [output for output in step.table.outputs if output.collect]
        case SwitchStep():
            inner = [*(each for branch in step.branches for each in branch.steps), *step.otherwise]
            return [output for each in inner for output in _lists(each)]
        case _:
            return ()
