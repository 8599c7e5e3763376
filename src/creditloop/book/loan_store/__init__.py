"""Loans in the database (借据库): agreed, paid out, and every event booked with what it posts and leaves.

`open_loan` takes a loan in with the texts of its terms and rules and its pay-out as the first event.
`book_event` replays the loan with the new event and without it, and writes the event with its balanced
postings, where it left the loan, and the plan if it is another one; a repeat returns the first result.
`find_loan` reads a loan back: everything about it follows from terms, rules and events. The day end
(`book.day_end`) starts from what the events left, and the database holds the two together every day.
"""

from creditloop.book.loan_store.booking import BookedEvent, book_event
from creditloop.book.loan_store.finding import StoredEvent, StoredLoan, find_loan, find_loan_ids
from creditloop.book.loan_store.opening import NewLoan, add_programme, open_loan

__all__ = [
    "BookedEvent",
    "NewLoan",
    "StoredEvent",
    "StoredLoan",
    "add_programme",
    "book_event",
    "find_loan",
    "find_loan_ids",
    "open_loan",
]
