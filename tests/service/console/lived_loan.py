"""A loan that lived: paid in time, late, in part, found late, undone, ahead of time; closed day by day."""

from datetime import date, timedelta

from tests.service.loans.asked import move_clock, opened

from creditloop.book.loan_store import book_event
from creditloop.book.loans import Charged, LoanEvent, Part, Prepaid, Repaid, Reversed, Waived
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days

LIVED = "L-1"
LAST_CLOSED = date(2026, 3, 30)
BOOKED: tuple[tuple[date, LoanEvent], ...] = tuple(
    (day, kind(id=name, sequence=1, value_date=day - timedelta(days=back), booked_on=day, **said))
    for day, kind, name, back, said in (
        (date(2026, 2, 5), Repaid, "P-1", 0, {"amount": 1_060_00}),
        (date(2026, 3, 16), Repaid, "P-2", 0, {"amount": 500_00}),
        (date(2026, 3, 25), Repaid, "P-3", 20, {"amount": 300_00}),
        (date(2026, 3, 26), Reversed, "V-1", 0, {"event_id": "P-3"}),
        (date(2026, 3, 26), Charged, "F-1", 0, {"amount": 30_00, "part": Part.FEE, "due": date(2026, 3, 26)}),
        (date(2026, 3, 27), Waived, "W-1", 0, {"amount": 10_00, "part": Part.FEE}),
        (date(2026, 3, 28), Prepaid, "E-1", 0, {"amount": 3_000_00}),
    )
)


def live(bank: Bank) -> None:
    """Open the loan by a signed agreement and let it live, each day closed before the next event."""
    opened(bank, loan_id=LIVED)
    for day, event in BOOKED:
        list(close_days(bank, through=day - timedelta(days=1)))
        _book(bank, LIVED, event)
    list(close_days(bank, through=LAST_CLOSED))
    move_clock(bank, LAST_CLOSED + timedelta(days=1))


def _book(bank: Bank, loan_id: str, event: LoanEvent) -> None:
    with bank.work() as work:
        work.recorded(book_event(work.connection, loan_id=loan_id, event=event, now=work.now).batch_id)
