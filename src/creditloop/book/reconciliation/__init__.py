"""Reconciliation of the book with the core system and the money side (三方对账), to the fen, no tolerance.

The book may stand beside a bank's core as its sub-ledger (影子台账). `Sides` is what our book, the core and
the money (payment channel, partner banks) say of a day; `compare` is pure and gives each break (差异) once:
missing, late, duplicated, another amount, another status, a sum that does not follow, with what each side
says and the most likely cause (`CAUSES`). `transactions` come first: balances and parts that only follow
from one are told so, or not named again. `ours` reads our side. `store` keeps runs and breaks append-only: a
break is opened once, seen again by every later run, and closed with a reason by a person.
"""

from creditloop.book.reconciliation.breaks import BREAK_COLUMNS
from creditloop.book.reconciliation.causes import CAUSES, Cause
from creditloop.book.reconciliation.comparing import Compared, Total, compare
from creditloop.book.reconciliation.ours import book_balances, book_parts, book_transactions
from creditloop.book.reconciliation.sides import (
    BALANCE_COLUMNS,
    PART_COLUMNS,
    PAYMENT_COLUMNS,
    TRANSACTION_COLUMNS,
    Sides,
)
from creditloop.book.reconciliation.store import (
    STORED_COLUMNS,
    Closing,
    Run,
    close_break,
    find_breaks,
    find_last_run,
    record_run,
)
from creditloop.book.reconciliation.tables import RECONCILIATION_TABLES
from creditloop.book.reconciliation.words import CLASSES, KINDS, REASONS, BreakKind, ClosingReason, Record

__all__ = [
    "BALANCE_COLUMNS",
    "BREAK_COLUMNS",
    "CAUSES",
    "CLASSES",
    "KINDS",
    "PART_COLUMNS",
    "PAYMENT_COLUMNS",
    "REASONS",
    "RECONCILIATION_TABLES",
    "STORED_COLUMNS",
    "TRANSACTION_COLUMNS",
    "BreakKind",
    "Cause",
    "Closing",
    "ClosingReason",
    "Compared",
    "Record",
    "Run",
    "Sides",
    "Total",
    "book_balances",
    "book_parts",
    "book_transactions",
    "close_break",
    "compare",
    "find_breaks",
    "find_last_run",
    "record_run",
]
