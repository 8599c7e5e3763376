"""Loans found and their rows read: as they stood at the last close or event, and told what a day accrued."""

from datetime import date, timedelta

from tests.book.loan_store.stored_loans import NOW, START, close_through, opened

from creditloop.book.explaining import explain_accrual, explain_split
from creditloop.book.loan_records import (
    LoanFilter,
    count_closes,
    count_loans,
    find_closes,
    find_places,
    find_plan_rows,
    holds_loans_of,
    list_loans,
)
from creditloop.book.loan_store import book_event, find_loan
from creditloop.book.loans import Part, Prepaid, Repaid
from creditloop.kernel.storage import Connection


def day(number: int) -> date:
    return START + timedelta(days=number)


def listed(database: Connection, **chosen: str) -> list[str]:
    lines = list_loans(database, chosen=LoanFilter(**chosen), most=10)
    assert count_loans(database, chosen=LoanFilter(**chosen)) == len(lines)
    return [line.loan_id for line in lines]


def test_loans_are_found_by_id_by_debtor_and_by_product(database: Connection) -> None:
    opened(database, "L1")
    opened(database, "L2")
    assert listed(database) == ["L2", "L1"]
    assert listed(database, text="L1") == listed(database, text="person/L1") == ["L1"]
    assert listed(database, product="instalment_loan") == ["L2", "L1"]
    assert listed(database, product="another") == listed(database, text="L") == []
    assert [one.loan_id for one in list_loans(database, chosen=LoanFilter(), most=1, skip=1)] == ["L1"]


def test_a_loan_stands_as_its_last_close_or_a_later_event_left_it(database: Connection) -> None:
    opened(database)
    (before,) = list_loans(database, chosen=LoanFilter(), most=1)
    assert (before.is_closed, before.dpd, before.owed_fen) == (False, None, 12_000_00)
    close_through(database, day(33))
    (closed,) = list_loans(database, chosen=LoanFilter(), most=1)
    assert (closed.is_closed, closed.business_date, closed.dpd, closed.tier) == (True, day(33), 2, 2)
    book_event(
        database,
        loan_id="L1",
        event=Repaid(id="r", sequence=2, value_date=day(34), booked_on=day(34), amount=500_00),
        now=NOW,
    )
    (after,) = list_loans(database, chosen=LoanFilter(), most=1)
    assert (after.is_closed, after.business_date, after.tier) == (False, day(34), None)
    assert after.owed_fen is not None and closed.owed_fen is not None and after.owed_fen < closed.owed_fen


def test_every_day_that_was_closed_is_told_to_the_fen(database: Connection) -> None:
    """What a day's row accrued, ours and in all, is the sum of its explanation from the events it knew."""
    opened(database)
    close_through(database, day(44))
    events = (
        Repaid(id="r", sequence=2, value_date=day(40), booked_on=day(45), amount=300_00),
        Prepaid(id="p", sequence=3, value_date=day(50), booked_on=day(50), amount=5_000_00),
    )
    for event in events:
        close_through(database, event.booked_on - timedelta(days=1))
        book_event(database, loan_id="L1", event=event, now=NOW)
    close_through(database, day(70))
    loan = find_loan(database, loan_id="L1")
    where = {"shard": loan.shard, "loan_no": loan.loan_no}
    closes = find_closes(database, **where, most=100)
    assert len(closes) == count_closes(database, **where) == 71
    for close in closes:
        known = [event for event in loan.history if event.booked_on <= close.business_date]
        for part, accrued, total, own in (
            (Part.INTEREST, close.interest_accrued_fen, close.interest_total_fen, close.own_interest_fen),
            (Part.PENALTY, close.penalty_accrued_fen, close.penalty_total_fen, close.own_penalty_fen),
        ):
            told = explain_accrual(
                terms=loan.terms, rules=loan.rules, events=known, day=close.business_date, part=part
            )
            assert (told.amount, told.total) == (accrued, accrued), close.business_date
            share = explain_split(
                before=total - accrued,
                after=total,
                shares=loan.shares,
                lender="us",
                day=close.business_date,
                what="income",
            )
            assert (share.amount, share.total) == (own, own), close.business_date


def test_the_versions_of_a_plan_say_which_event_made_them(database: Connection) -> None:
    opened(database)
    early = Prepaid(id="p", sequence=2, value_date=day(10), booked_on=day(10), amount=5_000_00)
    close_through(database, day(9))
    book_event(database, loan_id="L1", event=early, now=NOW)
    loan = find_loan(database, loan_id="L1")
    rows = find_plan_rows(database, loan_no=loan.loan_no)
    assert [(row.version, row.number, row.event_id) for row in rows] == [
        *((1, number, "pay-out") for number in (1, 2, 3)),
        *((2, number, "p") for number in (1, 2, 3)),
    ]
    places = find_places(database, loan_no=loan.loan_no)
    assert places.loan[0] == loan.events[0].batch_id
    assert places.terms is not None and places.rules is not None
    assert places.document_hash == "a" * 64


def test_a_book_says_whose_loans_it_holds_by_how_their_ids_begin(database: Connection) -> None:
    opened(database)
    party = find_loan(database, loan_id="L1").party_id
    assert holds_loans_of(database, beginnings=["nobody-", party[:2]])
    assert holds_loans_of(database, beginnings=[party])
    assert not holds_loans_of(database, beginnings=[f"{party}x", "nobody-"])
    assert not holds_loans_of(database, beginnings=[])
