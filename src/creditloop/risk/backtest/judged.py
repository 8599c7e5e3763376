"""A strategy made ready for a backtest (回测用策略): what it decides of a frame, and what each rule says.

`judge` gives one column for the decision, one a rule, and the outputs that formulas read. `without` decides
again as if one rule a row were not there: the same program with one input more, and every condition read as
"… and this rule is not removed". So a later row, table or step takes over exactly as it would in a strategy
written without the rule; of a table of hit policy first only the row that hit can make a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import polars as pl

from creditloop.formula import Input, Kind, Value, polars_columns
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk.backtest.plan import DecisionPlan
from creditloop.risk.policy import Policy
from creditloop.risk.strategy.frames import refers_column
from creditloop.risk.strategy.space import REFERS, REMOVED
from creditloop.risk.strategy.steps import StrategyRule
from creditloop.risk.tables import DecisionTable, HitPolicy

DECISION = "__decision"
"""The column of what is decided, one of `Decision`."""
_CONSTANT = "constant"
"""The operation of a cell that is one word."""


class Decision(IntEnum):
    """What happens to a case (结论): approved, left to a person (as what cannot be judged), declined."""

    APPROVE = 0
    REFER = 1
    DECLINE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRule:
    """A rule as a backtest counts it.

    Attributes:
        column: of `judge`: 0 not matched, 1 matched, 2 cannot be evaluated, null where it is not reached.
        declines: its row gives a declining word, or its table is one of the plan's `declining_tables`.
        counts: whether the decision depends on it at all.
    """

    rule: StrategyRule
    column: str
    declines: bool
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStrategy:
    """A strategy with what a backtest needs of it; made by `judged_strategy`."""

    policy: Policy
    decision: DecisionPlan
    rules: tuple[CountedRule, ...]

    def reads(self, outputs: Sequence[str]) -> list[str]:
        """Return the inputs that the decision, the rules and these outputs depend on, in order."""
        given = self.policy.outputs
        asked = [given[name].step for name in (self.decision.output, *outputs)]
        asked += [entry.rule.condition_step for entry in self.rules]
        read = {name for step in asked if step is not None for name in self.policy.program.step(step).reads}
        return [entry.name for entry in self.policy.inputs if entry.name in read]

    def judge(self, frame: pl.DataFrame, *, outputs: Sequence[str]) -> pl.DataFrame:
        """Decide every row.

        Args:
            frame: a column for each input; others are not looked at.
            outputs: of the strategy, to be given as well.
        Returns: `DECISION`, `REFERS`, the column of each rule, the outputs; the frame's rows in order.
        Raises: InputError if the decision is a word the plan does not know.
        """
        columns = [rule.column for rule in self.rules]
        return decide_cases(self.policy, decision=self.decision, frame=frame, outputs=outputs, rules=columns)

    def without(self, frame: pl.DataFrame) -> pl.Series:
        """Decide every row as if the rule whose ordinal stands in the column `REMOVED` were not there."""
        step = self.policy.outputs[self.decision.output].step
        assert step is not None, "checked when made ready"
        given = frame.lazy().select(*given_columns(self.policy, frame), REMOVED)
        refers = refers_column(self.policy.steps)
        told = polars_columns(self.policy.removable, given, steps=list(dict.fromkeys([step, *refers.of])))
        told = told.select(refers.made.alias(REFERS), pl.col(step))
        return told.select(_code(pl.col(step), self.decision)).collect()[DECISION]

    def stopping(self) -> list[tuple[DecisionTable, list[CountedRule]]]:
        """Return the tables of hit policy first the decision depends on, each with its rules in order.

        No other can make a difference to it: what a table collects is a list, which nothing later reads.
        """
        return [
            (table, mine)
            for table in self.policy.tables
            if table.hit_policy is HitPolicy.FIRST
            and (mine := [rule for rule in self.rules if rule.rule.table == table.id and rule.counts])
        ]


def decide_cases(
    policy: Policy,
    *,
    decision: DecisionPlan,
    frame: pl.DataFrame,
    outputs: Sequence[str],
    rules: Sequence[str] = (),
) -> pl.DataFrame:
    """Decide every row of a frame, as online: a case that any part of the strategy refers is referred.

    Args:
        outputs: of the strategy, to be given besides `DECISION` and `REFERS`; rules: columns of rules.
    Raises: InputError if the strategy decides in a word the plan does not know.
    """
    names = [decision.output, *(name for name in outputs if name != decision.output)]
    given = frame.lazy().select(given_columns(policy, frame))
    judged = policy.judge_frame(given, rules=bool(rules), refers=True, outputs=names)
    told = judged.select(_code(pl.col(decision.output), decision), REFERS, *rules, *names).collect()
    words = [*decision.approves, *decision.refers, *decision.declines]
    if odd := sorted(set(told[decision.output].unique().drop_nulls().to_list()) - set(words)):
        raise InputError(
            "the strategy decides in a word the plan does not know",
            got=odd,
            expected=words,
            where={"strategy": policy.document.path},
        )
    return told


def approved_cases(
    policy: Policy, *, frame: pl.DataFrame, output: str, approving: Sequence[Value]
) -> pl.Series:
    """Return whom a strategy approves, as online: nobody whom any part of it leaves to a person.

    Args:
        frame: a column for each input; others are not looked at.
        output: what decides; `approving` its values that approve.
    Returns: booleans without null, the frame's rows in order.
    Raises: PolicyError if the output is not one value of the strategy; InputError if the frame has not every
        input.
    """
    given, where = given_columns(policy, frame), {"file": policy.document.path}
    singles = sorted(name for name, entry in policy.outputs.items() if entry.step is not None)
    if output not in singles:
        raise PolicyError(
            "the strategy does not decide by this output", got=output, expected=singles, where=where
        )
    if missing := sorted({entry.name for entry in policy.inputs} - set(given)):
        raise InputError("the cases lack what the strategy reads", got=missing, where=where)
    judged = policy.judge_frame(frame.select(given), refers=True, outputs=[output])
    approved = judged[output].is_in(list(approving)).fill_null(value=False)
    return (approved & ~judged[REFERS]).alias("approved")


def given_columns(policy: Policy, frame: pl.DataFrame) -> list[str]:
    """Return the strategy's inputs that the frame has; one it has not refers what needs it."""
    return [entry.name for entry in policy.inputs if entry.name in frame.columns]


def known_columns(policy: Policy) -> dict[str, Input]:
    """Return what a formula may read of a strategy, as inputs: its inputs and its outputs."""
    inputs = {entry.name: entry for entry in policy.inputs}
    outputs = policy.outputs.values()
    return inputs | {o.name: Input(o.name, o.kind) for o in outputs if o.step is not None}


def judged_strategy(policy: Policy, *, decision: DecisionPlan) -> JudgedStrategy:
    """Make a strategy ready for a backtest.

    Raises: PolicyError if it has no such output, the output is no text, or gives a word nobody explained; or
        it has no table that `declining_tables` names.
    """
    check_decision(policy, decision)
    behind = _behind(policy, decision.output)
    rules = tuple(
        CountedRule(
            rule=rule,
            column=f"rule__{rule.table}__{rule.row}",
            declines=_declines(policy, rule, decision),
            counts=policy.program.step(rule.condition_step).number in behind,
        )
        for rule in policy.rules
    )
    return JudgedStrategy(policy=policy, decision=decision, rules=rules)


def hits(rules: Sequence[CountedRule]) -> pl.Expr:
    """Return which of a first-hit table's rules stopped it: 4 · ordinal + what it said (1, 2); null: none."""
    told = (
        pl.when(pl.col(rule.column) > 0).then(
            pl.lit(4 * rule.rule.ordinal, pl.Int32) + pl.col(rule.column).cast(pl.Int32)
        )
        for rule in rules
    )
    return pl.coalesce(list(told))


def check_decision(policy: Policy, decision: DecisionPlan) -> None:
    """Refuse a strategy that does not decide as the plan says; see `judged_strategy` for what it raises."""
    where = {"file": policy.document.path}
    output = policy.outputs.get(decision.output)
    if output is None or output.step is None or output.kind is not Kind.TEXT:
        texts = [name for name, entry in policy.outputs.items() if entry.kind is Kind.TEXT and entry.step]
        raise PolicyError(
            "the strategy does not decide by this output", got=decision.output, expected=texts, where=where
        )
    words = {*decision.approves, *decision.refers, *decision.declines}
    if odd := sorted(str(value) for value in set(output.values or ()) - words):
        raise PolicyError(
            "the plan does not say what a word of the decision means",
            got=odd,
            expected=sorted(words),
            where=where,
        )
    tables = [table.id for table in policy.tables]
    if odd := sorted(set(decision.declining_tables) - set(tables)):
        raise PolicyError("the strategy has no such table", got=odd, expected=tables, where=where)


def _declines(policy: Policy, rule: StrategyRule, decision: DecisionPlan) -> bool:
    if rule.table in decision.declining_tables:
        return True
    table = next(table for table in policy.tables if table.id == rule.table)
    if decision.output not in {output.name for output in table.outputs}:
        return False
    row = next(row for row in table.rows if row.rule.id == rule.row)
    cell = table.program.operations[table.program.step(row.cell(decision.output)).number]
    return cell.op.value == _CONSTANT and cell.value in decision.declines


def _behind(policy: Policy, output: str) -> frozenset[int]:
    """Return the numbers of the operations an output depends on."""
    step = policy.outputs[output].step
    assert step is not None, "checked above"
    found: set[int] = set()
    pending = [policy.program.step(step).number]
    while pending:
        if (number := pending.pop()) not in found:
            found.add(number)
            pending += policy.program.operations[number].args
    return frozenset(found)


def _code(word: pl.Expr, decision: DecisionPlan) -> pl.Expr:
    """Return the `Decision` a word means; no word, one that refers, or `REFERS`: left to a person."""
    approves, declines = (
        pl.Series(listed, dtype=pl.String).implode() for listed in (decision.approves, decision.declines)
    )
    code = (
        pl.when(pl.col(REFERS))
        .then(pl.lit(Decision.REFER.value, pl.UInt8))
        .when(word.is_in(approves))
        .then(pl.lit(Decision.APPROVE.value, pl.UInt8))
        .when(word.is_in(declines))
        .then(pl.lit(Decision.DECLINE.value, pl.UInt8))
    )
    return code.otherwise(pl.lit(Decision.REFER.value, pl.UInt8)).alias(DECISION)
