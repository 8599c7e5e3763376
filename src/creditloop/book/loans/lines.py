"""The line an event of a loan is hashed as, so that its record is proven complete (借据事件链).

An event's hash is the SHA-256 of its line in UTF-8. The line holds these fields, separated by one tab:

    creditloop.book.loan_event.v1, previous hash, loan number, sequence, kind, value date, booking date,
    event id, payload, then for each leg in order: account, one space, lender, one space, amount in fen

The previous hash of a loan's first event is 64 zeros. No field holds a control character.
"""

import hashlib
from collections.abc import Sequence
from datetime import date

LINE_VERSION = "creditloop.book.loan_event.v1"
FIRST_PREVIOUS_HASH = "0" * 64
"""The previous hash of a loan's first event."""


def event_hash(
    *,
    previous_hash: str,
    loan_no: int,
    sequence: int,
    kind: str,
    value_date: date,
    booked_on: date,
    event_id: str,
    payload: str,
    legs: Sequence[tuple[str, str, int]],
) -> str:
    """Return an event's hash, in hex.

    Args:
        legs: account, lender and fen of each posting, in order.
    """
    fields = (
        LINE_VERSION,
        previous_hash,
        loan_no,
        sequence,
        kind,
        value_date.isoformat(),
        booked_on.isoformat(),
        event_id,
        payload,
        *(f"{account} {lender} {amount}" for account, lender, amount in legs),
    )
    return hashlib.sha256("\t".join(map(str, fields)).encode()).hexdigest()
