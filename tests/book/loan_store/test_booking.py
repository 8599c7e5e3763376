"""Events in the database: balanced, chained, once; and the day end starts from where they left a loan."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest
from tests.book.loan_store.stored_loans import NOW, START, close_through, opened

from creditloop.book.calendars import Cycle
from creditloop.book.loan_store import BookedEvent, book_event, find_loan
from creditloop.book.loans import (
    Accrued,
    Charged,
    Disbursed,
    LoanAccount,
    LoanEvent,
    Part,
    Prepaid,
    RateReset,
    Repaid,
    Restructured,
    Reversed,
    WrittenOff,
)
from creditloop.kernel.errors import BookError, ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection, connect


def at(kind: type[LoanEvent], name: str, day: date, *, back: int = 0, **said: object) -> LoanEvent:
    return kind(id=name, sequence=1, value_date=day - timedelta(days=back), booked_on=day, **said)


def book(database: Connection, event: LoanEvent, loan_id: str = "L1") -> BookedEvent:
    return book_event(database, loan_id=loan_id, event=event, now=NOW)


def day(number: int) -> date:
    return START + timedelta(days=number)


def total(database: Connection, account: LoanAccount, lender: str) -> int:
    row = database.execute(
        "SELECT coalesce(sum(amount_fen), 0) FROM ("
        " SELECT account, lender, amount_fen FROM book.loan_posting"
        " UNION ALL SELECT account, lender, amount_fen FROM book.day_posting) AS leg"
        " WHERE account = %s AND lender = %s",
        (account.value, lender),
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_pay_out_is_funded_by_each_lender(database: Connection) -> None:
    booked = opened(database)
    assert booked.legs == (
        (LoanAccount.LOAN_PRINCIPAL, "us", 12_000_00),
        (LoanAccount.CLEARING, "us", -3_600_00),
        (LoanAccount.PARTNER_PAYABLE, "partner", -8_400_00),
    )
    assert find_loan(database, loan_id="L1").history == (booked.event,)


def test_a_life_in_the_database_ends_with_nothing_owed_to_anybody(database: Connection) -> None:
    """Late, penalty, a backdated payment, a reversal, another rate, payoff: closed day by day beside it."""
    opened(database)
    close_through(database, day(44))
    book(database, at(Repaid, "r1", day(45), amount=4_050_00))
    close_through(database, day(59))
    found = book(database, at(Repaid, "r2", day(60), back=20, amount=1_000_00))
    assert any(line.why.startswith("repaid r2 counts from") for line in found.correction.lines)
    close_through(database, day(61))
    book(database, at(Reversed, "v1", day(62), event_id="r2"))
    book(database, at(RateReset, "n1", day(62), rate=Decimal("0.05")))
    book(database, at(Charged, "f1", day(62), amount=20_00, part=Part.FEE, due=day(62)))
    close_through(database, day(99))
    book(database, at(Prepaid, "p1", day(100), amount=20_000_00))
    close_through(database, day(103))
    loan = find_loan(database, loan_id="L1")
    standing = loan.standing(day=day(104))
    owed = [LoanAccount.LOAN_PRINCIPAL, LoanAccount.INTEREST_RECEIVABLE, LoanAccount.PENALTY_RECEIVABLE]
    assert [total(database, account, "us") for account in owed] == [0, 0, 0]
    assert total(database, LoanAccount.FEE_RECEIVABLE, "us") == 0
    assert standing.balances[LoanAccount.CUSTOMER_SUSPENSE] == total(
        database, LoanAccount.CUSTOMER_SUSPENSE, "us"
    )
    incomes = [account for account in standing.balances if account.value.endswith("_income")]
    income = -sum(standing.balances[account] for account in incomes)
    settled = -total(database, LoanAccount.PARTNER_SETTLEMENT, "partner")
    assert abs(settled * 10 - 7 * (12_000_00 + income)) <= 10
    assert total(database, LoanAccount.PARTNER_PAYABLE, "partner") in (-1, 0, 1)


def test_a_repeat_returns_the_first_result_and_writes_nothing(database: Connection) -> None:
    opened(database)
    close_through(database, day(9))
    payment = at(Repaid, "r1", day(10), amount=100_00)
    first = book(database, payment)
    book(database, at(Repaid, "r2", day(10), amount=200_00))
    close_through(database, day(15))
    again = book(database, replace(payment, booked_on=day(16)))
    assert again == replace(first, repeated=True)
    assert len(find_loan(database, loan_id="L1").events) == 3
    with pytest.raises(ConflictingRepeat):
        book(database, at(Repaid, "r1", day(16), amount=100_01))
    assert opened(database).repeated
    with pytest.raises(ConflictingRepeat, match="another agreement"):
        opened(database, rate=Decimal("0.08"))


def test_a_write_off_takes_the_loan_off_the_books_and_recoveries_are_income(database: Connection) -> None:
    opened(database)
    close_through(database, day(100))
    book(database, at(WrittenOff, "w", day(101)))
    close_through(database, day(102))
    book(database, at(Repaid, "r", day(103), amount=1_000_00))
    close_through(database, day(104))
    assert total(database, LoanAccount.LOAN_PRINCIPAL, "us") == 0
    assert total(database, LoanAccount.RECOVERY_INCOME, "us") == -300_00
    assert total(database, LoanAccount.PARTNER_SETTLEMENT, "partner") == -700_00


def test_a_restructured_loan_is_under_observation_from_its_event_on(database: Connection) -> None:
    opened(database)
    close_through(database, day(50))
    terms = {"first_due": day(81), "cycle": Cycle(months=1), "count": 6, "rate": Decimal("0.06")}
    book(database, at(Restructured, "x1", day(51), **terms))
    close_through(database, day(60))
    book(database, at(Repaid, "r", day(61), amount=1_00))
    close_through(database, day(61))
    row = database.execute(
        "SELECT restructured, restructured_due FROM book.loan_day WHERE business_date = %s", (day(61),)
    ).fetchone()
    assert row == (1, day(81))


REFUSED: dict[str, tuple[LoanEvent, type[Exception], str]] = {
    "on a closed day": (at(Repaid, "e", day(3), amount=1), OutOfOrder, "the day is closed"),
    "counting from later": (at(Repaid, "e", day(5), back=-1, amount=1), InputError, "from a day after"),
    "income by hand": (at(Accrued, "e", day(5)), InputError, "day end recognises"),
    "of an event not there": (at(Reversed, "e", day(5), event_id="z"), UnknownId, "no such loan event"),
    "an amount of nothing": (at(Repaid, "e", day(5), amount=0), InputError, "not positive"),
    "a charge due later": (
        at(Charged, "e", day(5), amount=5, part=Part.FEE, due=day(6)),
        InputError,
        "falls due on the day",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_an_event_that_cannot_be_is_refused_and_leaves_nothing(
    database: Connection, case: tuple[LoanEvent, type[Exception], str]
) -> None:
    opened(database)
    close_through(database, day(4))
    event, error, words = case
    with pytest.raises(error, match=words):
        book(database, event)
    assert len(find_loan(database, loan_id="L1").events) == 1


def test_an_unknown_loan_is_refused(database: Connection) -> None:
    with pytest.raises(UnknownId, match="no such loan"):
        book(database, at(Repaid, "e", day(0), amount=1), "nobody")


MOVED = (
    "ARRAY(SELECT amount + CASE number WHEN 1 THEN 1 WHEN 2 THEN -1 ELSE 0 END"
    " FROM unnest(amounts_fen) WITH ORDINALITY AS leg (amount, number))"
)
ATTACKS = {
    "an amount changed": ("amounts_fen", MOVED, "not what its hash says"),
    "money from nowhere": ("amounts_fen", "amounts_fen[1:4] || 7::bigint", "not what its hash says"),
    "a leg left out": ("amounts_fen", "amounts_fen[1:1]", "check"),
    "another chain": ("previous_hash", "repeat('b', 64)", "not chained"),
    "a gap": ("sequence", "9", "comes after none"),
    "another account": ("accounts", "ARRAY['petty_cash', 'clearing']", "check"),
    "a nothing leg": ("amounts_fen", "ARRAY[0, 0]::bigint[]", "check"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_database_refuses_events_written_by_hand(
    database: Connection, attack: tuple[str, str, str]
) -> None:
    opened(database)
    book(database, at(Repaid, "r1", day(0), amount=100_00))
    column, value, words = attack
    changed = {"batch_id": "gen_random_uuid()", "sequence": "3", "event_id": "'r9'", "previous_hash": "hash"}
    changed[column] = value
    names = [
        "batch_id", "row_no", "loan_no", "sequence", "shard", "event_id", "kind", "value_date", "booked_on",
        "payload", "accounts", "lenders", "amounts_fen", "booked_at", "previous_hash", "hash",
    ]  # fmt: skip
    values = ", ".join(changed.get(name, name) for name in names)
    with pytest.raises(psycopg.IntegrityError, match=words):
        database.execute(
            f"INSERT INTO book.loan_event SELECT {values} FROM book.loan_event WHERE event_id = 'r1'"
        )


def test_a_loan_whose_event_was_changed_is_named(database: Connection) -> None:
    opened(database)
    database.execute("ALTER TABLE book.loan_event DISABLE TRIGGER append_only")
    database.execute("UPDATE book.loan_event SET payload = '{\"amount\":1}'")
    with pytest.raises(BookError, match="not what its hash says"):
        find_loan(database, loan_id="L1")


def test_a_position_that_its_events_did_not_post_stops_the_close(database: Connection) -> None:
    opened(database)
    close_through(database, day(4))
    book(database, at(Repaid, "r1", day(5), amount=100_00))
    database.execute("ALTER TABLE book.loan_position DISABLE TRIGGER append_only")
    database.execute(
        "UPDATE book.loan_position SET principal_fen = principal_fen - 1, next_principal_fen ="
        " next_principal_fen - 1 WHERE sequence = 2"
    )
    with pytest.raises(psycopg.IntegrityError, match="what the events left is not what they posted"):
        close_through(database, day(5))


def test_events_of_a_later_day_do_not_wait_for_the_close(database: Connection) -> None:
    """A payment of day 8 is booked while days 5 to 7 are open; closing them afterwards fits to it."""
    opened(database)
    close_through(database, day(4))
    book(database, at(Repaid, "r1", day(8), amount=100_00))
    close_through(database, day(40))
    assert find_loan(database, loan_id="L1").standing(day=day(41)).balances[LoanAccount.LOAN_PRINCIPAL] == (
        total(database, LoanAccount.LOAN_PRINCIPAL, "us")
    )


def test_an_event_and_the_close_of_its_day_wait_for_each_other(
    database: Connection, database_url: str
) -> None:
    opened(database)
    close_through(database, day(4))
    database.commit()
    book(database, at(Repaid, "r1", day(5), amount=100_00))
    with connect(database_url) as other:
        other.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            close_through(other, day(5))
        other.rollback()
        database.commit()
        close_through(other, day(5))
        database.execute("SET lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            book(database, at(Repaid, "r2", day(5), amount=100_00))
        database.rollback()
        book(database, at(Repaid, "r3", day(6), amount=100_00))


def test_a_pay_out_event_is_the_first_only(database: Connection) -> None:
    opened(database)
    second = at(Disbursed, "d2", day(1), amount=1)
    assert book(database, second).standing.disbursed == 12_000_01
