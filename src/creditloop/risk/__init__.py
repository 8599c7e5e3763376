"""Risk judges (风控判断): rules, decision tables and scorecards over named, typed values.

A document's rows become one program of the language (`formula`): `table_reading` reads and checks it,
`tables` decides with it — one case with its whole working, or a frame at once, from the same program — and
`verdicts` says what was decided, by which rows, for which reasons, and what was missing. `policy` reads a
whole document of dated, sourced numbers, steps and tables, `judging` judges a case by it, `cases` are the
worked cases beside it. A scorecard is fitted by `fitting` (`binning`, `logistic`), written as a document by
`card_text`, read by `card_reading` and lowered to the language as well (`card`). `discrimination`,
`calibration`, `stability` and `swap_set` measure scores against outcomes. Nothing here knows a stage, a
source or a store: it is handed plain values or a frame, and gives values back. A rule or a score that cannot
be evaluated refers the case (转人工); it never counts as not matched.
"""

from creditloop.risk.bins import Bin, CardFeature, Direction
from creditloop.risk.calibration import CalibrationBand, brier, calibration_table
from creditloop.risk.card import BinCount, Card, CardScore
from creditloop.risk.card_parts import DroppedFeature, FittedFeature, LeftOut, ScoreBand
from creditloop.risk.card_reading import read_card
from creditloop.risk.card_text import card_text
from creditloop.risk.card_working import CardPart
from creditloop.risk.cases import Case, CaseFailure, read_cases, run_cases
from creditloop.risk.discrimination import (
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
from creditloop.risk.fitting import FittedCard, fit_card
from creditloop.risk.judging import Judgement
from creditloop.risk.logistic import fit_logistic
from creditloop.risk.policy import DatedParameter, Policy, read_policy
from creditloop.risk.rules import ReasonCode, Rule, rule_from_node
from creditloop.risk.settings import FitSettings, settings_from_node
from creditloop.risk.stability import psi, psi_parts
from creditloop.risk.swap_set import Approvals, Interval, SwapSet, swap_set
from creditloop.risk.table_reading import read_table
from creditloop.risk.tables import DecisionTable, HitPolicy, Output, TableRow
from creditloop.risk.verdicts import RowWorking, Verdict

__all__ = [
    "Approvals",
    "Bin",
    "BinCount",
    "CalibrationBand",
    "Card",
    "CardFeature",
    "CardPart",
    "CardScore",
    "Case",
    "CaseFailure",
    "DatedParameter",
    "DecisionTable",
    "Direction",
    "DroppedFeature",
    "FitSettings",
    "FittedCard",
    "FittedFeature",
    "Gain",
    "HitPolicy",
    "Interval",
    "Judgement",
    "Ks",
    "LeftOut",
    "LiftBand",
    "Output",
    "Policy",
    "ReasonCode",
    "RocPoint",
    "RowWorking",
    "Rule",
    "ScoreBand",
    "SwapSet",
    "TableRow",
    "Verdict",
    "auc",
    "brier",
    "calibration_table",
    "card_text",
    "fit_card",
    "fit_logistic",
    "gains",
    "gini",
    "ks",
    "lift_table",
    "psi",
    "psi_parts",
    "read_card",
    "read_cases",
    "read_policy",
    "read_table",
    "roc_points",
    "rule_from_node",
    "run_cases",
    "settings_from_node",
    "swap_set",
]
