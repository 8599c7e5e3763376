"""The second line (第二道防线): are the models and strategies still worth trusting, and what instead.

`register` says who answers for a card and when it is reviewed next; `measuring` and `fairness` make figures
from frames of scores and outcomes, `alarms` judges them by the bank's thresholds, `runs` records them.
`comparison` sets the strategy beside rules written down beforehand, at its own and at equal approvals;
`cutoffs` writes a challenger from outcomes, `proposals` keeps it waiting for a second person. Strategies are
kept as published (`strategy_versions`) with their proofs (`strategy_proofs`), and `experiment_store` keeps
who was decided by which. `report` draws one record as a PDF. Pure parts take frames; only what is recorded
touches the database. Every figure measured on decisions carries `NOTE`: an in-time holdout of accepted
customers only.
"""

from creditloop.oversight.alarms import Alarm, alarm_findings, judge_metrics
from creditloop.oversight.comparison import (
    NOTE,
    NOTE_EN,
    NOTE_ZH,
    OWN,
    Baseline,
    Comparison,
    compare,
    cutoff_for,
)
from creditloop.oversight.comparison_store import (
    BASELINES,
    CHALLENGER,
    ComparisonRun,
    find_comparison_runs,
    find_comparisons,
    record_comparison,
)
from creditloop.oversight.cutoffs import RULE_EN, RULE_ZH, Choice, choose_cutoffs
from creditloop.oversight.experiment_store import (
    Assignment,
    ShadowVerdict,
    find_assignments,
    find_shadow_verdicts,
    record_assignments,
)
from creditloop.oversight.fairness import measure_fairness
from creditloop.oversight.measuring import SCORE, measure_performance, measure_stability
from creditloop.oversight.metrics import Metric
from creditloop.oversight.proposals import (
    APPROVER_ROLE,
    Approval,
    Proposal,
    approval_id,
    decide_proposal,
    find_proposal,
    find_proposals,
    propose,
)
from creditloop.oversight.register import (
    REVIEW_MONTHS_MAX,
    Model,
    find_models,
    register_model,
    review_due,
    review_model,
)
from creditloop.oversight.runs import ModelRun, find_metrics, find_model_runs, frame_hash, record_model_run
from creditloop.oversight.strategy_proofs import StrategyProof, find_proof, record_proof
from creditloop.oversight.strategy_versions import (
    ReleasedVersion,
    StateChange,
    StrategyVersion,
    change_state,
    find_released,
    find_version,
    find_versions,
    record_version,
    state_batch_id,
    strategy_version_id,
)
from creditloop.oversight.tables import TABLES

__all__ = [
    "APPROVER_ROLE",
    "BASELINES",
    "CHALLENGER",
    "NOTE",
    "NOTE_EN",
    "NOTE_ZH",
    "OWN",
    "REVIEW_MONTHS_MAX",
    "RULE_EN",
    "RULE_ZH",
    "SCORE",
    "TABLES",
    "Alarm",
    "Approval",
    "Assignment",
    "Baseline",
    "Choice",
    "Comparison",
    "ComparisonRun",
    "Metric",
    "Model",
    "ModelRun",
    "Proposal",
    "ReleasedVersion",
    "ShadowVerdict",
    "StateChange",
    "StrategyProof",
    "StrategyVersion",
    "alarm_findings",
    "approval_id",
    "change_state",
    "choose_cutoffs",
    "compare",
    "cutoff_for",
    "decide_proposal",
    "find_assignments",
    "find_comparison_runs",
    "find_comparisons",
    "find_metrics",
    "find_model_runs",
    "find_models",
    "find_proof",
    "find_proposal",
    "find_proposals",
    "find_released",
    "find_shadow_verdicts",
    "find_version",
    "find_versions",
    "frame_hash",
    "judge_metrics",
    "measure_fairness",
    "measure_performance",
    "measure_stability",
    "propose",
    "record_assignments",
    "record_comparison",
    "record_model_run",
    "record_proof",
    "record_version",
    "register_model",
    "review_due",
    "review_model",
    "state_batch_id",
    "strategy_version_id",
]
