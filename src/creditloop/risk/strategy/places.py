"""Where in the flat answer of a program the value and the state of an operation stand (位置)."""

from collections.abc import Sequence

from creditloop.formula import CompiledStep, Op, Program
from creditloop.risk.strategy.misses import Leaf, alternatives
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    LimitStep,
    PolicyStep,
    ScorecardStep,
    SubStrategyStep,
    SwitchStep,
    TableStep,
)


class Places:
    """Numbers the operations an answer holds, in the order they are first asked for.

    Args:
        flow: the steps whose whole working the answer holds.
    """

    def __init__(self, *, program: Program, flow: Sequence[PolicyStep]) -> None:
        self.program = program
        self.numbers: list[int] = []
        self._at: dict[int, int] = {}
        self._steps: dict[str, CompiledStep] = {step.name: step for step in program.steps}
        self._inputs = {
            str(operation.value): number
            for number, operation in enumerate(program.operations)
            if operation.op is Op.INPUT
        }
        self.misses: dict[str, tuple[tuple[Leaf, ...], ...]] = {}
        for step in flow:
            self._add(step)
        for name in self._inputs if flow else ():
            self.at(name)

    def number(self, name: str) -> int:
        """The operation of a step or an input."""
        return self._steps[name].number if name in self._steps else self._inputs[name]

    def at(self, name: str) -> int:
        """Where the value of a step or an input stands; its state stands after it."""
        return self.of(self.number(name))

    def of(self, number: int) -> int:
        """Where the value of an operation stands."""
        if number not in self._at:
            self._at[number] = 2 * len(self.numbers)
            self.numbers.append(number)
        return self._at[number]

    def holds(self, name: str) -> bool:
        """Whether the answer holds a step."""
        return self.number(name) in self._at

    def _add(self, step: PolicyStep) -> None:
        if isinstance(step, TableStep):
            self._add_table(step)
            return
        for name in _names_of(step):
            self.at(name)

    def _add_table(self, step: TableStep) -> None:
        for name in (*step.matched, *step.masks, step.decided, *step.gives.values()):
            self.at(name)
        for name in (*step.given.values(), *step.reads.values()):
            self.at(name)
        for row in step.rows:
            assert row.condition is not None, "every row but otherwise has a condition"
            self.at(row.condition)
            self.misses[row.condition] = alternatives(self.program, self.number(row.condition))
            for leaf in (leaf for choice in self.misses[row.condition] for leaf in choice):
                for number in (leaf.number, leaf.left, leaf.right):
                    self.of(number)
        for row in (*step.rows, *([step.otherwise] if step.otherwise is not None else [])):
            for cell in row.cells.values():
                if self.program.operations[self.number(cell)].op is not Op.CONSTANT:
                    self.at(cell)


def _names_of(
    step: ExpressionStep | ScorecardStep | LimitStep | SwitchStep | SubStrategyStep,
) -> list[str]:
    """Return the steps of the program that tell how a step of the document came out."""
    match step:
        case ExpressionStep():
            return [step.step]
        case ScorecardStep():
            bins = [each.condition for part in step.parts for each in part.bins]
            return [step.step, *bins, *(name for part in step.parts for name in (part.reads, part.step))]
        case LimitStep():
            caps = [name for name in (step.least, step.most) if name is not None]
            return [step.raw, *caps, step.capped, step.step]
        case SwitchStep():
            return [step.taken, *(branch.condition for branch in step.branches), *step.gives.values()]
        case SubStrategyStep():
            return list(step.gives.values())
