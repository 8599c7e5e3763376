"""The close of a business day (日终) over whole columns of loans, in exact 64-bit integers.

A `Positions` says where loans stand at the close of a day: balances, what is due and unpaid, how the running
period accrues. `close_day` takes the positions of the day before (or those an event of the day left), rolls
what comes due, accrues interest and penalty for the day, and counts the days past due; `day_parts` gives each
lender its part. Both are pure. `board_loans` takes loans in, `close_shard` closes a part of the book.

`wire` writes and reads the same columns in the database's binary form, so that a million rows cost two
seconds and no text is made. Amounts are fen; days are counted from 2000-01-01; nothing wraps: an amount that
could not be multiplied safely stops the day and names the loan.
"""

from creditloop.book.day_end.boarding import NewLoans, board_loans, planned
from creditloop.book.day_end.closing import RATE_UNIT, ClosedDay, Instalments, Rules, close_day
from creditloop.book.day_end.ledger import (
    Settlement,
    find_day_postings,
    find_settlement_lines,
    find_settlements,
)
from creditloop.book.day_end.parts import Programme, day_parts
from creditloop.book.day_end.positions import (
    NO_DAY,
    POSITION_COLUMNS,
    Integers,
    Positions,
    date_of,
    day_number,
)
from creditloop.book.day_end.store import (
    Classified,
    Classify,
    ClosedShard,
    begins_later,
    close_shard,
    count_loans,
    find_programmes,
    next_day_to_close,
    shard_batch_id,
)
from creditloop.book.day_end.tables import INSTALMENT_KINDS, OVERDUE_RATE_COLUMNS, SHARDS

__all__ = [
    "INSTALMENT_KINDS",
    "NO_DAY",
    "OVERDUE_RATE_COLUMNS",
    "POSITION_COLUMNS",
    "RATE_UNIT",
    "SHARDS",
    "Classified",
    "Classify",
    "ClosedDay",
    "ClosedShard",
    "Instalments",
    "Integers",
    "NewLoans",
    "Positions",
    "Programme",
    "Rules",
    "Settlement",
    "begins_later",
    "board_loans",
    "close_day",
    "close_shard",
    "count_loans",
    "date_of",
    "day_number",
    "day_parts",
    "find_day_postings",
    "find_programmes",
    "find_settlement_lines",
    "find_settlements",
    "next_day_to_close",
    "planned",
    "shard_batch_id",
]
