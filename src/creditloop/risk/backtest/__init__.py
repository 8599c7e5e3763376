"""Backtests and optimises strategies on past cases with outcomes (策略回测与寻优).

A `plan` (read by `plan_reading`) says which cases, what bad means, what money is counted. `streaming` takes
the cases part by part: `judged` lets a strategy decide, `counting` and `rule_counts` count, and `counts` add
up, so that how the cases are split changes nothing. `result` computes the figures from the counts: `figures`
by month and segment, the swap set, rule effects, `curve` and frontier, and `reject_bias`, always. `optimise`
moves the numbers a plan names: `trying` decides with moved values, `sweep` solves one cut-off exactly,
`search` several, `trials` ranks them, `proposing` writes the dated text. Pure: no store, no clock.
"""

from creditloop.risk.backtest.counting import count_chunk, needed_columns
from creditloop.risk.backtest.counts import BacktestCounts, StrategyCounts
from creditloop.risk.backtest.curve import CurvePoint
from creditloop.risk.backtest.figures import Money, StrategyFigures, Swap, SwapMoney
from creditloop.risk.backtest.judged import Decision, JudgedStrategy, approved_cases, judged_strategy
from creditloop.risk.backtest.optimise import Optimum, optimise
from creditloop.risk.backtest.plan import BacktestPlan, Move, OptimisePlan, Population
from creditloop.risk.backtest.plan_reading import read_backtest_plan
from creditloop.risk.backtest.proposing import number_in_force, proposed_policy, proposed_text
from creditloop.risk.backtest.reject_bias import AssumedFigures, RejectBias
from creditloop.risk.backtest.result import (
    BacktestResult,
    RuleCount,
    RuleEffect,
    StrategyResult,
    result_of,
)
from creditloop.risk.backtest.search import in_order
from creditloop.risk.backtest.streaming import backtest
from creditloop.risk.backtest.trials import PartFigures, Trial
from creditloop.risk.binning.bins import number_text

__all__ = [
    "AssumedFigures",
    "BacktestCounts",
    "BacktestPlan",
    "BacktestResult",
    "CurvePoint",
    "Decision",
    "JudgedStrategy",
    "Money",
    "Move",
    "OptimisePlan",
    "Optimum",
    "PartFigures",
    "Population",
    "RejectBias",
    "RuleCount",
    "RuleEffect",
    "StrategyCounts",
    "StrategyFigures",
    "StrategyResult",
    "Swap",
    "SwapMoney",
    "Trial",
    "approved_cases",
    "backtest",
    "count_chunk",
    "in_order",
    "judged_strategy",
    "needed_columns",
    "number_in_force",
    "number_text",
    "optimise",
    "proposed_policy",
    "proposed_text",
    "read_backtest_plan",
    "result_of",
]
