"""Risk judges (风控判断): rules and decision tables over named, typed inputs.

A document's rows become one program of the language (`formula`): `table_reading` reads and checks it,
`tables` decides with it — one case with its whole working, or a frame at once, from the same program — and
`verdicts` says what was decided, by which rows, for which reasons, and what was missing. `rules` holds a
rule and its reason code; `completeness` proves that a table without `otherwise` leaves no case open;
`policy` reads a whole document of dated, sourced numbers, steps and tables, `cases` the worked cases beside
it. Nothing
here knows a stage, a source or a store: it is handed plain values or a frame, and gives values back. A rule
that cannot be evaluated refers the case (转人工); it never counts as not matched.
"""

from creditloop.risk.cases import Case, CaseFailure, read_cases, run_cases
from creditloop.risk.policy import DatedParameter, Policy, read_policy
from creditloop.risk.rules import ReasonCode, Rule, rule_from_node
from creditloop.risk.table_reading import read_table
from creditloop.risk.tables import DecisionTable, HitPolicy, Output, TableRow
from creditloop.risk.verdicts import RowWorking, Verdict

__all__ = [
    "Case",
    "CaseFailure",
    "DatedParameter",
    "DecisionTable",
    "HitPolicy",
    "Output",
    "Policy",
    "ReasonCode",
    "RowWorking",
    "Rule",
    "TableRow",
    "Verdict",
    "read_cases",
    "read_policy",
    "read_table",
    "rule_from_node",
    "run_cases",
]
