"""What the database refuses, whoever writes: every attack here is raw SQL by the owner of the tables."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import resources

import psycopg
import pytest
from card_rows import APRIL, OPENED, counts, open_book, post_month
from raw_writing import (
    BATCH_ID,
    chained,
    declare,
    insert,
    insert_events,
    insert_postings,
    legs_of,
    may_event,
    write,
)

from creditloop.book import ACCOUNTS, TABLES, BatchKind, Event, EventKind, history
from creditloop.kernel.storage import Connection

OPENED_COUNTS = (1, 3, 4)

PAID = {"card_receivable": -100, "payment_clearing": 100}
CHARGED = {"card_receivable": 300, "charges_clearing": -300}
SPENT = {"customer_credit": 80, "card_receivable": 20, "charges_clearing": -100}


def heads(book: Connection) -> dict[str, str]:
    return {party: history(book, party_id=party)[-1].event.hash for party in OPENED}


def good_events() -> list[Event]:
    return [
        may_event("c/1", 2, -100, 400, PAID),
        may_event("c/1", 3, 300, 700, CHARGED),
        may_event("c/2", 2, 100, 20, SPENT),
    ]


def good(book: Connection) -> list[Event]:
    return chained(good_events(), heads(book))


def refused(book: Connection, attack: Callable[[], object], message: str) -> None:
    """Carry out an attack up to its commit, and check that it was refused and left nothing."""
    with pytest.raises(psycopg.IntegrityError, match=message):
        attack()
        book.commit()
    book.rollback()
    assert counts(book) == OPENED_COUNTS


def test_a_batch_written_by_hand_that_keeps_every_rule_is_taken(database: Connection) -> None:
    open_book(database, OPENED)
    database.commit()
    write(database, good(database))
    assert counts(database) == (2, 6, 11)


@pytest.mark.parametrize(
    ("place", "legs", "message"),
    [
        (1, {"card_receivable": 300, "charges_clearing": -299}, "do not add up to zero: party c/1, event 3"),
        (1, {"card_receivable": 300}, "do not add up to zero: party c/1, event 3"),
        (1, {}, "do not lead from the balance before to the balance after: party c/1, event 3"),
        (1, {"card_receivable": 299, "charges_clearing": -299}, "do not lead from the balance before"),
        (1, {"card_receivable": 300, "payment_clearing": -300}, "may touch its account: party c/1, event 3"),
        (
            1,
            {"card_receivable": 300, "migration_clearing": -300},
            "may touch its account: party c/1, event 3",
        ),
        (1, {"card_receivable": 300, "petty_cash": -300}, "posting_account_check"),
        (1, {"card_receivable": 300, "customer_credit": 0, "charges_clearing": -300}, "amount_fen_check"),
        # right sum, wrong side: a loan below zero, a credit balance above zero, both at once
        (
            2,
            {"card_receivable": 100, "charges_clearing": -100},
            "do not lead from the balance before to the balance after: party c/2, event 2",
        ),
        (
            2,
            {"customer_credit": 100, "charges_clearing": -100},
            "do not lead from the balance before to the balance after: party c/2, event 2",
        ),
        (
            0,
            {"card_receivable": -600, "customer_credit": 500, "payment_clearing": 100},
            "do not lead from the balance before to the balance after: party c/1, event 2",
        ),
    ],
)
def test_postings_that_do_not_add_up(
    book: Connection, place: int, legs: dict[str, int], message: str
) -> None:
    events = good_events()
    events[place] = replace(events[place], legs=legs_of(legs))
    refused(book, lambda: write(book, chained(events, heads(book))), message)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"party_id": "c/3"}, "no event of its party and batch"),
        (
            {"party_id": "c/2", "sequence": 1, "leg": 7},
            "no event of its party and batch",
        ),  # an event of the past
        ({"sequence": 9}, "no event of its party and batch"),
        ({"currency": "CNY"}, "not one its batch declared, or not in its currency"),
        ({"batch_id": "00000000-0000-0000-0000-000000000009"}, "not one its batch declared"),
        ({"leg": 0}, "leg_check"),
        ({"party_id": None}, "null value"),
        ({"amount_fen": None}, "null value"),
    ],
)
def test_a_leg_that_belongs_elsewhere(book: Connection, changed: dict[str, object], message: str) -> None:
    events = good(book)

    def attack() -> None:
        declare(book, events)
        insert_events(book, events)
        insert_postings(book, [events[0], replace(events[1], legs=())])
        rows = [("card_receivable", 300), ("charges_clearing", -300)]
        insert(
            book,
            "book.posting",
            [
                {
                    "batch_id": BATCH_ID,
                    "row_no": 2 + i,
                    "party_id": "c/1",
                    "sequence": 3,
                    "leg": 1 + i,
                    "account": account,
                    "amount_fen": amount,
                    "currency": "TWD",
                    **(changed if i else {}),
                }
                for i, (account, amount) in enumerate(rows)
            ],
        )

    refused(book, attack, message)


@pytest.mark.parametrize(
    ("place", "changed", "message"),
    [
        (1, {"sequence": 4}, "an event before is missing: party c/1, event 4"),
        (1, {"sequence": 2}, "event_pkey"),
        (0, {"sequence": 1}, "kind_says_place_and_sign"),
        (0, {"kind": EventKind.NET_CHARGES}, "kind_says_place_and_sign"),
        (1, {"kind": EventKind.REFUND_OR_ADJUSTMENT}, "kind_says_place_and_sign"),
        (1, {"kind": EventKind.OPENING_BALANCE}, "kind_says_place_and_sign"),
        (1, {"amount_fen": 0}, "kind_says_place_and_sign"),
        (1, {"idempotency_key": "payment/2005-05"}, "idempotency_key"),
        (1, {"idempotency_key": ""}, "idempotency_key_check"),
        (1, {"source_ref": "a\tb"}, "source_ref_check"),
        (1, {"source_ref": "a\x1fb"}, "source_ref_check"),
        (1, {"source_ref": "\x7f"}, "source_ref_check"),
        (1, {"source_ref": ""}, "source_ref_check"),
    ],
)
def test_an_event_out_of_place(
    book: Connection, place: int, changed: dict[str, object], message: str
) -> None:
    events = good_events()
    events[place] = replace(events[place], **changed)
    refused(book, lambda: write(book, chained(events, heads(book))), message)


@pytest.mark.parametrize(
    ("place", "changed", "message"),
    [
        (1, {"previous_hash": "0" * 64}, "previous hash is not that of the event before: party c/1, event 3"),
        (2, {"previous_hash": "f" * 64}, "previous hash is not that of the event before: party c/2, event 2"),
        (2, {"hash": "f" * 64}, "the hash is not that of the content: party c/2, event 2"),
        (2, {"source_ref": "elsewhere"}, "the hash is not that of the content: party c/2, event 2"),
        (2, {"derived": False}, "the hash is not that of the content"),
        (2, {"value_date": APRIL}, "the hash is not that of the content"),
        (2, {"booking_date": APRIL}, "the hash is not that of the content"),
        (2, {"idempotency_key": "other"}, "the hash is not that of the content"),
        (2, {"amount_fen": 99}, "not the balance before and the amount: party c/2, event 2"),
        (2, {"owed_after_fen": 21}, "not the balance before and the amount: party c/2, event 2"),
        (0, {"owed_after_fen": 2**63 - 1}, "not the balance before and the amount: party c/1, event 2"),
        (0, {"hash": "f" * 64}, "the hash is not that of the content: party c/1, event 2"),
    ],
)
def test_an_event_that_its_hash_does_not_cover(
    book: Connection, place: int, changed: dict[str, object], message: str
) -> None:
    events = good(book)
    events[place] = replace(events[place], **changed)
    refused(book, lambda: write(book, events), message)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"event_count": 4}, "not what it declares"),
        ({"event_count": 2}, "the event is not one its batch declared: party c/2, event 2"),
        ({"posting_count": 8}, "not what it declares"),
        ({"posting_count": 6}, "the posting is not one its batch declared"),
        ({"event_amount_abs_fen": 501}, "not what it declares"),
        ({"posting_amount_abs_fen": 999}, "not what it declares"),
        ({"kind": "opening"}, "the event is not one its batch declared: party c/1, event 2"),
        ({"kind": "correction"}, "batch_kind_check"),
        ({"currency": "CNY"}, "batch_currency_fkey"),
        ({"batch_key": "opening"}, "batch_key"),
        ({"row_no": 1}, "batch_row_no_check"),
        ({"row_count": 0}, "row_count_check"),
    ],
)
def test_a_batch_that_is_not_what_it_declares(
    book: Connection, declared: dict[str, object], message: str
) -> None:
    refused(book, lambda: write(book, good(book), **declared), message)


def test_events_want_their_batch_first(book: Connection) -> None:
    refused(book, lambda: insert_events(book, good(book)), "the event is not one its batch declared")


def test_a_month_is_posted_by_one_batch(book: Connection) -> None:
    post_month(book, {party: (bill, 0) for party, bill in OPENED.items()})
    with pytest.raises(psycopg.errors.UniqueViolation, match="batch_one_statement_a_month"):
        declare(book, [])


@pytest.mark.parametrize("when", ["DEFERRED", "IMMEDIATE"])
def test_the_check_cannot_be_put_off_beyond_the_commit(book: Connection, when: str) -> None:
    def attack() -> None:
        declare(book, good(book))
        book.execute(f"SET CONSTRAINTS ALL {when}".encode())

    refused(book, attack, "holds 0 events of 0 fen and 0 postings of 0 fen, not what it declares")


def test_nothing_is_added_to_a_batch_that_is_complete(database: Connection) -> None:
    book = database
    open_book(book, OPENED)
    book.commit()
    events = good(book)
    write(book, events)
    before = counts(book)
    more = chained([may_event("c/3", 2, 300, 300, CHARGED)], heads(book))
    for row_no, message in ((0, "event_batch_id_row_no_key"), (3, "the event is not one its batch declared")):
        with pytest.raises(psycopg.IntegrityError, match=message):
            insert_events(book, more, row_no=row_no)
        book.rollback()
    balanced = [{"leg": 5, "amount_fen": 9}, {"leg": 6, "amount_fen": -9}]
    for row_no, message in (
        (0, "posting_batch_id_row_no_key"),
        (7, "the posting is not one its batch declared"),
    ):
        rows = [
            {
                "batch_id": BATCH_ID,
                "row_no": row_no + i,
                "party_id": "c/1",
                "sequence": 2,
                "account": "card_receivable",
                "currency": "TWD",
                **leg,
            }
            for i, leg in enumerate(balanced)
        ]
        with pytest.raises(psycopg.IntegrityError, match=message):
            insert(book, "book.posting", rows)
        book.rollback()
    assert counts(book) == before


def test_legs_given_one_by_one_are_refused_at_the_first(book: Connection) -> None:
    events = good(book)
    declare(book, events)
    insert_events(book, events)
    with pytest.raises(psycopg.IntegrityError, match="do not add up to zero"):
        insert_postings(book, [replace(events[0], legs=events[0].legs[:1])])


def test_the_book_has_one_currency(book: Connection) -> None:
    second = {"batch_id": BATCH_ID, "row_no": 0, "code": "CNY"}
    refused(book, lambda: insert(book, "book.currency", [second]), "currency_only_one")


STATEMENTS: Sequence[str] = (
    "UPDATE {table} SET row_no = row_no",
    "UPDATE {table} SET row_no = 5 WHERE false",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({place}) DO UPDATE SET row_no = 9",
)


@pytest.mark.parametrize("table", [table.name for table in TABLES])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_nothing_is_changed_or_removed(book: Connection, table: str, statement: str) -> None:
    # a table in parts has its parts' column in every key
    place = "batch_id, row_no, business_date" if table == "book.loan_day" else "batch_id, row_no"
    with pytest.raises(psycopg.IntegrityError, match="is append-only"):
        book.execute(statement.format(table=table, place=place).encode())
    book.rollback()
    assert counts(book) == OPENED_COUNTS


def test_the_database_knows_the_same_words_as_the_code() -> None:
    schema = (resources.files("creditloop.book") / "schema.sql").read_text(encoding="utf-8")
    for word in (*(account.code for account in ACCOUNTS), *EventKind, *BatchKind):
        assert f"'{word}'" in schema
