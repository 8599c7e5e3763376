"""The loan book (贷款台账): who owes what, as events and balanced postings that are never changed.

Rows come in plain: party, source reference, bill and payment in fen; the book does not know from where.
`rows` checks them, `opening` and `statement` turn them into changes of what a customer owes, `postings`
splits each change over the accounts of `accounts` so that it adds up to zero, `events` numbers and chains
them by hash. `store` posts a batch into the database (whole or not at all, a repeat returns the first
result: `batches`), where `schema.sql` enforces the same rules again over whatever is written. `projections`
reads balances, the trial balance and one customer's record back, always as sums of postings.

Amounts are whole fen of the book's one currency; a debit is positive. Nothing here adds interest: a migrated
bill holds the old bank's already.
"""

from creditloop.book.accounts import (
    ACCOUNTS,
    CARD_RECEIVABLE,
    CONTRA_ACCOUNT,
    CUSTOMER_ACCOUNTS,
    CUSTOMER_CREDIT,
    Account,
    EventKind,
    Side,
)
from creditloop.book.batches import BatchKind, PostedBatch, find_batch, is_posted
from creditloop.book.events import Event, check_history
from creditloop.book.postings import Leg, legs
from creditloop.book.projections import (
    HistoryLine,
    TrialBalanceLine,
    adjustments,
    balances,
    balances_above,
    find_event_rows,
    history,
    owed,
    trial_balance,
)
from creditloop.book.split import Shares, SharesByDate, shares_of, split_columns
from creditloop.book.store import migrate_opening, post_statement_month
from creditloop.book.tables import TABLES

__all__ = [
    "ACCOUNTS",
    "CARD_RECEIVABLE",
    "CONTRA_ACCOUNT",
    "CUSTOMER_ACCOUNTS",
    "CUSTOMER_CREDIT",
    "TABLES",
    "Account",
    "BatchKind",
    "Event",
    "EventKind",
    "HistoryLine",
    "Leg",
    "PostedBatch",
    "Shares",
    "SharesByDate",
    "Side",
    "TrialBalanceLine",
    "adjustments",
    "balances",
    "balances_above",
    "check_history",
    "find_batch",
    "find_event_rows",
    "history",
    "is_posted",
    "legs",
    "migrate_opening",
    "owed",
    "post_statement_month",
    "shares_of",
    "split_columns",
    "trial_balance",
]
