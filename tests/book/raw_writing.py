"""Writing into the book's tables by hand, past all of our code: what an attacker, or a mistake, could do."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from card_rows import BOOKED, MAY, NOW, RULES_AS_OF

from creditloop.book import Event, EventKind, Leg
from creditloop.book.events import line_hash
from creditloop.kernel.money import Fen
from creditloop.kernel.storage import Connection

BATCH_ID = UUID(int=7)


def may_event(party_id: str, sequence: int, change: int, after: int, legs: Mapping[str, int]) -> Event:
    """An event of May, not yet chained."""
    kind = EventKind.PAYMENT if "payment_clearing" in legs else EventKind.NET_CHARGES
    return Event(
        party_id=party_id,
        sequence=sequence,
        kind=kind,
        value_date=MAY,
        booking_date=BOOKED,
        amount_fen=Fen(change),
        owed_after_fen=Fen(after),
        currency="TWD",
        idempotency_key=f"{kind.value}/2005-05",
        derived=kind is not EventKind.PAYMENT,
        source_ref="by hand",
        previous_hash="",
        legs=legs_of(legs),
        hash="",
    )


def legs_of(amounts: Mapping[str, int]) -> tuple[Leg, ...]:
    return tuple(Leg(account=account, amount_fen=Fen(amount)) for account, amount in amounts.items())


def chained(events: Sequence[Event], heads: Mapping[str, str]) -> list[Event]:
    """Give events the right hashes, each standing on its party's event before."""
    last = dict(heads)
    done = []
    for event in events:
        placed = replace(event, previous_hash=last[event.party_id])
        done.append(replace(placed, hash=line_hash(placed.line)))
        last[event.party_id] = done[-1].hash
    return done


def declare(connection: Connection, events: Sequence[Event], **changed: object) -> None:
    """Insert a batch row that declares what the events hold, or something else."""
    legs = [leg for event in events for leg in event.legs]
    row = {
        "batch_id": BATCH_ID,
        "row_no": 0,
        "batch_key": "by hand",
        "kind": "statement_month",
        "business_date": MAY,
        "rules_as_of": RULES_AS_OF,
        "booking_date": BOOKED,
        "posted_at": NOW,
        "currency": "TWD",
        "rows_hash": "0" * 64,
        "row_count": 1,
        "event_count": len(events),
        "posting_count": len(legs),
        "event_amount_abs_fen": sum(abs(event.amount_fen) for event in events),
        "posting_amount_abs_fen": sum(abs(leg.amount_fen) for leg in legs),
        **changed,
    }
    insert(connection, "book.batch", [row])


def insert_events(connection: Connection, events: Sequence[Event], **changed: object) -> None:
    rows = [
        {
            "batch_id": BATCH_ID,
            "row_no": row_no,
            "party_id": event.party_id,
            "sequence": event.sequence,
            "kind": event.kind.value,
            "value_date": event.value_date,
            "booking_date": event.booking_date,
            "amount_fen": event.amount_fen,
            "owed_after_fen": event.owed_after_fen,
            "derived": event.derived,
            "idempotency_key": event.idempotency_key,
            "source_ref": event.source_ref,
            "previous_hash": event.previous_hash,
            "hash": event.hash,
            **changed,
        }
        for row_no, event in enumerate(events)
    ]
    insert(connection, "book.event", rows)


def insert_postings(connection: Connection, events: Sequence[Event], **changed: object) -> None:
    rows = [
        {
            "batch_id": BATCH_ID,
            "party_id": event.party_id,
            "sequence": event.sequence,
            "leg": number,
            "account": leg.account,
            "amount_fen": leg.amount_fen,
            "currency": event.currency,
            **changed,
        }
        for event in events
        for number, leg in enumerate(event.legs, start=1)
    ]
    insert(connection, "book.posting", [{"row_no": row_no, **row} for row_no, row in enumerate(rows)])


def write(connection: Connection, events: Sequence[Event], **declared: object) -> None:
    """Write a whole batch by hand and commit it."""
    declare(connection, events, **declared)
    insert_events(connection, events)
    insert_postings(connection, events)
    connection.commit()


def insert(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows in one statement."""
    if not rows:
        return
    names = list(rows[0])
    one = "(" + ", ".join(["%s"] * len(names)) + ")"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([one] * len(rows))}".encode(),
        [row[name] for row in rows for name in names],
    )
