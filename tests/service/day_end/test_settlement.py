"""The general ledger of a day with events, and what is settled with partners, from the same postings."""

from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.book.loan_store.stored_loans import NOW, START, close_through, opened

from creditloop.book.loan_store import book_event
from creditloop.book.loans import Repaid
from creditloop.kernel.storage import Connection
from creditloop.service.day_end import day_settlement, day_summary, write_summary

DAY = START + timedelta(days=31)


@pytest.fixture
def repaid(database: Connection) -> Connection:
    """A loan shared 3 : 7 of which the first instalment was paid on its due date."""
    opened(database)
    close_through(database, DAY - timedelta(days=1))
    payment = Repaid(id="r1", sequence=1, value_date=DAY, booked_on=DAY, amount=4_000_00)
    book_event(database, loan_id="L1", event=payment, now=NOW)
    close_through(database, DAY)
    return database


def test_a_day_s_ledger_holds_its_accruals_and_its_events(repaid: Connection) -> None:
    lines = {
        (account, lender): debit - credit
        for _, _, account, lender, debit, credit in day_summary(repaid, business_date=DAY).iter_rows()
    }
    assert lines["clearing", "us"] == 4_000_00
    assert lines["partner_settlement", "partner"] == -2_800_00
    assert lines["interest_income", "us"] < 0, "the day's own accrual"
    assert sum(lines.values()) == 0


def test_a_settlement_s_lines_are_what_was_collected(repaid: Connection, tmp_path: Path) -> None:
    [partner], lines = day_settlement(repaid, business_date=DAY)
    assert (partner.lender, partner.collected_fen, partner.collected_total_fen) == (
        "partner",
        2_800_00,
        2_800_00,
    )
    assert lines.select("loan_id", "event_id", "collected_fen").rows() == [("L1", "r1", 2_800_00)]
    owed = -sum(
        debit - credit
        for day in (START + timedelta(days=number) for number in range(32))
        for _, _, account, _, debit, credit in day_summary(repaid, business_date=day).iter_rows()
        if account == "partner_payable"
    )
    assert partner.payable_fen == owed
    write_summary(lines, file=tmp_path / "lines.xlsx", title="合作方清算")
    sheet = load_workbook(tmp_path / "lines.xlsx")["合作方清算"]
    assert [cell.value for cell in sheet[2]][-2:] == ["2800.00", "-2800.00"]


def test_a_day_without_events_settles_nothing(repaid: Connection) -> None:
    [partner], lines = day_settlement(repaid, business_date=DAY - timedelta(days=1))
    assert (partner.collected_fen, lines.height) == (0, 0)
