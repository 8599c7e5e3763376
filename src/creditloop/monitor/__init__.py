"""After the loan (贷后): how late a customer is, what class the debt has, what the portfolio looks like.

`classification` turns what the book says is owed and what the statement says about lateness into days past
due (estimated where only months are known), a bucket (M0, M1, …) and a five-tier class (五级分类), by the
policies in force on a rules date; the bank's own stricter floor stands beside the rule, and the class in
force is the worse. `store` records each verdict with the rules that decided and the rows it was made from.
`portfolio` adds verdicts up to the figures a bank reports. Every figure leads back to verdicts, and a
verdict to rows, rule and version.
"""

from creditloop.monitor.classification import CLASSES, NOT_PERFORMING, Policies, classify
from creditloop.monitor.portfolio import Portfolio, PortfolioLine, portfolio
from creditloop.monitor.store import (
    TABLES,
    ClassificationRun,
    find_run,
    find_runs,
    find_verdict,
    record_classification,
)

__all__ = [
    "CLASSES",
    "NOT_PERFORMING",
    "TABLES",
    "ClassificationRun",
    "Policies",
    "Portfolio",
    "PortfolioLine",
    "classify",
    "find_run",
    "find_runs",
    "find_verdict",
    "portfolio",
    "record_classification",
]
