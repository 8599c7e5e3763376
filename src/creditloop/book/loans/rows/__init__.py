"""The rows of a loan while it is replayed (应还明细): how they come about, are settled, and change.

`Working` holds them. `add_tranche` plans what is paid out, `allocate` settles a payment in an order of twelve
cells, `charge_overdue` and `earned` say what a day costs and brings in, `crediting` puts money back,
`servicing` changes the plan. `fill` finds principal and interest of any rows; `to_multiple` rounds them.
Everything is a whole number of units; what a replay returns is `creditloop.book.loans.state`.
"""

from creditloop.book.loans.rows import crediting, servicing
from creditloop.book.loans.rows.accruals import earned, earned_of, missing_by_row, whole_income
from creditloop.book.loans.rows.allocation import Taken, allocate, take_back
from creditloop.book.loans.rows.instalments import added, factor_of, fill, level_of, to_multiple
from creditloop.book.loans.rows.open_row import OpenRow, RowKind
from creditloop.book.loans.rows.overdue import charge_overdue, forget_grace, overdue_base
from creditloop.book.loans.rows.tranches import add_tranche, down_payment_of
from creditloop.book.loans.rows.working import Settled, Working

__all__ = [
    "OpenRow",
    "RowKind",
    "Settled",
    "Taken",
    "Working",
    "add_tranche",
    "added",
    "allocate",
    "charge_overdue",
    "crediting",
    "down_payment_of",
    "earned",
    "earned_of",
    "factor_of",
    "fill",
    "forget_grace",
    "level_of",
    "missing_by_row",
    "overdue_base",
    "servicing",
    "take_back",
    "to_multiple",
    "whole_income",
]
