"""A card for others to run (评分卡导出): SQL, a Python file, a workbook, PMML.

`branches` says once how a value chooses its bin; `sql`, `python_code`, `excel` and `pmml` write it in each
language. All give the score of `Card.score` to the last unit, for cuts, special codes, missing and unseen
values alike: that is tested on rows drawn at the edges, by the engines themselves. What each cannot say is on
its first lines: SQL and PMML see a failed feature only as the null it left, unless its state is given.
"""

from creditloop.risk.exports.excel import excel_workbook
from creditloop.risk.exports.pmml import pmml_document
from creditloop.risk.exports.python_code import python_code
from creditloop.risk.exports.sql import sql_select, sql_units

__all__ = ["excel_workbook", "pmml_document", "python_code", "sql_select", "sql_units"]
