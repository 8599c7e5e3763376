"""Loans that left the book between two month-ends: repaid in full, or written off; by their own events."""

from datetime import date

from tests.book.loan_store.stored_loans import NOW, close_through, opened

from creditloop.book.loan_store import book_event
from creditloop.book.loans import Prepaid, WrittenOff
from creditloop.book.portfolio import (
    LoanChoice,
    count_day_loans,
    list_vintage_loans,
    roll_lines,
    rolled_cells,
    rolled_loans,
)
from creditloop.kernel.storage import Connection

PAID_OUT, LEAVING = date(2026, 1, 30), date(2026, 2, 2)
BEFORE, AFTER = date(2026, 1, 31), date(2026, 2, 28)


def test_what_is_repaid_is_settled_and_what_is_written_off_is_told_apart(database: Connection) -> None:
    for number in (1, 2, 3):
        opened(database, f"N{number}", start=PAID_OUT)
    close_through(database, date(2026, 2, 1))
    written_off = WrittenOff(id="w", sequence=1, value_date=LEAVING, booked_on=LEAVING)
    prepaid = Prepaid(id="p", sequence=1, value_date=LEAVING, booked_on=LEAVING, amount=20_000_00)
    book_event(database, loan_id="N1", event=written_off, now=NOW)
    book_event(database, loan_id="N2", event=prepaid, now=NOW)
    close_through(database, AFTER)
    lines = roll_lines(rolled_cells(database, before=BEFORE, after=AFTER))
    found = {cell.to_state: cell for cell in lines[0].cells if cell.loans}
    assert {state: (cell.loans, cell.principal_before_fen) for state, cell in found.items()} == {
        "dpd_0": (1, 12_000_00),
        "settled": (1, 12_000_00),
        "written_off": (1, 12_000_00),
    }
    for state, loan_id in (("written_off", "N1"), ("settled", "N2"), ("dpd_0", "N3")):
        listed = rolled_loans(database, before=BEFORE, after=AFTER, from_state="dpd_0", to_state=state)
        assert [one.loan_id for one in listed] == [loan_id]
    choice = LoanChoice()
    assert count_day_loans(database, business_date=AFTER, choice=choice).loans == 1
    vintage = list_vintage_loans(database, paid_out=PAID_OUT, month_ends=(BEFORE, AFTER))
    gone = {one.loan_id: (one.business_date, one.principal_fen) for one in vintage}
    assert gone == {"N1": (None, 0), "N2": (None, 0), "N3": (AFTER, 12_000_00)}
