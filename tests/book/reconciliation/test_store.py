"""Breaks on record: opened once, seen again, closed by a person, and what the database refuses."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl
import psycopg
import pytest
from tests.book.reconciliation.clean_day import DAY, changed, clean_sides, without

from creditloop.book.reconciliation import (
    Closing,
    ClosingReason,
    Run,
    Sides,
    close_break,
    compare,
    find_breaks,
    find_last_run,
    record_run,
)
from creditloop.kernel.errors import ConflictingRepeat, InputError, UnknownId
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 2, 6, 1, tzinfo=UTC)
NEXT = DAY + timedelta(days=1)


def broken(day: date = DAY) -> Sides:
    """The core left out a repayment, and its interest on another loan is two fen more."""
    sides = without(clean_sides(day=day), "core_transactions", 1)
    return changed(sides, "core_balances", 5, interest_fen=pl.col("interest_fen") + 2)


def run(connection: Connection, sides: Sides, *, inputs: object = 1) -> Run:
    return record_run(
        connection,
        business_date=sides.day,
        inputs={"files": inputs},
        compared=compare(sides),
        simulated=True,
        now=NOW,
    )


def close(connection: Connection, number: int, reason: ClosingReason = ClosingReason.ACCEPTED) -> Closing:
    return close_break(
        connection, break_no=number, reason=reason, note="looked into", closed_by="li.na", now=NOW
    )


def numbers(connection: Connection) -> list[int]:
    return find_breaks(connection)["break_no"].to_list()


def test_a_break_is_opened_once_and_stays_from_day_to_day(database: Connection) -> None:
    first = run(database, broken())
    assert (first.run_no, first.breaks_seen, first.repeated, first.simulated) == (1, 2, False, True)
    tomorrow = run(database, broken(NEXT))
    assert (tomorrow.run_no, tomorrow.breaks_seen) == (2, 2)
    found = find_breaks(database)
    assert found["simulated"].all()
    assert found.select("break_no", "record", "opened_on", "last_seen_on", "cause").rows() == [
        (1, "balance", DAY, NEXT, "accrual_differs"),
        (2, "transaction", DAY, NEXT, "core_did_not_post"),
    ]
    clean = run(database, clean_sides(day=NEXT + timedelta(days=1)))
    assert clean.breaks_seen == 0
    assert numbers(database) == [1, 2], "what is not seen any more is closed by a person, not by itself"
    assert find_last_run(database) == Run(**{**_record(clean), "repeated": True})
    assert find_last_run(database, business_date=DAY).run_no == 1


def _record(one: Run) -> dict[str, object]:
    return {name: getattr(one, name) for name in Run.__dataclass_fields__}


def test_the_same_inputs_again_are_the_first_run(database: Connection) -> None:
    first = run(database, broken())
    again = run(database, broken())
    assert again == Run(**{**_record(first), "repeated": True})
    assert first.totals[0].book_fen == 24_300_000
    close(database, 1)
    assert run(database, broken()) == again
    assert numbers(database) == [2]


def test_what_was_closed_stays_closed_unless_the_sides_say_something_else(database: Connection) -> None:
    run(database, broken())
    close(database, 1)
    close(database, 2)
    settled = run(database, broken(), inputs=2)
    assert (settled.breaks_seen, numbers(database)) == (0, [])
    sides = changed(broken(), "core_balances", 5, interest_fen=pl.col("interest_fen") + 1)
    other = run(database, sides, inputs=3)
    assert (other.breaks_seen, numbers(database)) == (1, [3])
    tomorrow = run(database, broken(NEXT))
    assert tomorrow.breaks_seen == 2
    assert numbers(database) == [3, 4], "the interest is still open; the item of another day is opened anew"


def test_a_missing_item_that_turns_out_late_is_the_same_break(database: Connection) -> None:
    run(database, without(clean_sides(), "core_transactions", 1))
    late = changed(clean_sides(), "core_transactions", 1, day=pl.lit(NEXT))
    run(database, late, inputs=2)
    (row,) = find_breaks(database).select("break_no", "kind", "day", "cause").rows()
    assert row == (1, "late", DAY, "cut_off")
    close(database, 1, ClosingReason.OTHER_DAY)
    moved = clean_sides(day=NEXT)
    for frame in ("book_transactions", "payments", "book_parts", "partner_parts"):
        moved = changed(moved, frame, 1, day=pl.lit(DAY))
    seen = run(database, moved)
    assert (seen.breaks_seen, numbers(database)) == (0, []), "the next day's run says the same once more"


def test_a_closing_is_said_once(database: Connection) -> None:
    run(database, broken())
    first = close(database, 2)
    assert (first.repeated, first.closed_at) == (False, NOW)
    assert close(database, 2).repeated
    with pytest.raises(ConflictingRepeat):
        close(database, 2, ClosingReason.FILE_WRONG)
    with pytest.raises(UnknownId):
        close(database, 9)
    with pytest.raises(InputError):
        close_break(database, break_no=1, reason=ClosingReason.ACCEPTED, note=" ", closed_by="li.na", now=NOW)
    known = find_breaks(database, closed_seen_since=DAY)
    assert known.select("break_no", "reason", "closed_by").rows() == [
        (1, None, None),
        (2, "accepted", "li.na"),
    ]


def test_nothing_was_run_yet(database: Connection) -> None:
    with pytest.raises(UnknownId):
        find_last_run(database)


SIGHTING = (
    "INSERT INTO book.reconciliation_sighting SELECT batch_id, 7, {number}, run_no, business_date, 'missing',"
    " NULL, NULL, NULL, NULL, 'book_alone' FROM book.reconciliation_run WHERE run_no = {run}"
)
BREAK = (
    "INSERT INTO book.reconciliation_break SELECT batch_id, 7, 9, run_no, opened_on, record, loan_id,"
    " reference, lender, field FROM book.reconciliation_break WHERE break_no = 1"
)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (SIGHTING.format(number=2, run=2), "break 2: it is closed"),
        (BREAK, "break 9: it is open already as break 1"),
        (SIGHTING.format(number=1, run=1), "sighting_pkey"),
        (
            "INSERT INTO book.reconciliation_run SELECT gen_random_uuid(), 0, 3, business_date, inputs,"
            " repeat('a', 64), totals, loans, items, 1, simulated, ran_at FROM book.reconciliation_run"
            " WHERE run_no = 1",
            "run 3: it saw 0 breaks, not the 1 it declares",
        ),
        (
            "INSERT INTO book.reconciliation_closing VALUES (gen_random_uuid(), 0, 1, 'forgotten', 'x', 'y',"
            " '2026-02-06T00:00:00Z')",
            "reason_check",
        ),
        (
            "INSERT INTO book.reconciliation_closing VALUES (gen_random_uuid(), 0, 2, 'accepted', 'x', 'y',"
            " '2026-02-06T00:00:00Z')",
            "closing_pkey",
        ),
    ],
)
def test_the_database_refuses(database: Connection, statement: str, message: str) -> None:
    run(database, broken())
    close(database, 2)
    run(database, clean_sides(day=NEXT))
    database.commit()

    def attack() -> None:
        database.execute(statement.encode())
        database.commit()

    refused(database, attack, message)


def refused(connection: Connection, attack: Callable[[], object], message: str) -> None:
    with pytest.raises(psycopg.IntegrityError, match=message):
        attack()
    connection.rollback()
