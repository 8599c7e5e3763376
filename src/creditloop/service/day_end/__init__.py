"""The bank's day end (日终): every loan of the book closed for a business day, part by part, exactly once.

`closing` closes the days that are open, oldest first, and each day in parts of the book (分片) that are one
piece of work each: done whole and sealed, or not at all. A run that was killed goes on with the parts that
are missing, a repeat writes nothing, a missed day is caught up. `classifying` gives each loan its five-tier
class and its stage of expected loss by the bank's documents; `summary` is what the day adds to the general
ledger, as a table, CSV or Excel.
"""

from creditloop.service.day_end.closing import DayClosed, close_days, close_one_day
from creditloop.service.day_end.summary import day_settlement, day_summary, write_summary

__all__ = ["DayClosed", "close_days", "close_one_day", "day_settlement", "day_summary", "write_summary"]
