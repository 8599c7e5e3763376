from card_rows import APRIL, BOOKED, opening_rows

from creditloop.book.opening import opening_entries
from creditloop.book.rows import OPENING_COLUMNS, checked_rows


def test_what_is_owed_what_is_credited_and_nothing_each_give_an_event() -> None:
    rows = checked_rows(opening_rows({"c/1": 500, "c/2": -80, "c/3": 0}), columns=OPENING_COLUMNS)
    entries = opening_entries(rows, business_date=APRIL, booking_date=BOOKED, currency="TWD")
    events = entries.events.select(
        "party_id", "sequence", "kind", "value_date", "amount_fen", "derived", "source_ref"
    )
    assert events.rows() == [
        ("c/1", 1, "opening_balance", APRIL, 500, False, "file/c/1"),
        ("c/2", 1, "opening_balance", APRIL, -80, False, "file/c/2"),
        ("c/3", 1, "opening_balance", APRIL, 0, False, "file/c/3"),
    ]
    assert set(entries.events["previous_hash"]) == {"0" * 64}
    assert entries.postings.rows() == [
        ("c/1", 1, 1, "card_receivable", 500, "TWD"),
        ("c/1", 1, 2, "migration_clearing", -500, "TWD"),
        ("c/2", 1, 1, "customer_credit", -80, "TWD"),
        ("c/2", 1, 2, "migration_clearing", 80, "TWD"),
    ]
