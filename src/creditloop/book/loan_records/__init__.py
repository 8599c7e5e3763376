"""A loan's records as they stand in the book (借据记录): for whoever shows a loan with its rows and proofs.

`list_loans` finds loans by id, debtor or product, each as it stood at its last close or event. `find_closes`
gives the days a loan was closed on, newest first, `find_plan_rows` every version of its plan with the event
that made it, `find_places` where its own rows lie among the sealed ones.

These read; what a loan owes follows from `book.loan_store`, how its amounts came about from
`book.explaining`. Amounts are fen.
"""

from creditloop.book.loan_records.reading import (
    CLOSE_COLUMNS,
    LoanClose,
    LoanFilter,
    LoanLine,
    LoanPlaces,
    PlanVersionRow,
    count_closes,
    count_loans,
    find_closes,
    find_places,
    find_plan_rows,
    holds_loans_of,
    list_loans,
)

__all__ = [
    "CLOSE_COLUMNS",
    "LoanClose",
    "LoanFilter",
    "LoanLine",
    "LoanPlaces",
    "PlanVersionRow",
    "count_closes",
    "count_loans",
    "find_closes",
    "find_places",
    "find_plan_rows",
    "holds_loans_of",
    "list_loans",
]
