"""All tables of the book, for whoever seals them."""

from creditloop.book.day_end.tables import DAY_END_TABLES
from creditloop.book.store import CARD_TABLES

TABLES = (*CARD_TABLES, *DAY_END_TABLES)
"""The card book's tables, and those of loans and closed days."""
