"""The loan book as post-loan officers and risk strategists look at it (贷款组合): reads of closed days.

`days` says which days are closed and what their shards add up to. `standing` adds a day up by class, stage,
bucket and programme, with the change from an earlier one; `vintages` follows months of pay-out; `rolls`
counts who moved between buckets from one month's end to the next; `loans` lists the loans behind each
figure.

Whole days are added up in the database and come out as small frames; what is made of these is pure. Amounts
are fen, counts whole numbers; a share is shown from the two whole numbers it is made of.
"""

from creditloop.book.portfolio.days import (
    BookDays,
    DayTotals,
    ShardPosting,
    ShardTotals,
    find_book_days,
    find_day_totals,
    find_shard_postings,
    find_shard_totals,
)
from creditloop.book.portfolio.loans import (
    LoanChoice,
    LoanSums,
    StandingLoan,
    count_day_loans,
    count_vintage_loans,
    list_day_loans,
    list_vintage_loans,
)
from creditloop.book.portfolio.rolls import (
    FROM_STATES,
    TO_STATES,
    LoanRoll,
    RolledLoan,
    RollLine,
    roll_lines,
    rolled_cells,
    rolled_loans,
)
from creditloop.book.portfolio.standing import (
    BUCKETS,
    CELL_COLUMNS,
    NPL_TIERS,
    STAGES,
    TIERS,
    Figures,
    PortfolioLine,
    cells_of,
    day_cells,
    figures,
    portfolio_lines,
)
from creditloop.book.portfolio.vintages import (
    LATE_OVER,
    MEASURES,
    Vintage,
    VintageCell,
    VintageRows,
    vintage_rows,
    vintages,
)

__all__ = [
    "BUCKETS",
    "CELL_COLUMNS",
    "FROM_STATES",
    "LATE_OVER",
    "MEASURES",
    "NPL_TIERS",
    "STAGES",
    "TIERS",
    "TO_STATES",
    "BookDays",
    "DayTotals",
    "Figures",
    "LoanChoice",
    "LoanRoll",
    "LoanSums",
    "PortfolioLine",
    "RollLine",
    "RolledLoan",
    "ShardPosting",
    "ShardTotals",
    "StandingLoan",
    "Vintage",
    "VintageCell",
    "VintageRows",
    "cells_of",
    "count_day_loans",
    "count_vintage_loans",
    "day_cells",
    "figures",
    "find_book_days",
    "find_day_totals",
    "find_shard_postings",
    "find_shard_totals",
    "list_day_loans",
    "list_vintage_loans",
    "portfolio_lines",
    "roll_lines",
    "rolled_cells",
    "rolled_loans",
    "vintage_rows",
    "vintages",
]
