import polars as pl
import pytest
from card_rows import APRIL, BOOKED, JUNE, MAY, Statements, open_book, post_all

from creditloop.book import (
    ACCOUNTS,
    EventKind,
    adjustments,
    balances,
    balances_above,
    find_event_rows,
    history,
    owed,
    trial_balance,
)
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection

BOOK: Statements = {
    "c/1": [(500, 7), (100, 700), (100, 0)],
    "c/2": [(-80, 0), (-100, 0), (0, 0)],
    "c/3": [(0, 0), (0, 0), (0, 0)],
}
"""A loan overpaid and drawn again, a refund, and nothing at all; the first payments are not posted."""


@pytest.fixture
def posted(database: Connection) -> Connection:
    post_all(database, BOOK)
    return database


def test_balances_by_value_date(posted: Connection) -> None:
    assert balances(posted, as_of=APRIL).rows() == [
        ("c/1", "card_receivable", "TWD", 500),
        ("c/1", "migration_clearing", "TWD", -500),
        ("c/2", "customer_credit", "TWD", -80),
        ("c/2", "migration_clearing", "TWD", 80),
    ]
    assert balances(posted, as_of=MAY).rows() == [
        ("c/1", "card_receivable", "TWD", 100),
        ("c/1", "charges_clearing", "TWD", -300),
        ("c/1", "customer_credit", "TWD", 0),
        ("c/1", "migration_clearing", "TWD", -500),
        ("c/1", "payment_clearing", "TWD", 700),
        ("c/2", "adjustment_clearing", "TWD", 20),
        ("c/2", "customer_credit", "TWD", -100),
        ("c/2", "migration_clearing", "TWD", 80),
    ]


def test_what_customers_owe(posted: Connection) -> None:
    assert owed(posted, as_of=MAY).rows() == [
        ("c/1", 100, 0, 100),
        ("c/2", 0, -100, -100),
        ("c/3", 0, 0, 0),
    ]


def test_nothing_counts_before_its_value_date(posted: Connection) -> None:
    day_before = APRIL.replace(day=29)
    assert balances(posted, as_of=day_before).is_empty()
    assert owed(posted, as_of=day_before).is_empty()
    assert adjustments(posted, as_of=day_before).is_empty()
    assert all(line.debit_fen == line.credit_fen == 0 for line in trial_balance(posted, as_of=day_before))
    assert owed(posted, as_of=JUNE.replace(day=29)).rows() == owed(posted, as_of=MAY).rows()


def test_the_trial_balance_lists_the_whole_chart_and_adds_up(posted: Connection) -> None:
    lines = trial_balance(posted, as_of=JUNE)
    assert [line.account for line in lines] == list(ACCOUNTS)
    assert [(line.debit_fen, line.credit_fen, line.balance_fen) for line in lines] == [
        (600, 500, 100),
        (300, 300, 0),
        (80, 500, -420),
        (700, 0, 700),
        (0, 400, -400),
        (20, 0, 20),
    ]


def test_a_customers_record(posted: Connection) -> None:
    lines = history(posted, party_id="c/1")
    assert [
        (line.event.kind, line.event.value_date, line.event.amount_fen, line.owed_after_fen) for line in lines
    ] == [
        (EventKind.OPENING_BALANCE, APRIL, 500, 500),
        (EventKind.PAYMENT, MAY, -700, -200),
        (EventKind.NET_CHARGES, MAY, 300, 100),
    ]
    assert {line.event.source_ref for line in lines} == {"file/c/1"}
    assert [(leg.account, leg.amount_fen) for leg in lines[1].event.legs] == [
        ("card_receivable", -500),
        ("customer_credit", -200),
        ("payment_clearing", 700),
    ]
    empty = history(posted, party_id="c/3")
    assert [(line.event.amount_fen, line.event.legs, line.owed_after_fen) for line in empty] == [(0, (), 0)]


def test_an_unknown_customer(posted: Connection) -> None:
    with pytest.raises(UnknownId, match="no such party") as caught:
        history(posted, party_id="c/4")
    assert caught.value.got == "c/4"


def test_refunds_are_listed(posted: Connection) -> None:
    assert adjustments(posted, as_of=JUNE).rows() == [("c/2", 2, MAY, BOOKED, -20, True, "file/c/2")]


def limits(**changed: int | None) -> pl.DataFrame:
    values = {"c/1": 99, "c/2": 0, "c/9": 5, **{f"c/{name[1:]}": fen for name, fen in changed.items()}}
    return pl.DataFrame(
        {"party_id": list(values), "limit_fen": list(values.values())},
        schema_overrides={"limit_fen": pl.Int64},
    )


def test_balances_above_their_limit_are_listed_the_largest_first(posted: Connection) -> None:
    assert balances_above(posted, limits=limits(), as_of=MAY).rows() == [("c/1", 99, 100, 1)]
    assert balances_above(posted, limits=limits(_1=100), as_of=MAY).is_empty()
    negative = limits(_1=-1, _2=-200)
    assert balances_above(posted, limits=negative, as_of=MAY).rows() == [
        ("c/1", -1, 100, 101),
        ("c/2", -200, -100, 100),
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (limits(_1=None), "a limit is missing or stands twice"),
        (pl.concat([limits(), limits()]), "a limit is missing or stands twice"),
        (limits().rename({"limit_fen": "limit"}), "not a table of limits"),
        (limits().cast({"limit_fen": pl.Float64}), "not a table of limits"),
    ],
)
def test_a_table_of_limits_that_is_none(posted: Connection, table: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        balances_above(posted, limits=table, as_of=MAY)


def test_an_empty_book_says_nothing(database: Connection) -> None:
    assert balances(database, as_of=JUNE).is_empty()
    assert owed(database, as_of=JUNE).schema["owed_fen"] == pl.Int64
    open_book(database, {"c/1": 0})
    assert balances(database, as_of=JUNE).is_empty()
    assert owed(database, as_of=JUNE).rows() == [("c/1", 0, 0, 0)]


def test_events_are_found_where_they_stand(posted: Connection) -> None:
    rows = posted.execute("SELECT party_id, sequence, batch_id, row_no FROM book.event").fetchall()
    for party in BOOK:
        expected = {sequence: (batch, row) for of, sequence, batch, row in rows if of == party}
        assert find_event_rows(posted, party_id=party) == expected
    assert find_event_rows(posted, party_id="c/9") == {}
