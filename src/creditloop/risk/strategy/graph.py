"""Which step reads which: where a value comes from, and why it is not there (来源追溯)."""

from collections.abc import Iterator, Sequence

from creditloop.formula import Step
from creditloop.risk.lowering import names_in


class Graph:
    """The steps of a program by what they read directly; a name that is no step is an input.

    Args:
        answers: steps that say themselves why they could not be decided: what is behind them is not asked.
    """

    def __init__(self, steps: Sequence[Step], *, answers: frozenset[str]) -> None:
        self._reads: dict[str, tuple[str, ...]] = {}
        self._answers = answers
        for step in steps:
            named = names_in(step.tree) if step.tree is not None else iter(())
            self._reads[step.name] = tuple(dict.fromkeys(step.names.get(name, name) for name in named))

    def roots(self, step: str) -> tuple[str, ...]:
        """Return the inputs a step reads, but not those behind an answer."""
        return tuple(name for name in self._behind(step, self._answers) if name not in self._reads)

    def answers_of(self, step: str) -> tuple[str, ...]:
        """Return the answers a step reads, directly or through expressions."""
        return tuple(name for name in self._behind(step, self._answers) if name in self._answers)

    def behind(self, steps: Sequence[str], *, until: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return every step and input these depend on, themselves first, nearest first."""
        return tuple(dict.fromkeys(name for step in steps for name in (step, *self._behind(step, until))))

    def _behind(self, step: str, until: frozenset[str]) -> Iterator[str]:
        seen, pending = {step}, [step]
        while pending:
            for name in self._reads.get(pending.pop(0), ()):
                if name not in seen:
                    seen.add(name)
                    yield name
                    if name not in until:
                        pending.append(name)
