"""After the loan (贷后): how late a customer is, what class the debt has, whom to watch, the portfolio.

`classification` turns what the book says is owed and what the statement says about lateness into days past
due (estimated where only months are known), a bucket (M0, M1, …) and a five-tier class (五级分类), by the
policies in force on a rules date; the class in force is the worse of the rule and the bank's floor. `store`
records each verdict with its rules, `verdicts` reads them, `portfolio` adds them up. `warning` makes
signals, a risk, a level and measures of verdicts and features; `warning_store` records them; `weights`
proposes what signals weigh.
`roll_rates` counts who moves between states of lateness; `alert_curve` tells how many of those who went bad
had been warned, at every alert rate, and how long before. Every figure leads back to rows, rule and version.
"""

from creditloop.monitor.alert_curve import (
    AlertCurve,
    AlertPoint,
    AlertStep,
    LeadTime,
    alert_curve,
    alert_point,
    lead_time,
)
from creditloop.monitor.classification import CLASSES, NOT_PERFORMING, Policies, classify
from creditloop.monitor.portfolio import Portfolio, PortfolioLine, portfolio
from creditloop.monitor.replaying import warn_again, warned_frame
from creditloop.monitor.roll_rates import ROLL_STATES, RollCell, RollRates, roll_rates, rolled_parties
from creditloop.monitor.store import (
    ClassificationRun,
    find_run,
    find_runs,
    find_verdict,
    record_classification,
)
from creditloop.monitor.tables import CLASSIFICATION_TABLES, TABLES, WARNING_TABLES
from creditloop.monitor.verdicts import (
    VERDICT_KINDS,
    VerdictChoice,
    VerdictRow,
    VerdictSums,
    count_verdicts,
    list_verdicts,
    verdicts_of,
)
from creditloop.monitor.warning import (
    NO_WARNING,
    RISK_MAX,
    WARNING_LEVELS,
    WARNING_REFERRED,
    judge_warnings,
    signal_frame,
    signal_names,
)
from creditloop.monitor.warning_store import (
    WarningCounts,
    WarningRow,
    WarningRun,
    WarningVersions,
    find_party_warnings,
    find_warning,
    find_warning_run,
    find_warning_runs,
    find_warnings,
    late_statements,
    record_warnings,
    verdict_frame,
    warning_batch_id,
    warning_counts,
)
from creditloop.monitor.weights import propose_weights

__all__ = [
    "CLASSES",
    "CLASSIFICATION_TABLES",
    "NOT_PERFORMING",
    "NO_WARNING",
    "RISK_MAX",
    "ROLL_STATES",
    "TABLES",
    "VERDICT_KINDS",
    "WARNING_LEVELS",
    "WARNING_REFERRED",
    "WARNING_TABLES",
    "AlertCurve",
    "AlertPoint",
    "AlertStep",
    "ClassificationRun",
    "LeadTime",
    "Policies",
    "Portfolio",
    "PortfolioLine",
    "RollCell",
    "RollRates",
    "VerdictChoice",
    "VerdictRow",
    "VerdictSums",
    "WarningCounts",
    "WarningRow",
    "WarningRun",
    "WarningVersions",
    "alert_curve",
    "alert_point",
    "classify",
    "count_verdicts",
    "find_party_warnings",
    "find_run",
    "find_runs",
    "find_verdict",
    "find_warning",
    "find_warning_run",
    "find_warning_runs",
    "find_warnings",
    "judge_warnings",
    "late_statements",
    "lead_time",
    "list_verdicts",
    "portfolio",
    "propose_weights",
    "record_classification",
    "record_warnings",
    "roll_rates",
    "rolled_parties",
    "signal_frame",
    "signal_names",
    "verdict_frame",
    "verdicts_of",
    "warn_again",
    "warned_frame",
    "warning_batch_id",
    "warning_counts",
]
