"""Risk judges (风控判断): rules, decision tables, scorecards and strategies over named, typed values.

A strategy document (`policy`, the package `strategy`) — expressions, tables, scorecards, switches, limits,
lists, sub-strategies, with dated, sourced numbers — becomes one program of the language (`formula`), and
judges one case with its whole working or a frame at once. `table_reading` and `tables` are a decision table
by itself, `verdicts` what it says of a case; `cases` are worked cases beside a document; `checking` looks at
documents without running them, `backtest` runs them over past cases, `jdm` takes decision graphs in and out.
A scorecard is fitted by `fitting` from bins of `binning`, and is written, read and scored by `card`.
`champions` tells who is decided by which strategy. `measures` are the statistics of scores. Nothing here
knows a stage, a source or a store. What cannot be evaluated refers the case (转人工); it never counts as not
matched.
"""

from creditloop.risk.binning.bins import Bin, CardFeature, Direction
from creditloop.risk.card.card import BinCount, Card, CardScore
from creditloop.risk.card.parts import DroppedFeature, FittedCard, FittedFeature, LeftOut, ScoreBand
from creditloop.risk.card.reading import read_card
from creditloop.risk.card.settings import FitSettings, settings_from_node
from creditloop.risk.card.text import card_text
from creditloop.risk.card.working import CardPart
from creditloop.risk.cases import Case, CaseFailure, read_cases, run_cases
from creditloop.risk.champions import (
    CHAMPION,
    Arm,
    Experiment,
    Shadow,
    drawn,
    falls_below,
    read_experiment,
)
from creditloop.risk.checking.changes import StrategyChange
from creditloop.risk.checking.diff import StrategyDiff, diff_strategies
from creditloop.risk.checking.faults import Fault, faults_of
from creditloop.risk.checking.findings import Severity, StrategyFinding, finding, publishable
from creditloop.risk.checking.flips import Flip, FlipKind, Flips, find_boundary_flips, find_flips
from creditloop.risk.checking.schema import strategy_schema
from creditloop.risk.checking.whole import check_strategy
from creditloop.risk.fitting.logistic import fit_logistic
from creditloop.risk.fitting.scorecard import fit_card
from creditloop.risk.kept_values import kept_frame
from creditloop.risk.measures.calibration import CalibrationBand, brier, calibration_table, wilson_interval
from creditloop.risk.measures.discrimination import (
    Gain,
    Ks,
    LiftBand,
    RocPoint,
    auc,
    gains,
    gini,
    ks,
    lift_table,
    roc_points,
)
from creditloop.risk.measures.stability import psi, psi_parts
from creditloop.risk.measures.swap_set import Approvals, Interval, SwapSet, swap_set, swap_set_from_counts
from creditloop.risk.parameters import DatedParameter
from creditloop.risk.policy import Policy, read_policy
from creditloop.risk.rules import ReasonCode, Rule, Wording, rule_from_node
from creditloop.risk.strategy.judgement import AskedSource, Judgement, Miss
from creditloop.risk.strategy.outputs import PolicyOutput
from creditloop.risk.strategy.reasons import RankedReason
from creditloop.risk.strategy.steps import (
    DatedList,
    Effective,
    ExpressionStep,
    InputDetail,
    LimitStep,
    ListEntry,
    PolicyStep,
    Ranking,
    RowStep,
    ScorecardBin,
    ScorecardPart,
    ScorecardStep,
    StagedSource,
    StrategyRule,
    SubStrategyStep,
    SwitchBranch,
    SwitchStep,
    TableStep,
    all_steps,
)
from creditloop.risk.strategy.sub_strategy import FindDocument
from creditloop.risk.table_reading import read_table
from creditloop.risk.tables import DecisionTable, HitPolicy, Output, TableRow
from creditloop.risk.verdicts import RowWorking, Verdict

__all__ = [
    "CHAMPION",
    "Approvals",
    "Arm",
    "AskedSource",
    "Bin",
    "BinCount",
    "CalibrationBand",
    "Card",
    "CardFeature",
    "CardPart",
    "CardScore",
    "Case",
    "CaseFailure",
    "DatedList",
    "DatedParameter",
    "DecisionTable",
    "Direction",
    "DroppedFeature",
    "Effective",
    "Experiment",
    "ExpressionStep",
    "Fault",
    "FindDocument",
    "FitSettings",
    "FittedCard",
    "FittedFeature",
    "Flip",
    "FlipKind",
    "Flips",
    "Gain",
    "HitPolicy",
    "InputDetail",
    "Interval",
    "Judgement",
    "Ks",
    "LeftOut",
    "LiftBand",
    "LimitStep",
    "ListEntry",
    "Miss",
    "Output",
    "Policy",
    "PolicyOutput",
    "PolicyStep",
    "RankedReason",
    "Ranking",
    "ReasonCode",
    "RocPoint",
    "RowStep",
    "RowWorking",
    "Rule",
    "ScoreBand",
    "ScorecardBin",
    "ScorecardPart",
    "ScorecardStep",
    "Severity",
    "Shadow",
    "StagedSource",
    "StrategyChange",
    "StrategyDiff",
    "StrategyFinding",
    "StrategyRule",
    "SubStrategyStep",
    "SwapSet",
    "SwitchBranch",
    "SwitchStep",
    "TableRow",
    "TableStep",
    "Verdict",
    "Wording",
    "all_steps",
    "auc",
    "brier",
    "calibration_table",
    "card_text",
    "check_strategy",
    "diff_strategies",
    "drawn",
    "falls_below",
    "faults_of",
    "find_boundary_flips",
    "find_flips",
    "finding",
    "fit_card",
    "fit_logistic",
    "gains",
    "gini",
    "kept_frame",
    "ks",
    "lift_table",
    "psi",
    "psi_parts",
    "publishable",
    "read_card",
    "read_cases",
    "read_experiment",
    "read_policy",
    "read_table",
    "roc_points",
    "rule_from_node",
    "run_cases",
    "settings_from_node",
    "strategy_schema",
    "swap_set",
    "swap_set_from_counts",
    "wilson_interval",
]
