"""The events (事件) of a customer's account: append-only, numbered from 1 per party, chained by hash.

An event's hash is the SHA-256 of its canonical line, in UTF-8. The line holds these fields, separated by one
tab (fields hold no control characters, so no two events have one line):

    creditloop.book.event.v1, previous hash, party, sequence, kind, value date, booking date, amount in fen,
    fen owed after it, currency, "derived" or "reported", idempotency key, source reference,
    then for each leg in order: account, one space, amount in fen

The previous hash of a party's first event is 64 zeros. Whoever holds a party's last hash can prove that the
record up to it is complete and unchanged; the database recomputes every line before it accepts a batch.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from creditloop.book.accounts import CONTRA_ACCOUNT, CUSTOMER_ACCOUNTS, EventKind
from creditloop.book.postings import Leg, legs, unpivoted, with_legs
from creditloop.kernel.errors import BookError
from creditloop.kernel.money import Fen

LINE_VERSION = "creditloop.book.event.v1"
FIRST_PREVIOUS_HASH = "0" * 64
"""The previous hash of a party's first event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that changed what a customer owes, with its postings.

    Attributes:
        party_id: whose account.
        sequence: 1, 2, 3 … per party, without gaps; 1 is the opening balance.
        value_date: the day it counts from (起息日); the day a statement closes.
        booking_date: the day the bank entered it (记账日).
        amount_fen: signed change of what the customer owes; a payment is negative.
        owed_after_fen: what the postings so far add up to on the customer's accounts; negative is a credit
            balance (溢缴款). Kept so that an event is checked, and the next one made, without its history.
        currency: ISO 4217 code.
        idempotency_key: unique per party; the same thing cannot be posted twice.
        derived: computed from reported figures rather than reported itself.
        source_ref: lineage: import batch and row.
        previous_hash: hash of the party's event before, 64 zeros for the first.
        legs: the postings, adding up to zero; empty for an opening balance of zero.
        hash: SHA-256 of the canonical line, in hex.
    """

    party_id: str
    sequence: int
    kind: EventKind
    value_date: date
    booking_date: date
    amount_fen: Fen
    owed_after_fen: Fen
    currency: str
    idempotency_key: str
    derived: bool
    source_ref: str
    previous_hash: str
    legs: tuple[Leg, ...]
    hash: str

    @property
    def line(self) -> str:
        """The canonical line: what is hashed."""
        fields: list[object] = [
            LINE_VERSION,
            self.previous_hash,
            self.party_id,
            self.sequence,
            self.kind.value,
            self.value_date.isoformat(),
            self.booking_date.isoformat(),
            self.amount_fen,
            self.owed_after_fen,
            self.currency,
            _word(self.derived),
            self.idempotency_key,
            self.source_ref,
            *(f"{leg.account} {leg.amount_fen}" for leg in self.legs),
        ]
        return "\t".join(map(str, fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """What a batch adds to the book, as frames in the order they are stored.

    Attributes:
        events: party_id, sequence, kind, value_date, booking_date, amount_fen, owed_after_fen, derived,
            idempotency_key, source_ref, previous_hash, hash; sorted by party_id, sequence.
        postings: party_id, sequence, leg, account, amount_fen, currency; sorted by party_id, sequence, leg.
    """

    events: pl.DataFrame
    postings: pl.DataFrame


def line_hash(line: str) -> str:
    """Return the SHA-256 of a canonical line, in hex."""
    return hashlib.sha256(line.encode()).hexdigest()


def check_history(events: Sequence[Event]) -> Fen:
    """Recompute one party's whole record, event by event, and return what is owed at its end.

    Raises: BookError naming the first event whose sequence, previous hash, balance, postings or hash is
        wrong.
    """
    owed_fen, previous_hash = 0, FIRST_PREVIOUS_HASH
    for sequence, event in enumerate(events, start=1):
        expected_legs = legs(
            before_fen=owed_fen,
            change_fen=event.amount_fen,
            contra_account=CONTRA_ACCOUNT[event.kind],
            party_id=event.party_id,
        )
        for what, got, expected in (
            ("party", event.party_id, events[0].party_id),
            ("sequence", event.sequence, sequence),
            ("previous hash", event.previous_hash, previous_hash),
            ("balance", event.owed_after_fen, owed_fen + event.amount_fen),
            ("postings", event.legs, expected_legs),
            ("hash", event.hash, line_hash(event.line)),
        ):
            if got != expected:
                raise BookError(
                    f"the {what} of an event is not what it must be",
                    got=got,
                    expected=expected,
                    where={"party": event.party_id, "event": sequence},
                )
        owed_fen, previous_hash = owed_fen + event.amount_fen, event.hash
    return Fen(owed_fen)


def entries_from_changes(
    changes: pl.DataFrame, *, value_date: date, booking_date: date, currency: str
) -> Entries:
    """Make events and postings from changes of what customers owe.

    Args:
        changes: party_id, sequence, kind, change_fen and before_fen (128-bit integers), derived,
            idempotency_key, source_ref, head_hash (hash of the party's last event before these).
    Raises: BookError naming the party if an amount or balance does not fit 64 bits.
    """
    contra = pl.col("kind").replace_strict(
        {kind.value: account for kind, account in CONTRA_ACCOUNT.items()}, return_dtype=pl.String
    )
    events = with_legs(changes.sort("party_id", "sequence")).with_columns(
        contra_account=contra,
        value_date=pl.lit(value_date),
        booking_date=pl.lit(booking_date),
    )
    previous_hashes, hashes = _chained(
        events["party_id"].to_list(),
        events["head_hash"].to_list(),
        events.select(_line_after_previous_hash(currency)).to_series().to_list(),
    )
    return Entries(
        events=events.select(
            "party_id",
            "sequence",
            "kind",
            "value_date",
            "booking_date",
            pl.col("change_fen").alias("amount_fen"),
            pl.col("after_fen").alias("owed_after_fen"),
            "derived",
            "idempotency_key",
            "source_ref",
            pl.Series("previous_hash", previous_hashes, dtype=pl.String),
            pl.Series("hash", hashes, dtype=pl.String),
        ),
        postings=unpivoted(events).with_columns(currency=pl.lit(currency)),
    )


def _word(derived: bool) -> str:
    return "derived" if derived else "reported"


def _line_after_previous_hash(currency: str) -> pl.Expr:
    fields = pl.concat_str(
        "party_id",
        "sequence",
        "kind",
        pl.col("value_date").dt.to_string("%Y-%m-%d"),
        pl.col("booking_date").dt.to_string("%Y-%m-%d"),
        "change_fen",
        "after_fen",
        pl.lit(currency),
        pl.when("derived").then(pl.lit(_word(True))).otherwise(pl.lit(_word(False))),
        "idempotency_key",
        "source_ref",
        separator="\t",
    )
    receivable, credit = (pl.lit(account) for account in CUSTOMER_ACCOUNTS)
    return pl.concat_str(
        fields,
        _leg_text(receivable, "receivable_fen"),
        _leg_text(credit, "credit_fen"),
        _leg_text(pl.col("contra_account"), "contra_fen"),
    )


def _leg_text(account: pl.Expr, amount: str) -> pl.Expr:
    text = pl.concat_str(pl.lit("\t"), account, pl.lit(" "), amount)
    return pl.when(pl.col(amount) != 0).then(text).otherwise(pl.lit(""))


def _chained(parties: list[str], heads: list[str], lines: list[str]) -> tuple[list[str], list[str]]:
    """Hash lines in order, each with the hash of the party's line before it, or the party's head."""
    previous_hashes, hashes = [], []
    party_before, hash_before = None, ""
    for party, head, line in zip(parties, heads, lines, strict=True):
        previous = hash_before if party == party_before else head
        party_before, hash_before = party, line_hash(f"{LINE_VERSION}\t{previous}\t{line}")
        previous_hashes.append(previous)
        hashes.append(hash_before)
    return previous_hashes, hashes
