"""The demo's simulated loans on a small bank: lived once, repeated without a row, resumed after a kill."""

from collections.abc import Iterator
from datetime import date

import pytest
from tests.service.bank_copies import database_like
from tests.service.console.browser import Browser
from tests.service.console.conftest import application
from tests.service.people import PASSWORD, let_in
from tests.service.small_bank import open_small
from tests.service.test_demo import rows_by_table

from creditloop.book.loan_store import StoredEvent, find_loan, find_loan_ids
from creditloop.book.portfolio import find_day_totals
from creditloop.kernel.dates import Dates
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli.demo_sections import demo_sections
from creditloop.service.day_end import DayClosed, close_one_day
from creditloop.service.demo import loans
from creditloop.service.demo.ground import Record
from creditloop.service.demo.loans import LoanDays, live_loans, loans_record

DAYS = LoanDays(
    borrowers=6,
    since=date(2023, 5, 1),
    first_day=date(2023, 12, 22),
    last_day=date(2024, 1, 30),
    rules_as_of=date(2024, 6, 30),
)
"""Forty days."""

Lived = tuple[Bank, Record]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Lived]:
    """A bank whose loans were lived to the last day, and what was told of them."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("lived"), url)
        yield bank, loans_record(bank, DAYS)


def events_of(bank: Bank, *, until: date = DAYS.last_day) -> list[StoredEvent]:
    with connect(bank.url) as connection:
        stored = [find_loan(connection, loan_id=each) for each in find_loan_ids(connection)]
    return [one for loan in stored for one in loan.events if one.event.booked_on <= until]


def test_what_is_told_is_what_the_book_holds(lived: Lived) -> None:
    bank, record = lived
    events = events_of(bank)
    with connect(bank.url) as connection:
        totals = find_day_totals(connection, since=DAYS.first_day, until=DAYS.last_day)
        loan_ids = find_loan_ids(connection)
    assert record["simulated"] is True
    assert record["days_closed"] == len(totals) == 40
    assert record["loans"] == len(loan_ids) >= 6
    assert all(each.startswith("sim-") for each in loan_ids)
    assert record["events"] == len(events) > len(loan_ids)
    assert record["outstanding"] == {"loans": totals[0].loans, "principal_fen": totals[0].principal_fen}


def test_what_happened_before_the_first_day_is_booked_on_it_and_counts_from_its_own(lived: Lived) -> None:
    events = [one.event for one in events_of(lived[0])]
    taken_over = [event for event in events if event.value_date < DAYS.first_day]
    assert len(taken_over) > 6
    assert {event.booked_on for event in taken_over} == {DAYS.first_day}
    after = [event for event in events if event.booked_on > DAYS.first_day]
    assert len({event.booked_on for event in after}) > 1, "the loans live on, day by day"


def test_a_second_run_tells_the_same_and_writes_nothing(lived: Lived) -> None:
    bank, record = lived
    with connect(bank.url) as connection:
        before = rows_by_table(connection)
    assert loans_record(bank, DAYS) == record
    with connect(bank.url) as connection:
        assert rows_by_table(connection) == before
    assert bank.verify().problems == ()


def test_a_run_killed_before_a_close_goes_on_with_the_same_events(
    lived: Lived, small_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with the events of a day booked and the day open: on the first day, and twice later on."""
    first, second, third = sorted({one.event.booked_on for one in events_of(lived[0])})[:3]
    for day in (first, second, third):

        def killed(bank: Bank, *, dates: Dates, day: date = day) -> DayClosed:
            if dates.business_date == day:
                raise KeyboardInterrupt
            return close_one_day(bank, dates=dates)

        monkeypatch.setattr(loans, "close_one_day", killed)
        with pytest.raises(KeyboardInterrupt):
            live_loans(small_bank, DAYS)
        booked = [one.hash for one in events_of(small_bank)]
        assert booked == [one.hash for one in events_of(lived[0], until=day)]
    assert small_bank.verify().problems == ()


def test_the_console_shows_the_loans_and_the_table_says_that_they_are_simulated(lived: Lived) -> None:
    bank, record = lived
    [section] = demo_sections({"loans": record})
    assert "模拟" in section.title
    assert ("借据 loans", record["loans"], "") in section.rows
    let_in(bank, "gao", "auditor")
    browser = Browser(application(bank))
    assert browser.sign_in("gao", PASSWORD).status == 200
    portfolio = browser.get("/console/loan-portfolio")
    assert portfolio.status == 200
    assert str(DAYS.last_day) in portfolio.text
    listed = browser.get("/console/loans")
    assert listed.status == 200
    assert "sim-00000" in listed.text
    assert browser.get("/console/day-ends").status == 200
