"""A small loan book for the screens: two products, nobody repays, closed day by day over two month-ends."""

from datetime import date, timedelta

from tests.book.aging_loans import PROGRAMME_BATCH, add_programmes
from tests.book.loan_store.stored_loans import RULES, terms
from tests.service.small_bank import CONTRACT

from creditloop.book.calendars import Cycle
from creditloop.book.loan_store import NewLoan, open_loan
from creditloop.book.loans import Disbursed
from creditloop.kernel.dates import Dates
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_one_day
from creditloop.service.work import Work

FIRST_DAY, LAST_DAY = date(2025, 11, 29), date(2025, 12, 31)
BEFORE, AFTER = date(2025, 11, 30), LAST_DAY
PAID_OUT = (
    # day, first due date, numbers of loans, programme; paid out are 10,000.00, and 100.00 for each number
    (FIRST_DAY, date(2025, 11, 30), (1, 17, 33), 1),
    (FIRST_DAY, date(2025, 12, 20), (2, 18), 2),
    (date(2025, 12, 10), date(2026, 1, 10), (34, 50, 66, 82), 2),
)
"""On the last day the loans of the lines are 31, 11 and 0 days past due; a customer owes all of a product."""
LOAN = "L17"


def fill_loans(bank: Bank) -> None:
    """Pay loans out and close every day."""
    with bank.work() as work:
        add_programmes(work.connection)
        work.recorded(PROGRAMME_BATCH)
    for passed in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=passed)
        if day in {paid_out for paid_out, *_ in PAID_OUT}:
            with bank.work() as work:
                _pay_out(work, day)
        close_one_day(bank, dates=Dates(business_date=day, rules_as_of=FIRST_DAY))


def _pay_out(work: Work, day: date) -> None:
    for paid_out, first_due, numbers, programme in PAID_OUT:
        for number in numbers if paid_out == day else ():
            agreed = terms(10_000_00 + 100_00 * number, start=day, cycle=_until(day, first_due))
            new = NewLoan(
                loan_id=f"L{number}",
                party_id=f"{CONTRACT}/{programme}",
                retail=True,
                programme_no=programme,
                terms=agreed,
                rules=RULES,
            )
            pay_out = Disbursed(
                id="pay-out", sequence=1, value_date=day, booked_on=day, amount=agreed.principal
            )
            booked = open_loan(work.connection, new=new, pay_out=pay_out, now=work.now)
            work.recorded(booked.batch_id)


def _until(day: date, first_due: date) -> Cycle:
    """Return the period between due dates that makes this the first."""
    return Cycle(months=1) if first_due.day == day.day else Cycle(days=(first_due - day).days)
