"""Where a loan stands whose package is asked for (借据状态): on the book, or its payout waits or is off.

A joint loan has decision, agreement and payout order on the logs before it is on the book; it never is there
if the network refuses its payout or the day of it is over.
"""

from dataclasses import dataclass

from creditloop.book.loan_store import find_loan
from creditloop.kernel.errors import UnknownId
from creditloop.service.loans import Awaiting, find_awaiting, order_from_text
from creditloop.service.work import Work

ON_BOOK = "on_book"
"""The state of a loan that was paid out, whatever became of it since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanStanding:
    """Where a loan stands.

    Attributes:
        state: `ON_BOOK`, "awaiting", "refused" or "lapsed".
        lenders: ourselves counted in.
        awaiting: how its payout stands; None once it is on the book.
    """

    loan_id: str
    party_id: str
    state: str
    lenders: int
    awaiting: Awaiting | None


def find_standing(work: Work, *, loan_id: str) -> LoanStanding:
    """Return where a loan stands.

    Raises: UnknownId if the book has no such loan and no payout of it waits or waited.
    """
    try:
        loan = find_loan(work.connection, loan_id=loan_id)
    except UnknownId:
        awaiting = find_awaiting(work, loan_id=loan_id)
        if awaiting is None:
            raise
        return LoanStanding(
            loan_id=loan_id,
            party_id=awaiting.waiting.party_id,
            state=awaiting.state,
            lenders=len(order_from_text(awaiting.waiting.payout_order).shares.parties),
            awaiting=awaiting,
        )
    return LoanStanding(
        loan_id=loan_id,
        party_id=loan.party_id,
        state=ON_BOOK,
        lenders=len(loan.shares.parties),
        awaiting=None,
    )
