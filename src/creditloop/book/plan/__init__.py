"""Plans (还款计划): what a loan pays when, one at a time, as columns for a whole book, and as a quote.

`PlanRules` are the product's: method, period, how interest is counted, rounding, grace, business days. A loan
adds its amount, rate and dates: `PlanTerms`. `plan_of` gives the `Plan` in whole fen; `plan_columns` gives
those of many loans, the same to the fen; `quote` adds fees, what the loan costs and its annualised rates.

What happens afterwards, repayments, rate resets, extensions, is not a plan: see `book.loans`. Where interest
is counted and how is `book.interest`; where a date goes that is no business day, `book.calendars`.
"""

from creditloop.book.plan.column_periods import LoanColumns
from creditloop.book.plan.columns import PlanColumns, plan_columns
from creditloop.book.plan.plans import Instalment, Plan, plan_of
from creditloop.book.plan.quote import Fee, Quote, QuotedRate, quote
from creditloop.book.plan.terms import (
    FirstStub,
    InterestBy,
    PlanRules,
    PlanTerms,
    RepaymentMethod,
    Rest,
    Step,
    first_due_after,
)

__all__ = [
    "Fee",
    "FirstStub",
    "Instalment",
    "InterestBy",
    "LoanColumns",
    "Plan",
    "PlanColumns",
    "PlanRules",
    "PlanTerms",
    "Quote",
    "QuotedRate",
    "RepaymentMethod",
    "Rest",
    "Step",
    "first_due_after",
    "plan_columns",
    "plan_of",
    "quote",
]
