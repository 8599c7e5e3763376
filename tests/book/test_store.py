from datetime import date

import polars as pl
import pytest
from card_rows import (
    APRIL,
    FEN_MAX,
    JUNE,
    MAY,
    NOW,
    OPENED,
    RULES_AS_OF,
    Statements,
    counts,
    month_ends,
    open_book,
    opening_rows,
    post_all,
    post_month,
    statement_rows,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditloop.book import TABLES, balances, check_history, history, owed, trial_balance
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import BookError, InputError, OutOfOrder, StateError, UnknownId
from creditloop.kernel.storage import Connection, connect

MONTH = {"c/1": (700, 100), "c/2": (0, 0), "c/3": (0, 0)}


def test_a_month_leads_to_its_bills(database: Connection) -> None:
    open_book(database, OPENED)
    post_month(database, MONTH)
    assert owed(database, as_of=APRIL).rows() == [
        ("c/1", 500, 0, 500),
        ("c/2", 0, -80, -80),
        ("c/3", 0, 0, 0),
    ]
    assert owed(database, as_of=MAY).rows() == [("c/1", 700, 0, 700), ("c/2", 0, 0, 0), ("c/3", 0, 0, 0)]


def test_a_customer_joins_the_month_the_book_stands_at(database: Connection) -> None:
    open_book(database, OPENED)
    post_month(database, MONTH)
    late = open_book(
        database,
        {"c/4": 40},
        batch_key="late",
        dates=Dates(business_date=MAY, rules_as_of=RULES_AS_OF),
    )
    assert late.event_count == 1
    post_month(database, {**MONTH, "c/4": (60, 0)}, JUNE)
    assert owed(database, as_of=JUNE).row(3) == ("c/4", 60, 0, 60)
    for month in (APRIL, JUNE.replace(month=7, day=31)):
        with pytest.raises(OutOfOrder, match="join the month the book stands at") as caught:
            open_book(
                database,
                {"c/5": 1},
                batch_key=f"later {month}",
                dates=Dates(business_date=month, rules_as_of=RULES_AS_OF),
            )
        assert (caught.value.got, caught.value.expected) == (month, JUNE)


def test_an_opening_balance_is_taken_over_once(database: Connection) -> None:
    open_book(database, OPENED)
    with pytest.raises(OutOfOrder, match="has an opening balance already") as caught:
        open_book(database, {"c/9": 1, "c/2": 5}, batch_key="again")
    assert caught.value.where == {"party": "c/2"}
    assert counts(database) == (1, 3, 4)


@pytest.mark.parametrize(
    ("posted", "asked", "expected"),
    [
        ([], APRIL, MAY),  # the opening's own month
        ([], JUNE, MAY),  # one too early
        ([MAY], MAY, JUNE),  # twice, under another key
        ([MAY], APRIL, JUNE),  # back
        ([MAY], date(2006, 6, 30), JUNE),
    ],
)
def test_months_follow_each_other(
    database: Connection, posted: list[date], asked: date, expected: date
) -> None:
    open_book(database, OPENED)
    for month in posted:
        post_month(database, MONTH, month)
    before = counts(database)
    with pytest.raises(OutOfOrder, match="follow each other") as caught:
        post_month(database, MONTH, asked, batch_key="another")
    assert (caught.value.got, caught.value.expected) == (asked, expected)
    assert counts(database) == before


def test_months_of_every_length_follow_over_the_turn_of_the_year(database: Connection) -> None:
    months = [date(2003, 11, 30), date(2003, 12, 31), date(2004, 1, 31), date(2004, 2, 29), date(2004, 3, 31)]
    opening = Dates(business_date=months[0], rules_as_of=RULES_AS_OF)
    open_book(database, {"c/1": 1}, dates=opening)
    for bill, month in enumerate(months[1:], start=2):
        post_month(database, {"c/1": (bill, 0)}, month)
    assert [line.event.value_date for line in history(database, party_id="c/1")] == months


def test_a_party_without_an_opening_balance_is_named(database: Connection) -> None:
    with pytest.raises(UnknownId, match="the book is empty"):
        post_month(database, MONTH)
    open_book(database, OPENED)
    with pytest.raises(UnknownId, match="no opening balance") as caught:
        post_month(database, {**MONTH, "c/7": (1, 0)})
    assert caught.value.where == {"party": "c/7"}
    assert counts(database) == (1, 3, 4)


def test_a_statement_that_leaves_a_customer_out_is_refused(database: Connection) -> None:
    open_book(database, OPENED)
    with pytest.raises(InputError, match="leaves out a customer") as caught:
        post_month(database, {"c/1": (700, 100), "c/3": (0, 0)})
    assert caught.value.where == {"party": "c/2"}
    assert counts(database) == (1, 3, 4)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"currency": "CNY"}, "another currency"),
        ({"currency": "yuan"}, "not a currency"),
        ({"batch_key": " "}, "a batch needs a key"),
        ({"now": NOW.replace(tzinfo=None)}, "now has no time zone"),
        ({"dates": Dates(business_date=date(2005, 5, 30), rules_as_of=RULES_AS_OF)}, "a month's last day"),
        ({"rows": statement_rows({**MONTH, "c/1": (1, -1)})}, "a payment is negative"),
        ({"rows": opening_rows(OPENED)}, "a column is missing"),
    ],
)
def test_a_request_that_cannot_be_is_refused_and_nothing_is_written(
    database: Connection, changed: dict[str, object], message: str
) -> None:
    open_book(database, OPENED)
    with pytest.raises(InputError, match=message):
        post_month(database, MONTH, **changed)
    assert counts(database) == (1, 3, 4)


def test_a_row_that_does_not_fit_stops_the_batch(database: Connection) -> None:
    open_book(database, {"c/1": -(2**61), "c/2": 0})
    with pytest.raises(BookError, match="the balance does not fit the book") as caught:
        post_month(database, {"c/1": (0, FEN_MAX), "c/2": (5, 0)})
    assert caught.value.where == {"party": "c/1"}
    assert counts(database) == (1, 2, 2)


def test_a_batch_whose_totals_do_not_fit_is_refused(database: Connection) -> None:
    with pytest.raises(BookError, match="add up to more than the book can hold") as caught:
        open_book(database, {"c/1": FEN_MAX, "c/2": 1})
    assert caught.value.got == FEN_MAX + 1


def test_the_caller_owns_the_transaction(database: Connection, database_url: str) -> None:
    open_book(database, OPENED)
    post_month(database, MONTH)
    database.rollback()
    assert counts(database) == (0, 0, 0)
    open_book(database, OPENED)
    database.commit()
    with connect(database_url) as other:
        assert counts(other) == (1, 3, 4)


def test_posting_wants_a_transaction(database: Connection) -> None:
    database.rollback()
    database.autocommit = True
    with pytest.raises(StateError, match="needs a transaction"):
        open_book(database, OPENED)
    with database.transaction():
        open_book(database, OPENED)
    assert counts(database) == (1, 3, 4)


def test_every_column_is_described_for_the_evidence(database: Connection) -> None:
    for table in TABLES:
        schema, name = table.name.split(".")
        columns = database.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
            (schema, name),
        ).fetchall()
        assert {column for (column,) in columns} == {*table.columns, *table.unhashed}
    tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'book'").fetchall()
    assert {f"book.{name}" for (name,) in tables} == {table.name for table in TABLES}


FEN = st.integers(-300, 300) | st.integers(-(2**58), 2**58)
PAYMENT = st.integers(0, 300) | st.integers(0, 2**58)


@st.composite
def books(draw: st.DrawFn) -> Statements:
    months = draw(st.integers(1, 4))
    parties = draw(st.lists(st.sampled_from("甲乙丙abé"), min_size=1, max_size=4, unique=True))
    month = st.tuples(FEN, PAYMENT)
    return {f"c/{party}": draw(st.lists(month, min_size=months, max_size=months)) for party in parties}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(statements=books(), seed=st.randoms(use_true_random=False))
def test_replay_gives_the_bills_whatever_the_order_of_parties(
    database: Connection, statements: Statements, seed: object
) -> None:
    database.rollback()  # what an example before left
    shuffled = list(statements)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    heads = []
    for order in (list(statements), shuffled):
        post_all(database, {party: statements[party] for party in order})
        for i, month_end in enumerate(month_ends(statements)):
            found = {party: fen for party, _, _, fen in owed(database, as_of=month_end).rows()}
            assert found == {party: months[i][0] for party, months in statements.items()}
            assert sum(line.balance_fen for line in trial_balance(database, as_of=month_end)) == 0
        view = pl.DataFrame(
            database.execute("SELECT * FROM book.balance ORDER BY party_id, account").fetchall(),
            schema=balances(database, as_of=month_end).schema,
            orient="row",
        )
        assert view.equals(balances(database, as_of=month_end))
        records = {party: history(database, party_id=party) for party in statements}
        for party, lines in records.items():
            assert check_history([line.event for line in lines]) == statements[party][-1][0]
            assert lines[-1].owed_after_fen == statements[party][-1][0]
        heads.append({party: lines[-1].event.hash for party, lines in records.items()})
        database.rollback()
    assert heads[0] == heads[1]
