"""A policy (政策文件): the bank's rules as a document, as in force on a date, and what it says of cases.

`inputs` are typed, `parameters` and `lists` dated and sourced, `steps` (expressions, tables, scorecards,
switches, limits, sub-strategies) are executed in order. The whole document is one program of the language;
its hash is the version. A policy that decides is a strategy (策略); the format is described in
docs/strategy.md. Which values hold is fixed by the date whose rules are asked for; a date before the first
value, or outside the document's own dates, is refused, nothing is guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any, overload

import polars as pl

from creditloop.formula import Program
from creditloop.kernel.documents import Document
from creditloop.risk.strategy.document import Declared, Head, read_head
from creditloop.risk.strategy.expression_step import expression_text
from creditloop.risk.strategy.frames import judged_columns, state_columns
from creditloop.risk.strategy.judgement import Judgement
from creditloop.risk.strategy.layout import Layout
from creditloop.risk.strategy.outputs import PolicyOutput, policy_outputs
from creditloop.risk.strategy.plan import Plan
from creditloop.risk.strategy.reading import Lowered, lowered
from creditloop.risk.strategy.staging import judge_in_stages
from creditloop.risk.strategy.steps import (
    ExpressionStep,
    PolicyStep,
    StrategyRule,
    TableStep,
    all_steps,
)
from creditloop.risk.strategy.sub_strategy import FindDocument
from creditloop.risk.strategy.table_rules import strategy_rules
from creditloop.risk.tables import DecisionTable


@dataclass(frozen=True, kw_only=True)
class Policy(Declared):
    """A policy as in force on a date.

    Attributes:
        documents: those of its sub-strategies.
        steps: in order, as written; `program` is what they mean, all of them together.
    """

    documents: tuple[Document, ...]
    decided_when: str | None
    steps: tuple[PolicyStep, ...]
    program: Program
    _lowered: Lowered = field(repr=False)
    _head: Head = field(repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex."""
        return self.document.hash

    @cached_property
    def version(self) -> str:
        """SHA-256 of what the policy means, numbers, lists and sub-strategies included, in hex."""
        return self.program.hash

    @cached_property
    def table_steps(self) -> tuple[TableStep, ...]:
        """Every decision table in the order executed, those of switches and sub-strategies among them."""
        return tuple(step for step in all_steps(self.steps) if isinstance(step, TableStep))

    @cached_property
    def tables(self) -> tuple[DecisionTable, ...]:
        """The decision tables, each as it stands alone."""
        return tuple(step.table for step in self.table_steps)

    @cached_property
    def rules(self) -> tuple[StrategyRule, ...]:
        """Every row of every table, with an id that stays over versions."""
        return strategy_rules(self.table_steps, self.program)

    @cached_property
    def outputs(self) -> Mapping[str, PolicyOutput]:
        """What the policy gives by name: outputs of tables, points, limits, what sub-strategies hand back."""
        return policy_outputs(self.steps, self._lowered.names, self._lowered.collected)

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The named expressions of the document itself, in order."""
        return tuple(step.name for step in self.steps if isinstance(step, ExpressionStep))

    @property
    def state_columns(self) -> tuple[str, ...]:
        """The columns of `judge_frame` that are not 0 where the case refers."""
        return state_columns(self.steps)

    @cached_property
    def plan(self) -> Plan:
        """How one case is judged: the compiled functions, made when first asked for."""
        layout = Layout(
            program=self.program,
            inputs=self.inputs,
            steps=self.steps,
            outputs=self.outputs,
            made=self._lowered.draft.steps,
        )
        return Plan(layout=layout, ranking=self.ranking)

    def decide(self, row: Mapping[str, object]) -> dict[str, object]:
        """Decide one case without working: its outputs, and under `refers` whether a person must decide.

        Args:
            row: as for `judge`. The answer is the same as `judge(row).outputs` and `.refers`.
        """
        return self.plan.decide(row)

    def judge(self, row: Mapping[str, object]) -> Judgement:
        """Judge one case with its whole working; the same answer as `judge_frame` gives of the row.

        Args:
            row: a plain value for each input: int (fen, nano), str, bool, date, None; other keys are ignored.
                An absent key is a broken input and refers what needs it.
        """
        return self.plan.judge(row)

    def judge_staged(
        self, row: Mapping[str, object], fetch: Callable[[str], Mapping[str, object]]
    ) -> Judgement:
        """Judge one case, asking the sources in order and only while it is undecided (分步取数).

        Args:
            row: the values that are there from the start; those of inputs with a source are not taken.
            fetch: gives the values of a source, by input; raises SourceError if it cannot: its inputs are
                then absent, and what needs them refers.
        """
        return judge_in_stages(
            row, fetch, plan=self.plan, sources=self.sources, details=self.input_details, inputs=self.inputs
        )

    @overload
    def judge_frame(
        self,
        frame: pl.DataFrame,
        *,
        rules: bool = ...,
        refers: bool = ...,
        outputs: Sequence[str] | None = ...,
        target: str = ...,
    ) -> pl.DataFrame: ...
    @overload
    def judge_frame(
        self,
        frame: pl.LazyFrame,
        *,
        rules: bool = ...,
        refers: bool = ...,
        outputs: Sequence[str] | None = ...,
        target: str = ...,
    ) -> pl.LazyFrame: ...
    def judge_frame(
        self,
        frame: pl.DataFrame | pl.LazyFrame,
        *,
        rules: bool = False,
        refers: bool = False,
        outputs: Sequence[str] | None = None,
        target: str = "polars",
    ) -> pl.DataFrame | pl.LazyFrame:
        """Judge every row: the steps in the order of the document.

        Args:
            frame: a column for each input; see `formula.polars_columns` for what they may hold.
            rules: add `rule__<table>__<row>` for each rule: 0 not matched, 1 matched, 2 refers; null where
                its table is in a branch not taken.
            refers: add `refers`: whether any part of the policy leaves the case to a person.
            outputs: give only these, and what their tables say; None: everything.
            target: "polars" or "duckdb": who executes the program.
        Returns: the frame with a column for each expression (null where it could not be evaluated), for each
            table `<table>_matched`, `<table>_row` (hit policy first), `<table>_state` (0: decided) and its
            outputs (null where the case refers), for points and limits their value and `<name>_state`.
        Raises: UnknownId for an output there is not; InputError for a target there is not, or a frame that
            has a column of a name the policy gives.
        """
        judged = judged_columns(
            frame.lazy(),
            program=self.program,
            steps=self.steps,
            outputs=self.outputs,
            chosen=outputs,
            rules=self.rules if rules else (),
            refers=refers,
            target=target,
        )
        return judged if isinstance(frame, pl.LazyFrame) else judged.collect()

    @cached_property
    def removable(self) -> Program:
        """The same program with one more input, `removed_rule`: the ordinal of a rule that never matches."""
        documents = iter(self.documents)  # in the order in which they are asked for
        return lowered(self._head, find=lambda _: next(documents), removable=True).program


def read_policy(document: Document, *, rules_as_of: date, find: FindDocument | None = None) -> Policy:
    """Read a policy as in force on a date.

    Args:
        find: gives the documents of sub-strategies by their path from the bank's folder; None: there are
            none to read.
    Raises: PolicyError naming file, line and field: an unknown key, an expression or table that does not
        compile, a number without source, or none in force on the date.
    """
    head = read_head(document, rules_as_of=rules_as_of)
    made = lowered(head, find=find)
    declared: dict[str, Any] = {entry.name: getattr(head, entry.name) for entry in fields(Declared)}
    return Policy(
        **declared,
        documents=tuple(made.draft.documents),
        decided_when=expression_text(head.decided_when) if head.decided_when is not None else None,
        steps=made.steps,
        program=made.program,
        _lowered=made,
        _head=head,
    )
