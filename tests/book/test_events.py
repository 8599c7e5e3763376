from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from card_rows import APRIL, BOOKED, MAY
from hypothesis import given
from hypothesis import strategies as st

from creditloop.book.accounts import CONTRA_ACCOUNT, EventKind
from creditloop.book.events import (
    FIRST_PREVIOUS_HASH,
    Event,
    check_history,
    entries_from_changes,
    line_hash,
)
from creditloop.book.postings import WIDE, Leg, legs
from creditloop.kernel.errors import BookError
from creditloop.kernel.money import Fen

OPENING = Event(
    party_id="cards/1",
    sequence=1,
    kind=EventKind.OPENING_BALANCE,
    value_date=APRIL,
    booking_date=BOOKED,
    amount_fen=Fen(1_500),
    owed_after_fen=Fen(1_500),
    currency="TWD",
    idempotency_key="opening",
    derived=False,
    source_ref="file/1",
    previous_hash="0" * 64,
    legs=(
        Leg(account="card_receivable", amount_fen=Fen(1_500)),
        Leg(account="migration_clearing", amount_fen=Fen(-1_500)),
    ),
    hash="",
)


def linked(events: list[Event]) -> list[Event]:
    """Give events their hashes, each standing on the one before."""
    done: list[Event] = []
    for event in events:
        previous = done[-1].hash if done else FIRST_PREVIOUS_HASH
        placed = replace(event, previous_hash=previous)
        done.append(replace(placed, hash=line_hash(placed.line)))
    return done


def record() -> list[Event]:
    """Opening balance, a payment that turns it into a credit balance, charges that turn it back."""
    steps = [
        (EventKind.OPENING_BALANCE, 0, 1_500, "opening"),
        (EventKind.PAYMENT, 1_500, -2_000, "payment/2005-05"),
        (EventKind.NET_CHARGES, -500, 700, "net_charges/2005-05"),
    ]
    return linked(
        [
            replace(
                OPENING,
                sequence=i,
                kind=kind,
                value_date=MAY if i > 1 else APRIL,
                amount_fen=Fen(change),
                owed_after_fen=Fen(before + change),
                idempotency_key=key,
                derived=kind is EventKind.NET_CHARGES,
                legs=legs(
                    before_fen=before,
                    change_fen=change,
                    contra_account=CONTRA_ACCOUNT[kind],
                    party_id="cards/1",
                ),
            )
            for i, (kind, before, change, key) in enumerate(steps, start=1)
        ]
    )


def test_the_canonical_line_and_its_hash_are_fixed() -> None:
    line = (
        "creditloop.book.event.v1\t"
        + "0" * 64
        + "\tcards/1\t1\topening_balance\t2005-04-30\t2026-01-05\t1500\t1500\tTWD"
        "\treported\topening\tfile/1\tcard_receivable 1500\tmigration_clearing -1500"
    )
    assert OPENING.line == line
    assert (
        line_hash(line) == "fa89954a2216bd1e0837d1b2fd8b7064483a98e010e5b624ae28c9cc79c6e844"
    )  # by sha256sum


def test_a_record_that_is_whole() -> None:
    assert check_history(record()) == 200
    assert check_history([]) == 0


@pytest.mark.parametrize(
    ("place", "change", "what"),
    [
        (1, {"sequence": 3}, "sequence"),
        (1, {"party_id": "cards/2"}, "party"),
        (1, {"previous_hash": "0" * 64}, "previous hash"),
        (1, {"owed_after_fen": -501}, "balance"),
        (1, {"amount_fen": -2_001}, "balance"),
        (1, {"amount_fen": -2_001, "owed_after_fen": -501}, "postings"),
        (1, {"legs": ()}, "postings"),
        (2, {"kind": EventKind.REFUND_OR_ADJUSTMENT}, "postings"),
        (0, {"value_date": MAY}, "hash"),
        (0, {"booking_date": date(2026, 1, 6)}, "hash"),
        (0, {"currency": "CNY"}, "hash"),
        (0, {"idempotency_key": "payment"}, "hash"),
        (2, {"derived": False}, "hash"),
        (2, {"source_ref": "file/2"}, "hash"),
        (2, {"hash": "0" * 64}, "hash"),
    ],
)
def test_a_changed_event_is_found_and_named(place: int, change: dict[str, object], what: str) -> None:
    events = record()
    events[place] = replace(events[place], **change)
    with pytest.raises(BookError, match=f"the {what} of an event is not what it must be") as caught:
        check_history(events)
    assert caught.value.where["event"] == place + 1


def test_an_event_left_out_is_found() -> None:
    first, _, last = record()
    with pytest.raises(BookError, match="sequence") as caught:
        check_history([first, last])
    assert (caught.value.got, caught.value.expected) == (3, 2)


def test_an_event_changed_and_hashed_anew_breaks_the_chain_after_it() -> None:
    first, second, third = record()
    forged = replace(second, source_ref="file/9")
    forged = replace(forged, hash=line_hash(forged.line))
    with pytest.raises(BookError, match="previous hash") as caught:
        check_history([first, forged, third])
    assert caught.value.where["event"] == 3


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
CHANGES = st.lists(
    st.tuples(TEXT, st.lists(st.integers(-900, 900).filter(bool), min_size=1, max_size=3)),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each[0],
)


@given(changes=CHANGES, head=st.sampled_from(["a" * 64, FIRST_PREVIOUS_HASH]), source_ref=TEXT)
def test_the_frame_hashes_what_the_reference_hashes(
    changes: list[tuple[str, list[int]]], head: str, source_ref: str
) -> None:
    rows, expected = [], []
    for party_id, amounts in sorted(changes, key=lambda each: each[0].encode()):
        before, previous = 0, head
        for sequence, amount in enumerate(amounts, start=2):
            kind = EventKind.NET_CHARGES if amount > 0 else EventKind.PAYMENT
            rows.append(
                (
                    party_id,
                    sequence,
                    kind.value,
                    before,
                    amount,
                    amount > 0,
                    f"k/{sequence}",
                    source_ref,
                    head,
                )
            )
            contra = CONTRA_ACCOUNT[kind]
            event = Event(
                party_id=party_id,
                sequence=sequence,
                kind=kind,
                value_date=MAY,
                booking_date=BOOKED,
                amount_fen=Fen(amount),
                owed_after_fen=Fen(before + amount),
                currency="CNY",
                idempotency_key=f"k/{sequence}",
                derived=amount > 0,
                source_ref=source_ref,
                previous_hash=previous,
                legs=legs(before_fen=before, change_fen=amount, contra_account=contra, party_id=party_id),
                hash="",
            )
            previous = line_hash(event.line)
            expected.append((party_id, sequence, event.previous_hash, previous))
            before += amount
    frame = pl.DataFrame(
        rows[::-1],
        schema={
            "party_id": pl.String,
            "sequence": pl.Int64,
            "kind": pl.String,
            "before_fen": WIDE,
            "change_fen": WIDE,
            "derived": pl.Boolean,
            "idempotency_key": pl.String,
            "source_ref": pl.String,
            "head_hash": pl.String,
        },
        orient="row",
    )
    entries = entries_from_changes(frame, value_date=MAY, booking_date=BOOKED, currency="CNY")
    assert entries.events.select("party_id", "sequence", "previous_hash", "hash").rows() == expected
    assert entries.postings["amount_fen"].sum() == 0
