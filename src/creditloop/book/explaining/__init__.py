"""How each amount of a loan came about (每笔金额怎么来的): formulas with their numbers, steps that add up.

`trace_of` replays a loan and keeps how it stood before and after each event. `explain_interest`,
`explain_penalty` and `explain_rows` say how what falls due came about, `explain_settlement` what a payment
settled, `explain_accrual` what a day earned, `explain_split` and `explain_lender_leg` a lender's part,
`annualised_plan` what the first plan costs a year.

Every formula is computed again here from the numbers it takes; `Explanation.holds` says whether the steps
give what stands in the book. Nothing here reads or writes: whoever shows an amount asks for its working.
"""

from creditloop.book.explaining.amounts import (
    explain_accrual,
    explain_interest,
    explain_penalty,
    explain_row,
    explain_rows,
)
from creditloop.book.explaining.annualised import PlanCost, annualised_plan
from creditloop.book.explaining.lenders import explain_lender_leg, explain_split
from creditloop.book.explaining.overdue import OverdueStep, overdue_steps
from creditloop.book.explaining.settlements import explain_settlement
from creditloop.book.explaining.steps import Explanation, How, Step, Term
from creditloop.book.explaining.trace import Moment, Trace, trace_of

__all__ = [
    "Explanation",
    "How",
    "Moment",
    "OverdueStep",
    "PlanCost",
    "Step",
    "Term",
    "Trace",
    "annualised_plan",
    "explain_accrual",
    "explain_interest",
    "explain_lender_leg",
    "explain_penalty",
    "explain_row",
    "explain_rows",
    "explain_settlement",
    "explain_split",
    "overdue_steps",
    "trace_of",
]
