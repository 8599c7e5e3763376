"""Try values of a strategy's numbers on the cases (试算台): read the moved text, decide, count both parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.counting import OUTCOME, money_columns, money_program_of, outcome_column
from creditloop.risk.backtest.counts import BAD, UNKNOWN
from creditloop.risk.backtest.judged import DECISION, Decision, check_decision, decide_cases
from creditloop.risk.backtest.plan import AMOUNT, LOSS, PROFIT, BacktestPlan, OptimisePlan
from creditloop.risk.backtest.proposing import number_in_force, proposed_policy
from creditloop.risk.backtest.trials import PartFigures, Trial
from creditloop.risk.binning.bins import number_text
from creditloop.risk.policy import Policy, read_policy

CHOOSING = "__choosing"
"""Whether values are chosen on a case."""
SUMMED = ("approved", "known", "bad", "exposure_fen", "loss_fen", "profit_fen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a trial needs; made by `bench_of`.

    Attributes:
        cases: with the outcome of each, and the part it is on.
        current, kinds: value in force and kind of each number that may move.
        tried: every trial made, by its values in the order of the plan.
    """

    plan: BacktestPlan
    wanted: OptimisePlan
    document: Document
    policy: Policy
    cases: pl.DataFrame
    find: Callable[[str], Document] | None
    current: Mapping[str, int]
    kinds: Mapping[str, Kind]
    tried: dict[tuple[int, ...], Trial] = field(default_factory=dict)

    def trial(self, values: Mapping[str, int]) -> Trial:
        """Return the trial of these values; each is made once."""
        key = tuple(values[move.parameter] for move in self.wanted.moves)
        if key not in self.tried:
            self.tried[key] = self.counted(values, self.effects(values))
        return self.tried[key]

    def effects(self, values: Mapping[str, int]) -> pl.DataFrame:
        """Decide every case with these values; return what it adds to each of `SUMMED`."""
        decided = self._decided(self.strategy(values))
        approved = pl.col(DECISION) == Decision.APPROVE.value
        known = approved & (self.cases[OUTCOME] != UNKNOWN)
        sums = [approved, known, known & (self.cases[OUTCOME] == BAD)]
        sums += [
            pl.when(part).then(pl.col(name)).fill_null(0) if name in decided.columns else pl.lit(0)
            for part, name in ((approved, AMOUNT), (known, LOSS), (known, PROFIT))
        ]
        told = [column.cast(pl.Int64).alias(name) for column, name in zip(sums, SUMMED, strict=True)]
        return decided.select(told)

    def counted(self, values: Mapping[str, int], effects: pl.DataFrame) -> Trial:
        """Return the trial of values whose effects are known."""
        parts = effects.with_columns(self.cases[CHOOSING], rows=pl.lit(1, pl.Int64)).group_by(CHOOSING).sum()
        found = {
            bool(part[CHOOSING]): PartFigures(**{name: int(part[name]) for name in ("rows", *SUMMED)})
            for part in parts.iter_rows(named=True)
        }
        return Trial(values=dict(values), chosen_on=found[True], held_out=found[False])

    def strategy(self, values: Mapping[str, int]) -> Policy:
        """Return the strategy with these values in force; the one in force where nothing moves."""
        moved = {name: value for name, value in values.items() if value != self.current[name]}
        if not moved:
            return self.policy
        return proposed_policy(
            self.document,
            values={name: number_text(value, self.kinds[name]) for name, value in moved.items()},
            effective_from=self.wanted.effective_from,
            source="a trial",
            find=self.find,
        )

    def _decided(self, policy: Policy) -> pl.DataFrame:
        program, outputs = money_program_of(self.plan, policy)
        judged = decide_cases(policy, decision=self.plan.decision, frame=self.cases, outputs=outputs)
        if program is None:
            return judged
        money = money_columns(self.plan, program, frame=self.cases, judged=judged)
        return judged.select(DECISION).hstack(money)


def bench_of(
    *,
    plan: BacktestPlan,
    document: Document,
    cases: pl.DataFrame,
    find: Callable[[str], Document] | None,
) -> Bench:
    """Make ready to try values.

    Raises: PolicyError if the strategy does not decide as the plan says, or a number cannot move; InputError
        if the proposal would not come into force after the rules it changes, or these change by themselves
        until then.
    """
    wanted = plan.optimise
    assert wanted is not None, "asked for by optimise"
    policy = read_policy(document, rules_as_of=plan.rules_as_of, find=find)
    check_decision(policy, plan.decision)
    if wanted.effective_from <= plan.rules_as_of:
        raise InputError(
            "proposed values come into force after the rules they change",
            got=wanted.effective_from,
            expected=f"> {plan.rules_as_of}",
            where={"file": plan.document.path},
        )
    later = read_policy(document, rules_as_of=wanted.effective_from, find=find)
    if later.version != policy.version:
        raise InputError(
            "the strategy changes of itself before the proposed values would come into force",
            got=f"other rules on {wanted.effective_from} than on {plan.rules_as_of}",
            hint="take a day of rules after its own change, so that only what is proposed differs",
            where={"file": plan.document.path},
        )
    numbers = {move.parameter: number_in_force(policy, move.parameter) for move in wanted.moves}
    return Bench(
        plan=plan,
        wanted=wanted,
        document=document,
        policy=policy,
        cases=cases.with_columns(outcome_column(plan, cases)),
        find=find,
        current={name: value for name, (_, value) in numbers.items()},
        kinds={name: kind for name, (kind, _) in numbers.items()},
    )
