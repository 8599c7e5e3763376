"""Which expressions are handed out as outputs of the document (交出的值), and so leave a case to a person.

A document's own named expressions are steps on the way: one that fails refers whatever reads it. What a
branch of a switch or a sub-strategy makes is an output of the document, also where nobody reads it: there an
expression that fails must refer by itself. A branch that does not give a name has left nothing undecided.
"""

from collections.abc import Iterable, Set
from dataclasses import replace

from creditloop.risk.strategy.steps import ExpressionStep, PolicyStep, SubStrategyStep, SwitchStep


def with_handed_out(steps: Iterable[PolicyStep], *, failing: Set[str]) -> tuple[PolicyStep, ...]:
    """Return a document's steps with the expressions marked that it hands out and that can fail.

    Args:
        failing: the steps of the program that can end without a value.
    """
    listed = tuple(steps)
    given = [step.gives for step in listed if isinstance(step, SwitchStep | SubStrategyStep)]
    return _marked(listed, frozenset().union(*given), failing)


def _marked(steps: Iterable[PolicyStep], names: Set[str], failing: Set[str]) -> tuple[PolicyStep, ...]:
    return tuple(_step(step, names, failing) for step in steps)


def _step(step: PolicyStep, names: Set[str], failing: Set[str]) -> PolicyStep:
    match step:
        case ExpressionStep():
            handed_out = step.name in names and step.step in failing
            return replace(step, handed_out=True) if handed_out else step
        case SwitchStep():
            branches = (replace(each, steps=_marked(each.steps, names, failing)) for each in step.branches)
            otherwise = _marked(step.otherwise, names, failing)
            return replace(step, branches=tuple(branches), otherwise=otherwise)
        case SubStrategyStep():
            inner = frozenset(there for here, there in step.takes.items() if here in names)
            return replace(step, steps=_marked(step.steps, inner, failing))
        case _:
            return step
