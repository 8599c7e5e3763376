"""A policy's program with its structure, as judging one case and showing it need it (程序的结构)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from creditloop.formula import Input, Program, Step
from creditloop.risk.strategy.graph import Graph
from creditloop.risk.strategy.outputs import PolicyOutput
from creditloop.risk.strategy.places import Places
from creditloop.risk.strategy.steps import (
    LimitStep,
    PolicyStep,
    ScorecardStep,
    SubStrategyStep,
    SwitchStep,
    TableStep,
    all_steps,
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A policy's program with its structure: what its steps are called, what reads what, where it stands.

    Attributes:
        made: the steps the program was compiled from, which tell what reads what.
    """

    program: Program
    inputs: tuple[Input, ...]
    steps: tuple[PolicyStep, ...]
    outputs: Mapping[str, PolicyOutput]
    made: Sequence[Step]

    @cached_property
    def flow(self) -> tuple[PolicyStep, ...]:
        """Every step in the order executed."""
        return all_steps(self.steps)

    @cached_property
    def tables(self) -> tuple[TableStep, ...]:
        """The tables among them."""
        return tuple(step for step in self.flow if isinstance(step, TableStep))

    @cached_property
    def graph(self) -> Graph:
        """What reads what."""
        answers = set[str]()
        for step in self.flow:
            match step:
                case TableStep() | SubStrategyStep():
                    answers |= set(step.gives.values())
                case SwitchStep():
                    answers |= {step.taken, *step.gives.values()}
                case ScorecardStep() | LimitStep():
                    answers.add(step.step)
                case _:
                    pass
        return Graph(self.made, answers=frozenset(answers))

    @cached_property
    def places(self) -> Places:
        """Where in the flat answer of the working stands what."""
        return Places(program=self.program, flow=self.flow)
