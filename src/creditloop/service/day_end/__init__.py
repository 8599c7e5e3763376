"""The bank's day end (日终): every loan of the book closed for a business day, part by part, exactly once.

`closing` closes the days that are open, oldest first, and each day in parts of the book (分片) that are one
piece of work each: done whole and sealed, or not at all. A run that was killed goes on with the parts that
are missing, a repeat writes nothing, a missed day is caught up. `classifying` gives each loan its five-tier
class and its stage of expected loss by the bank's documents, `explain_class` says why, `expected_loss` what
the stages come to; `network_steps` notes for the evidence network which loans became overdue, were cured, are
of another class. `summary` is what the day adds to the general ledger and what is settled with partners.
"""

from creditloop.service.day_end.closing import DayClosed, close_days, close_one_day
from creditloop.service.day_end.expected_loss import expected_loss
from creditloop.service.day_end.explaining import ClassExplained, explain_class
from creditloop.service.day_end.summary import day_settlement, day_summary, write_summary

__all__ = [
    "ClassExplained",
    "DayClosed",
    "close_days",
    "close_one_day",
    "day_settlement",
    "day_summary",
    "expected_loss",
    "explain_class",
    "write_summary",
]
