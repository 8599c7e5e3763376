"""Defects planted in the bank on purpose, to see that the simulator finds them; `src` is not edited."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from creditloop.book.loan_store import booking
from creditloop.book.loans import LenderLeg, LoanAccount, lender_legs
from creditloop.kernel.storage import Connection
from creditloop.service import bank


class Defect(StrEnum):
    """What is wrong with a bank."""

    FORGETS_REPEATS = "an event that arrives again is booked again"
    ANSWERS_FIRST = "an event is acknowledged before it is committed"
    CLOSES_BY_HALVES = "a close commits before its postings are written"
    MISSES_A_LEG = "the last posting of an event is not written"
    KEEPS_A_FEN = "a fen of each partner's part stays with us"
    SEALS_LATER = "work is committed before it is sealed"


UNCHECKED = (Defect.CLOSES_BY_HALVES, Defect.MISSES_A_LEG)
"""Defects the database itself refuses; they are also tried with its checks switched off."""


def commit_in_the_middle(connection: Connection) -> None:
    """End the transaction behind the back of the code that is in it, and begin another."""
    connection.pgconn.exec_(b"COMMIT")
    connection.pgconn.exec_(b"BEGIN")


@contextmanager
def planted(defect: Defect | None) -> Iterator[None]:
    """Let a defect be in the code of loans for a while, if it is one of that code."""
    plain, sealing = booking.lender_legs, bank.seal_batches

    def short(**named: Any) -> tuple[LenderLeg, ...]:
        return plain(**named)[:-1]

    def greedy(**named: Any) -> tuple[LenderLeg, ...]:
        return _shifted(plain(**named))

    def late(connection: Connection, **named: Any) -> object:
        commit_in_the_middle(connection)
        return sealing(connection, **named)

    if defect is Defect.MISSES_A_LEG:
        booking.lender_legs = short
    if defect is Defect.KEEPS_A_FEN:
        booking.lender_legs = greedy
    if defect is Defect.SEALS_LATER:
        bank.seal_batches = late  # type: ignore[assignment]
    try:
        yield
    finally:
        booking.lender_legs, bank.seal_batches = lender_legs, sealing


def _shifted(legs: tuple[LenderLeg, ...]) -> tuple[LenderLeg, ...]:
    """Move a fen from a partner's settlement to our clearing: the postings still add up to zero."""
    accounts = [account for account, _, _ in legs]
    if LoanAccount.PARTNER_SETTLEMENT not in accounts or LoanAccount.CLEARING not in accounts:
        return legs
    ours, theirs = accounts.index(LoanAccount.CLEARING), accounts.index(LoanAccount.PARTNER_SETTLEMENT)
    moved = list(legs)
    for place, fen in ((ours, -1), (theirs, 1)):
        account, lender, amount = legs[place]
        moved[place] = (account, lender, amount + fen)
    return tuple(leg for leg in moved if leg[2])
