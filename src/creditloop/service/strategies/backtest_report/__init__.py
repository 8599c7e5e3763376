"""Reports of backtests and optimisers (回测与寻优报告): a page, a workbook, plain data.

`tables` and `optimum_tables` say once which tables there are and what their columns hold (`columns`); `page`
writes them as one self-contained page with the `charts` beside them, `workbook` as a sheet each, the command
line prints the first of them. `record` is the same as plain data for `--json`. Every table names the versions
of the plan and the strategies its numbers stand on; the warning about what is not known of the approved is
part of each.
"""

from creditloop.service.strategies.backtest_report.columns import Column, Holds, ReportTable
from creditloop.service.strategies.backtest_report.optimum_tables import optimum_tables
from creditloop.service.strategies.backtest_report.page import backtest_page, optimum_page, shown
from creditloop.service.strategies.backtest_report.record import backtest_record, optimum_record
from creditloop.service.strategies.backtest_report.tables import backtest_tables, stands_on
from creditloop.service.strategies.backtest_report.workbook import write_workbook

__all__ = [
    "Column",
    "Holds",
    "ReportTable",
    "backtest_page",
    "backtest_record",
    "backtest_tables",
    "optimum_page",
    "optimum_record",
    "optimum_tables",
    "shown",
    "stands_on",
    "write_workbook",
]
