"""What the book says, read from its postings: balances, the trial balance, one customer's record, lists.

A balance is always a sum of postings (余额由分录汇总); nothing here is stored. `as_of` means by value date,
the day included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.book.accounts import (
    ACCOUNTS,
    CARD_RECEIVABLE,
    CUSTOMER_ACCOUNTS,
    CUSTOMER_CREDIT,
    Account,
    EventKind,
)
from creditloop.book.events import Event
from creditloop.book.postings import Leg
from creditloop.kernel.errors import BookError, InputError, UnknownId
from creditloop.kernel.money import Fen
from creditloop.kernel.storage import Connection, load_queries

_SQL = "creditloop.book"
_LIMITS = {"party_id": pl.String, "limit_fen": pl.Int64}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBalanceLine:
    """An account's line in the trial balance (试算平衡表).

    Attributes:
        debit_fen: sum of the debits posted, >= 0; `credit_fen` likewise.
        balance_fen: debits less credits; positive stands in debit.
    """

    account: Account
    debit_fen: Fen
    credit_fen: Fen
    balance_fen: Fen


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """An event of one customer, and what the postings up to it add up to on the customer's accounts.

    Negative is a credit balance (溢缴款). The event carries the same figure; `check_history` compares.
    """

    event: Event
    owed_after_fen: Fen


def balances(connection: Connection, *, as_of: date) -> pl.DataFrame:
    """Return every balance: party_id, account, currency, balance_fen (debit positive); sorted.

    Accounts on which nothing was posted for a party have no row.
    """
    schema = {"party_id": pl.String, "account": pl.String, "currency": pl.String, "balance_fen": pl.Int64}
    return _frame(load_queries(_SQL).find_balances(connection, as_of=as_of), schema)


def owed(connection: Connection, *, as_of: date) -> pl.DataFrame:
    """Return what customers owe: party_id, receivable_fen (>= 0), credit_fen (<= 0), owed_fen (the sum).

    Every party whose opening balance counts by then has a row, one with nothing on its accounts too; sorted.
    """
    found = load_queries(_SQL).find_owed(
        connection, as_of=as_of, card_receivable=CARD_RECEIVABLE, customer_credit=CUSTOMER_CREDIT
    )
    schema = {"party_id": pl.String, "receivable_fen": pl.Int64, "credit_fen": pl.Int64}
    return _frame(found, schema).with_columns(owed_fen=pl.col("receivable_fen") + pl.col("credit_fen"))


def trial_balance(connection: Connection, *, as_of: date) -> list[TrialBalanceLine]:
    """Return the trial balance, a line for every account of the chart in its order.

    Raises: BookError if the balances do not add up to zero.
    """
    found = {
        account: (Fen(int(debit)), Fen(int(credit)))
        for account, debit, credit in load_queries(_SQL).find_trial_balance(connection, as_of=as_of)
    }
    lines = []
    for account in ACCOUNTS:
        debit, credit = found.get(account.code, (Fen(0), Fen(0)))
        lines.append(
            TrialBalanceLine(
                account=account, debit_fen=debit, credit_fen=credit, balance_fen=Fen(debit - credit)
            )
        )
    if (total := sum(line.balance_fen for line in lines)) != 0:
        raise BookError("the trial balance does not add up to zero", got=total, expected=0)
    return lines


def history(connection: Connection, *, party_id: str) -> list[HistoryLine]:
    """Return one customer's whole record, oldest first: events, postings, lineage, what was owed after each.

    `check_history` recomputes it.

    Raises: UnknownId if the book has no such party.
    """
    lines: list[HistoryLine] = []
    owed_fen = 0
    for row in load_queries(_SQL).find_history(connection, party_id=party_id):
        event = _event(party_id, row)
        owed_fen += sum(leg.amount_fen for leg in event.legs if leg.account in CUSTOMER_ACCOUNTS)
        lines.append(HistoryLine(event=event, owed_after_fen=Fen(owed_fen)))
    if not lines:
        raise UnknownId("the book has no such party", got=party_id)
    return lines


def find_event_rows(connection: Connection, *, party_id: str) -> dict[int, tuple[UUID, int]]:
    """Return where one customer's events stand, by sequence: batch and row, which is how they are proven."""
    found = load_queries(_SQL).find_event_rows(connection, party_id=party_id)
    return {sequence: (batch_id, row_no) for sequence, batch_id, row_no in found}


def adjustments(connection: Connection, *, as_of: date) -> pl.DataFrame:
    """List the refunds and adjustments (退款与调整): months whose net charges were negative.

    Returns: party_id, sequence, value_date, booking_date, amount_fen (< 0), derived, source_ref; by value
        date, then party.
    """
    found = load_queries(_SQL).find_events_of_kind(
        connection, kind=EventKind.REFUND_OR_ADJUSTMENT.value, as_of=as_of
    )
    schema: Mapping[str, type[pl.DataType]] = {
        "party_id": pl.String,
        "sequence": pl.Int64,
        "value_date": pl.Date,
        "booking_date": pl.Date,
        "amount_fen": pl.Int64,
        "derived": pl.Boolean,
        "source_ref": pl.String,
    }
    return _frame(found, schema)


def balances_above(connection: Connection, *, limits: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """List the customers who owe more than their limit (超额度): a fact to report, not to refuse.

    Args:
        limits: party_id (text), limit_fen (64-bit), a party once; parties not in it are not looked at.
    Returns: party_id, limit_fen, owed_fen, above_fen (> 0); the largest excess first, then by party.
    Raises: InputError if `limits` has other columns, a null, or a party twice.
    """
    if {name: limits.schema.get(name) for name in _LIMITS} != _LIMITS:
        raise InputError("not a table of limits", got=dict(limits.schema), expected=_LIMITS)
    limits = limits.select(*_LIMITS)
    bad = limits.filter(pl.any_horizontal(pl.all().is_null()) | pl.col("party_id").is_duplicated())
    if not bad.is_empty():
        raise InputError("a limit is missing or stands twice", got=bad.row(0), expected="one limit a party")
    return (
        owed(connection, as_of=as_of)
        .join(limits, on="party_id", how="inner")
        .filter(pl.col("owed_fen") > pl.col("limit_fen"))
        .select("party_id", "limit_fen", "owed_fen", above_fen=pl.col("owed_fen") - pl.col("limit_fen"))
        .sort("above_fen", "party_id", descending=[True, False])
    )


def _frame(rows: Iterable[object], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row")


def _event(party_id: str, row: tuple[Any, ...]) -> Event:
    *fields, accounts, amounts = row
    sequence, kind, value_date, booking_date, amount_fen, owed_after_fen, *fields = fields
    currency, key, derived, source_ref, previous_hash, hash_ = fields
    legs = zip(accounts, amounts, strict=True)
    return Event(
        party_id=party_id,
        sequence=sequence,
        kind=EventKind(kind),
        value_date=value_date,
        booking_date=booking_date,
        amount_fen=Fen(amount_fen),
        owed_after_fen=Fen(owed_after_fen),
        currency=currency,
        idempotency_key=key,
        derived=derived,
        source_ref=source_ref,
        previous_hash=previous_hash,
        legs=tuple(Leg(account=account, amount_fen=Fen(amount)) for account, amount in legs),
        hash=hash_,
    )
