"""A loan's statement for its customer (对账单、还款明细): what was owed, what happened, what is owed now.

`loan_statement` gathers a period from the book (`service.loans.find_statement`): balances before and after,
every event with its id, what each month earned, what fell due and was paid, what comes next, the annualised
rate, and what the customer is told, by a dated document (`policies/lending/lend/statement.yaml`).
`render_statement_pdf` sets the same record on paper, in Chinese or in English.

Opening + events + accruals = closing, part by part. Amounts are fen; a statement of a customer whose data is
made up says so (模拟).
"""

from creditloop.service.statements.drawing import render_statement_pages, render_statement_pdf
from creditloop.service.statements.records import (
    MonthAccrued,
    Parts,
    StatementDue,
    StatementEvent,
    StatementRate,
)
from creditloop.service.statements.stating import LoanStatement, loan_statement

__all__ = [
    "LoanStatement",
    "MonthAccrued",
    "Parts",
    "StatementDue",
    "StatementEvent",
    "StatementRate",
    "loan_statement",
    "render_statement_pages",
    "render_statement_pdf",
]
