"""All tables of the book, for whoever seals them."""

from creditloop.book.day_end.tables import DAY_END_TABLES
from creditloop.book.reconciliation import RECONCILIATION_TABLES
from creditloop.book.store import CARD_TABLES

TABLES = (*CARD_TABLES, *DAY_END_TABLES, *RECONCILIATION_TABLES)
"""The card book's tables, those of loans and closed days, and those of reconciliation."""
