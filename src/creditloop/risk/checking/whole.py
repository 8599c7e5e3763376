"""Check a strategy without running it on cases (策略静态检查): what can never decide, what is left open.

Works on the strategy's program, the form that is executed, with its nulls: so a claim about a rule is a claim
about what will happen. A strategy with a finding of severity error is not published.
"""

from creditloop.risk.checking.findings import StrategyFinding
from creditloop.risk.checking.rows import check_sheets
from creditloop.risk.checking.sheets import sheets_of
from creditloop.risk.checking.unread import check_reading, check_reasons
from creditloop.risk.policy import Policy


def check_strategy(policy: Policy) -> tuple[StrategyFinding, ...]:
    """Check a strategy as in force on its date.

    What is found of all cases is proven; where the budget of the analysis ends, that is a finding too
    (`not_proven`). A case shown with a finding was run through the program.
    Returns: the findings in the order of the document's lines, errors of a line first.
    """
    sheets = sheets_of(policy)
    found = [*check_sheets(policy.program, sheets), *check_reasons(sheets), *check_reading(policy)]
    return tuple(sorted(found, key=_place))


def _place(finding: StrategyFinding) -> tuple[str, int, int]:
    line = finding.where.get("line", 0)
    severities = ("error", "warning", "note")
    file, line = str(finding.where.get("file", "")), line if isinstance(line, int) else 0
    return file, line, severities.index(finding.severity)
