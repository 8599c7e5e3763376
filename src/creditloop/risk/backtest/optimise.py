"""Optimise a strategy (策略寻优): move the numbers a plan names, within its bounds, towards its objective.

1 the cases are split by a salted hash of their key; values are chosen on one part, the other is held out
2 a single cut-off over every value of a column is solved exactly: sorted once, cumulative counts (`sweep`)
3 small grids are tried whole; larger ones by coordinate search with seeded restarts
4 every trial is kept: the frontier is shown, with where the strategy in force stands
5 the proposal is the strategy's own text with one dated value more for each number that moved
The same plan, text and cases give the same answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from creditloop.formula import Kind
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.risk.backtest.plan import BacktestPlan, OptimisePlan
from creditloop.risk.backtest.proposing import proposed_text
from creditloop.risk.backtest.search import search
from creditloop.risk.backtest.sweep import sweep
from creditloop.risk.backtest.trials import Trial, broken_by, pareto, rank
from creditloop.risk.backtest.trying import CHOOSING, Bench, bench_of
from creditloop.risk.binning.bins import number_text
from creditloop.risk.champions import drawn, falls_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """What an optimiser found.

    Attributes:
        kinds: of the numbers that may move.
        method: "exact sweep", "whole grid" or "coordinate search".
        tried: trials made, the current one among them.
        current: the strategy in force; `chosen` is None where no trial keeps the constraints.
        broken: constraints the strategy in force breaks, by how much of their bound.
        held_out_broken: constraints the chosen one breaks on the cases nothing was chosen on.
        frontier: the trials no other beats, most approved first.
        document_text: the proposed strategy; None where nothing is chosen or nothing moves.
    """

    plan: BacktestPlan
    strategy_hash: str
    kinds: Mapping[str, Kind]
    method: str
    tried: int
    current: Trial
    chosen: Trial | None
    broken: Mapping[str, float]
    held_out_broken: Mapping[str, float]
    frontier: tuple[Trial, ...]
    document_text: str | None

    def written(self, name: str, value: int) -> str:
        """Write a value of a number that may move, as the bank's language does."""
        return number_text(value, self.kinds[name])


def optimise(
    *,
    plan: BacktestPlan,
    document: Document,
    cases: pl.DataFrame,
    find: Callable[[str], Document] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Optimum:
    """Choose values for the numbers the plan's `optimise:` names.

    Args:
        document: the strategy as in force on the plan's `rules_as_of`.
        cases: every row, with the columns of `needed_columns` and the plan's key.
        find: reads a sub-strategy's document by its path.
        progress: is told how many trials are made.
    Raises: InputError if the plan asks for nothing, there are no cases on a part, or the key is null;
        PolicyError if a number is not there or cannot move.
    """
    if plan.optimise is None:
        raise InputError("the plan has no part `optimise`", got=plan.name, where={"file": plan.document.path})
    wanted = plan.optimise
    cases = cases.with_columns(_part(cases, plan, wanted))
    bench = bench_of(plan=plan, document=document, cases=cases, find=find)
    found = sweep(bench, progress=progress) if _is_single(wanted) else None
    method, trials = found if found is not None else search(bench, progress=progress)
    chosen = _best(bench, trials)
    if found is not None and chosen is not None and bench.trial(chosen.values) != chosen:
        method, trials = search(bench, progress=progress)  # decided outright, the choice is not what it was
        chosen = _best(bench, trials)
    current = bench.trial(bench.current)
    rows = cases.height
    return Optimum(
        plan=plan,
        strategy_hash=document.hash,
        kinds=bench.kinds,
        method=method,
        tried=len(trials),
        current=current,
        chosen=chosen,
        broken=broken_by(current.chosen_on, constraints=wanted.constraints, all_rows=rows),
        held_out_broken=broken_by(chosen.held_out, constraints=wanted.constraints, all_rows=rows)
        if chosen is not None
        else {},
        frontier=pareto(trials, objective=wanted.objective),
        document_text=_proposal(plan, wanted, bench, chosen) if chosen is not None else None,
    )


def _best(bench: Bench, trials: Sequence[Trial]) -> Trial | None:
    """Return the best trial that keeps the constraints on the choosing part; None if none does."""
    rows, constraints = bench.cases.height, bench.wanted.constraints
    keeping = [t for t in trials if not broken_by(t.chosen_on, constraints=constraints, all_rows=rows)]

    def order(trial: Trial) -> tuple[object, ...]:
        return rank(trial, plan=bench.wanted, current=bench.current, all_rows=rows)

    return min(keeping, key=order) if keeping else None


def _proposal(plan: BacktestPlan, wanted: OptimisePlan, bench: Bench, chosen: Trial) -> str | None:
    moved = {name: value for name, value in chosen.values.items() if value != bench.current[name]}
    if not moved:
        return None
    return proposed_text(
        bench.document,
        values={name: number_text(value, bench.kinds[name]) for name, value in moved.items()},
        effective_from=wanted.effective_from,
        source=f"proposed by optimise: {plan.name}, {wanted.objective}, plan {plan.hash[:12]}",
    )


def _is_single(wanted: OptimisePlan) -> bool:
    return len(wanted.moves) == 1 and wanted.moves[0].over is not None


def _part(cases: pl.DataFrame, plan: BacktestPlan, wanted: OptimisePlan) -> pl.Series:
    """Return whether values are chosen on each case, by the salted hash of its key."""
    where = {"file": plan.document.path}
    if plan.key not in cases.columns or cases[plan.key].null_count() or not cases.height:
        raise InputError("every case needs its key, to be split by", got=plan.key, where=where)
    chosen = [
        falls_below(drawn(party_id=str(key), salt=wanted.salt), share_nano=wanted.choose_share_nano)
        for key in cases[plan.key].to_list()
    ]
    if all(chosen) or not any(chosen):
        raise InputError("one part of the split is empty", got=f"{cases.height} cases", where=where)
    return pl.Series(CHOOSING, chosen, dtype=pl.Boolean)
