"""How a bureau report is read, whoever it is about: whole, by what its values declare, or refused by path.

A class whose fields name their places (`places`, with the doors of `scalars` and lists of `code_table`) is
compiled into a reader (`elements`, `forms`; months of repayment: `record`). `reports` takes a report's bytes
to the value of its class, from JSON (`from_json`) or XML (`from_xml`). A `fault` carries its path upwards and
becomes the error that refuses the report; `rules` are what is held against a report as a whole.
"""

from creditloop.data.bureau.reading.code_table import CodeTable, code_table
from creditloop.data.bureau.reading.elements import compile_reader
from creditloop.data.bureau.reading.fault import Fault, refusal
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.data.bureau.reading.reports import ReportReader
from creditloop.data.bureau.reading.rules import ReportFinding, Rule

__all__ = [
    "CodeTable",
    "Fault",
    "RepaymentRecord",
    "ReportFinding",
    "ReportReader",
    "Rule",
    "code_table",
    "compile_reader",
    "refusal",
]
