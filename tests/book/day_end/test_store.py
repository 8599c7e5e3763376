"""Closing days in the database: once, in order, whole; and what the database refuses from whoever writes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import psycopg
import pytest
from boarded_rows import COUNT, LOANS_BATCH, NOW, PAID_OUT, SHARD, new_loans

from creditloop.book.day_end import (
    Classified,
    ClosedDay,
    ClosedShard,
    Integers,
    board_loans,
    close_shard,
    find_programmes,
    next_day_to_close,
)
from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import InputError, OutOfOrder
from creditloop.kernel.storage import Connection


def by_days(closed: ClosedDay, _terms: Mapping[str, Integers]) -> Classified:
    return Classified(
        tier=1 + (closed.dpd > 0) + (closed.dpd > 90),
        stage=1 + (closed.dpd > 30) + (closed.dpd > 90),
        restructured=closed.positions.restructured,
    )


def close(book: Connection, day: date, shard: int = SHARD) -> ClosedShard:
    return close_shard(
        book,
        dates=Dates(business_date=day, rules_as_of=day),
        shard=shard,
        programmes=find_programmes(book),
        classify=by_days,
        now=NOW,
    )


def day_after(days: int) -> date:
    return PAID_OUT + timedelta(days=days)


def scalar(book: Connection, query: str) -> object:
    row = book.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_a_period_closed_day_by_day_accrues_its_interest_and_shares_it(loan_book: Connection) -> None:
    results = [close(loan_book, day_after(days)) for days in range(31)]
    assert sum(result.interest_accrued_fen for result in results[:30]) == 1200 * COUNT
    assert sum(result.own_interest_fen for result in results[:30]) == 360 * COUNT
    assert next_day_to_close(loan_book, shard=SHARD) == day_after(31)
    on_due_date = loan_book.execute(
        "SELECT came_due, dpd, due_principal_fen, tier FROM book.loan_day"
        " WHERE loan_no = 2 AND business_date = %s",
        (day_after(30),),
    ).fetchone()
    assert on_due_date == (1, 0, 40_002, 1)
    assert scalar(loan_book, "SELECT sum(amount_fen) FROM book.day_posting") == 0
    partners = sum(
        result.interest_accrued_fen
        + result.penalty_accrued_fen
        - result.own_interest_fen
        - result.own_penalty_fen
        for result in results
    )
    payable = "SELECT sum(amount_fen) FROM book.day_posting WHERE account = 'partner_payable'"
    assert scalar(loan_book, payable) == -partners


def test_a_late_loan_is_charged_and_classified_and_its_month_is_a_partition_of_its_own(
    loan_book: Connection,
) -> None:
    for days in range(33):
        close(loan_book, day_after(days))
    late = loan_book.execute(
        "SELECT dpd, tier, penalty_total_fen, tableoid::regclass::text FROM book.loan_day"
        " WHERE loan_no = 2 AND business_date = %s",
        (day_after(32),),
    ).fetchone()
    assert late == (2, 2, 40_002 * 180 * 3 // 360_000, "book.loan_day_2026_02")


def test_a_shard_closed_again_returns_the_first_result(loan_book: Connection) -> None:
    first = close(loan_book, PAID_OUT)
    assert close(loan_book, PAID_OUT) == replace(first, repeated=True)
    assert scalar(loan_book, "SELECT count(*) FROM book.loan_day") == COUNT


def test_days_are_closed_one_after_the_other(loan_book: Connection) -> None:
    close(loan_book, PAID_OUT)
    with pytest.raises(OutOfOrder, match="one after the other"):
        close(loan_book, day_after(2))


def test_a_position_without_an_event_is_refused(loan_book: Connection) -> None:
    close(loan_book, PAID_OUT)
    changed = {"batch_id": "gen_random_uuid()", "business_date": "business_date + 1", "sequence": "2"}
    values = ", ".join(changed.get(name, name) for name in columns_of(loan_book, "book.loan_position"))
    with pytest.raises(psycopg.IntegrityError, match="not of an event of a day that is open"):
        loan_book.execute(f"INSERT INTO book.loan_position SELECT {values} FROM book.loan_position LIMIT 1")


def columns_of(book: Connection, table: str) -> list[str]:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"
    return [name for (name,) in book.execute(query, (table,))]


def test_loans_boarded_later_join_the_day_they_are_paid_out(loan_book: Connection) -> None:
    close(loan_book, PAID_OUT)
    later = new_loans(first=98, count=2)
    with pytest.raises(InputError, match="does not begin on the day"):
        board_loans(loan_book, batch_id=LOANS_BATCH, day=day_after(1), new=later, now=NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"principal_fen": 1}, "does not repay its loan"),
        ({"loan_no": 500}, "has no plan"),
    ],
)
def test_a_loan_without_a_plan_that_repays_it_is_refused(
    loan_book: Connection, change: dict[str, int], words: str
) -> None:
    new = new_loans(first=201, count=1)
    changed = new.loans.with_columns(pl.lit(value).alias(name) for name, value in change.items())
    wrong = replace(new, loans=changed)
    with pytest.raises(InputError, match=words):
        board_loans(loan_book, batch_id=LOANS_BATCH, day=PAID_OUT, new=wrong, now=NOW)


ATTACKS = {
    "a row changed": "UPDATE book.loan_day SET principal_fen = 0",
    "a row of a partition changed": "UPDATE book.loan_day_2026_01 SET principal_fen = 0",
    "a row deleted": "DELETE FROM book.loan_day",
    "a partition emptied": "TRUNCATE book.loan_day_2026_01",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_closed_day_is_not_changed(loan_book: Connection, attack: str) -> None:
    close(loan_book, PAID_OUT)
    with pytest.raises(psycopg.IntegrityError, match="append-only"):
        loan_book.execute(attack)


ADDED = {
    "book.loan_day": {"loan_no": "99"},
    "book.loan_day_2026_01": {"loan_no": "99"},
    "book.day_posting": {"account": "'penalty_income'"},
}


@pytest.mark.parametrize("table", ADDED)
def test_a_closed_day_takes_nothing_more(loan_book: Connection, table: str) -> None:
    close(loan_book, PAID_OUT)
    changed = {"batch_id": "gen_random_uuid()", "row_no": "99", **ADDED[table]}
    values = ", ".join(changed.get(name, name) for name in columns_of(loan_book, table))
    with pytest.raises(psycopg.IntegrityError, match="not of the batch that closes it"):
        loan_book.execute(f"INSERT INTO {table} SELECT {values} FROM {table} LIMIT 1")


LIES = {
    "interest that no row has": ("interest_accrued_fen", "1"),
    "a loan that is not there": ("loans", "loans + 1"),
    "principal that is not there": ("principal_fen", "principal_fen + 1"),
    "our part": ("own_interest_fen", "-1"),
}


@pytest.mark.parametrize(("column", "lie"), LIES.values(), ids=LIES)
def test_a_declaration_that_its_rows_do_not_add_up_to_is_refused(
    loan_book: Connection, column: str, lie: str
) -> None:
    """The next day is written by hand from the day before, all as it must be but for one declared sum."""
    close(loan_book, PAID_OUT)
    with pytest.raises(psycopg.IntegrityError, match=r"not what it declares|do not add up"):
        write_next_day(loan_book, declare={column: lie})


WRONG_ROWS = {
    "principal that vanished": ("principal_fen", "principal_fen - 1"),
    "interest that was not accrued": ("interest_fen", "interest_fen + 7"),
    "a due amount from nowhere": ("due_principal_fen", "5"),
    "a total that jumps": ("interest_total_fen", "interest_total_fen + 9"),
}


@pytest.mark.parametrize(("column", "wrong"), WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_a_row_that_does_not_follow_from_the_day_before_is_refused(
    loan_book: Connection, column: str, wrong: str
) -> None:
    close(loan_book, PAID_OUT)
    with pytest.raises(psycopg.IntegrityError, match=r"does not lead from|not what it declares"):
        write_next_day(loan_book, rows={column: wrong})


def test_a_day_that_leaves_a_loan_out_is_refused(loan_book: Connection) -> None:
    close(loan_book, PAID_OUT)
    with pytest.raises(psycopg.IntegrityError, match="left out: loan 2"):
        write_next_day(loan_book, where="loan_no <> 2")


def test_the_same_day_written_by_hand_without_a_fault_is_taken(loan_book: Connection) -> None:
    close(loan_book, PAID_OUT)
    write_next_day(loan_book)


def write_next_day(
    book: Connection,
    *,
    declare: Mapping[str, str] | None = None,
    rows: Mapping[str, str] | None = None,
    where: str = "true",
) -> None:
    """Write the day after the first by hand: nothing accrues, everything stays; then have it checked."""
    stays = {
        "batch_id": "'00000000-0000-0000-0000-000000000009'",
        "business_date": "business_date + 1",
        "interest_accrued_fen": "0",
        "own_interest_fen": "0",
        **(rows or {}),
    }
    values = ", ".join(stays.get(name, name) for name in columns_of(book, "book.loan_day"))
    declared = {
        "loans": "loans" if where == "true" else "loans - 1",
        "principal_fen": "principal_fen",
        "interest_accrued_fen": "0",
        "penalty_accrued_fen": "0",
        "own_interest_fen": "0",
        "own_penalty_fen": "0",
    }
    if where != "true":
        declared["principal_fen"] = f"(SELECT sum(principal_fen)::bigint FROM book.loan_day WHERE {where})"
    declared.update(declare or {})
    book.execute("SET CONSTRAINTS book.day_adds_up DEFERRED")
    book.execute(
        f"INSERT INTO book.day_shard SELECT {stays['batch_id']}, 0, business_date + 1, shard, shards,"
        f" rules_as_of, closed_at, {', '.join(declared.values())} FROM book.day_shard"
    )
    book.execute(f"INSERT INTO book.loan_day SELECT {values} FROM book.loan_day WHERE {where}")
    book.execute("SET CONSTRAINTS book.day_adds_up IMMEDIATE")
