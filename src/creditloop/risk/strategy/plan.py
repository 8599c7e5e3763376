"""How one case is judged: the functions a policy's program becomes, made when first used (逐案判断).

The program gives one flat tuple of values and states. A second function, written for the policy, reads from
it what every rule says, what it read, which rule came nearest without matching, and whether the case refers;
a third makes the fast answer of it. What is shown to people is made of these records when it is looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from creditloop.formula import operations_function
from creditloop.risk.rules import ReasonCode
from creditloop.risk.strategy.judgement import AskedSource, Judgement
from creditloop.risk.strategy.layout import Layout
from creditloop.risk.strategy.places import Places
from creditloop.risk.strategy.reasons import NOTHING, Ranker, TableTold
from creditloop.risk.strategy.steps import DECIDED_WHEN, Ranking, own_step
from creditloop.risk.strategy.working_source import Flat, Told, answer_function, working_function


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The compiled policy; its parts are made when first used."""

    layout: Layout
    ranking: Ranking | None

    @cached_property
    def ranker(self) -> Ranker:
        """How the reasons of a case are put in order."""
        return Ranker(
            places=self.layout.places,
            graph=self.layout.graph,
            flow=self.layout.flow,
            outputs=self.layout.outputs,
            ranking=self.ranking,
        )

    @cached_property
    def _decide(self) -> Callable[[Mapping[str, object]], dict[str, object]]:
        places = Places(program=self.layout.program, flow=())
        answer = answer_function(places=places, flow=self.layout.flow, outputs=self.layout.outputs)
        _, flat = operations_function(self.layout.program, places.numbers)
        return lambda row: answer(flat(row))

    @cached_property
    def _working(self) -> tuple[Callable[[Mapping[str, object]], Flat], Callable[[Flat], Told]]:
        places = self.layout.places
        work = working_function(places=places, flow=self.layout.flow)
        _, flat = operations_function(self.layout.program, places.numbers)
        return flat, work

    def decide(self, row: Mapping[str, object]) -> dict[str, object]:
        """Give the outputs of one case, and whether it refers."""
        return self._decide(row)

    @cached_property
    def _decided(self) -> Callable[[Mapping[str, object]], tuple[object, ...]] | None:
        known = [step for step in self.layout.program.steps if step.name == DECIDED_WHEN]
        return operations_function(self.layout.program, [known[0].number])[1] if known else None

    def is_decided(self, row: Mapping[str, object]) -> bool:
        """Whether `decided_when` holds on what is known; what cannot be told is undecided."""
        return self._decided is not None and self._decided(row)[0] is True

    def judge(
        self,
        row: Mapping[str, object],
        *,
        asked: tuple[AskedSource, ...] = (),
        absent: Mapping[str, ReasonCode] = NOTHING,
        unasked: frozenset[str] = frozenset(),
        not_asked: tuple[str, ...] = (),
    ) -> Judgement:
        """Judge one case with its whole working.

        Args:
            asked: the sources asked; absent: why inputs are not in the row, where that is known.
            unasked: the inputs of sources that were not asked because the case is decided.
            not_asked: those sources.
        """
        flat, work = self._working
        values = flat(row)
        tables, others, refers = work(values)
        if refers and unasked and self._is_explained(values):
            tables, others = self._without_unasked(tables, others, unasked)
            refers = any(told is not None and told[0] for told in tables) or any(others)
        ranked, decided_by = self.ranker.ranked(values, tables, others, refers, row=row, absent=absent)
        return Judgement(
            self.layout,
            dict(row),
            values,
            tables,
            others,
            refers,
            ranked,
            decided_by,
            asked,
            not_asked,
            self.ranker.most,
        )

    def _is_explained(self, values: Flat) -> bool:
        """Whether the output letters explain is decided; one that is not leaves the case to a person."""
        explained = self.ranker.explained
        return explained is None or values[self.layout.places.at(explained)] is not None

    def _without_unasked(
        self,
        tables: Sequence[TableTold | None],
        others: Sequence[int | None],
        unasked: frozenset[str],
    ) -> tuple[tuple[TableTold | None, ...], tuple[int | None, ...]]:
        """Count what refers and reads a source that was not asked as not reached."""
        reads = self._reads
        return (
            tuple(
                None if told is not None and told[0] and reads[step.decided] & unasked else told
                for step, told in zip(self.layout.tables, tables, strict=True)
            ),
            tuple(
                None if state and reads[own_step(step)] & unasked else state
                for step, state in zip(self.ranker.others, others, strict=True)
            ),
        )

    @cached_property
    def _reads(self) -> Mapping[str, frozenset[str]]:
        return {step.name: frozenset(step.reads) for step in self.layout.program.steps}
