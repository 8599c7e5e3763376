"""The postings (分录) of one event: how a change of what a customer owes falls on the accounts.

With B owed before and a change d, B + d is owed after:

    card_receivable   max(B + d, 0) − max(B, 0)     what the customer owes, while positive
    customer_credit   min(B + d, 0) − min(B, 0)     what the bank owes the customer, while negative
    contra            −d                            the other side

The three add up to zero for every B and d. Legs of zero are left out, the others are numbered from 1.
`legs` is the reference, one event at a time; `with_legs` is the same arithmetic over a frame.
"""

from dataclasses import dataclass

import polars as pl

from creditloop.book.accounts import CARD_RECEIVABLE, CUSTOMER_CREDIT
from creditloop.kernel.errors import BookError
from creditloop.kernel.money import FEN_MAX, Fen

WIDE = pl.Int128
"""Frames compute in 128 bits and are checked against the book's 64 before they are stored."""
ZERO = pl.lit(0, dtype=WIDE)
"""A wide zero; the frames' engine has no minus sign for 128 bits, so a change is turned by 0 − x."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One posting of an event: debit positive, credit negative, never zero."""

    account: str
    amount_fen: Fen


def book_fen(amount: int, *, what: str, party_id: str) -> Fen:
    """Return an amount the book can hold.

    Raises: BookError naming the party if it does not fit 64 bits.
    """
    if not -FEN_MAX <= amount <= FEN_MAX:
        raise BookError(
            f"{what} does not fit the book",
            got=amount,
            expected=f"|fen| <= {FEN_MAX}",
            where={"party": party_id},
        )
    return Fen(amount)


def legs(*, before_fen: int, change_fen: int, contra_account: str, party_id: str) -> tuple[Leg, ...]:
    """Split a change of what a customer owes into its postings (the reference form).

    Args:
        before_fen: owed before the event; negative is a credit balance.
        change_fen: signed change; positive raises what is owed.
        contra_account: account that takes the other side.
        party_id: named if something does not fit.
    Returns: two or three legs whose amounts add up to zero; none for a change of zero.
    Raises: BookError if a balance or a leg does not fit 64 bits.

    >>> [(leg.account, leg.amount_fen) for leg in legs(
    ...     before_fen=300, change_fen=-500, contra_account="payment_clearing", party_id="a/1")]
    [('card_receivable', -300), ('customer_credit', -200), ('payment_clearing', 500)]
    """
    after_fen = book_fen(before_fen + change_fen, what="the balance", party_id=party_id)
    amounts = (
        (CARD_RECEIVABLE, max(after_fen, 0) - max(before_fen, 0)),
        (CUSTOMER_CREDIT, min(after_fen, 0) - min(before_fen, 0)),
        (contra_account, -change_fen),
    )
    return tuple(
        Leg(account=account, amount_fen=book_fen(amount, what="a posting", party_id=party_id))
        for account, amount in amounts
        if amount
    )


def with_legs(changes: pl.DataFrame) -> pl.DataFrame:
    """Add the legs to a frame of changes; the same arithmetic as `legs`.

    Args:
        changes: with `party_id`, `before_fen` and `change_fen` (128-bit integers).
    Returns: the frame with `after_fen` (owed after it), `receivable_fen`, `credit_fen` and `contra_fen` (zero
        where there is no leg) and `change_fen`, all of 64 bits, without `before_fen`.
    Raises: BookError naming the first party whose balance or leg does not fit 64 bits.
    """
    before, after = pl.col("before_fen"), pl.col("before_fen") + pl.col("change_fen")
    wide = changes.with_columns(
        after_fen=after,
        receivable_fen=after.clip(lower_bound=0) - before.clip(lower_bound=0),
        credit_fen=after.clip(upper_bound=0) - before.clip(upper_bound=0),
        contra_fen=ZERO - pl.col("change_fen"),
    )
    for name, what in (("after_fen", "the balance"), ("change_fen", "a posting")):
        # the two customer legs lie between 0 and the change, so they fit whenever the change does
        for party_id, amount in (
            wide.filter(pl.col(name).abs() > FEN_MAX).select("party_id", name).head(1).rows()
        ):
            book_fen(amount, what=what, party_id=party_id)
    return wide.with_columns(
        pl.col("change_fen", "after_fen", "receivable_fen", "credit_fen", "contra_fen").cast(pl.Int64)
    ).drop("before_fen")


def unpivoted(with_legs_: pl.DataFrame) -> pl.DataFrame:
    """Turn the legs of a frame into one row per posting, zero legs left out, in the order of events and legs.

    Args:
        with_legs_: result of `with_legs`, with `party_id`, `sequence` and `contra_account`, sorted by both.
    Returns: `party_id, sequence, leg, account, amount_fen`, sorted; `leg` counts from 1 within the event.
    """
    keys = pl.col("party_id", "sequence")
    position = pl.int_range(pl.len(), dtype=pl.Int64).alias("position")
    parts = [
        with_legs_.select(position, keys, account.alias("account"), amount_fen=pl.col(amount))
        for account, amount in (
            (pl.lit(CARD_RECEIVABLE), "receivable_fen"),
            (pl.lit(CUSTOMER_CREDIT), "credit_fen"),
            (pl.col("contra_account"), "contra_fen"),
        )
    ]
    postings = pl.concat(parts).filter(pl.col("amount_fen") != 0).sort("position", maintain_order=True)
    return postings.select(
        keys,
        pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("position").alias("leg"),
        "account",
        "amount_fen",
    )
